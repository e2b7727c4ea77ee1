/**
 * Why a run ended and with which exit code. When several reasons apply, the first one wins; failed thresholds count only
 * when there is no other.
 *
 * Source  docs/spec/runner.md §5
 */
import type { Failure } from '../log/log.js'

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
  /** Not a code of k6. */
  outputFailed: 111,
  other: 255,
} as const

/** Codes of reasons that are given in several places. */
export const ReasonCode = {
  thresholdsUnproven: 'ERR_THRESHOLDS_UNPROVEN',
  thresholdsCrossed: 'ERR_THRESHOLDS_CROSSED',
  scriptException: 'ERR_SCRIPT_EXCEPTION',
  testAborted: 'ERR_TEST_ABORTED',
  shardDied: 'ERR_SHARD_DIED',
  outputFailed: 'ERR_OUTPUT_FAILED',
} as const

export interface StopReason extends Failure {
  readonly exitCode: number
  /** Logged as an error when the run stops; empty when it has been logged already. */
  readonly message: string
}
