/**
 * The command `sockeye`: the one place that prints errors of the command line and sets the exit code.
 */
import module from 'node:module'
import { SockeyeError } from '../base/errors.js'
import { startBundlerAhead } from '../script/bundler.js'
import { commandFirst } from './command-first.js'
import { Supervisor } from './supervisor.js'

const BUGS = 'https://github.com/sockeye-cli/sockeye/issues'

// Newer versions of Node keep compiled code on disk, which halves the time to start.
;(module as { enableCompileCache?: () => void }).enableCompileCache?.()

/** Whoever reads what we print may leave (`| head`), or have a full disk: the results that go elsewhere are not to be lost by it. */
function survivePrintErrors(): void {
  let isReported = false
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || isReported) return
    isReported = true
    process.stderr.write(`stdout: ${error.message}; what was to be printed there, such as the summary, is lost\n`)
  })
  process.stderr.on('error', () => {})
}

async function main(argv: readonly string[]): Promise<number> {
  assertWorkingFolder()
  const [command, ...rest] = commandFirst(argv)
  // Not through the general parser: its start-up time is the start-up time of every test.
  if (command === 'run') {
    void startBundlerAhead()
    const { runCommand } = await import('./commands/run.js')
    return runCommand(rest, supervisor)
  }
  const { runProgram } = await import('./program.js')
  return runProgram(command === undefined ? [] : [command, ...rest])
}

/** Threads and packages ask for it, too, and fail in their own words. */
function assertWorkingFolder(): void {
  try {
    process.cwd()
  } catch (cause) {
    throw new SockeyeError({
      code: 'ERR_WORKING_FOLDER',
      message: 'the folder that sockeye was started in does not exist any more',
      hint: 'change to a folder that exists: cd ~',
      exitCode: 255,
      cause,
    })
  }
}

async function report(error: unknown): Promise<void> {
  if (!(error instanceof SockeyeError)) return reportBug(error)
  const { errorText } = await import('./error-text.js')
  process.stderr.write(errorText(error, process.argv.slice(2), process.env, process.stderr.isTTY === true))
  process.exitCode = error.exitCode
}

/** Whatever a user can do wrong is a SockeyeError. */
function reportBug(error: unknown): void {
  const stack = error instanceof Error ? error.stack : String(error)
  process.stderr.write(`${stack}\n\nThis is a bug in sockeye. Please report it, with the lines above: ${BUGS}\n`)
  process.exitCode = 255
}

survivePrintErrors()
const supervisor = Supervisor.ofThisProcess()
main(process.argv.slice(2))
  .then((exitCode) => {
    process.exitCode = exitCode
  }, report)
  .then(() => supervisor?.end(Number(process.exitCode)))
