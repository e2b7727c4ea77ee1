/**
 * Calls of setup, teardown and handleSummary, and their results.
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
  /** The function threw, or its promise can never settle. The log says so already. */
  | { readonly outcome: 'threw' }
  | { readonly outcome: 'timed out' }
  /** The test was stopped meanwhile, or the thread or machine that ran the function is lost. */
  | { readonly outcome: 'interrupted' }
  /** The function returned something that cannot be sent to other threads; `message` says why. */
  | { readonly outcome: 'invalid'; readonly message: string }

/** The JSON of what setup returned, or the files of handleSummary. */
export type CallValue =
  | { readonly kind: 'json'; readonly json: string | undefined }
  | { readonly kind: 'files'; readonly files: readonly SummaryFile[] | undefined }

export interface SummaryFile {
  /** `stdout`, `stderr` or a path. */
  readonly target: string
  readonly content: string | Uint8Array
}
