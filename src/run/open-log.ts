/** The log of a command that runs script code. */
import { resolve } from 'node:path'
import { SockeyeError } from '../base/errors.js'
import { lookUp } from '../config/layers.js'
import { parseLogFormat, withoutLog } from '../log/format.js'
import { createLogging, type Logging } from '../log/logging.js'
import type { RunHost, RunRequest } from './request.js'

/** Runs a command with its log. A SockeyeError is logged, and its exit code is the result. */
export async function withLog(
  request: RunRequest,
  host: RunHost,
  act: (logging: Logging) => Promise<number>,
): Promise<number> {
  let logging: Logging
  try {
    logging = openLog(request, host)
  } catch (error) {
    if (!(error instanceof SockeyeError)) throw error
    host.stderr.write(withoutLog(error, parseLogFormat(request.runtime.logFormat), host.stderr.isTTY === true))
    return error.exitCode
  }
  try {
    return await act(logging)
  } catch (error) {
    if (!(error instanceof SockeyeError)) throw error
    logging.log.failure(error)
    return error.exitCode
  } finally {
    await logging.close()
  }
}

function openLog(request: RunRequest, host: RunHost): Logging {
  const { runtime } = request
  const consoleOutput = consoleOutputOf(request, host)
  return createLogging({
    output: runtime.logOutput,
    format: runtime.logFormat,
    verbose: runtime.verbose,
    colors: host.stderr.isTTY === true && !runtime.noColor,
    consoleOutput: consoleOutput === '' ? '' : resolve(host.cwd, consoleOutput),
    stdout: host.stdout,
    stderr: host.stderr,
    startedAt: host.startedAt,
    every: runtime.logEvery,
    smartTerminal: host.env['TERM'] !== 'dumb',
  })
}

/** The option consoleOutput, which is needed before options are consolidated, because init code may print. */
function consoleOutputOf({ flags, file }: RunRequest, { env }: RunHost): string {
  const inFile = file?.options['consoleOutput']
  return flags.consoleOutput ?? lookUp(env, 'CONSOLE_OUTPUT')?.text ?? (typeof inFile === 'string' ? inFile : '')
}
