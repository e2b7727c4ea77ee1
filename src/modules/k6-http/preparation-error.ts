/**
 * Thrown for a call with wrong arguments. Nothing is sent or measured; the call returns a response with this error.
 *
 * Source  docs/spec/http.md §2.2, class A
 */
import { HttpErrorCode } from '../../net/http/errors.js'

export class PreparationError extends Error {
  /** `error_code` of the response. */
  readonly code: number

  constructor(message: string, code = 0) {
    super(message)
    this.code = code
  }

  static ofUrl(message: string): PreparationError {
    return new PreparationError(message, HttpErrorCode.invalidUrl)
  }
}
