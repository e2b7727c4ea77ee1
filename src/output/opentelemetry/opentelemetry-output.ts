/**
 * The output `opentelemetry`: every time series as OTLP metrics, over gRPC or HTTP.
 *
 * The encoder is our own: the official SDK keeps at most 2,000 attribute sets per instrument and does not count what it loses, and its
 * exporters bring 28 MB of packages that take 0.3 s to load.
 *
 * Source  docs/spec/outputs.md §2
 */
import type { MetricDefinition } from '../../metrics/metric.js'
import type { SeriesChange, SeriesTotal } from '../../metrics/series-sink.js'
import type { SinkState } from '../../metrics/sink.js'
import type { Tags } from '../../metrics/tag-set.js'
import { lowerBound } from '../../sketch/mapping.js'
import type { SketchState } from '../../sketch/sketch.js'
import { ExponentialHistogram, OPENTELEMETRY_SHAPE } from '../exponential-histogram.js'
import type { Delivery, Output, OutputContext } from '../output.js'
import { Pusher } from '../push/pusher.js'
import { encodeExport, type WireMetric, type WirePoint } from './encode.js'
import { type OpenTelemetryOptions, openTelemetryOptions } from './options.js'
import { createTransport, type Transport } from './transport.js'

/** Collectors take messages of 4 MB; this many points stay below that. */
const MOST_POINTS = 8000

interface Job {
  readonly body: Uint8Array
  readonly points: number
}

/** One metric with all its attribute sets. */
interface Instrument {
  readonly metric: MetricDefinition
  readonly name: string
  readonly startTime: number
  readonly points: Map<string, Point>
}

interface Point {
  readonly attributes: Tags
  readonly total: PointTotal
}

/** What a point adds up to: since the start, or since the last export when exports are deltas. */
type PointTotal =
  | { readonly type: 'sum'; double: number }
  | { readonly type: 'count'; int: number }
  | { readonly type: 'gauge'; double: number; at: number }
  | {
      readonly type: 'explicit'
      count: number
      sum: number
      min: number
      max: number
      bounds: readonly number[]
      counts: number[]
    }
  | { readonly type: 'exponential'; histogram: ExponentialHistogram; min: number; max: number }

export class OpenTelemetryOutput implements Output {
  readonly description: string
  readonly #options: OpenTelemetryOptions
  readonly #context: OutputContext
  readonly #transport: Transport
  readonly #pusher: Pusher<Job>
  readonly #instruments = new Map<string, Instrument>()
  readonly #warned = new Set<string>()
  /** When the last deltas were collected. */
  #since = Date.now()

  constructor(argument: string, context: OutputContext) {
    this.#options = openTelemetryOptions(argument, context)
    this.#context = context
    this.#transport = createTransport(this.#options, context)
    const { protocol, endpoint, path, isInsecure, exportIntervalMs, isDelta } = this.#options
    this.description =
      protocol === 'grpc'
        ? `opentelemetry (grpc${isInsecure ? ' (insecure)' : ''}, ${endpoint})`
        : `opentelemetry (http/protobuf, ${isInsecure ? 'http' : 'https'}://${endpoint}${path})`
    this.#pusher = new Pusher<Job>(
      {
        collect: () => this.#collect(),
        send: ({ body }, signal) => this.#transport.send(body, signal),
        sizeOf: ({ points }) => points,
        // The next export has all totals again. Deltas would be lost.
        ...(!isDelta && { restore: () => undefined }),
      },
      { name: 'OpenTelemetry', log: context.log, unit: 'points', intervalMs: exportIntervalMs, mostQueued: 200_000 },
    )
  }

  start(): void {
    this.#pusher.start()
  }

  onSeries(changes: readonly SeriesChange[]): void {
    for (const { series, state } of changes) this.#add(series, state)
  }

  async stop(): Promise<void> {
    await this.#pusher.stop()
    this.#transport.close()
  }

  delivery(): Delivery {
    return this.#pusher.delivery()
  }

  #add(series: SeriesTotal, state: SinkState): void {
    const instrument = this.#instrumentOf(series)
    if (state.type !== 'rate')
      return addTo(
        this.#pointOf(instrument, series.tags, () => this.#newTotal(series.metric)),
        series,
        state,
      )
    const conditions = [
      ['nonzero', state.nonZero],
      ['zero', state.total - state.nonZero],
    ] as const
    for (const [condition, count] of conditions) {
      if (count === 0) continue
      const total = this.#pointOf(instrument, { ...series.tags, condition }, () => ({ type: 'count', int: 0 }))
      if (total.type === 'count') total.int += count
    }
  }

  #instrumentOf({ metric, lastAt }: SeriesTotal): Instrument {
    let instrument = this.#instruments.get(metric.name)
    if (instrument === undefined) {
      instrument = { metric, name: this.#nameOf(metric), startTime: lastAt, points: new Map() }
      this.#instruments.set(metric.name, instrument)
    }
    return instrument
  }

  /** The name of a metric, which must begin with a letter. */
  #nameOf({ name, type }: MetricDefinition): string {
    const full = `${this.#options.metricPrefix}${name}${type === 'rate' ? '.total' : ''}`
    if (/^[a-zA-Z]/.test(full)) return full
    const legal = `metric${full.startsWith('_') ? '' : '_'}${full}`
    this.#context.log.warning(
      `the metric "${full}" is exported as "${legal}": names of OpenTelemetry begin with a letter`,
    )
    return legal
  }

  #pointOf(instrument: Instrument, tags: Tags, make: () => PointTotal): PointTotal {
    const attributes = Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== ''))
    const key = JSON.stringify(attributes)
    let point = instrument.points.get(key)
    if (point === undefined) {
      point = { attributes, total: make() }
      instrument.points.set(key, point)
      this.#watchNumber(instrument)
    }
    return point.total
  }

  #watchNumber({ metric, points }: Instrument): void {
    const { seriesLimit } = this.#options
    if (points.size <= seriesLimit || this.#warned.has(metric.name)) return
    this.#warned.add(metric.name)
    this.#context.log.warning(
      `the metric ${metric.name} has more than ${seriesLimit} sets of tags; all are exported, but collectors may refuse or fold them`,
    )
  }

  #newTotal({ type, contains }: MetricDefinition): PointTotal {
    if (type === 'counter') return { type: 'sum', double: 0 }
    if (type === 'gauge') return { type: 'gauge', double: 0, at: Number.NEGATIVE_INFINITY }
    const extremes = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }
    if (this.#options.usesExponentialHistograms) {
      return { type: 'exponential', histogram: new ExponentialHistogram(OPENTELEMETRY_SHAPE, 1), ...extremes }
    }
    const bounds = contains === 'time' ? this.#options.bounds.time : this.#options.bounds.other
    return { type: 'explicit', count: 0, sum: 0, ...extremes, bounds, counts: new Array(bounds.length + 1).fill(0) }
  }

  #collect(): Job[] {
    const { isDelta, resource } = this.#options
    const time = Date.now()
    const jobs = batches([...this.#instruments.values()].map((instrument) => this.#metricOf(instrument))).map(
      ({ metrics, points }) => ({ body: encodeExport({ resource, metrics, time, isDelta }), points }),
    )
    if (isDelta) {
      for (const { points } of this.#instruments.values()) points.clear()
      this.#since = time
    }
    return jobs
  }

  #metricOf({ metric, name, startTime, points }: Instrument): WireMetric {
    const start = this.#options.isDelta ? this.#since : startTime
    return {
      name,
      unit: metric.type === 'rate' ? '' : metric.contains === 'time' ? 'ms' : metric.contains === 'data' ? 'By' : '',
      kind: this.#kindOf(metric),
      points: [...points.values()].map(({ attributes, total }) => ({
        attributes,
        startTime: start,
        value: wireValue(total),
      })),
    }
  }

  #kindOf({ type }: MetricDefinition): WireMetric['kind'] {
    if (type === 'gauge') return 'gauge'
    if (type !== 'trend') return 'sum'
    return this.#options.usesExponentialHistograms ? 'exponentialHistogram' : 'histogram'
  }
}

function addTo(total: PointTotal, series: SeriesTotal, state: SinkState): void {
  if (state.type === 'counter' && total.type === 'sum') total.double += state.sum
  else if (state.type === 'gauge' && total.type === 'gauge') {
    if (series.lastAt >= total.at) total.double = state.value
    total.at = Math.max(total.at, series.lastAt)
  } else if (state.type === 'trend' && (total.type === 'explicit' || total.type === 'exponential')) {
    const { sketch } = state
    total.min = Math.min(total.min, sketch.min)
    total.max = Math.max(total.max, sketch.max)
    if (total.type === 'exponential') total.histogram.add(sketch)
    else {
      total.count += sketch.count
      total.sum += sketch.sum
      countInto(total.counts, total.bounds, sketch)
    }
  }
}

/** A bucket of the sketch is counted where its lower bound is. That is exact for whole numbers up to 256, each of which begins a bucket. */
function countInto(counts: number[], bounds: readonly number[], { values, buckets }: SketchState): void {
  const add = (value: number, times: number): void => {
    if (times === 0) return
    const index = bounds.findIndex((bound) => value <= bound)
    const at = index === -1 ? bounds.length : index
    counts[at] = (counts[at] as number) + times
  }
  for (const value of values ?? []) add(value, 1)
  if (buckets === null) return
  add(Number.NEGATIVE_INFINITY, buckets.negativeInfinities)
  add(0, buckets.zeros)
  add(Number.POSITIVE_INFINITY, buckets.positiveInfinities)
  buckets.positive.buckets.forEach((bucket, i) => {
    add(lowerBound(bucket), buckets.positive.counts[i] as number)
  })
  buckets.negative?.buckets.forEach((bucket, i) => {
    add(-lowerBound(bucket), buckets.negative?.counts[i] as number)
  })
}

function wireValue(total: PointTotal): WirePoint['value'] {
  switch (total.type) {
    case 'count':
      return { int: total.int }
    case 'explicit':
      return { ...total, counts: [...total.counts] }
    case 'exponential':
      return { exponential: total.histogram, min: total.min, max: total.max }
    default:
      return { double: total.double }
  }
}

/** Splits metrics into messages of at most MOST_POINTS points. */
function batches(metrics: readonly WireMetric[]): { metrics: WireMetric[]; points: number }[] {
  const result: { metrics: WireMetric[]; points: number }[] = []
  for (const metric of metrics) {
    for (let from = 0; from < metric.points.length; from += MOST_POINTS) {
      const points = metric.points.slice(from, from + MOST_POINTS)
      const last = result.at(-1)
      if (last === undefined || last.points + points.length > MOST_POINTS)
        result.push({ metrics: [{ ...metric, points }], points: points.length })
      else {
        last.metrics.push({ ...metric, points })
        last.points += points.length
      }
    }
  }
  return result
}
