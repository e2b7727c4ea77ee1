/**
 * Two results of runs against each other, metric by metric: how large the difference is, and whether it is more than noise.
 *
 * Shape   per metric the statistics that say most: rate of a counter; rate of a rate; med, p(95) and p(99) of a trend; gauges are shown
 *         by their averages and not tested
 */
import { type Aggregation, aggregate, aggregationName } from '../metrics/aggregation.js'
import type { Sink } from '../metrics/sink.js'
import type { RegressionLimit } from './regression-limit.js'
import { between, type ResultFile, type SavedSeries } from './result-file.js'
import { alarms, pairedTest } from './statistics.js'

export interface Comparison {
  readonly baseline: RunFacts
  readonly candidate: RunFacts
  readonly rows: readonly ComparedValue[]
  /** Metrics that only one of them has. */
  readonly missing: readonly string[]
  readonly added: readonly string[]
}

export interface RunFacts {
  readonly path: string
  readonly script: string
  readonly startedAt: number
  readonly durationMs: number
  readonly verdict: string
}

export interface ComparedValue {
  readonly metric: string
  readonly statistic: string
  readonly contains: SavedSeries['contains']
  readonly baseline: number
  readonly candidate: number
  /** Relative: 0.1 is 10 % more. NaN when there is no ratio. */
  readonly change: number
  /** More than noise; undefined when there was too little to test. */
  readonly isSignificant: boolean | undefined
  readonly probability: number | undefined
  /** Beyond a limit of `--fail-on`. */
  readonly isRegression: boolean
}

const PARTS = 20
const TREND_STATISTICS: readonly Aggregation[] = [
  { method: 'med' },
  { method: 'p', percentile: 95 },
  { method: 'p', percentile: 99 },
]
/** Of trends; the others are shown. Many tests of the same thing make each of them weak. */
const TESTED = ['rate', 'med', 'p(95)']

/** A result with the name it is shown by. */
export interface NamedResult {
  readonly path: string
  readonly file: ResultFile
}

export function compare(
  baseline: NamedResult,
  candidate: NamedResult,
  limits: readonly RegressionLimit[] = [],
): Comparison {
  const [ofBaseline, ofCandidate] = [metricsOf(baseline.file), metricsOf(candidate.file)]
  const values = [...ofBaseline].flatMap(([name, series]) => {
    const other = ofCandidate.get(name)
    if (other === undefined || other.type !== series.type) return []
    return statisticsOf(series, limits)
      .map((aggregation) => measured(series, other, aggregation, baseline.file, candidate.file))
      .filter((value) => value.baseline !== 0 || value.candidate !== 0)
  })
  const significant = alarms(values.map(({ probability }) => probability))
  return {
    baseline: factsOf(baseline),
    candidate: factsOf(candidate),
    rows: values.map((value, i) => {
      const isSignificant = value.probability === undefined ? undefined : (significant[i] as boolean)
      const isBeyond = limits.some((limit) => limit.isBeyond(value.metric, value.statistic, value.change))
      return { ...value, isSignificant, isRegression: isBeyond && isSignificant !== false }
    }),
    missing: [...ofBaseline.keys()].filter((name) => !ofCandidate.has(name)),
    added: [...ofCandidate.keys()].filter((name) => !ofBaseline.has(name)),
  }
}

/** Whole metrics and submetrics of thresholds; not the values of tags, nor the generator itself. */
function metricsOf({ series, thresholds }: ResultFile): Map<string, SavedSeries> {
  const submetrics = new Set(thresholds.map(({ metric }) => metric))
  const shown = series.filter(
    ({ name, tags }) => !name.startsWith('generator_') && (tags === undefined || submetrics.has(name)),
  )
  return new Map(shown.map((each) => [each.name, each]))
}

function statisticsOf({ type, name }: SavedSeries, limits: readonly RegressionLimit[]): readonly Aggregation[] {
  if (type === 'gauge') return [{ method: 'value' }]
  if (type !== 'trend') return [{ method: 'rate' }]
  const known = TREND_STATISTICS.map(aggregationName)
  const asked = limits.flatMap(({ metric, aggregation }) => (metric === null || metric === name ? [aggregation] : []))
  return [...TREND_STATISTICS, ...asked.filter((each) => !known.includes(aggregationName(each)))]
}

function measured(
  a: SavedSeries,
  b: SavedSeries,
  aggregation: Aggregation,
  { durationMs: durationA }: ResultFile,
  { durationMs: durationB }: ResultFile,
): Omit<ComparedValue, 'isSignificant' | 'isRegression'> {
  const statistic = aggregationName(aggregation)
  const [baseline, candidate] = [valueOfAll(a, aggregation, durationA), valueOfAll(b, aggregation, durationB)]
  const isTested = TESTED.includes(statistic) && a.type !== 'gauge'
  return {
    metric: a.name,
    statistic,
    contains: a.contains,
    baseline,
    candidate,
    change: baseline === 0 ? (candidate === 0 ? 0 : Number.NaN) : candidate / baseline - 1,
    probability: isTested
      ? pairedTest(partsOf(a, aggregation, durationA), partsOf(b, aggregation, durationB))
      : undefined,
  }
}

function valueOfAll(series: SavedSeries, aggregation: Aggregation, durationMs: number): number {
  if (series.type === 'gauge') return averageOf(series)
  return aggregate(between(series, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY), aggregation, durationMs)
}

function averageOf({ points }: SavedSeries): number {
  return points.length === 0 ? 0 : points.reduce((sum, [, , value]) => sum + Number(value), 0) / points.length
}

/** One value per part of the run; NaN where nothing was measured. The first and the last second are seldom whole. */
function partsOf(series: SavedSeries, aggregation: Aggregation, durationMs: number): number[] {
  const length = durationMs / PARTS
  const usable = Math.max(length, 1000)
  return Array.from({ length: Math.floor(durationMs / usable) }, (_, i) => {
    const sink = between(series, i * usable, (i + 1) * usable)
    return isEmpty(sink) ? Number.NaN : aggregate(sink, aggregation, usable)
  })
}

function isEmpty(sink: Sink): boolean {
  return sink.isEmpty()
}

function factsOf({ path, file: { script, startedAt, durationMs, verdict } }: NamedResult): RunFacts {
  return { path, script, startedAt, durationMs, verdict }
}
