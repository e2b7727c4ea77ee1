/**
 * A quantile sketch: exact while it holds few values, then a DDSketch, whose buckets grow by a constant factor, so that a
 * quantile is within 0.5 % of the true value (0.39 % by construction) and two sketches merge by adding counts.
 *
 * Shape   up to 512 values are kept as they are; the next one pours them into buckets. Count, sum, min and max are always exact.
 *         Exactness survives `take` and `merge` as long as the total stays within 512 values.
 * Units   the caller's; latencies arrive in ms
 * Errors  none. ±Infinity is counted beside the buckets and makes sum, min or max infinite; numbers nearer to 0 than 2^-1022
 *         count as 0; NaN must be refused before.
 * Source  Masson, Rim, Lee, "DDSketch", PVLDB 12(12), 2019; the interpolation is k6's
 */
import { bucketOf, representative, SMALLEST } from './mapping.js'
import { Store, type StoreState } from './store.js'

/** How many values a sketch keeps exactly before it uses buckets. */
export const EXACT_LIMIT = 512

/** Plain data, structured-cloneable. Either the values themselves or their buckets. */
export interface SketchState {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  readonly values: Float64Array | null
  readonly buckets: BucketState | null
}

export interface BucketState {
  readonly negativeInfinities: number
  /** The buckets of negative values, by their magnitude. */
  readonly negative: StoreState | null
  readonly zeros: number
  readonly positive: StoreState
  readonly positiveInfinities: number
}

const FIRST_CAPACITY = 8
const NO_VALUES = new Float64Array(0)

export class Sketch {
  #count = 0
  #sum = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  /** The first `#count` are the values, while `#exact`. */
  #values = NO_VALUES
  #exact = true
  #sorted = false
  #negativeInfinities = 0
  #negative: Store | null = null
  #zeros = 0
  readonly #positive = new Store()
  #positiveInfinities = 0

  get count(): number {
    return this.#count
  }

  get sum(): number {
    return this.#sum
  }

  /** 0 when empty. */
  get min(): number {
    return this.#count === 0 ? 0 : this.#min
  }

  /** 0 when empty. */
  get max(): number {
    return this.#count === 0 ? 0 : this.#max
  }

  /** Hot. Adds one value. */
  add(value: number): void {
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    this.#sum += value
    if (this.#exact) this.#keep(value)
    else if (value >= SMALLEST && value < Number.POSITIVE_INFINITY) this.#positive.add(bucketOf(value), 1)
    else this.#countOther(value)
    this.#count++
  }

  /**
   * The value below which the fraction `q` (0 to 1) lies: with n sorted values and i = q·(n−1), linear between the values
   * ⌊i⌋ and ⌈i⌉. 0 when empty.
   */
  quantile(q: number): number {
    const last = this.#count - 1
    if (last < 0) return 0
    const position = q * last
    if (position <= 0) return this.#min
    if (position >= last) return this.#max
    const rank = Math.floor(position)
    const low = this.#valueAt(rank)
    if (rank === position) return low
    const value = between(low, this.#valueAt(rank + 1), position - rank)
    return Math.min(Math.max(value, this.#min), this.#max)
  }

  /** Returns all that was added; the sketch is empty afterwards. */
  take(): SketchState {
    const state: SketchState = {
      count: this.#count,
      sum: this.#sum,
      min: this.min,
      max: this.max,
      values: this.#exact ? this.#values.slice(0, this.#count) : null,
      buckets: this.#exact ? null : this.#takeBuckets(),
    }
    this.#count = 0
    this.#sum = 0
    this.#min = Number.POSITIVE_INFINITY
    this.#max = Number.NEGATIVE_INFINITY
    this.#exact = true
    this.#sorted = false
    return state
  }

  /** Adds what another sketch took. */
  merge(state: SketchState): void {
    if (state.count === 0) return
    if (state.min < this.#min) this.#min = state.min
    if (state.max > this.#max) this.#max = state.max
    this.#sum += state.sum
    if (this.#exact && (state.values === null || this.#count + state.count > EXACT_LIMIT)) this.#pour()
    if (state.values !== null) this.#mergeValues(state.values)
    else if (state.buckets !== null) this.#mergeBuckets(state.buckets)
    this.#count += state.count
  }

  #keep(value: number): void {
    if (this.#count === EXACT_LIMIT) {
      this.#pour()
      this.#countValue(value)
      return
    }
    if (this.#count === this.#values.length) this.#grow(this.#count + 1)
    this.#values[this.#count] = value
    this.#sorted = false
  }

  #grow(needed: number): void {
    const old = this.#values
    this.#values = new Float64Array(Math.min(EXACT_LIMIT, Math.max(needed, old.length * 2, FIRST_CAPACITY)))
    this.#values.set(old)
  }

  /** Moves the exact values into buckets. */
  #pour(): void {
    for (let i = 0; i < this.#count; i++) this.#countValue(this.#values[i] as number)
    this.#exact = false
  }

  #countValue(value: number): void {
    if (value >= SMALLEST && value < Number.POSITIVE_INFINITY) this.#positive.add(bucketOf(value), 1)
    else this.#countOther(value)
  }

  /** Counts a value that is not a finite positive number. */
  #countOther(value: number): void {
    if (value === Number.POSITIVE_INFINITY) this.#positiveInfinities++
    else if (value === Number.NEGATIVE_INFINITY) this.#negativeInfinities++
    else if (value > -SMALLEST) this.#zeros++
    else {
      this.#negative ??= new Store()
      this.#negative.add(bucketOf(-value), 1)
    }
  }

  #valueAt(rank: number): number {
    // The smallest and the largest value are known exactly.
    if (rank === 0) return this.#min
    if (rank === this.#count - 1) return this.#max
    const value = this.#exact ? this.#sortedValues()[rank] : this.#bucketValueAt(rank)
    return Math.min(Math.max(value as number, this.#min), this.#max)
  }

  #sortedValues(): Float64Array {
    if (!this.#sorted) this.#values.subarray(0, this.#count).sort()
    this.#sorted = true
    return this.#values
  }

  #bucketValueAt(rank: number): number {
    let left = rank - this.#negativeInfinities
    if (left < 0) return Number.NEGATIVE_INFINITY
    const negatives = this.#negativeCount()
    // Magnitudes are stored from small to large, values run from large magnitudes to small ones.
    if (left < negatives) return -representative((this.#negative as Store).bucketAtRank(negatives - 1 - left))
    left -= negatives
    if (left < this.#zeros) return 0
    const bucket = this.#positive.bucketAtRank(left - this.#zeros)
    return bucket === -1 ? Number.POSITIVE_INFINITY : representative(bucket)
  }

  #negativeCount(): number {
    return this.#negative === null ? 0 : this.#negative.total()
  }

  #takeBuckets(): BucketState {
    const state: BucketState = {
      negativeInfinities: this.#negativeInfinities,
      negative: this.#negative === null ? null : this.#negative.take(),
      zeros: this.#zeros,
      positive: this.#positive.take(),
      positiveInfinities: this.#positiveInfinities,
    }
    this.#negativeInfinities = this.#zeros = this.#positiveInfinities = 0
    return state
  }

  #mergeValues(values: Float64Array): void {
    if (this.#exact) {
      const needed = this.#count + values.length
      if (needed > this.#values.length) this.#grow(needed)
      this.#values.set(values, this.#count)
      this.#sorted = false
    } else {
      for (let i = 0; i < values.length; i++) this.#countValue(values[i] as number)
    }
  }

  #mergeBuckets(state: BucketState): void {
    this.#negativeInfinities += state.negativeInfinities
    this.#zeros += state.zeros
    this.#positiveInfinities += state.positiveInfinities
    this.#positive.merge(state.positive)
    if (state.negative !== null) {
      this.#negative ??= new Store()
      this.#negative.merge(state.negative)
    }
  }
}

/** Linear between two values. Next to an infinite value the result is infinite, where the plain formula would give NaN. */
function between(low: number, high: number, fraction: number): number {
  if (low === high) return low
  const difference = high - low
  if (Number.isFinite(difference)) return low + difference * fraction
  return low * (1 - fraction) + high * fraction
}
