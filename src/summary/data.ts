/**
 * What `handleSummary(data)` is given, and the older shape that `--summary-export` writes.
 *
 * Source  docs/spec/metrics-and-modules.md 3.5 and 3.6
 */
import { createHash } from 'node:crypto'
import type { CheckResult, MetricResult, RunResults, ThresholdResult } from './results.js'

export interface SummaryContext {
  readonly noColor: boolean
  readonly isStdOutTTY: boolean
  readonly isStdErrTTY: boolean
  /** What setup() returned. */
  readonly setupData: unknown
}

export interface SummaryCheck {
  readonly name: string
  readonly path: string
  readonly id: string
  readonly passes: number
  readonly fails: number
}

export interface SummaryGroup {
  readonly name: string
  readonly path: string
  readonly id: string
  readonly groups: SummaryGroup[]
  readonly checks: SummaryCheck[]
}

export function summaryData(results: RunResults, context: SummaryContext): Record<string, unknown> {
  const { options, durationMs } = results
  return {
    root_group: rootGroup(results),
    options: {
      summaryTrendStats: [...options.trendStats],
      summaryTimeUnit: options.timeUnit ?? '',
      noColor: context.noColor,
    },
    state: {
      isStdOutTTY: context.isStdOutTTY,
      isStdErrTTY: context.isStdErrTTY,
      testRunDurationMs: durationMs,
    },
    metrics: Object.fromEntries(visible(results).map((metric) => [metric.name, metricData(metric)])),
    setup_data: context.setupData,
    ...errorData(results),
  }
}

/** What k6 does not have: the errors of the run, and how many are not listed. */
export function errorData({ errors }: Pick<RunResults, 'errors'>): Record<string, unknown> {
  return { errors: errors.listed.map((error) => ({ ...error })), other_errors: errors.others }
}

/** The content of the file of `--summary-export`. */
export function summaryExport(results: RunResults, setupData: unknown): string {
  const metrics = Object.fromEntries(visible(results).map((metric) => [metric.name, flatMetric(metric)]))
  const data = { root_group: keyedGroup(rootGroup(results)), metrics, setup_data: setupData, ...errorData(results) }
  return JSON.stringify(data, null, 4)
}

/** The tree of groups with their checks, in order of first use. */
export function rootGroup(results: Pick<RunResults, 'groups' | 'checks'>): SummaryGroup {
  const root = newGroup('', '')
  const known = new Map([['', root]])
  const groupOf = (path: string): SummaryGroup => {
    let group = known.get(path)
    if (group === undefined) {
      const cut = path.lastIndexOf('::')
      group = newGroup(path.slice(cut + 2), path)
      known.set(path, group)
      groupOf(path.slice(0, Math.max(cut, 0))).groups.push(group)
    }
    return group
  }
  for (const path of results.groups) groupOf(path)
  for (const check of results.checks) groupOf(check.group).checks.push(checkData(check))
  return root
}

function newGroup(name: string, path: string): SummaryGroup {
  return { name, path, id: pathId(path), groups: [], checks: [] }
}

function checkData({ name, group, passes, fails }: CheckResult): SummaryCheck {
  const path = `${group}::${name}`
  return { name, path, id: pathId(path), passes, fails }
}

export function pathId(path: string): string {
  return createHash('md5').update(path).digest('hex')
}

function metricData({ type, contains, values, thresholds }: MetricResult): Record<string, unknown> {
  const data: Record<string, unknown> = { type, contains, values: { ...values } }
  if (thresholds.length > 0) data['thresholds'] = byExpression(thresholds, ({ ok }) => ({ ok }))
  return data
}

function flatMetric({ type, values, thresholds }: MetricResult): Record<string, unknown> {
  const { rate, ...others } = values
  const data: Record<string, unknown> = type === 'rate' ? { ...others, value: rate } : { ...values }
  // In the old schema true says that the threshold was crossed.
  if (thresholds.length > 0) data['thresholds'] = byExpression(thresholds, ({ ok }) => !ok)
  return data
}

function byExpression<T>(
  thresholds: readonly ThresholdResult[],
  shapeOf: (t: ThresholdResult) => T,
): Record<string, T> {
  return Object.fromEntries(thresholds.map((threshold) => [threshold.source, shapeOf(threshold)]))
}

function keyedGroup(group: SummaryGroup): Record<string, unknown> {
  return {
    ...group,
    groups: Object.fromEntries(group.groups.map((inner) => [inner.name, keyedGroup(inner)])),
    checks: Object.fromEntries(group.checks.map((check) => [check.name, check])),
  }
}

function visible({ metrics }: RunResults): readonly MetricResult[] {
  return metrics.filter(({ isEmpty, thresholds }) => !isEmpty || thresholds.length > 0)
}
