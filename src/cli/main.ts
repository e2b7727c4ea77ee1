/** The program of the command `sockeye`: the one place that prints errors of the command line and sets the exit code. */
import module from 'node:module'
import { SockeyeError } from '../base/errors.js'
import { startBundlerAhead } from '../script/bundler.js'
import { commandFirst } from './command-first.js'
import { Supervisor } from './supervisor.js'

const BUGS = 'https://github.com/sockeye-cli/sockeye/issues'

// Newer versions of Node keep compiled code on disk, which halves the time to start.
;(module as { enableCompileCache?: () => void }).enableCompileCache?.()

/** A reader of stdout may leave (`| head`), and a disk may be full. Results that go elsewhere must not be lost by that. */
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
  // Without the general parser, whose start every test would wait for.
  if (command === 'run') {
    void startBundlerAhead()
    const [{ runCommand }, { processHost }] = await Promise.all([
      import('./commands/run.js'),
      import('./command-request.js'),
    ])
    return runCommand(rest, processHost(supervisor))
  }
  const { runProgram } = await import('./program.js')
  return runProgram(command === undefined ? [] : [command, ...rest])
}

/** Fails early: threads and packages ask for the working folder, too, and their errors say less. */
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

/** An error that is no SockeyeError is a bug of ours. */
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
