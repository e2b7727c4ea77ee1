/**
 * Calls of setup, teardown and handleSummary, and what comes of them.
 *
 * Units  milliseconds; arguments and setup data are JSON
 */

export interface LifecycleCall {
  readonly name: 'setup' | 'teardown' | 'handleSummary'
  /** JSON of the argument; undefined passes undefined. */
  readonly argument: string | undefined
  readonly timeout: number
}

export type CallResult =
  | { readonly outcome: 'returned'; readonly value: CallValue }
  /** It threw, or its promise can never settle; that has been logged. */
  | { readonly outcome: 'threw' }
  | { readonly outcome: 'timed out' }
  /** Whoever ran it was told to end, or is lost. */
  | { readonly outcome: 'interrupted' }
  /** The result cannot be passed on; `message` says why. */
  | { readonly outcome: 'invalid'; readonly message: string }

/** JSON of what setup returned; files of handleSummary. */
export type CallValue =
  | { readonly kind: 'json'; readonly json: string | undefined }
  | { readonly kind: 'files'; readonly files: readonly SummaryFile[] | undefined }

export interface SummaryFile {
  /** `stdout`, `stderr` or a path. */
  readonly target: string
  readonly content: string | Uint8Array
}
