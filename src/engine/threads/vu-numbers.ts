/**
 * The numbers of an instance's VUs (`__VU`, `exec.vu.idInInstance`): 1, 2, 3 … without gaps, over all its shards.
 *
 * Shape   planned VUs: shards take turns, and one that has all of its own drops out, so that every shard can work out its numbers.
 *             shard 0 plans 4, shard 1 plans 2     1 2 | 3 4 | 5 | 6     shard 0: 1 3 5 6, shard 1: 2 4
 *         VUs that scenarios add later: the next number of the whole instance, whichever shard asks
 */
export class VuNumbers {
  readonly #planned: readonly number[]
  readonly #shard: number
  readonly #countAdded: () => number
  #made = 0

  /** `planned`: by shard; `countAdded` counts the VUs added on all shards and gives how many there were before. */
  constructor(planned: readonly number[], shard: number, countAdded: () => number) {
    this.#planned = planned
    this.#shard = shard
    this.#countAdded = countAdded
  }

  /** The number of the shard's next VU, planned ones first. */
  next(): number {
    const n = this.#made++
    if (n < (this.#planned[this.#shard] as number)) return this.#plannedNumber(n)
    return this.#planned.reduce((sum, count) => sum + count, 0) + this.#countAdded() + 1
  }

  #plannedNumber(n: number): number {
    const inFormerTurns = this.#planned.reduce((sum, count) => sum + Math.min(count, n), 0)
    const earlierInThisTurn = this.#planned.slice(0, this.#shard).filter((count) => count > n).length
    return inFormerTurns + earlierInThisTurn + 1
  }
}
