/**
 * The base of every error a user can cause. People match on `code`; `docs/errors.md` lists them all.
 */
export interface SockeyeErrorOptions {
  /** Stable name, `ERR_…`. */
  readonly code: string
  /** What was wrong, with the value received. */
  readonly message: string
  /** Exit code of the process when this ends the run. */
  readonly exitCode: number
  /** What to do about it. */
  readonly hint?: string
  readonly cause?: unknown
}

export class SockeyeError extends Error {
  readonly code: string
  readonly exitCode: number
  readonly hint: string | undefined

  constructor(options: SockeyeErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = options.code
    this.exitCode = options.exitCode
    this.hint = options.hint
  }
}
