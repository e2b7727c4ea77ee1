/** What `sockeye` starts: the command's program, and before it the thread that a test will need; for a test all that in a child. */

import { fileURLToPath } from 'node:url'
import { launchProgram } from '../base/launch-program.js'
import { startThreadAhead } from '../engine/threads/thread.js'
import { commandFirst } from './command-first.js'
import { shouldSupervise, supervise } from './supervisor.js'

const [command, ...rest] = commandFirst(process.argv.slice(2))
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
if (shouldSupervise(command, rest)) supervise(fileURLToPath(import.meta.url))
else {
  const isHelp = rest.includes('-h') || rest.includes('--help')
  if (command === 'run' && !isHelp && hasWorkingFolder()) startThreadAhead()
  launchProgram(import.meta.url)
}

/** Without one a thread cannot start, and its raw error could come before the one that the program has for it. */
function hasWorkingFolder(): boolean {
  try {
    process.cwd()
    return true
  } catch {
    return false
  }
}
