/**
 * A time series: one metric with one tag set. It is resolved once (per socket, per tag change) and then updated in place:
 * `series.add(value)` is the hot path of every measurement and allocates nothing.
 *
 * What a series keeps is only where its samples go: the sink of its metric, the sinks of the submetrics it belongs to, and the
 * recorder while some output wants raw samples. Memory therefore does not grow with the number of samples.
 */
import type { MetricDefinition } from './metric.js'
import type { SampleRecorder } from './recorder.js'
import type { Sink } from './sink.js'
import type { TagSet } from './tag-set.js'

export class Series {
  readonly metric: MetricDefinition
  readonly tags: TagSet
  readonly #sink: Sink
  readonly #submetricSinks: readonly Sink[]
  readonly #recorder: SampleRecorder | null

  constructor(
    metric: MetricDefinition,
    tags: TagSet,
    sink: Sink,
    submetricSinks: readonly Sink[],
    recorder: SampleRecorder | null,
  ) {
    this.metric = metric
    this.tags = tags
    this.#sink = sink
    this.#submetricSinks = submetricSinks
    this.#recorder = recorder
  }

  /** Adds one sample, stamped with the present moment when raw samples are recorded. */
  add(value: number): void {
    this.#sink.add(value)
    const submetricSinks = this.#submetricSinks
    for (let i = 0; i < submetricSinks.length; i++) (submetricSinks[i] as Sink).add(value)
    if (this.#recorder !== null) this.#recorder.record(this.metric, this.tags, value)
  }
}
