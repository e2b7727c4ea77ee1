/** What is wrong with `--log-output`. */
import { SockeyeError } from '../base/errors.js'

export class LogOutputError extends SockeyeError {
  constructor(
    message: string,
    hint = 'use stderr, stdout, none, file=path[,level=info] or loki[=address]',
    cause?: unknown,
  ) {
    super({ code: 'ERR_LOG_OUTPUT', message, hint, exitCode: 255, cause })
  }
}
