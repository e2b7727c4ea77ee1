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
import type { TimelineReader } from '../metrics/timeline/timeline.js'
import type { RunResult } from '../output/run-result.js'
import { type ResultFile, type SavedSeries, stateOf } from './result-file.js'

export interface PageData {
  readonly state: 'running' | 'ended'
  /** With its version. */
  readonly madeBy: string
  readonly result: RunResult
  readonly series: readonly PageSeries[]
}

export interface PageSeries {
  readonly name: string
  readonly metric: string
  readonly type: MetricDefinition['type']
  readonly contains: MetricDefinition['contains']
  /** Empty for the whole metric, and for a threshold's submetric. */
  readonly scenario: string
  readonly points: readonly PagePoint[]
}

export type PagePoint = readonly [offset: number, width: number, ...values: number[]]

export function pageDataOf({ series, madeBy, format: _, formatVersion: __, ...result }: ResultFile): PageData {
  return { state: 'ended', madeBy, result, series: series.map(pageSeriesOf) }
}

function pageSeriesOf(series: SavedSeries): PageSeries {
  const { name, metric, type, contains, tags } = series
  return {
    name,
    metric,
    type,
    contains,
    scenario: scenarioOf({ tags: tags ?? null }),
    points: series.points.map((point) => pagePoint(point[0], point[1], stateOf(series, point))),
  }
}

/** Of what is measured now: points that begin at a moment (epoch ms) or later. */
export function liveSeries(timeline: TimelineReader, startedAt: number, from?: number): PageSeries[] {
  const begin = Math.floor(startedAt)
  return [...timeline.tracks()].map((track) => ({
    name: track.name,
    metric: track.metric.name,
    type: track.metric.type,
    contains: track.metric.contains,
    scenario: scenarioOf(track),
    points: track.points(from).map(({ start, width, state }) => pagePoint(start - begin, width, state)),
  }))
}

/** A threshold's submetric is a metric of its own, and the scenario it may be about has it, too. */
function scenarioOf({ tags }: { readonly tags: Tags | null }): string {
  const { scenario, ...others } = tags ?? {}
  return Object.keys(others).length > 0 ? '' : (scenario ?? '')
}

function pagePoint(offset: number, width: number, state: SinkState): PagePoint {
  return [offset, width, ...valuesOf(state).map(short)]
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
