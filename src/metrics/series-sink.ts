/**
 * What single time series (one metric with one tag set) measured, for outputs that send each of them: Prometheus, OpenTelemetry.
 * A part of the engine sends what its series measured since its last report; the run keeps the totals.
 *
 * Units   epoch milliseconds
 */
import type { MetricDefinition } from './metric.js'
import { createSink, type Sink, type SinkState } from './sink.js'
import type { TagSet, Tags } from './tag-set.js'

/** Where the samples of one series go; knows when the last one came. */
export class SeriesSink {
  readonly id: number
  readonly metric: MetricDefinition
  readonly tags: TagSet
  readonly #sink: Sink
  readonly #now: () => number
  #lastAt = 0
  #isDescribed = false

  constructor(id: number, metric: MetricDefinition, tags: TagSet, now: () => number) {
    this.id = id
    this.metric = metric
    this.tags = tags
    this.#sink = createSink(metric.type)
    this.#now = now
  }

  /** Hot. */
  add(value: number): void {
    this.#sink.add(value)
    this.#lastAt = this.#now()
  }

  isEmpty(): boolean {
    return this.#sink.isEmpty()
  }

  /** What was added since the last time; the first time it says what it is about. */
  take(): SeriesReport {
    const { id, metric, tags } = this
    const about = this.#isDescribed ? undefined : { metric, tags: tags.toObject() }
    this.#isDescribed = true
    return { id, at: this.#lastAt, state: this.#sink.take(), ...(about && { about }) }
  }
}

export interface SeriesReport {
  /** Within the part of the engine that sends it. */
  readonly id: number
  /** The time of the last sample. */
  readonly at: number
  readonly state: SinkState
  /** Only in the first report of a series. */
  readonly about?: { readonly metric: MetricDefinition; readonly tags: Tags }
}

/** One time series since the run began, over all parts. */
export interface SeriesTotal {
  readonly metric: MetricDefinition
  readonly tags: Tags
  readonly sink: Sink
  /** The time of the last sample. */
  readonly lastAt: number
}

/** What has come to a series. */
export interface SeriesChange {
  readonly series: SeriesTotal
  readonly state: SinkState
}

export class SeriesTotals {
  readonly #byTags = new Map<string, MutableTotal>()
  readonly #byPart = new Map<number, Map<number, MutableTotal>>()

  merge(part: number, reports: readonly SeriesReport[]): SeriesChange[] {
    return reports.map((report) => {
      const series = this.#totalOf(part, report)
      addTo(series, report)
      return { series, state: report.state }
    })
  }

  #totalOf(part: number, { id, about }: SeriesReport): MutableTotal {
    let byId = this.#byPart.get(part)
    if (byId === undefined) {
      byId = new Map()
      this.#byPart.set(part, byId)
    }
    if (about !== undefined) byId.set(id, this.#byDescription(about))
    const total = byId.get(id)
    if (total === undefined) throw new Error(`series ${id} of part ${part} was never described`)
    return total
  }

  /** Parts that have the same series share its total. Tag sets are sorted. */
  #byDescription({ metric, tags }: NonNullable<SeriesReport['about']>): MutableTotal {
    const key = JSON.stringify([metric.name, tags])
    let total = this.#byTags.get(key)
    if (total === undefined) {
      total = { metric, tags, sink: createSink(metric.type), lastAt: 0 }
      this.#byTags.set(key, total)
    }
    return total
  }
}

type MutableTotal = { -readonly [K in keyof SeriesTotal]: SeriesTotal[K] }

function addTo(series: MutableTotal, { at, state }: SeriesReport): void {
  const { sink } = series
  const isOlder = at < series.lastAt
  const value = sink.type === 'gauge' ? sink.value : 0
  sink.merge(state)
  // The last value counts, whichever part sent it.
  if (sink.type === 'gauge' && isOlder) sink.value = value
  if (!isOlder) series.lastAt = at
}
