/** How a run came out, for outputs that report a verdict: JUnit, GitHub, and those of npm. Plain data. */

export interface RunResult {
  /** `passed`; `failed` when a threshold did; `aborted` when something else gave the exit code. */
  readonly verdict: 'passed' | 'failed' | 'aborted'
  readonly exitCode: number
  /** Why the run did not pass, as the log has it. */
  readonly reason?: string
  readonly script: string
  /** ms since the Unix epoch. */
  readonly startedAt: number
  readonly durationMs: number
  readonly thresholds: readonly ThresholdOutcome[]
  readonly checks: readonly CheckOutcome[]
  readonly metrics: readonly MetricOutcome[]
}

export interface ThresholdOutcome {
  /** Metric or submetric: `rtt{kind:a}`. */
  readonly metric: string
  /** As the user wrote it: `p(95)<200`. */
  readonly source: string
  readonly ok: boolean
  /** What was compared with the limit, in the metric's own unit; null when nothing was measured. */
  readonly value: number | null
  readonly limit: number
}

export interface CheckOutcome {
  readonly name: string
  /** `::outer::inner`; empty for the root group. */
  readonly group: string
  readonly passes: number
  readonly fails: number
}

export interface MetricOutcome {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'rate' | 'trend'
  readonly contains: 'default' | 'time' | 'data'
  /** As in the summary: `{ avg: 1.2, 'p(95)': 3 }`. */
  readonly values: Readonly<Record<string, number>>
}
