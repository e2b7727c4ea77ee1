/**
 * The result of a run as one file (`--save FILE`): verdict, totals and time series. Trends have sketches, so that percentiles can be computed
 * again. Comparisons and reports are made of it. docs/results.md describes it for other readers.
 *
 * Shape   JSON, version 1; sketches are base64 of sketch/codec.ts. A metric has 600 points at most, each `[offset, width, …values]`
 *           counter [offset, width, samples, sum]              gauge [offset, width, value, min, max]
 *           rate    [offset, width, total, nonZero]            trend [offset, width, count, sum, sketch]
 *         Numbers that JSON cannot hold are texts: `Infinity`, `-Infinity`, `NaN`
 * Units   ms; offsets are from `startedAt`, which is epoch milliseconds
 * Errors  SockeyeError ERR_RESULT_FILE (exit 255) for what is not such a file, with the place of what is wrong
 */
import { promisify } from 'node:util'
import { gunzipSync, gzip } from 'node:zlib'
import { SockeyeError } from '../base/errors.js'
import { Misfit } from '../base/shape.js'
import { atOnce, type Work } from '../base/turns.js'
import type { AggregateReport } from '../engine/engine.js'
import { NO_LOAD } from '../engine/generator-load.js'
import { encodeReport } from '../engine/report-codec.js'
import type { MetricDefinition } from '../metrics/metric.js'
import type { MetricRegistry } from '../metrics/registry.js'
import { createSink, type Sink, type SinkState } from '../metrics/sink.js'
import type { Tags } from '../metrics/tag-set.js'
import type { TimelineReader } from '../metrics/timeline/timeline.js'
import type { Point, Stretch, Track } from '../metrics/timeline/track.js'
import type { RunResult } from '../output/run-result.js'
import { compacted, decodeSketch, encodeSketch } from '../sketch/codec.js'
import { assertResult } from './result-shape.js'

export interface ResultFile extends RunResult {
  readonly format: typeof FORMAT
  readonly formatVersion: typeof VERSION
  /** The program that wrote the file, with its version. */
  readonly madeBy: string
  readonly series: readonly SavedSeries[]
  /** The id of the run, when this is the part of one machine of a run on several. */
  readonly run?: string
  /** All totals without loss, for `sockeye merge`: base64 of engine/report-codec.ts. Absent in files of older versions, and for pages. */
  readonly totals?: string
}

/** One metric, one submetric of a threshold, or one value of a tag. */
export interface SavedSeries {
  readonly name: string
  readonly metric: string
  readonly type: MetricDefinition['type']
  readonly contains: MetricDefinition['contains']
  readonly tags?: Tags
  readonly points: readonly SavedPoint[]
}

type SavedPoint = readonly [offset: number, width: number, ...values: (number | string)[]]

const FORMAT = 'sockeye-result'
const VERSION = 1
const MOST_POINTS = 600
/** How many buckets of a sketch become one in a point: quantiles are within 1.6 %. */
const POINT_STEP = 4

/** Without a registry the file has no totals, and cannot be merged with others. */
export function resultFile(...what: Parameters<typeof resultFileWork>): ResultFile {
  return atOnce(resultFileWork(...what))
}

/** {@link resultFile} in turns: for a run of many hours it takes seconds, and the main thread has other work. */
export function* resultFileWork(
  result: RunResult,
  timeline: TimelineReader,
  version: string,
  registry?: MetricRegistry,
): Work<ResultFile> {
  const series: SavedSeries[] = []
  for (const track of [...timeline.tracks()]) series.push(yield* savedSeries(track, result.startedAt))
  return fileOf(result, series, version, registry)
}

/** A result file with time series in the form in which they are saved. */
export function fileOf(
  result: RunResult,
  series: readonly SavedSeries[],
  version: string,
  registry: MetricRegistry | undefined,
): ResultFile {
  return {
    format: FORMAT,
    formatVersion: VERSION,
    madeBy: `sockeye ${version}`,
    ...result,
    series,
    ...(registry !== undefined && {
      totals: Buffer.from(encodeReport(totalsOf(result, registry))).toString('base64'),
    }),
  }
}

/** All totals, in the form of one report of the engine. */
function totalsOf({ checks, errors, startedAt, durationMs }: RunResult, registry: MetricRegistry): AggregateReport {
  return {
    aggregates: registry.states(),
    perSeries: [],
    since: startedAt,
    until: startedAt + durationMs,
    checks: { groups: [], checks: checks.map((check) => ({ scenario: '', ...check })) },
    errors: { errors: [...(errors?.listed ?? [])], others: errors?.others ?? 0 },
    series: 0,
    load: NO_LOAD,
  }
}

function* savedSeries(track: Track, startedAt: number): Work<SavedSeries> {
  const { name, metric, tags } = track
  return {
    name,
    metric: metric.name,
    type: metric.type,
    contains: metric.contains,
    ...(tags !== null && { tags }),
    points: yield* savedPoints(track, startedAt),
  }
}

export function resultBytes(file: ResultFile, path: string): Promise<Uint8Array> {
  return fileBytes(`${JSON.stringify(file)}\n`, path)
}

/** The bytes of a file with this text, compressed when its name ends in `.gz`. */
export async function fileBytes(text: string, path: string): Promise<Uint8Array> {
  return path.endsWith('.gz') ? promisify(gzip)(text) : Buffer.from(text)
}

export function parseResult(bytes: Uint8Array, path: string): ResultFile {
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(isCompressed ? gunzipSync(bytes) : bytes).toString('utf8'))
  } catch (error) {
    throw invalid(`'${path}' holds no result of a run: ${(error as Error).message}`)
  }
  const { format, formatVersion } = (value ?? {}) as Partial<ResultFile>
  if (format !== FORMAT) throw invalid(`'${path}' holds no result of a run`)
  if (formatVersion !== VERSION) {
    throw invalid(`'${path}' is a result file of version ${formatVersion}, this sockeye reads version ${VERSION}`)
  }
  try {
    assertResult(value)
  } catch (error) {
    if (!(error instanceof Misfit)) throw error
    throw invalid(`'${path}' is a damaged result file: ${error.message}`)
  }
  return value as ResultFile
}

/** What a point measured. */
export function stateOf({ type }: Pick<SavedSeries, 'type'>, [, , first, second, third]: SavedPoint): SinkState {
  switch (type) {
    case 'counter':
      return { type, samples: Number(first), sum: Number(second) }
    case 'gauge':
      return { type, samples: 1, value: Number(first), min: Number(second), max: Number(third) }
    case 'rate':
      return { type, total: Number(first), nonZero: Number(second) }
    case 'trend':
      return { type, sketch: decodeSketch(Buffer.from(String(third), 'base64')) }
    default:
      return type satisfies never
  }
}

/** Merges all points of a series into one sink. */
export function wholeOf(series: SavedSeries): Sink {
  const sink = createSink(series.type)
  for (const point of series.points) sink.merge(stateOf(series, point))
  return sink
}

export function savedPoint({ start, width, state }: Point, startedAt: number): SavedPoint {
  const offset = start - Math.floor(startedAt)
  switch (state.type) {
    case 'counter':
      return [offset, width, state.samples, saved(state.sum)]
    case 'gauge':
      return [offset, width, ...[state.value, state.min, state.max].map(saved)]
    case 'rate':
      return [offset, width, state.total, state.nonZero]
    case 'trend': {
      const bytes = encodeSketch(compacted(state.sketch, POINT_STEP))
      return [offset, width, state.sketch.count, saved(state.sketch.sum), Buffer.from(bytes).toString('base64')]
    }
    default:
      return state satisfies never
  }
}

/** A number for JSON, which has no infinity: `Infinity` becomes a text, which `Number` reads. */
function saved(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

/** The points of a series. When there are too many, neighbours are joined. */
function* savedPoints(track: Track, startedAt: number): Work<SavedPoint[]> {
  const stretches = track.stretches()
  const width = stretches.length > MOST_POINTS ? widthFor(stretches) : 0
  const points: SavedPoint[] = []
  for (let i = 0; i < stretches.length; ) {
    const first = stretches[i++] as Stretch
    const start = startOf(first, width)
    let state = first.state()
    let sink: Sink | undefined
    for (; i < stretches.length && startOf(stretches[i] as Stretch, width) === start; i++) {
      sink ??= sinkOf(state)
      sink.merge((stretches[i] as Stretch).state())
    }
    if (sink !== undefined) state = sink.take()
    points.push(savedPoint({ start, width: Math.max(width, first.width), state }, startedAt))
    yield
  }
  return points
}

function sinkOf(state: SinkState): Sink {
  const sink = createSink(state.type)
  sink.merge(state)
  return sink
}

/** The width of joined points, found before any are merged: merging is most of the work. */
function widthFor(points: readonly Stretch[]): number {
  let width = 2000
  while (new Set(points.map((point) => startOf(point, width))).size > MOST_POINTS) width *= 2
  return width
}

/** The start of the joined point that a stretch belongs to; with a width of 0 none are joined. */
function startOf({ start }: Stretch, width: number): number {
  return width === 0 ? start : Math.floor(start / width) * width
}

function invalid(message: string): SockeyeError {
  return new SockeyeError({
    code: 'ERR_RESULT_FILE',
    message,
    exitCode: 255,
    hint: 'sockeye run --save FILE makes one',
  })
}
