/**
 * The results of a run as plain data: what the text summary, `handleSummary` and the export files are made of.
 *
 * Shape   metrics in the order of their declaration, submetrics after their parent; checks and groups in order of first use
 * Units   durations and times in ms
 */
import type { MetricType, ValueKind } from '../metrics/metric.js'
import type { TimeUnit } from './humanize.js'

export interface RunResults {
  /** The whole test, with setup and teardown. */
  readonly durationMs: number
  /** How long scenarios ran. Rates are per second of this time. */
  readonly scenariosMs: number
  readonly metrics: readonly MetricResult[]
  readonly checks: readonly CheckResult[]
  /** Paths of all groups (without the root), of setup and teardown too. */
  readonly groups: readonly string[]
  /** Scenarios and their groups; empty unless the summary is full. */
  readonly scenarios: readonly ScenarioResult[]
  readonly options: SummaryOptions
  /** What went wrong in scripts and connections, most frequent first. */
  readonly errors: ErrorResults
  /** Notes about the load generator, such as that it was at its limit. */
  readonly notes: readonly SummaryNote[]
  /** The last line: a reason to doubt the verdict. Undefined when there is none. */
  readonly reservation?: string | undefined
}

export interface ErrorResults {
  readonly listed: readonly ErrorResult[]
  /** How many errors are not among the listed ones. */
  readonly others: number
}

export interface ErrorResult {
  /** Errors that differ only in numbers are counted together, with the message of the first one. */
  readonly message: string
  readonly count: number
  /** The scenario; empty for what happens outside scenarios. */
  readonly scenario: string
  /** `file:line:column` in the user's files; empty when nothing of the script is involved. */
  readonly place: string
}

export interface SummaryOptions {
  readonly mode: 'compact' | 'full'
  readonly trendStats: readonly string[]
  /** Null chooses a unit per value. */
  readonly timeUnit: TimeUnit | null
}

export interface SummaryNote {
  /** The title in capitals, as the other titles are. */
  readonly title: string
  readonly lines: readonly string[]
}

export interface MetricResult {
  /** `metric`, or `metric{tag:value}` for a submetric. */
  readonly name: string
  /** Name of the metric this is a part of; null for a metric itself. */
  readonly parent: string | null
  readonly type: MetricType
  readonly contains: ValueKind
  readonly isEmpty: boolean
  /** By aggregation: count and rate · value, min, max · rate, passes, fails · the chosen trend statistics. */
  readonly values: Readonly<Record<string, number>>
  readonly thresholds: readonly ThresholdResult[]
}

export interface ThresholdResult {
  readonly source: string
  readonly ok: boolean
  /** False when it holds only because there are no samples. */
  readonly isProven: boolean
  /** The name of the aggregation: `count`, `p(95)`. */
  readonly aggregation: string
  readonly value: number
}

export interface CheckResult {
  readonly name: string
  /** Path of its group. */
  readonly group: string
  readonly passes: number
  readonly fails: number
}

/** The results of one scenario, or of one group of it. */
export interface PartResult {
  readonly metrics: readonly MetricResult[]
  readonly checks: readonly CheckResult[]
}

export interface ScenarioResult extends PartResult {
  readonly name: string
  readonly groups: readonly GroupResult[]
}

export interface GroupResult extends PartResult {
  readonly name: string
  readonly path: string
  readonly groups: readonly GroupResult[]
}

/** The checks of the totals: those of one name in several groups are added up. In order of first use. */
export function checksByName(checks: readonly CheckResult[]): CheckResult[] {
  const known = new Map<string, CheckResult>()
  for (const check of checks) known.set(check.name, sumOf(known.get(check.name), check))
  return [...known.values()]
}

function sumOf(known: CheckResult | undefined, check: CheckResult): CheckResult {
  if (known === undefined) return check
  return { ...known, passes: known.passes + check.passes, fails: known.fails + check.fails }
}
