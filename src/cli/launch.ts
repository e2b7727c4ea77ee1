/** What `sockeye` starts: the command's program, and before it the thread that a test will need. */

import { startThreadAhead } from '../engine/threads/thread.js'
import { launchProgram } from '../launch-program.js'

const [command, ...rest] = process.argv.slice(2)
if (command === 'run' && !rest.includes('-h') && !rest.includes('--help')) startThreadAhead()
launchProgram(import.meta.url)
