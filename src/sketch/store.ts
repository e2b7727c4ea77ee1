/**
 * Counts of buckets, dense between the lowest and the highest power of two in use, so that counting is one array access.
 *
 * Shape   counts[i] belongs to bucket offset + i; both grow by whole powers of two (1 KB each). Latencies from 1 µs to 1 min
 *         take 26 KB, the whole range of doubles 2 MB.
 */
import { BUCKETS_PER_OCTAVE } from './mapping.js'

/** The buckets that are not empty. */
export interface StoreState {
  readonly buckets: Uint32Array
  readonly counts: Float64Array
}

const NOTHING = new Float64Array(0)

export class Store {
  #counts = NOTHING
  #offset = 0

  /** Hot. */
  add(bucket: number, count: number): void {
    const at = bucket - this.#offset
    if (at >= 0 && at < this.#counts.length) this.#counts[at] = (this.#counts[at] as number) + count
    else this.#addOutside(bucket, count)
  }

  /** How many values were counted. */
  total(): number {
    let total = 0
    for (let i = 0; i < this.#counts.length; i++) total += this.#counts[i] as number
    return total
  }

  /** The bucket that holds the value of this rank, counted from 0 at the lowest bucket; -1 when there are fewer values. */
  bucketAtRank(rank: number): number {
    const counts = this.#counts
    let seen = 0
    for (let i = 0; i < counts.length; i++) {
      seen += counts[i] as number
      if (seen > rank) return this.#offset + i
    }
    return -1
  }

  /** Returns all counts, which are 0 afterwards. The memory is kept for the next values, which will be similar. */
  take(): StoreState {
    const counts = this.#counts
    let used = 0
    for (let i = 0; i < counts.length; i++) if (counts[i] !== 0) used++
    const state = { buckets: new Uint32Array(used), counts: new Float64Array(used) }
    for (let i = 0, to = 0; to < used; i++) {
      if (counts[i] === 0) continue
      state.buckets[to] = this.#offset + i
      state.counts[to++] = counts[i] as number
    }
    counts.fill(0)
    return state
  }

  merge({ buckets, counts }: StoreState): void {
    if (buckets.length === 0) return
    this.#reach(buckets[0] as number, buckets[buckets.length - 1] as number)
    for (let i = 0; i < buckets.length; i++) this.add(buckets[i] as number, counts[i] as number)
  }

  #addOutside(bucket: number, count: number): void {
    this.#reach(bucket, bucket)
    this.#counts[bucket - this.#offset] = (this.#counts[bucket - this.#offset] as number) + count
  }

  /** Makes room from the first bucket to the last one. */
  #reach(first: number, last: number): void {
    const old = this.#counts
    const oldEnd = this.#offset + old.length
    const isEmpty = old.length === 0
    if (!isEmpty && first >= this.#offset && last < oldEnd) return
    const firstOctave = first - (first % BUCKETS_PER_OCTAVE)
    const lastOctave = last - (last % BUCKETS_PER_OCTAVE)
    const start = isEmpty ? firstOctave : Math.min(firstOctave, this.#offset)
    const end = Math.max(lastOctave + BUCKETS_PER_OCTAVE, isEmpty ? 0 : oldEnd)
    this.#counts = new Float64Array(end - start)
    this.#counts.set(old, isEmpty ? 0 : this.#offset - start)
    this.#offset = start
  }
}
