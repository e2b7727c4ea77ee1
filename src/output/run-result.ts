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
  /** How long scenarios ran, which rates are over; absent when none did. */
  readonly scenariosMs?: number
  readonly thresholds: readonly ThresholdOutcome[]
  readonly checks: readonly CheckOutcome[]
  readonly metrics: readonly MetricOutcome[]
  /** The most frequent errors, and how many others there were. */
  readonly errors?: { readonly listed: readonly ErrorOutcome[]; readonly others: number }
  /** What the load generator has to say about itself. */
  readonly notes?: readonly string[]
  /** The last lines of the log. */
  readonly log?: readonly LogLine[]
  /** What load was planned, over time. */
  readonly planned?: readonly PlannedLoad[]
  /** The scenarios in the order of the options. */
  readonly scenarios?: readonly ScenarioOutcome[]
  /** The tags that every sample of the run has. */
  readonly tags?: Readonly<Record<string, string>>
  readonly machine?: Machine
}

/** How far a scenario came, and how it stands against its plan. */
export interface ScenarioOutcome {
  readonly name: string
  readonly executor: string
  readonly state: 'waiting' | 'running' | 'graceful' | 'interrupted' | 'done'
  /** 0 … 1, of its time or of its iterations. */
  readonly progress: number
  /** How long it has run, in ms; while it waits, how long until it starts. */
  readonly timeMs: number
  /** How long it is to run, without graceful stop; while it waits, when it starts. Null when it has no end. */
  readonly totalMs: number | null
  /** VUs that run iterations now, and the most that there may be. */
  readonly vus: { readonly active: number; readonly max: number }
  /** The iterations done and planned, for executors whose number of iterations is known. */
  readonly iterations?: { readonly done: number; readonly total: number }
  /** The iterations per second that the schedule asks for now, for executors that start iterations at a rate. */
  readonly ratePerSecond?: number
  /** Iterations that were dropped because no VU was free. */
  readonly dropped: number
}

/** The machine that the load came from. */
export interface Machine {
  /** The version of Node: `v22.1.0`. */
  readonly node: string
  /** The operating system and the processor: `linux x64`. */
  readonly platform: string
  readonly cores: number
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

interface ErrorOutcome {
  readonly message: string
  readonly count: number
  /** Empty outside scenarios. */
  readonly scenario: string
  /** `file:line:column`, or empty. */
  readonly place: string
}

export interface LogLine {
  /** ms since the Unix epoch. */
  readonly time: number
  readonly level: 'debug' | 'info' | 'warning' | 'error'
  readonly message: string
}

/** The planned load of all scenarios together, at one moment. */
export interface PlannedLoad {
  /** When this load is planned, in ms since `startedAt`. */
  readonly offset: number
  /** VUs of the scenarios that plan VUs. */
  readonly vus: number
  /** Iterations per second of the scenarios that plan a rate. */
  readonly iterationRate: number
}

export interface MetricOutcome {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'rate' | 'trend'
  readonly contains: 'default' | 'time' | 'data'
  /** As in the summary: `{ avg: 1.2, 'p(95)': 3 }`. */
  readonly values: Readonly<Record<string, number>>
}
