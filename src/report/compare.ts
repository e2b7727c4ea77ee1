/**
 * Compares the results of two runs, metric by metric: how large the difference is, and whether it is more than noise.
 *
 * Shape   per metric the statistics that say most: rate of a counter; rate of a rate; med, p(95) and p(99) of a trend; gauges are shown
 *         by their averages and not tested
 */
import { atOnce, type Work } from '../base/turns.js'
import { type Aggregation, aggregate, aggregationName } from '../metrics/aggregation.js'
import { createSink, type Sink } from '../metrics/sink.js'
import { assertKnown, type RegressionLimit } from './regression-limit.js'
import { type ResultFile, type SavedSeries, stateOf } from './result-file.js'
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
  /** The relative change: 0.1 is 10 % more. NaN when there is no ratio. */
  readonly change: number
  /** Whether it is more than noise; undefined when it was not tested. */
  readonly isSignificant: boolean | undefined
  readonly probability: number | undefined
  /** Whether the change is beyond a limit of `--fail-on`, be it noise or not. */
  readonly isBeyondLimit: boolean
  /** Whether the change is beyond a limit of `--fail-on`, and more than noise. */
  readonly isRegression: boolean
}

/** What is known of a value before it is judged. */
type MeasuredChange = Omit<ComparedValue, 'isSignificant' | 'isBeyondLimit' | 'isRegression'>

/** How many parts a run is cut into for the test, unless they would be shorter than a second. */
const PARTS = 30
const TREND_STATISTICS: readonly Aggregation[] = [
  { method: 'med' },
  { method: 'p', percentile: 95 },
  { method: 'p', percentile: 99 },
]
/** The statistics that are tested; the others are only shown. The more values are tested, the weaker is each test. */
const TESTED = ['rate', 'med', 'p(95)']

/** A result with the name it is shown by. */
export interface NamedResult {
  readonly path: string
  readonly file: ResultFile
}

export function compare(...what: Parameters<typeof compareWork>): Comparison {
  return atOnce(compareWork(...what))
}

/** {@link compare} in turns: for long runs with many metrics it takes seconds. */
export function* compareWork(
  baseline: NamedResult,
  candidate: NamedResult,
  limits: readonly RegressionLimit[] = [],
): Work<Comparison> {
  const [ofBaseline, ofCandidate] = [metricsOf(baseline.file), metricsOf(candidate.file)]
  assertKnown(limits, ofBaseline, ofCandidate)
  const values: MeasuredChange[] = []
  for (const [name, series] of ofBaseline) {
    const other = ofCandidate.get(name)
    if (other === undefined || other.type !== series.type) continue
    const before = new Measured(series, baseline.file.durationMs)
    yield
    const after = new Measured(other, candidate.file.durationMs)
    yield
    const all = statisticsOf(series, limits).map((aggregation) => comparedValue(before, after, aggregation))
    values.push(...all.filter((value) => value.baseline !== 0 || value.candidate !== 0))
  }
  const significant = alarms(values.map(({ probability }) => probability))
  const isLimited = values.map((value) => limits.some((limit) => limit.isAbout(value.metric, value.statistic)))
  // A limit on one value need not be as sure as a look at all of them: only what limits are about is tested together.
  const failing = alarms(values.map(({ probability }, i) => (isLimited[i] === true ? probability : undefined)))
  return {
    baseline: factsOf(baseline),
    candidate: factsOf(candidate),
    rows: values.map((value, i) => {
      const isSignificant = value.probability === undefined ? undefined : (significant[i] as boolean)
      const isBeyondLimit = limits.some((limit) => limit.isBeyond(value))
      const isRegression = isBeyondLimit && (value.probability === undefined || failing[i] === true)
      return { ...value, isSignificant, isBeyondLimit, isRegression }
    }),
    missing: [...ofBaseline.keys()].filter((name) => !ofCandidate.has(name)),
    added: [...ofCandidate.keys()].filter((name) => !ofBaseline.has(name)),
  }
}

/** Whole metrics and submetrics of thresholds, without the parts by tag and without the metrics of the generator. */
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

/** A series as a whole and in parts of equal length. Its sketches are decoded only once, which is most of the work. */
class Measured {
  readonly series: SavedSeries
  readonly #whole: Sink
  readonly #parts: readonly Sink[]
  readonly #durationMs: number
  /** The length of a part. */
  readonly #partMs: number

  constructor(series: SavedSeries, durationMs: number) {
    this.series = series
    this.#durationMs = durationMs
    this.#partMs = Math.max(durationMs / PARTS, 1000)
    this.#whole = createSink(series.type)
    this.#parts = Array.from({ length: Math.floor(durationMs / this.#partMs) }, () => createSink(series.type))
    for (const point of series.points) {
      const state = stateOf(series, point)
      this.#whole.merge(state)
      this.#parts[Math.floor((point[0] + point[1] / 2) / this.#partMs)]?.merge(state)
    }
  }

  value(aggregation: Aggregation): number {
    return this.series.type === 'gauge' ? averageOf(this.series) : aggregate(this.#whole, aggregation, this.#durationMs)
  }

  /** One value per part; NaN where nothing was measured. */
  parts(aggregation: Aggregation): number[] {
    return this.#parts.map((sink) => (sink.isEmpty() ? Number.NaN : aggregate(sink, aggregation, this.#partMs)))
  }
}

function comparedValue(before: Measured, after: Measured, aggregation: Aggregation): MeasuredChange {
  const { name, type, contains } = before.series
  const statistic = aggregationName(aggregation)
  const [baseline, candidate] = [before.value(aggregation), after.value(aggregation)]
  const isTested = TESTED.includes(statistic) && type !== 'gauge'
  return {
    metric: name,
    statistic,
    contains,
    baseline,
    candidate,
    change: baseline === 0 ? (candidate === 0 ? 0 : Number.NaN) : candidate / baseline - 1,
    probability: isTested ? pairedTest(before.parts(aggregation), after.parts(aggregation)) : undefined,
  }
}

function averageOf({ points }: SavedSeries): number {
  return points.length === 0 ? 0 : points.reduce((sum, [, , value]) => sum + Number(value), 0) / points.length
}

function factsOf({ path, file: { script, startedAt, durationMs, verdict } }: NamedResult): RunFacts {
  return { path, script, startedAt, durationMs, verdict }
}
