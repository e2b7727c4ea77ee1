/** What `sockeye` starts: the command's program, and before it the thread that a test will need. */

import { launchProgram } from '../base/launch-program.js'
import { startThreadAhead } from '../engine/threads/thread.js'

const [command, ...rest] = process.argv.slice(2)
if (command === 'run' && !rest.includes('-h') && !rest.includes('--help')) startThreadAhead()
launchProgram(import.meta.url)
