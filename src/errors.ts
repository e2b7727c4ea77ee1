/**
 * Errors that a user can cause. People match on `code`; the message is the sentence they read, the hint what to do about it.
 */
export interface ErrorDetails {
  /** Stable name, `ERR_…`. */
  readonly code: string
  /** Exit code of the process when this error ends the run. */
  readonly exitCode: number
  readonly hint?: string
  readonly cause?: unknown
}

export class SockeyeError extends Error {
  readonly code: string
  readonly exitCode: number
  readonly hint: string | undefined

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'SockeyeError'
    this.code = details.code
    this.exitCode = details.exitCode
    this.hint = details.hint
  }
}
