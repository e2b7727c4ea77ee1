/**
 * The values of single time series (one metric with one tag set), for outputs that send each of them: Prometheus, OpenTelemetry. A part of the
 * engine reports what is new in its series; the run keeps the totals.
 *
 * Units   epoch milliseconds
 */
import { entryOf } from '../base/map-entry.js'
import type { MetricDefinition } from './metric.js'
import { createSink, type Sink, type SinkState } from './sink.js'
import type { TagSet, Tags } from './tag-set.js'

/** The sink of one series. It knows the time of the last sample. */
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

  /** Returns what was added since the last call. The first report describes the series. */
  take(): SeriesReport {
    const { id, metric, tags } = this
    const about = this.#isDescribed ? undefined : { metric, tags: tags.toObject() }
    this.#isDescribed = true
    return { id, at: this.#lastAt, state: this.#sink.take(), ...(about && { about }) }
  }
}

export interface SeriesReport {
  /** The number of the series within its part of the engine. */
  readonly id: number
  /** The time of the last sample. */
  readonly at: number
  readonly state: SinkState
  /** Only in the first report of a series. */
  readonly about?: { readonly metric: MetricDefinition; readonly tags: Tags }
}

/** The total of one time series since the run began, over all parts of the engine. */
export interface SeriesTotal {
  readonly metric: MetricDefinition
  readonly tags: Tags
  readonly sink: Sink
  /** The time of the last sample. */
  readonly lastAt: number
}

/** What is new in a series. */
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
    const byId = entryOf(this.#byPart, part, () => new Map<number, MutableTotal>())
    if (about !== undefined) byId.set(id, this.#byDescription(about))
    const total = byId.get(id)
    if (total === undefined) throw new Error(`series ${id} of part ${part} was never described`)
    return total
  }

  /** Parts with the same series share its total. Their tags are in the same order, because tag sets are sorted. */
  #byDescription({ metric, tags }: NonNullable<SeriesReport['about']>): MutableTotal {
    const key = JSON.stringify([metric.name, tags])
    return entryOf(this.#byTags, key, () => ({ metric, tags, sink: createSink(metric.type), lastAt: 0 }))
  }
}

type MutableTotal = { -readonly [K in keyof SeriesTotal]: SeriesTotal[K] }

function addTo(series: MutableTotal, { at, state }: SeriesReport): void {
  const { sink } = series
  const isOlder = at < series.lastAt
  const value = sink.type === 'gauge' ? sink.value : 0
  sink.merge(state)
  // The value with the latest time counts, whatever the order of reports.
  if (sink.type === 'gauge' && isOlder) sink.value = value
  if (!isOlder) series.lastAt = at
}
