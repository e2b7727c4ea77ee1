/**
 * Merges the results of the parts of one test, such as instances whose coordinator died, or runs of a segment each. Totals are merged exactly
 * as in one run, and thresholds are evaluated on them.
 *
 * Shape   counters and rates add up, a trend has the values of all parts. Gauges of VUs add up; other gauges have the value of the last file.
 *         The test lasted as long as its longest part. A threshold over a time window cannot be evaluated again: it holds when it held in
 *         every part.
 * Errors  SockeyeError ERR_RESULT_FILE for files that cannot be merged
 */
import { basename } from 'node:path'
import { formatDuration } from '../base/duration.js'
import { SockeyeError } from '../base/errors.js'
import type { AggregateReport } from '../engine/engine.js'
import { decodeReport } from '../engine/report-codec.js'
import { CheckTallies } from '../metrics/checks.js'
import { ErrorTallies } from '../metrics/error-tallies.js'
import { type Aggregates, MetricRegistry } from '../metrics/registry.js'
import type { RunResult, ScenarioOutcome } from '../output/run-result.js'
import type { NamedResult } from '../report/compare.js'
import { mergeSeries, summed } from '../report/merge-series.js'
import { fileOf, type ResultFile } from '../report/result-file.js'
import { buildResults } from '../summary/build.js'
import type { RunResults, SummaryNote } from '../summary/results.js'
import { crossedMessage, ThresholdEvaluator } from '../threshold/evaluator.js'
import { type ParsedThresholds, parseThresholds, submetricsOf } from '../threshold/parse.js'
import { ExitCode } from './exit-codes.js'
import { runResultOf } from './run-result.js'
import { LISTED_ERRORS } from './summary-writer.js'
import { version } from './version.js'

export interface MergedResult {
  /** The merged results as the summary shows them. */
  readonly results: RunResults
  /** The merged results as a file, in the form of `run --save`. */
  readonly file: ResultFile
  readonly thresholds: ParsedThresholds
  /** Names of metrics whose thresholds are crossed. */
  readonly crossed: readonly string[]
}

/** Each part has its own VUs. */
const ADDED_GAUGES: ReadonlySet<string> = new Set(['vus', 'vus_max', 'ws_sockets_open'])
const DEFAULT_STATS = ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)']
const LOG_LINES = 200

export function mergeResults(parts: readonly NamedResult[]): MergedResult {
  assertOfOneTest(parts)
  assertSameMetrics(parts)
  const files = parts.map(({ file }) => file)
  const measured = measuredIn(parts)
  const { registry, thresholds, evaluator, errors } = measured
  const durationMs = Math.max(...files.map((file) => file.durationMs))
  const scenariosMs = Math.max(...files.map((file) => file.scenariosMs ?? file.durationMs))
  const { crossed: crossedNow } = evaluator.evaluate(durationMs, { final: true, rateMs: scenariosMs })
  const windowed = windowedThresholds(files)
  const crossed = [...new Set([...crossedNow, ...windowed.filter(({ ok }) => !ok).map(({ metric }) => metric)])].sort()
  const trendStats = trendStatsOf(files)
  const notes = notesOf(files)
  const facts = { ...measured, errors: errors.mostFrequent(LISTED_ERRORS), durationMs, scenariosMs }
  const [first] = files as [ResultFile]
  const isFailed = crossed.length > 0
  const result: RunResult = runResultOf({
    ...facts,
    trendStats,
    exitCode: isFailed ? ExitCode.thresholdsFailed : ExitCode.success,
    reason: isFailed ? crossedMessage(crossed) : undefined,
    script: first.script,
    startedAt: Math.min(...files.map(({ startedAt }) => startedAt)),
    notes: notes.map(({ lines }) => lines.join('\n')),
    log: files
      .flatMap(({ log = [] }) => log)
      .toSorted((a, b) => a.time - b.time)
      .slice(-LOG_LINES),
    planned: [],
    scenarios: [],
    tags: first.tags ?? {},
    machine: first.machine ?? { node: process.version, platform: `${process.platform} ${process.arch}`, cores: 0 },
  })
  const whole = {
    ...result,
    thresholds: [...result.thresholds, ...windowed],
    scenarios: scenariosOf(files),
  }
  const series = mergeSeries(files, result.startedAt, (metric) => ADDED_GAUGES.has(metric))
  return {
    results: buildResults({ ...facts, options: { mode: 'compact', trendStats, timeUnit: null }, notes }),
    file: fileOf(whole, series, version, registry),
    thresholds,
    crossed,
  }
}

/** Refuses a part that is named twice, or that is of another run. */
function assertOfOneTest(parts: readonly NamedResult[]): void {
  const paths = new Map<string, string>()
  for (const { path, file } of parts) {
    const key = `${file.startedAt} ${file.totals}`
    const other = paths.get(key)
    if (other !== undefined) {
      throw unmergeable(`'${other}' and '${path}' hold the same result`, 'name each part once')
    }
    paths.set(key, path)
  }
  const [first, ...others] = parts
  const stranger = others.find(({ file }) => file.run !== first?.file.run)
  if (first === undefined || stranger === undefined) return
  throw unmergeable(
    `'${first.path}' and '${stranger.path}' are of different runs`,
    'merge those of one run: names of files that agents keep begin with result-RUN',
  )
}

/** Refuses parts in which a metric of one name has different types. */
function assertSameMetrics(parts: readonly NamedResult[]): void {
  const known = new Map<string, { path: string; kind: string }>()
  for (const { path, file } of parts) {
    for (const { name, type, contains } of [...file.metrics, ...file.series]) {
      const kind = contains === 'default' ? type : `${type} of ${contains}`
      const other = known.get(name)
      if (other !== undefined && other.kind !== kind) {
        const message = `'${name}' is a ${other.kind} in '${other.path}' and a ${kind} in '${path}'`
        throw unmergeable(message, 'merge parts of one test')
      }
      known.set(name, { path, kind })
    }
  }
}

function measuredIn(parts: readonly NamedResult[]) {
  const reports = parts.map(totalsOf)
  const files = parts.map(({ file }) => file)
  const thresholds = thresholdsOf(files)
  const registry = new MetricRegistry(submetricsOf(thresholds))
  for (const { name, type, contains } of files.flatMap(({ metrics }) => metrics)) {
    if (!name.includes('{')) registry.declare(name, type, contains)
  }
  for (const { metric } of thresholds) assertKnown(registry, metric)
  const checks = new CheckTallies()
  const errors = new ErrorTallies()
  for (const [i, report] of reports.entries()) {
    mergeTotals(registry, report.aggregates, (parts[i] as NamedResult).path)
    if (report.checks !== undefined) checks.merge(report.checks)
    if (report.errors !== undefined) errors.merge(report.errors)
  }
  registry.merge(addedGauges(reports))
  return { registry, checks, errors, thresholds, evaluator: new ThresholdEvaluator(thresholds, registry) }
}

function mergeTotals(registry: MetricRegistry, aggregates: Aggregates, path: string): void {
  try {
    registry.merge(aggregates.filter(({ name }) => !ADDED_GAUGES.has(name)))
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw unmergeable(`the totals in '${path}' do not fit its metrics: ${error.message}`, AGAIN)
  }
}

function totalsOf({ path, file }: NamedResult): AggregateReport {
  if (file.totals === undefined)
    throw unmergeable(`'${path}' was made by a version of sockeye that did not keep totals`, AGAIN)
  try {
    return decodeReport(Buffer.from(file.totals, 'base64'))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw unmergeable(`the totals in '${path}' cannot be read: ${error.message}`, AGAIN)
  }
}

/** The thresholds of all files, each once. */
function thresholdsOf(files: readonly ResultFile[]): ParsedThresholds {
  const sources = new Map<string, Set<string>>()
  for (const { metric, source } of files.flatMap(({ thresholds }) => thresholds)) {
    if (!isWindowed(source)) sources.set(metric, (sources.get(metric) ?? new Set()).add(source))
  }
  return parseThresholds(Object.fromEntries([...sources].map(([metric, set]) => [metric, [...set]])))
}

/** The thresholds over a time window, each once. It holds when it held in every part. */
function windowedThresholds(files: readonly ResultFile[]): RunResult['thresholds'] {
  const outcomes = new Map<string, RunResult['thresholds'][number]>()
  for (const outcome of files.flatMap(({ thresholds }) => thresholds)) {
    const key = `${outcome.metric} ${outcome.source}`
    if (isWindowed(outcome.source) && outcomes.get(key)?.ok !== false) outcomes.set(key, outcome)
  }
  return [...outcomes.values()]
}

/** Whether a threshold is over a time window: `p(95)<200 over 30s`. */
function isWindowed(source: string): boolean {
  return /\bover\b/.test(source)
}

/** A metric of a threshold that no part has measured has no type; any will do. */
function assertKnown(registry: MetricRegistry, metric: string): void {
  if (registry.get(metric) === undefined) registry.declare(metric, 'counter')
}

function addedGauges(reports: readonly AggregateReport[]): Aggregates {
  const whole = reports.flatMap(({ aggregates }) => aggregates).filter(({ view }) => view === undefined)
  return [...ADDED_GAUGES].flatMap((name) => {
    const states = whole.filter((each) => each.name === name).map(({ state }) => state)
    return states.some(({ type }) => type === 'gauge') ? [{ name, state: summed(states) }] : []
  })
}

/** The notes of the parts, and why parts ended early. */
function notesOf(files: readonly ResultFile[]): SummaryNote[] {
  const early = files.filter(({ verdict }) => verdict === 'aborted')
  const reasons = [...new Set(early.map(({ reason = 'for a reason that it does not say' }) => reason))]
  const ended =
    early.length === 0 ? [] : [`${early.length} of ${files.length} parts ended early: ${reasons.join('; ')}`]
  // Notes in files that agents keep only name the agent.
  const said = files.filter(({ run }) => run === undefined).flatMap(({ notes = [] }) => notes)
  const lines = [...strangenessOf(files), ...ended, ...new Set(said)].flatMap((text) => text.split('\n'))
  return lines.length === 0 ? [] : [{ title: 'PARTS', lines }]
}

/** Signs that parts may not belong together: files of runs by hand have no id of a run. */
function strangenessOf(files: readonly ResultFile[]): string[] {
  const scripts = [...new Set(files.map(({ script }) => basename(script)))]
  const lastStart = Math.max(...files.map(({ startedAt }) => startedAt))
  const firstEnd = Math.min(...files.map(({ startedAt, durationMs }) => startedAt + durationMs))
  return [
    ...(scripts.length > 1 ? [`the parts are of different scripts: ${scripts.join(', ')}`] : []),
    ...(lastStart > firstEnd
      ? [
          `one part ended ${formatDuration(Math.ceil((lastStart - firstEnd) / 1000) * 1000)} before another began: rates are as if they had run together`,
        ]
      : []),
  ]
}

function scenariosOf(files: readonly ResultFile[]): ScenarioOutcome[] {
  const scenarios = new Map<string, ScenarioOutcome>()
  for (const next of files.flatMap(({ scenarios: own = [] }) => own)) {
    const known = scenarios.get(next.name)
    scenarios.set(next.name, known === undefined ? next : joined(known, next))
  }
  return [...scenarios.values()]
}

/** A scenario that was interrupted in one part was interrupted. */
function joined(a: ScenarioOutcome, b: ScenarioOutcome): ScenarioOutcome {
  return {
    ...a,
    state: b.state === 'interrupted' ? b.state : a.state,
    progress: Math.min(a.progress, b.progress),
    timeMs: Math.max(a.timeMs, b.timeMs),
    vus: { active: a.vus.active + b.vus.active, max: a.vus.max + b.vus.max },
    ...(a.iterations !== undefined &&
      b.iterations !== undefined && {
        iterations: {
          done: a.iterations.done + b.iterations.done,
          total: a.iterations.total + b.iterations.total,
        },
      }),
    ...(a.ratePerSecond !== undefined &&
      b.ratePerSecond !== undefined && { ratePerSecond: a.ratePerSecond + b.ratePerSecond }),
    dropped: a.dropped + b.dropped,
  }
}

function trendStatsOf(files: readonly ResultFile[]): string[] {
  const trend = files.flatMap(({ metrics }) => metrics).find(({ type }) => type === 'trend')
  return trend === undefined ? DEFAULT_STATS : Object.keys(trend.values)
}

const AGAIN = 'run the part again with this version'

function unmergeable(message: string, hint: string): SockeyeError {
  return new SockeyeError({ code: 'ERR_RESULT_FILE', message, exitCode: 255, hint })
}
