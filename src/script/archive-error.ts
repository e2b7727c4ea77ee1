/**
 * What can be wrong with an archive.
 *
 * Errors  ERR_ARCHIVE, exit 255
 */
import { SockeyeError } from '../base/errors.js'

export class ArchiveError extends SockeyeError {
  constructor(message: string, cause?: unknown) {
    super({ code: 'ERR_ARCHIVE', message, hint: 'make it with: sockeye archive script.ts', exitCode: 255, cause })
  }
}
