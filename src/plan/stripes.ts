/**
 * Striping: who owns which of the elements 0, 1, 2, … (VUs, iterations) when a test is divided into parts of given weights.
 *
 * Shape   the pattern repeats every `period` elements; a part of weight w owns w of them, spread as evenly as whole numbers allow.
 *         Weights add up to the period, so every element has exactly one owner.
 *             weights 2,1,1   period 4     A B A C | A B A C | …
 * Errors  SegmentError when a period is too long to be laid out
 * Source  docs/spec/runner.md §3.10
 */
import { lcm } from './fraction.js'
import { SegmentError, type SegmentSequence } from './segment.js'

const MAX_PERIOD = 1 << 24

export class Stripes {
  readonly weights: readonly number[]
  readonly index: number
  readonly period: number
  /** Elements of one period owned by part `index`, ascending. */
  readonly #offsets: Uint32Array

  constructor(weights: readonly number[], index: number) {
    this.weights = weights
    this.index = index
    this.period = weights.reduce((sum, weight) => sum + weight, 0)
    this.#offsets = ownedOffsets(weights, index, this.period)
  }

  static ofSequence(sequence: SegmentSequence, index: number): Stripes {
    const period = sequence.reduce((multiple, { length }) => lcm(multiple, length.denominator), 1n)
    if (period > BigInt(MAX_PERIOD)) {
      throw new SegmentError(
        `the execution segments repeat only every ${period} elements, at most ${MAX_PERIOD} are possible`,
        'use simpler fractions, for example 1/3 in place of 0.33333333',
      )
    }
    const weights = sequence.map(({ length }) => Number((length.numerator * period) / length.denominator))
    return new Stripes(weights, index)
  }

  static equal(parts: number, index: number): Stripes {
    return new Stripes(
      Array.from({ length: parts }, () => 1),
      index,
    )
  }

  /** How many of the elements 0 … total−1 are owned. */
  scale(total: number): number {
    const rest = total % this.period
    return Math.floor(total / this.period) * this.#offsets.length + this.#countBelow(rest)
  }

  /** The owned element number `n`, from 0. */
  elementAt(n: number): number {
    const owned = this.#offsets.length
    return Math.floor(n / owned) * this.period + (this.#offsets[n % owned] as number)
  }

  /** Stripes with weights as the parts' shares of `total`: 10 VUs in thirds give 4, 3, 3. Null if this part's share is 0. */
  resegment(total: number): Stripes | null {
    const shares = this.weights.map((_, i) => (i === this.index ? this : new Stripes(this.weights, i)).scale(total))
    if (shares[this.index] === 0) return null
    const kept = shares.map((share, i) => ({ share, i })).filter(({ share }) => share > 0)
    const divisor = kept.reduce((common, { share }) => gcdOf(common, share), 0)
    return new Stripes(
      kept.map(({ share }) => share / divisor),
      kept.findIndex(({ i }) => i === this.index),
    )
  }

  /** Binary search for the number of offsets below `limit`. */
  #countBelow(limit: number): number {
    let low = 0
    let high = this.#offsets.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#offsets[middle] as number) < limit) low = middle + 1
      else high = middle
    }
    return low
  }
}

/**
 * The heaviest part that is not ahead of its due takes the next element; the earlier one when they weigh the same.
 * Some part is always not ahead: together they have taken as many elements as were due.
 */
function ownedOffsets(weights: readonly number[], index: number, period: number): Uint32Array {
  // Parts that weigh the same take turns: no need to play that through for a thousand of them.
  if (weights.every((weight) => weight === 1)) return Uint32Array.of(index)
  const order = weights.map((_, i) => i).sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b)
  const taken = weights.map(() => 0)
  const offsets = new Uint32Array(weights[index] as number)
  for (let element = 0; element < period; element++) {
    const owner = order.find((i) => (taken[i] as number) * period <= element * (weights[i] as number)) as number
    if (owner === index) offsets[taken[index] as number] = element
    taken[owner] = (taken[owner] as number) + 1
  }
  return offsets
}

function gcdOf(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b]
  return a
}
