/**
 * Merges the time series of several result files: points of the same time become one. Points of longer runs are wider; when widths differ the
 * widest is taken for all.
 *
 * Units  milliseconds; offsets of points are from the start of a file's test
 */
import { createSink, type Sink, type SinkState } from '../metrics/sink.js'
import { type ResultFile, type SavedSeries, savedPoint, stateOf } from './result-file.js'

type Stretches = Map<number, Sink>
type Timed = Pick<ResultFile, 'startedAt' | 'series'>

/** `startedAt` is that of the merged run. Gauges of metrics for which `isSummed` is true, such as `vus`, add up. */
export function mergeSeries(
  files: readonly Timed[],
  startedAt: number,
  isSummed: (metric: string) => boolean,
): SavedSeries[] {
  const names = new Map<string, SavedSeries>()
  for (const each of files.flatMap(({ series }) => series)) if (!names.has(each.name)) names.set(each.name, each)
  return [...names.values()].map((series) => {
    const ofFiles = files.flatMap((file) => {
      const found = file.series.find(({ name }) => name === series.name)
      return found === undefined ? [] : [{ startedAt: file.startedAt, series: found }]
    })
    const width = Math.max(...ofFiles.flatMap((each) => each.series.points.map(([, pointWidth]) => pointWidth)), 0)
    const stretches = ofFiles.map((each) => stretchesOf(each.series, each.startedAt, width))
    return { ...series, points: pointsOf(merged(stretches, series, isSummed(series.metric)), width, startedAt) }
  })
}

/** The points of a series, joined to stretches of `width`, by the epoch milliseconds of their starts. */
function stretchesOf(series: SavedSeries, startedAt: number, width: number): Stretches {
  const stretches: Stretches = new Map()
  for (const point of series.points) {
    const start = Math.floor((Math.floor(startedAt) + point[0]) / width) * width
    sinkAt(stretches, start, series).merge(stateOf(series, point))
  }
  return stretches
}

function sinkAt(stretches: Stretches, start: number, { type }: SavedSeries): Sink {
  const sink = stretches.get(start) ?? createSink(type)
  stretches.set(start, sink)
  return sink
}

function merged(files: readonly Stretches[], series: SavedSeries, isSummed: boolean): ReadonlyMap<number, SinkState> {
  const states = new Map<number, SinkState>()
  for (const start of new Set(files.flatMap((stretches) => [...stretches.keys()]))) {
    const own = files.flatMap((stretches) => stretches.get(start)?.take() ?? [])
    states.set(start, isSummed ? summed(own) : mergedState(own, series))
  }
  return states
}

function mergedState(states: readonly SinkState[], { type }: SavedSeries): SinkState {
  const sink = createSink(type)
  for (const state of states) sink.merge(state)
  return sink.take()
}

/** Adds up gauges: each file has VUs of its own. */
export function summed(states: readonly SinkState[]): SinkState {
  const sum = { type: 'gauge' as const, samples: 0, value: 0, min: 0, max: 0 }
  for (const state of states) {
    if (state.type !== 'gauge') continue
    sum.samples += state.samples
    sum.value += state.value
    sum.min += state.min
    sum.max += state.max
  }
  return sum
}

function pointsOf(states: ReadonlyMap<number, SinkState>, width: number, startedAt: number): SavedSeries['points'] {
  return [...states].sort(([a], [b]) => a - b).map(([start, state]) => savedPoint({ start, width, state }, startedAt))
}
