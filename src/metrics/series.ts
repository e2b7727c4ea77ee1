/**
 * A time series: one metric with one tag set. It is resolved once (per socket, per tag change) and then updated in place:
 * `series.add(value)` is the hot path of every measurement and allocates nothing.
 *
 * A series keeps only the targets of its samples: the sink of its metric, the sinks of submetrics and views that it belongs to, and the
 * recorder when an output wants raw samples. So memory does not grow with the number of samples.
 */
import type { MetricDefinition } from './metric.js'
import type { SampleRecorder } from './recorder.js'
import type { TagSet } from './tag-set.js'

/** A sink, or something else that takes every sample. */
export interface SampleTarget {
  add(value: number): void
}

export class Series {
  readonly metric: MetricDefinition
  readonly tags: TagSet
  readonly #sink: SampleTarget
  /** Null for most series, which then need no loop. */
  readonly #otherSinks: readonly SampleTarget[] | null
  readonly #recorder: SampleRecorder | null

  /** `sinks` begins with the metric's own. */
  constructor(metric: MetricDefinition, tags: TagSet, sinks: readonly SampleTarget[], recorder: SampleRecorder | null) {
    this.metric = metric
    this.tags = tags
    this.#sink = sinks[0] as SampleTarget
    this.#otherSinks = sinks.length === 1 ? null : sinks.slice(1)
    this.#recorder = recorder
  }

  /** Hot. Adds one sample, stamped with the present moment when raw samples are recorded. */
  add(value: number): void {
    this.#sink.add(value)
    if (this.#otherSinks !== null) this.#addToOthers(this.#otherSinks, value)
    if (this.#recorder !== null) this.#recorder.record(this.metric, this.tags, value)
  }

  #addToOthers(sinks: readonly SampleTarget[], value: number): void {
    for (let i = 0; i < sinks.length; i++) (sinks[i] as SampleTarget).add(value)
  }
}
