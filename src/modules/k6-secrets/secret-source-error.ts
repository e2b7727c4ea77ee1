/** A wrong value of `--secret-source`, or a source that cannot be read: ERR_SECRET_SOURCE, exit code 255. */
import { SockeyeError } from '../../base/errors.js'

export class SecretSourceError extends SockeyeError {
  constructor(message: string, hint?: string, cause?: unknown) {
    super({ code: 'ERR_SECRET_SOURCE', message, hint, exitCode: 255, cause })
  }
}
