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

  /** All counts, which are 0 afterwards. The memory is kept: what is measured now will be measured again. */
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

  merge(state: StoreState): void {
    for (let i = 0; i < state.buckets.length; i++) this.add(state.buckets[i] as number, state.counts[i] as number)
  }

  #addOutside(bucket: number, count: number): void {
    const octaveStart = bucket - (bucket % BUCKETS_PER_OCTAVE)
    const old = this.#counts
    const empty = old.length === 0
    const start = empty ? octaveStart : Math.min(octaveStart, this.#offset)
    const end = Math.max(octaveStart + BUCKETS_PER_OCTAVE, empty ? 0 : this.#offset + old.length)
    this.#counts = new Float64Array(end - start)
    this.#counts.set(old, empty ? 0 : this.#offset - start)
    this.#offset = start
    this.#counts[bucket - start] = (this.#counts[bucket - start] as number) + count
  }
}
