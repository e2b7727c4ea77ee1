/**
 * The data of the page of a run, live or as a report: the result (so far), and the time series as numbers that page/ draws as they are.
 *
 * Shape   a point is `[offset, width, …values]`
 *           counter [samples, sum]   gauge [value, min, max]   rate [total, nonZero]   trend [count, avg, p50, p90, p95, p99, max]
 * Units   ms; offsets are from `startedAt`; numbers have five significant digits. A number that is not finite is null in JSON
 */
import type { Work } from '../base/turns.js'
import type { MetricDefinition } from '../metrics/metric.js'
import type { SinkState } from '../metrics/sink.js'
import type { Tags } from '../metrics/tag-set.js'
import { sketchOf } from '../metrics/timeline/cell.js'
import type { Track } from '../metrics/timeline/track.js'
import type { RunResult } from '../output/run-result.js'
import { type Comparison, compareWork, type NamedResult } from './compare.js'
import { heatText } from './heat.js'
import { type ResultFile, type SavedSeries, stateOf } from './result-file.js'

export interface PageData {
  readonly state: 'running' | 'ended'
  /** The program that made the report, with its version: `sockeye 1.2.3`. */
  readonly madeBy: string
  readonly result: RunResult
  readonly series: readonly PageSeries[]
  /** What the page may do to the run; absent when it may do nothing. */
  readonly control?: PageControl
  /** The comparison with another run, which `--baseline` names. */
  readonly baseline?: PageBaseline
  /** More follows in further parts, whose series go on with those of this one. */
  readonly isPart?: boolean
}

export interface PageControl {
  readonly isPaused: boolean
  readonly canPause: boolean
  /** Scenarios whose number of VUs may be changed, with what they have. */
  readonly scalable: readonly { readonly name: string; readonly vus: number; readonly maxVUs: number }[]
  /** Changes need the token of the control API, which the page asks for. */
  readonly needsToken: boolean
}

export interface PageBaseline {
  readonly comparison: Comparison
  /** Of the metrics that both have. */
  readonly series: readonly PageSeries[]
}

export interface PageSeries {
  readonly name: string
  readonly metric: string
  readonly type: MetricDefinition['type']
  readonly contains: MetricDefinition['contains']
  /** The one tag it is about; absent for the whole metric. A threshold's submetric may have one, too. */
  readonly tag?: readonly [key: string, value: string]
  readonly points: readonly PagePoint[]
  /** Of a trend: how the values of each point are spread (heat.ts). */
  readonly heat?: readonly string[]
}

/** How many points are made at a time, which takes some ms. */
const PIECE = 50

export type PagePoint = readonly [offset: number, width: number, ...values: number[]]

export function* pageDataWork(file: ResultFile, baseline?: NamedResult): Work<PageData> {
  const { series: saved, madeBy, format: _, formatVersion: __, totals: ___, ...result } = file
  const series: PageSeries[] = []
  for (const each of saved) series.push(yield* savedPageSeries(each))
  return {
    state: 'ended',
    madeBy,
    result,
    series,
    ...(baseline !== undefined && { baseline: yield* baselineWork(baseline, file) }),
  }
}

/** The comparison, and the baseline's series for charts, which need no heat maps. */
export function* baselineWork(baseline: NamedResult, file: ResultFile): Work<PageBaseline> {
  const comparison = yield* compareWork(baseline, { path: 'this run', file })
  const names = new Set(comparison.rows.map(({ metric }) => metric))
  const series: PageSeries[] = []
  for (const each of baseline.file.series)
    if (names.has(each.name)) series.push({ ...(yield* savedPageSeries(each)), heat: [] })
  return { comparison, series }
}

function* savedPageSeries(series: SavedSeries): Work<PageSeries> {
  const { name, metric, type, contains, tags } = series
  const drawn = new Drawn()
  for (const point of series.points) {
    drawn.add(point[0], point[1], stateOf(series, point))
    yield
  }
  return { name, metric, type, contains, ...tagOf(tags ?? null), ...drawn.result() }
}

/** A series of the running test: its points that begin at `from` (epoch ms) or later. */
export function liveSeries(track: Track, startedAt: number, from?: number): PageSeries {
  const drawn = new Drawn()
  for (const { start, width, state } of track.points(from)) drawn.add(start - Math.floor(startedAt), width, state)
  return { ...headOf(track), ...drawn.result() }
}

/** All series of the running test, in pieces. A piece continues the series of the piece before it, or begins the next series. */
export function* livePieces(tracks: readonly Track[], startedAt: number): Generator<PageSeries, void, void> {
  for (const track of tracks) {
    const stretches = track.stretches()
    const head = headOf(track)
    if (stretches.length === 0) yield { ...head, points: [] }
    for (let i = 0; i < stretches.length; i += PIECE) {
      const drawn = new Drawn()
      for (const { start, width, state } of stretches.slice(i, i + PIECE))
        drawn.add(start - Math.floor(startedAt), width, state())
      yield { ...head, ...drawn.result() }
    }
  }
}

function headOf({ name, metric, tags }: Track): Omit<PageSeries, 'points'> {
  return { name, metric: metric.name, type: metric.type, contains: metric.contains, ...tagOf(tags) }
}

function tagOf(tags: Tags | null): Pick<PageSeries, 'tag'> {
  const [first, second] = Object.entries(tags ?? {})
  return first === undefined || second !== undefined ? {} : { tag: first }
}

/** Collects the points of a chart in the form in which the page draws them. */
class Drawn {
  readonly #points: PagePoint[] = []
  readonly #heat: string[] = []

  add(offset: number, width: number, state: SinkState): void {
    this.#points.push([offset, width, ...valuesOf(state).map(short)])
    if (state.type === 'trend') this.#heat.push(heatText(state.sketch))
  }

  result(): Pick<PageSeries, 'points' | 'heat'> {
    return { points: this.#points, ...(this.#heat.length > 0 && { heat: this.#heat }) }
  }
}

function valuesOf(state: SinkState): number[] {
  switch (state.type) {
    case 'counter':
      return [state.samples, state.sum]
    case 'gauge':
      return [state.value, state.min, state.max]
    case 'rate':
      return [state.total, state.nonZero]
    case 'trend': {
      const { count, sum, max } = state.sketch
      const sketch = sketchOf(state.sketch)
      const quantiles = [0.5, 0.9, 0.95, 0.99].map((fraction) => sketch.quantile(fraction))
      return [count, count === 0 ? 0 : sum / count, ...quantiles, max]
    }
    default:
      return state satisfies never
  }
}

function short(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(5))
}
