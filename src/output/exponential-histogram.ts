/**
 * A histogram whose buckets grow by a constant factor: a native histogram of Prometheus, an exponential histogram of OpenTelemetry.
 *
 * Shape   bucket i of schema s holds (2^((i−1)/2^s), 2^(i/2^s)]. Negative values have buckets of their own, by magnitude; values nearer to 0
 *         than ZERO_THRESHOLD have one together. There are at most 160 buckets per sign: when there would be more, the schema goes down
 *         by one, which joins every two neighbours.
 * Source  docs/spec/outputs.md §1.4 (PRW-06, PRW-17)
 */
import { representative } from '../sketch/mapping.js'
import type { SketchState } from '../sketch/sketch.js'
import type { StoreState } from '../sketch/store.js'

/** The form of histogram that a receiver accepts. */
export interface HistogramShape {
  readonly firstSchema: number
  readonly lowestSchema: number
  /** How many buckets these counts need. */
  readonly size: (counts: ReadonlyMap<number, number>) => number
}

/** Only buckets that hold something are sent. */
export const PROMETHEUS_SHAPE: HistogramShape = { firstSchema: 3, lowestSchema: -4, size: (counts) => counts.size }
/** All buckets between the first and the last are sent, empty ones too. */
export const OPENTELEMETRY_SHAPE: HistogramShape = {
  firstSchema: 20,
  lowestSchema: -10,
  size: (counts) => (counts.size === 0 ? 0 : Math.max(...counts.keys()) - Math.min(...counts.keys()) + 1),
}

const MOST_BUCKETS = 160
export const ZERO_THRESHOLD = 2 ** -128
/** The exponent above that of the largest double. */
const INFINITE_EXPONENT = 1024

export class ExponentialHistogram {
  readonly #shape: HistogramShape
  readonly #scale: number
  #schema: number
  #count = 0
  #sum = 0
  #zeros = 0
  #positive = new Map<number, number>()
  #negative = new Map<number, number>()

  /** Values are multiplied by `scale`: 0.001 makes seconds of ms. */
  constructor(shape: HistogramShape, scale: number) {
    this.#shape = shape
    this.#schema = shape.firstSchema
    this.#scale = scale
  }

  get schema(): number {
    return this.#schema
  }

  get count(): number {
    return this.#count
  }

  get sum(): number {
    return this.#sum
  }

  get zeros(): number {
    return this.#zeros
  }

  /** Counts by the number of the bucket. */
  get positive(): ReadonlyMap<number, number> {
    return this.#positive
  }

  get negative(): ReadonlyMap<number, number> {
    return this.#negative
  }

  /** Values that a sketch keeps exactly are counted exactly. Those in a bucket of the sketch are counted as its representative. */
  add({ count, sum, values, buckets }: SketchState): void {
    this.#count += count
    this.#sum += sum * this.#scale
    for (const value of values ?? []) this.#addValue(value, 1)
    if (buckets !== null) {
      this.#addValue(Number.POSITIVE_INFINITY, buckets.positiveInfinities)
      this.#addValue(Number.NEGATIVE_INFINITY, buckets.negativeInfinities)
      this.#addValue(0, buckets.zeros)
      this.#addStore(buckets.positive, 1)
      if (buckets.negative !== null) this.#addStore(buckets.negative, -1)
    }
    while (this.#isTooLarge) this.#coarsen()
  }

  get #isTooLarge(): boolean {
    const { lowestSchema, size } = this.#shape
    return this.#schema > lowestSchema && Math.max(size(this.#positive), size(this.#negative)) > MOST_BUCKETS
  }

  #addStore({ buckets, counts }: StoreState, sign: 1 | -1): void {
    buckets.forEach((bucket, i) => {
      this.#addValue(sign * representative(bucket), counts[i] as number)
    })
  }

  #addValue(value: number, times: number): void {
    if (times === 0) return
    const magnitude = Math.abs(value) * this.#scale
    if (magnitude <= ZERO_THRESHOLD) {
      this.#zeros += times
      return
    }
    const side = value > 0 ? this.#positive : this.#negative
    const index = indexOf(magnitude, this.#schema)
    side.set(index, (side.get(index) ?? 0) + times)
  }

  #coarsen(): void {
    this.#schema--
    this.#positive = halved(this.#positive)
    this.#negative = halved(this.#negative)
  }
}

function indexOf(magnitude: number, schema: number): number {
  const perOctave = 2 ** schema
  if (magnitude === Number.POSITIVE_INFINITY) return INFINITE_EXPONENT * perOctave + 1
  return Math.ceil(Math.log2(magnitude) * perOctave)
}

function halved(counts: ReadonlyMap<number, number>): Map<number, number> {
  const result = new Map<number, number>()
  for (const [index, count] of counts) {
    const to = Math.ceil(index / 2)
    result.set(to, (result.get(to) ?? 0) + count)
  }
  return result
}
