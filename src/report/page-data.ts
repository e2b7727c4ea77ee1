/**
 * What the page of a run is made of, live or as a report: how the run came out (or stands), and its time series as numbers that can
 * be drawn as they are. page/ draws it.
 *
 * Shape   a point is `[offset, width, …values]`
 *           counter [samples, sum]   gauge [value, min, max]   rate [total, nonZero]   trend [count, avg, p50, p90, p95, p99, max]
 * Units   ms; offsets are from `startedAt`; numbers have five significant digits
 */
import type { MetricDefinition } from '../metrics/metric.js'
import type { SinkState } from '../metrics/sink.js'
import type { Tags } from '../metrics/tag-set.js'
import { sketchOf } from '../metrics/timeline/cell.js'
import type { Track } from '../metrics/timeline/track.js'
import type { RunResult } from '../output/run-result.js'
import { type Comparison, compare, type NamedResult } from './compare.js'
import { heatText } from './heat.js'
import { type ResultFile, type SavedSeries, stateOf } from './result-file.js'

export interface PageData {
  readonly state: 'running' | 'ended'
  /** With its version. */
  readonly madeBy: string
  readonly result: RunResult
  readonly series: readonly PageSeries[]
  /** What the page may do to the run; absent when nothing. */
  readonly control?: PageControl
  /** Against another run. */
  readonly baseline?: PageBaseline
  /** How many series follow in further parts. */
  readonly rest?: number
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

export type PagePoint = readonly [offset: number, width: number, ...values: number[]]

export function pageDataOf(file: ResultFile, baseline?: NamedResult): PageData {
  const { series, madeBy, format: _, formatVersion: __, ...result } = file
  return {
    state: 'ended',
    madeBy,
    result,
    series: series.map(savedPageSeries),
    ...(baseline !== undefined && { baseline: baselineOf(baseline, file) }),
  }
}

/** Its series without what only a look at that run needs. */
function baselineOf(baseline: NamedResult, file: ResultFile): PageBaseline {
  const comparison = compare(baseline, { path: 'this run', file })
  const names = new Set(comparison.rows.map(({ metric }) => metric))
  const series = baseline.file.series.filter(({ name }) => names.has(name))
  return { comparison, series: series.map((one) => ({ ...savedPageSeries(one), heat: [] })) }
}

function savedPageSeries(series: SavedSeries): PageSeries {
  const { name, metric, type, contains, tags } = series
  const points = series.points.map((point) => ({ offset: point[0], width: point[1], state: stateOf(series, point) }))
  return { name, metric, type, contains, ...tagOf(tags ?? null), ...drawn(points) }
}

/** Of what is measured now: points that begin at a moment (epoch ms) or later. */
export function liveSeries(track: Track, startedAt: number, from?: number): PageSeries {
  const begin = Math.floor(startedAt)
  const { name, metric, tags } = track
  const points = track.points(from).map(({ start, width, state }) => ({ offset: start - begin, width, state }))
  return { name, metric: metric.name, type: metric.type, contains: metric.contains, ...tagOf(tags), ...drawn(points) }
}

function tagOf(tags: Tags | null): Pick<PageSeries, 'tag'> {
  const [first, second] = Object.entries(tags ?? {})
  return first === undefined || second !== undefined ? {} : { tag: first }
}

function drawn(
  points: readonly { readonly offset: number; readonly width: number; readonly state: SinkState }[],
): Pick<PageSeries, 'points' | 'heat'> {
  const heat = points.flatMap(({ state }) => (state.type === 'trend' ? [heatText(state.sketch)] : []))
  return {
    points: points.map(({ offset, width, state }) => [offset, width, ...valuesOf(state).map(short)]),
    ...(heat.length > 0 && { heat }),
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
