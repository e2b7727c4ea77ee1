/** What `sockeye` starts: the command's program, and before it the thread that a test will need. */

import { launchProgram } from '../base/launch-program.js'
import { startThreadAhead } from '../engine/threads/thread.js'

const [command, ...rest] = process.argv.slice(2)
if (command === 'run' && !rest.includes('-h') && !rest.includes('--help')) startThreadAhead()
const TOO_FEW_FILES = 'ERR_TOO_FEW_FILES'

/** Nothing of the program may be there that could say it better; and what Node starts by itself may fail at any time. */
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EMFILE') {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    process.exit(1)
  }
  process.stderr.write(
    `${TOO_FEW_FILES}: this process may not open enough files: ${error.message}\n  raise the limit: ulimit -n 1024\n`,
  )
  process.exit(255)
})
launchProgram(import.meta.url)
