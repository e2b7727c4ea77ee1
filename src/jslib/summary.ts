/**
 * `sockeye/summary`: the data of `handleSummary` as text and as XML of JUnit. It replaces jslib's k6-summary and has the same exports; the text is
 * sockeye's own summary.
 */
import { humanize, humanizeRate, type TimeUnit } from '../summary/humanize.js'
import type { CheckResult, ErrorResult, MetricResult, RunResults, ThresholdResult } from '../summary/results.js'
import { renderText } from '../summary/text.js'

interface Group {
  readonly name: string
  readonly groups: readonly Group[]
  readonly checks: readonly { readonly name: string; readonly path: string; passes: number; fails: number }[]
}

interface Metric {
  readonly type: MetricResult['type']
  readonly contains: MetricResult['contains']
  readonly values: Readonly<Record<string, number>>
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>
}

interface SummaryData {
  readonly metrics: Readonly<Record<string, Metric>>
  readonly root_group: Group
  readonly options: { readonly summaryTrendStats?: readonly string[]; readonly summaryTimeUnit?: string }
  readonly state: { readonly testRunDurationMs: number }
  readonly errors?: readonly ErrorResult[]
  readonly other_errors?: number
}

interface TextOptions {
  /** Before each line. */
  readonly indent?: string
  readonly enableColors?: boolean
  readonly summaryTimeUnit?: string
  readonly summaryTrendStats?: readonly string[]
}

export function textSummary(data: SummaryData, options: TextOptions = {}): string {
  const { indent = '', enableColors = true } = options
  const text = renderText(resultsOf(data, options), { colors: enableColors })
  return indent === '' ? text : text.replace(/^(?=.)/gm, indent)
}

/** One test case for each threshold. */
export function jUnit(data: SummaryData, options: { name?: string; classname?: string } = {}): string {
  const { name = 'k6 thresholds', classname = 'Load test' } = options
  const thresholds = Object.entries(data.metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds).map(([source, { ok }]) => ({ title: `${metric} - ${source}`, ok })),
  )
  const failures = thresholds.filter(({ ok }) => !ok).length
  const cases = thresholds.map(({ title, ok }) => {
    const start = `<testcase name="${xml(title)}" classname="${xml(classname)}"`
    return ok ? `${start} />` : `${start}><failure message="failed" /></testcase>`
  })
  const counts = `tests="${thresholds.length}" failures="${failures}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `<testsuite name="${xml(name)}" ${counts}>${cases.join('\n')}</testsuite>`,
    '</testsuites>',
  ].join('\n')
}

/** A value as the summary shows it: `12.34ms`, `95.00%`, `1.2 kB`. */
export function humanizeValue(
  value: number,
  metric: { readonly type: string; readonly contains: string },
  timeUnit?: string,
): string {
  if (metric.type === 'rate') return humanizeRate(value)
  return humanize(value, metric.contains as MetricResult['contains'], unitOf(timeUnit))
}

function unitOf(text: string | undefined): TimeUnit | null {
  return text === 's' || text === 'ms' || text === 'us' ? text : null
}

function resultsOf(data: SummaryData, { summaryTimeUnit, summaryTrendStats }: TextOptions): RunResults {
  const { options, state } = data
  return {
    options: {
      mode: 'compact',
      trendStats: summaryTrendStats ?? options.summaryTrendStats ?? ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)'],
      timeUnit: unitOf(summaryTimeUnit ?? options.summaryTimeUnit),
    },
    durationMs: state.testRunDurationMs,
    scenariosMs: scenariosMs(data),
    metrics: Object.entries(data.metrics).map(([name, metric]) => metricOf(name, metric, data.metrics)),
    checks: checksOf(data.root_group),
    groups: [],
    scenarios: [],
    errors: { listed: data.errors ?? [], others: data.other_errors ?? 0 },
    notes: [],
  }
}

/** The time that rates are computed over. It is not in the data, but follows from the count and the rate of iterations. */
function scenariosMs({ metrics, state }: SummaryData): number {
  const { count = 0, rate = 0 } = metrics['iterations']?.values ?? {}
  return rate > 0 ? (count / rate) * 1000 : state.testRunDurationMs
}

function metricOf(name: string, metric: Metric, all: SummaryData['metrics']): MetricResult {
  const parent = /^(.+)\{.*\}$/.exec(name)?.[1]
  const { type, contains, values, thresholds = {} } = metric
  return {
    name,
    parent: parent !== undefined && Object.hasOwn(all, parent) ? parent : null,
    type,
    contains,
    values,
    isEmpty: false,
    thresholds: Object.entries(thresholds).map(([source, { ok }]) => thresholdOf(source, ok, values)),
  }
}

/** `p(95)<500` needs the value of `p(95)`. The data has only the values that the option summaryTrendStats names. */
function thresholdOf(source: string, ok: boolean, values: Metric['values']): ThresholdResult {
  const aggregation = /^\s*([a-z]+(?:\([\d.]+\))?)/.exec(source)?.[1] ?? source
  // All values are zero when the metric has no samples.
  const isProven = Object.values(values).some((value) => value !== 0)
  return { source, ok, isProven, aggregation, value: values[aggregation] ?? Number.NaN }
}

function checksOf({ name: group, checks, groups }: Group): CheckResult[] {
  return [...checks.map(({ name, passes, fails }) => ({ name, group, passes, fails })), ...groups.flatMap(checksOf)]
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

function xml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] as string)
}
