/**
 * Why a run ended and with which exit code. When several reasons apply, the first one wins; failed thresholds count only
 * when there is no other.
 *
 * Source  reference/runner.md §5
 */
export const ExitCode = {
  success: 0,
  thresholdsFailed: 99,
  setupTimeout: 100,
  teardownTimeout: 101,
  stoppedByApi: 103,
  invalidConfig: 104,
  signal: 105,
  apiFailed: 106,
  scriptException: 107,
  testAborted: 108,
  internalError: 109,
  markedAsFailed: 110,
  other: 255,
} as const

export interface StopReason {
  readonly exitCode: number
  /** Logged as an error when the run stops; empty when that has been done. */
  readonly message: string
  readonly hint?: string
}
