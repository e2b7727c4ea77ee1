/**
 * Raw samples, recorded only while an output asked for them, in column batches: one array per field, tag sets and metrics as
 * small numbers that are described once.
 *
 * Units   `times` are milliseconds since the Unix epoch on the run's monotonic clock
 */
import type { MetricDefinition } from './metric.js'
import type { TagSet } from './tag-set.js'

/** What a shard sends: `tagSets` and `metadata` entries are only those not sent before; samples refer to them by number. */
export interface SampleBatch {
  readonly metrics: readonly MetricDefinition[]
  readonly tagSets: readonly { readonly id: number; readonly tags: Readonly<Record<string, string>> }[]
  readonly metric: Uint32Array
  readonly tagSet: Uint32Array
  readonly time: Float64Array
  readonly value: Float64Array
  /** Per sample: its metadata, or undefined. Absent when no sample has any. */
  readonly metadata?: readonly (Readonly<Record<string, string>> | undefined)[]
}

export class SampleRecorder {
  /** Metadata of the VU that is running now; set when a VU is entered. */
  metadata: Readonly<Record<string, string>> | undefined = undefined
  readonly #now: () => number
  readonly #metricNumbers = new Map<string, number>()
  readonly #sentTagSets = new Set<number>()
  #metrics: MetricDefinition[] = []
  #tagSets: SampleBatch['tagSets'][number][] = []
  #metric: number[] = []
  #tagSet: number[] = []
  #time: number[] = []
  #value: number[] = []
  #metadata: (Readonly<Record<string, string>> | undefined)[] = []
  #hasMetadata = false

  /** `now` gives epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  get length(): number {
    return this.#value.length
  }

  record(metric: MetricDefinition, tags: TagSet, value: number): void {
    let number = this.#metricNumbers.get(metric.name)
    if (number === undefined) {
      number = this.#metricNumbers.size
      this.#metricNumbers.set(metric.name, number)
      this.#metrics.push(metric)
    }
    if (!this.#sentTagSets.has(tags.id)) {
      this.#sentTagSets.add(tags.id)
      this.#tagSets.push({ id: tags.id, tags: tags.toObject() })
    }
    this.#metric.push(number)
    this.#tagSet.push(tags.id)
    this.#time.push(this.#now())
    this.#value.push(value)
    this.#metadata.push(this.metadata)
    if (this.metadata !== undefined) this.#hasMetadata = true
  }

  /** Everything recorded since the last call. `metrics` lists the newly seen ones, numbered on from the last batch. */
  take(): SampleBatch {
    const batch: SampleBatch = {
      metrics: this.#metrics,
      tagSets: this.#tagSets,
      metric: Uint32Array.from(this.#metric),
      tagSet: Uint32Array.from(this.#tagSet),
      time: Float64Array.from(this.#time),
      value: Float64Array.from(this.#value),
      ...(this.#hasMetadata ? { metadata: this.#metadata } : {}),
    }
    this.#metrics = []
    this.#tagSets = []
    this.#metric = []
    this.#tagSet = []
    this.#time = []
    this.#value = []
    this.#metadata = []
    this.#hasMetadata = false
    return batch
  }
}
