/**
 * The metrics of a run as one shard (or the main thread) knows them: definitions, sinks, and the series that feed them.
 *
 * Errors  `declare` throws a TypeError with k6's text when a name is taken by a metric of another type or kind
 */
import type { MetricDefinition, MetricType, ValueKind } from './metric.js'
import type { SampleRecorder } from './recorder.js'
import { Series } from './series.js'
import { createSink, type Sink, type SinkState } from './sink.js'
import { matches, type Submetric } from './submetric.js'
import type { TagSet } from './tag-set.js'

/** The state of every sink that changed, by metric or submetric name. What a shard sends once a second. */
export type Aggregates = readonly { readonly name: string; readonly state: SinkState }[]

export class MetricRegistry {
  readonly #definitions = new Map<string, MetricDefinition>()
  readonly #sinks = new Map<string, Sink>()
  readonly #submetrics = new Map<string, Submetric[]>()
  readonly #series = new Map<string, Map<TagSet, Series>>()
  readonly #recorder: SampleRecorder | null

  /** `submetrics` must be complete before the first series is resolved. */
  constructor(submetrics: readonly Submetric[] = [], recorder: SampleRecorder | null = null) {
    this.#recorder = recorder
    for (const submetric of submetrics) {
      const list = this.#submetrics.get(submetric.metric) ?? []
      list.push(submetric)
      this.#submetrics.set(submetric.metric, list)
    }
  }

  /** Declares a metric, or finds it again when it was declared alike. */
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

  get(name: string): MetricDefinition | undefined {
    return this.#definitions.get(name)
  }

  definitions(): IterableIterator<MetricDefinition> {
    return this.#definitions.values()
  }

  submetricsOf(name: string): readonly Submetric[] {
    return this.#submetrics.get(name) ?? []
  }

  /** The sink of a metric or submetric. */
  sink(name: string): Sink | undefined {
    return this.#sinks.get(name)
  }

  /** How many different time series have been resolved. */
  get seriesCount(): number {
    let count = 0
    for (const byTags of this.#series.values()) count += byTags.size
    return count
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
      const submetrics = this.submetricsOf(metric.name).filter((submetric) => matches(submetric, tags))
      series = new Series(
        metric,
        tags,
        this.#sinks.get(metric.name) as Sink,
        submetrics.map((submetric) => this.#sinks.get(submetric.name) as Sink),
        this.#recorder,
      )
      byTags.set(tags, series)
    }
    return series
  }

  /** The states of all sinks that have samples, which are empty afterwards. */
  take(): Aggregates {
    const aggregates: { name: string; state: SinkState }[] = []
    for (const [name, sink] of this.#sinks) {
      if (!sink.isEmpty()) aggregates.push({ name, state: sink.take() })
    }
    return aggregates
  }

  /** Adds what another registry took. Its metrics must be declared here. */
  merge(aggregates: Aggregates): void {
    for (const { name, state } of aggregates) this.#sinks.get(name)?.merge(state)
  }
}
