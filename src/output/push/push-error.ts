/** Why results did not reach their receiver this time. */
export class PushError extends Error {
  readonly isRetryable: boolean
  /** How long the receiver wants to be left alone. */
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    { isRetryable, retryAfterMs, cause }: { isRetryable: boolean; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'PushError'
    this.isRetryable = isRetryable
    this.retryAfterMs = retryAfterMs
  }
}
