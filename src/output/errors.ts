/**
 * What can be wrong with `--out`; the texts are k6's where k6 has one (reference/runner.md 4.10, metrics-and-modules.md 5.2).
 */
import { SockeyeError } from '../errors.js'

export function invalidOutput(message: string, hint?: string): SockeyeError {
  return new SockeyeError({ code: 'ERR_INVALID_OUTPUT', message, exitCode: 255, hint })
}

export function outputFailed(message: string, cause: unknown): SockeyeError {
  return new SockeyeError({ code: 'ERR_OUTPUT_FAILED', message, exitCode: 255, cause })
}
