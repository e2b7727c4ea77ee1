/**
 * The results of parts of one test as the result of the whole: instances whose coordinator died, or runs that did a segment each. Totals are
 * merged exactly as those of one run, and thresholds are evaluated on them.
 *
 * Shape   counters and rates add up, trends are those of all values together; the run's own gauges of VUs add up, of other gauges the last
 *         file has the value. A test lasted as long as the part that lasted longest.
 *         What a threshold over a time window said in a part counts for the whole: it cannot be evaluated again.
 * Errors  SockeyeError ERR_RESULT_FILE for files that cannot be merged
 */
import { SockeyeError } from '../base/errors.js'
import type { AggregateReport } from '../engine/engine.js'
import { decodeReport } from '../engine/report-codec.js'
import { CheckTallies } from '../metrics/checks.js'
import { ErrorTallies } from '../metrics/error-tallies.js'
import type { Aggregates } from '../metrics/registry.js'
import { MetricRegistry } from '../metrics/registry.js'
import { buildResults } from '../summary/build.js'
import { renderText } from '../summary/text.js'
import { ThresholdEvaluator } from '../threshold/evaluator.js'
import { type ParsedThresholds, parseThresholds, submetricsOf } from '../threshold/parse.js'
import type { ResultFile } from './result-file.js'

export interface NamedResult {
  readonly path: string
  readonly file: ResultFile
}

export interface MergedResult {
  readonly summary: string
  /** Names of metrics whose thresholds are crossed. */
  readonly crossed: readonly string[]
}

const LISTED_ERRORS = 10
/** Each part has its own VUs. */
const ADDED_GAUGES: ReadonlySet<string> = new Set(['vus', 'vus_max', 'ws_sockets_open'])
const DEFAULT_STATS = ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)']

export function mergeResults(parts: readonly NamedResult[]): MergedResult {
  const reports = parts.map(totalsOf)
  const files = parts.map(({ file }) => file)
  const windowed = files.flatMap(({ thresholds }) => thresholds.filter(({ source }) => isWindowed(source)))
  const thresholds = thresholdsOf(files)
  const registry = new MetricRegistry(submetricsOf(thresholds))
  for (const { name, type, contains } of files.flatMap(({ metrics }) => metrics)) {
    if (!name.includes('{')) registry.declare(name, type, contains)
  }
  for (const { metric } of thresholds) assertKnown(registry, metric)
  const checks = new CheckTallies()
  const errors = new ErrorTallies()
  for (const report of reports) {
    registry.merge(report.aggregates.filter(({ name }) => !ADDED_GAUGES.has(name)))
    if (report.checks !== undefined) checks.merge(report.checks)
    if (report.errors !== undefined) errors.merge(report.errors)
  }
  registry.merge(addedGauges(reports))
  const durationMs = Math.max(...files.map((file) => file.durationMs))
  const scenariosMs = Math.max(...files.map((file) => file.scenariosMs ?? file.durationMs))
  const evaluator = new ThresholdEvaluator(thresholds, registry)
  const { crossed } = evaluator.evaluate(durationMs, { final: true, rateMs: scenariosMs })
  const results = buildResults({
    registry,
    checks,
    thresholds,
    evaluator,
    durationMs,
    scenariosMs,
    options: { mode: 'compact', trendStats: trendStatsOf(files), timeUnit: null },
    errors: errors.mostFrequent(LISTED_ERRORS),
  })
  const failedWindows = windowed.filter(({ ok }) => !ok).map(({ metric }) => metric)
  return {
    summary: `\n${renderText(results, { colors: false, width: undefined })}\n\n`,
    crossed: [...new Set([...crossed, ...failedWindows])].sort(),
  }
}

function totalsOf({ path, file }: NamedResult): AggregateReport {
  if (file.totals === undefined)
    throw unmergeable(`'${path}' was made by a version of sockeye that did not keep totals`)
  try {
    return decodeReport(Buffer.from(file.totals, 'base64'))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw unmergeable(`the totals in '${path}' cannot be read: ${error.message}`)
  }
}

/** Those of all files, each once. */
function thresholdsOf(files: readonly ResultFile[]): ParsedThresholds {
  const sources = new Map<string, Set<string>>()
  for (const { metric, source } of files.flatMap(({ thresholds }) => thresholds)) {
    if (!isWindowed(source)) sources.set(metric, (sources.get(metric) ?? new Set()).add(source))
  }
  return parseThresholds(Object.fromEntries([...sources].map(([metric, set]) => [metric, [...set]])))
}

/** `p(95)<200 over 30s` */
function isWindowed(source: string): boolean {
  return /\bover\b/.test(source)
}

/** Nothing of it was measured anywhere, so nobody has said what it is. */
function assertKnown(registry: MetricRegistry, metric: string): void {
  if (registry.get(metric) === undefined) registry.declare(metric, 'counter')
}

function addedGauges(reports: readonly AggregateReport[]): Aggregates {
  const states = new Map<string, { samples: number; value: number; min: number; max: number }>()
  for (const { name, view, state } of reports.flatMap(({ aggregates }) => aggregates)) {
    if (state.type !== 'gauge' || view !== undefined || !ADDED_GAUGES.has(name)) continue
    const sum = states.get(name) ?? { samples: 0, value: 0, min: 0, max: 0 }
    states.set(name, {
      samples: sum.samples + state.samples,
      value: sum.value + state.value,
      min: sum.min + state.min,
      max: sum.max + state.max,
    })
  }
  return [...states].map(([name, state]) => ({ name, state: { type: 'gauge', ...state } }))
}

function trendStatsOf(files: readonly ResultFile[]): string[] {
  const trend = files.flatMap(({ metrics }) => metrics).find(({ type }) => type === 'trend')
  return trend === undefined ? DEFAULT_STATS : Object.keys(trend.values)
}

function unmergeable(message: string): SockeyeError {
  return new SockeyeError({
    code: 'ERR_RESULT_FILE',
    message,
    exitCode: 255,
    hint: 'run the part again with this version',
  })
}
