/**
 * Records raw samples for outputs that ask for them, in columns: one array per field. Tag sets and metrics are numbers, which are described
 * once.
 *
 * Shape   columns are typed arrays that double when full; a batch has copies of the exact length, which can be transferred
 * Units   `time` is milliseconds since the Unix epoch on the run's monotonic clock
 */
import type { MetricDefinition } from './metric.js'
import type { TagSet } from './tag-set.js'

export type Metadata = Readonly<Record<string, string>>

/**
 * What a shard sends. `metrics` and `tagSets` are only those that were not sent before. The number of a metric is its place among all metrics
 * that were ever sent; a tag set carries its number.
 */
export interface SampleBatch {
  readonly metrics: readonly MetricDefinition[]
  readonly tagSets: readonly { readonly id: number; readonly tags: Readonly<Record<string, string>> }[]
  readonly metric: Uint32Array
  readonly tagSet: Uint32Array
  readonly time: Float64Array
  readonly value: Float64Array
  /** Per sample: its metadata, or undefined. Absent when no sample has any. */
  readonly metadata?: readonly (Metadata | undefined)[]
}

const FIRST_CAPACITY = 256
/** The most samples of a batch. */
const LARGEST_BATCH = 65_536

export class SampleRecorder {
  /** Metadata of the VU that is running now; set when a VU is entered. */
  metadata: Metadata | undefined = undefined
  /** Called when a batch is full; must take it. */
  onFull: (() => void) | null = null
  readonly #now: () => number
  readonly #metricNumbers = new Map<MetricDefinition, number>()
  readonly #sentTagSets = new Set<number>()
  #newMetrics: MetricDefinition[] = []
  #newTagSets: SampleBatch['tagSets'][number][] = []
  #length = 0
  #metric = new Uint32Array(FIRST_CAPACITY)
  #tagSet = new Uint32Array(FIRST_CAPACITY)
  #time = new Float64Array(FIRST_CAPACITY)
  #value = new Float64Array(FIRST_CAPACITY)
  /** Null until a sample has metadata. */
  #metadata: (Metadata | undefined)[] | null = null

  /** `now` gives epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  get length(): number {
    return this.#length
  }

  /** Hot. */
  record(metric: MetricDefinition, tags: TagSet, value: number): void {
    if (this.#length === this.#value.length) this.#makeRoom()
    const at = this.#length
    this.#metric[at] = this.#metricNumbers.get(metric) ?? this.#describeMetric(metric)
    if (!this.#sentTagSets.has(tags.id)) this.#describeTagSet(tags)
    this.#tagSet[at] = tags.id
    this.#time[at] = this.#now()
    this.#value[at] = value
    if (this.metadata !== undefined || this.#metadata !== null) this.#recordMetadata(at)
    this.#length = at + 1
  }

  /** Everything recorded since the last call. */
  take(): SampleBatch {
    const length = this.#length
    const metadata = this.#metadata
    if (metadata !== null) metadata.length = length
    const batch: SampleBatch = {
      metrics: this.#newMetrics,
      tagSets: this.#newTagSets,
      metric: this.#metric.slice(0, length),
      tagSet: this.#tagSet.slice(0, length),
      time: this.#time.slice(0, length),
      value: this.#value.slice(0, length),
      ...(metadata === null ? {} : { metadata }),
    }
    this.#newMetrics = []
    this.#newTagSets = []
    this.#metadata = null
    this.#length = 0
    return batch
  }

  #describeMetric(metric: MetricDefinition): number {
    const number = this.#metricNumbers.size
    this.#metricNumbers.set(metric, number)
    this.#newMetrics.push(metric)
    return number
  }

  #describeTagSet(tags: TagSet): void {
    this.#sentTagSets.add(tags.id)
    this.#newTagSets.push({ id: tags.id, tags: tags.toObject() })
  }

  #recordMetadata(at: number): void {
    this.#metadata ??= new Array(at).fill(undefined)
    this.#metadata[at] = this.metadata
  }

  #makeRoom(): void {
    if (this.#length >= LARGEST_BATCH && this.onFull !== null) this.onFull()
    if (this.#length === this.#value.length) this.#grow()
  }

  #grow(): void {
    const capacity = this.#value.length * 2
    this.#metric = grown(this.#metric, new Uint32Array(capacity))
    this.#tagSet = grown(this.#tagSet, new Uint32Array(capacity))
    this.#time = grown(this.#time, new Float64Array(capacity))
    this.#value = grown(this.#value, new Float64Array(capacity))
  }
}

function grown<T extends Uint32Array | Float64Array>(old: T, larger: T): T {
  larger.set(old)
  return larger
}

/** The memory of a batch that is moved, not copied, when the batch is posted to another thread. */
export function transferablesOf(batch: SampleBatch): ArrayBuffer[] {
  return [batch.metric, batch.tagSet, batch.time, batch.value].map((column) => column.buffer as ArrayBuffer)
}
