/**
 * The metrics of a run in one shard, or on the main thread: definitions, sinks, and the series that feed them.
 *
 * Errors  `declare` throws a TypeError with k6's text when a name is taken by a metric of another type or kind
 */
import { entryOf } from '../base/map-entry.js'
import { type MetricDefinition, type MetricType, matches, type Submetric, type ValueKind } from './metric.js'
import type { SampleRecorder } from './recorder.js'
import { type SampleTarget, Series } from './series.js'
import { type SeriesReport, SeriesSink } from './series-sink.js'
import { createSink, type Sink, type SinkState } from './sink.js'
import type { TagSet } from './tag-set.js'
import { type View, viewsOf } from './view.js'

/** The state of every sink that changed, by the name of the metric or submetric. A shard sends this once a second. */
export type Aggregates = readonly {
  readonly name: string
  readonly view?: View
  /** The state is about samples with this tag only. */
  readonly tag?: TagValue
  readonly state: SinkState
}[]

export interface TagValue {
  readonly key: string
  readonly value: string
}

/** The sink of one metric in one view. */
export interface ViewSink {
  readonly metric: MetricDefinition
  readonly view: View
  readonly sink: Sink
}

/** How many values of a tag have sinks of their own, for each metric; further values count as {@link OTHER_VALUES}. */
const MOST_TAG_VALUES = 100
const OTHER_VALUES = '(others)'

export interface RegistryOptions {
  /** Every series also feeds the sinks of its scenario and of its group, for the full summary. */
  readonly collectsViews?: boolean
  /** Every series also feeds a sink for its value of each of these tags, for time series by scenario, name, status. */
  readonly trackedTags?: readonly string[]
  /** Every series also has totals of its own. The clock returns epoch milliseconds. */
  readonly seriesClock?: (() => number) | undefined
}

export class MetricRegistry {
  readonly #definitions = new Map<string, MetricDefinition>()
  readonly #sinks = new Map<string, Sink>()
  readonly #submetrics = new Map<string, Submetric[]>()
  readonly #submetricsByName = new Map<string, Submetric>()
  /** Submetrics by metric, then by the key and the value of their first tag, so that a series looks only at those that it may match. */
  readonly #submetricsByTag = new Map<string, Map<string, Map<string, Submetric[]>>>()
  readonly #series = new Map<string, Map<TagSet, Series>>()
  readonly #recorder: SampleRecorder | null
  readonly #collectsViews: boolean
  readonly #trackedTags: readonly string[]
  readonly #seriesClock: (() => number) | undefined
  readonly #seriesSinks: SeriesSink[] = []
  /** Sinks of single tag values; the keys are metric, tag and value. */
  readonly #tagSinks = new Map<string, Map<string, Map<string, Sink>>>()
  /** By metric, scenario and group; filled only when views are collected. */
  readonly #viewSinks = new Map<string, ViewSink>()
  #seriesCount = 0

  /** `submetrics` must be complete before the first series is resolved. */
  constructor(
    submetrics: readonly Submetric[] = [],
    recorder: SampleRecorder | null = null,
    { collectsViews = false, trackedTags = [], seriesClock }: RegistryOptions = {},
  ) {
    this.#recorder = recorder
    this.#collectsViews = collectsViews
    this.#trackedTags = trackedTags
    this.#seriesClock = seriesClock
    for (const submetric of submetrics) {
      const list = this.#submetrics.get(submetric.metric) ?? []
      list.push(submetric)
      this.#submetrics.set(submetric.metric, list)
      this.#submetricsByName.set(submetric.name, submetric)
      const [key, value] = Object.entries(submetric.tags)[0] as [string, string]
      const byKey = entryOf(this.#submetricsByTag, submetric.metric, () => new Map<string, Map<string, Submetric[]>>())
      const byValue = entryOf(byKey, key, () => new Map<string, Submetric[]>())
      entryOf(byValue, value, (): Submetric[] => []).push(submetric)
    }
  }

  /** Declares a metric. One that was declared before with the same type is returned. */
  declare(name: string, type: MetricType, contains: ValueKind = 'default'): MetricDefinition {
    const known = this.#definitions.get(name)
    if (known !== undefined) {
      if (known.type !== type) {
        throw new TypeError(`metric '${name}' already exists but with type ${known.type}, instead of ${type}`)
      }
      if (known.contains !== contains) {
        throw new TypeError(
          `metric '${name}' already exists but with a value type ${known.contains}, instead of ${contains}`,
        )
      }
      return known
    }
    const definition = { name, type, contains }
    this.#definitions.set(name, definition)
    this.#sinks.set(name, createSink(type))
    for (const submetric of this.#submetrics.get(name) ?? []) this.#sinks.set(submetric.name, createSink(type))
    return definition
  }

  /** Declares metrics, and returns their definitions by name. */
  declareAll<Name extends string>(
    metrics: readonly (readonly [name: Name, type: MetricType, contains?: ValueKind])[],
  ): Record<Name, MetricDefinition> {
    const entries = metrics.map(([name, type, contains]) => [name, this.declare(name, type, contains)])
    return Object.fromEntries(entries) as Record<Name, MetricDefinition>
  }

  get(name: string): MetricDefinition | undefined {
    return this.#definitions.get(name)
  }

  definitions(): IterableIterator<MetricDefinition> {
    return this.#definitions.values()
  }

  submetricsOf(name: string): readonly Submetric[] {
    return this.#submetrics.get(name) ?? []
  }

  submetric(name: string): Submetric | undefined {
    return this.#submetricsByName.get(name)
  }

  /** The sink of a metric or submetric. */
  sink(name: string): Sink | undefined {
    return this.#sinks.get(name)
  }

  /** How many different time series have been resolved. */
  get seriesCount(): number {
    return this.#seriesCount
  }

  /** The sinks of all views that had samples. */
  viewSinks(): IterableIterator<ViewSink> {
    return this.#viewSinks.values()
  }

  /** The series of a metric with a tag set; the same object for the same arguments. */
  series(metric: MetricDefinition, tags: TagSet): Series {
    let byTags = this.#series.get(metric.name)
    if (byTags === undefined) {
      byTags = new Map()
      this.#series.set(metric.name, byTags)
    }
    let series = byTags.get(tags)
    if (series === undefined) {
      series = new Series(metric, tags, this.#sinksFor(metric, tags), this.#recorder)
      byTags.set(tags, series)
      this.#seriesCount++
    }
    return series
  }

  /** The states of all sinks that have samples, which are empty afterwards. */
  take(): Aggregates {
    const aggregates: Aggregates[number][] = []
    for (const [name, sink] of this.#sinks) {
      if (!sink.isEmpty()) aggregates.push({ name, state: sink.take() })
    }
    for (const { metric, view, sink } of this.#viewSinks.values()) {
      if (!sink.isEmpty()) aggregates.push({ name: metric.name, view, state: sink.take() })
    }
    for (const [name, byKey] of this.#tagSinks) {
      for (const [key, byValue] of byKey) {
        for (const [value, sink] of byValue) {
          if (!sink.isEmpty()) aggregates.push({ name, tag: { key, value }, state: sink.take() })
        }
      }
    }
    return aggregates
  }

  /** The states of all sinks, which keep them. */
  states(): Aggregates {
    const aggregates = this.take()
    this.merge(aggregates)
    return aggregates.filter(({ tag }) => tag === undefined)
  }

  /** What each series measured since the last time; empty unless series are collected. */
  takeSeries(): SeriesReport[] {
    return this.#seriesSinks.flatMap((sink) => (sink.isEmpty() ? [] : [sink.take()]))
  }

  /** Adds what another registry took. Its metrics must be declared here. */
  merge(aggregates: Aggregates): void {
    for (const { name, view, tag, state } of aggregates) {
      // Sinks of single tags are for time series alone.
      if (tag !== undefined) continue
      if (view === undefined) this.#sinks.get(name)?.merge(state)
      else this.#viewSink(this.#definitions.get(name) as MetricDefinition, view).merge(state)
    }
  }

  /** Where samples of a series go: first the metric's own sink. */
  #sinksFor(metric: MetricDefinition, tags: TagSet): SampleTarget[] {
    const sinks: SampleTarget[] = [this.#sinks.get(metric.name) as Sink]
    for (const [key, byValue] of this.#submetricsByTag.get(metric.name) ?? []) {
      const value = tags.get(key)
      for (const submetric of (value !== undefined && byValue.get(value)) || []) {
        if (matches(submetric, tags)) sinks.push(this.#sinks.get(submetric.name) as Sink)
      }
    }
    if (this.#collectsViews) for (const view of viewsOf(tags)) sinks.push(this.#viewSink(metric, view))
    for (const key of this.#trackedTags) {
      const value = tags.get(key)
      if (value !== undefined && value !== '') sinks.push(this.#tagSink(metric, key, value))
    }
    if (this.#seriesClock !== undefined) sinks.push(this.#seriesSink(metric, tags, this.#seriesClock))
    return sinks
  }

  #seriesSink(metric: MetricDefinition, tags: TagSet, clock: () => number): SeriesSink {
    const sink = new SeriesSink(this.#seriesSinks.length, metric, tags, clock)
    this.#seriesSinks.push(sink)
    return sink
  }

  #tagSink(metric: MetricDefinition, key: string, value: string): Sink {
    const byKey = entryOf(this.#tagSinks, metric.name, () => new Map<string, Map<string, Sink>>())
    const byValue = entryOf(byKey, key, () => new Map<string, Sink>())
    const isKnown = byValue.has(value) || byValue.size < MOST_TAG_VALUES
    return entryOf(byValue, isKnown ? value : OTHER_VALUES, () => createSink(metric.type))
  }

  #viewSink(metric: MetricDefinition, view: View): Sink {
    const key = JSON.stringify([metric.name, view.scenario, view.group])
    return entryOf(this.#viewSinks, key, () => ({ metric, view, sink: createSink(metric.type) })).sink
  }
}
