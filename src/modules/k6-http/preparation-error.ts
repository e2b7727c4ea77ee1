/**
 * A request that was never sent, because something about the call is wrong: it gives a response without a sample.
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
