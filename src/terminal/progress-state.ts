/**
 * What a progress view shows: a snapshot of the run, as plain data.
 *
 * Units   milliseconds; `fraction` is 0 … 1
 */

export interface ProgressState {
  readonly status: ProgressStatus
  /** Since the scenarios started. */
  readonly elapsedMs: number
  /** The longest that the scenarios may take, graceful stop included. */
  readonly maxDurationMs: number
  readonly vus: {
    readonly active: number
    readonly initialised: number
    /** The most that there can be; all numbers of VUs are written as wide as this one. */
    readonly max: number
  }
  /** `failed` ones are among the complete ones. */
  readonly iterations: { readonly complete: number; readonly failed: number; readonly interrupted: number }
  readonly scenarios: readonly ScenarioProgress[]
  /** Absent until something was measured. */
  readonly figures?: LiveFigures
  /** Something the user must know while it lasts, shown on a line of its own: "the load generator is the limit: …". */
  readonly notice?: string
}

export interface LiveFigures {
  /** The main work of the test in the last second, such as requests or messages. */
  readonly rate: { readonly perSecond: number; readonly unit: string }
  /** Milliseconds. */
  readonly latency?: { readonly metric: string; readonly p95: number } | undefined
  /** 0 … 1 */
  readonly errorRate: number
  readonly checks: { readonly failing: number; readonly total: number }
}

export type ProgressStatus =
  /** Before and after the scenarios: `Init   [----] 3/10 VUs initialized`, `Run    [====] teardown()`. */
  | { readonly kind: 'step'; readonly label: 'Init' | 'Run'; readonly fraction: number; readonly text: string }
  | { readonly kind: 'running' | 'paused' }

export type ScenarioStatus = 'waiting' | 'running' | 'graceful' | 'interrupted' | 'done'

export interface ScenarioProgress {
  readonly name: string
  readonly executor: string
  readonly status: ScenarioStatus
  readonly fraction: number
  /** Since this scenario started; for a waiting one, the time left until it starts. */
  readonly timeMs: number
  /** Its regular duration without graceful stop (its start time while it waits); Infinity if it has no end. */
  readonly totalMs: number
  readonly vus: {
    /** Busy ones in the open model, started ones otherwise. */
    readonly active: number
    /** The most it may have (ramping), or has at the moment (open model). */
    readonly max: number
  }
  readonly iterations?: { readonly done: number; readonly total: number; readonly perVu?: number }
  /** Current rate of the schedule in iterations per second. */
  readonly ratePerSecond?: number
  readonly dropped?: number
}
