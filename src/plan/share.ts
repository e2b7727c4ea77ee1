/**
 * A share: the part of a test's VUs and iterations that one instance, or one shard of an instance, runs.
 *
 * Shape   a path of stripes, outermost first: the instance's segment in its sequence, then the shard among the instance's shards.
 *         An inner level divides what the outer level owns, so the shards of an instance do exactly its work, however many
 *         they are, and other instances need not know of them.
 *             element of the test  ──instance──►  element of the instance  ──shard──►  element of the shard
 * Errors  SegmentError when the segment is not in its sequence
 */
import { fillSequence, formatSequence, parseSequence, Segment, SegmentError, type SegmentSequence } from './segment.js'
import { Stripes } from './stripes.js'

export class Share {
  static readonly WHOLE = new Share([])

  readonly #levels: readonly Stripes[]

  private constructor(levels: readonly Stripes[]) {
    this.#levels = levels
  }

  /** The share of `segment` in `sequence`; without a sequence, what lies left and right of the segment is one part each. */
  static ofSegment(segment: Segment = Segment.WHOLE, sequence: SegmentSequence = [segment]): Share {
    const filled = fillSequence(sequence)
    const index = filled.findIndex((part) => part.equals(segment))
    if (index < 0) {
      throw new SegmentError(
        `provided segment ${segment} can't be found in sequence ${formatSequence(sequence)}`,
        'the segment must lie between two neighbouring points of the sequence',
      )
    }
    return filled.length === 1 ? Share.WHOLE : new Share([Stripes.ofSequence(filled, index)])
  }

  /** From the texts of the options `executionSegment` and `executionSegmentSequence`. */
  static parse(segment: string, sequence: string): Share {
    return Share.ofSegment(Segment.parse(segment), parseSequence(sequence))
  }

  /** How many of `total` things (numbered 0 … total−1) are in this share. */
  scale(total: number): number {
    return this.#levels.reduce((count, level) => level.scale(count), total)
  }

  /** The number in the whole test of this share's thing number `n`, both from 0. Hot: once per iteration. */
  elementAt(n: number): number {
    let element = n
    for (let i = this.#levels.length - 1; i >= 0; i--) element = (this.#levels[i] as Stripes).elementAt(element)
    return element
  }

  /** The number among the things of `outer`, which this share is a part of, of this share's thing number `n`. */
  elementWithin(outer: Share, n: number): number {
    return this.#levels.slice(outer.#levels.length).reduceRight((element, level) => level.elementAt(element), n)
  }

  /**
   * The share of things that follow VUs: iterations go to a part as its VUs do, and to none without VUs. Null if this share
   * has none of the `total` VUs.
   */
  resegment(total: number): Share | null {
    const levels: Stripes[] = []
    let remaining = total
    for (const level of this.#levels) {
      const next = level.resegment(remaining)
      if (next === null) return null
      levels.push(next)
      remaining = level.scale(remaining)
    }
    return remaining === 0 ? null : new Share(levels)
  }

  /** The length of the share, 0 to 1. */
  get fraction(): number {
    return this.#levels.reduce(
      (product, { weights, index, period }) => (product * (weights[index] as number)) / period,
      1,
    )
  }

  /** Part `index` of `parts` equal parts of this share. */
  part(index: number, parts: number): Share {
    return parts === 1 ? this : new Share([...this.#levels, Stripes.equal(parts, index)])
  }
}

/** The shares of the `parts` shards of an instance. */
export function splitShare(share: Share, parts: number): Share[] {
  return Array.from({ length: parts }, (_, index) => share.part(index, parts))
}
