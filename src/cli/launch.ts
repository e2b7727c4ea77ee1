/** The entry of `sockeye`. Starts the program of the command, and before it a thread that a test will need. A test runs in a child process. */
import { fileURLToPath } from 'node:url'
import { launchProgram } from '../base/launch-program.js'
import { startThreadAhead } from '../engine/threads/thread.js'
import { commandFirst } from './command-first.js'
import { shouldSupervise, supervise } from './supervisor.js'

const [command, ...rest] = commandFirst(process.argv.slice(2))
const TOO_FEW_FILES = 'ERR_TOO_FEW_FILES'

/** For errors that come before the program is loaded, and for those of what Node starts by itself, at any time. */
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

/** Without a working folder a thread cannot start. Its error would come before the better one of the program. */
function hasWorkingFolder(): boolean {
  try {
    process.cwd()
    return true
  } catch {
    return false
  }
}
