/**
 * The numbers of an instance's VUs (`__VU`, `exec.vu.idInInstance`): 1, 2, 3 … without gaps, over all its shards.
 *
 * Shape   planned VUs: shards take turns, and one that has all of its own drops out, so that every shard can work out its numbers.
 *             shard 0 plans 4, shard 1 plans 2     1 2 | 3 4 | 5 | 6     shard 0: 1 3 5 6, shard 1: 2 4
 *         VUs that scenarios add later: the next number of the whole instance, whichever shard asks
 */
import type { Share } from '../../plan/share.js'
import type { WholeTest } from '../workload.js'

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
    if (n < (this.#planned[this.#shard] as number)) return numberByTurns(this.#planned, this.#shard, n)
    return sum(this.#planned) + this.#countAdded() + 1
  }
}

/** Of the VU number `n`, from 0, of the one that takes its turn at `place`. */
function numberByTurns(planned: readonly number[], place: number, n: number): number {
  const inFormerTurns = planned.reduce((sum, count) => sum + Math.min(count, n), 0)
  const earlierInThisTurn = planned.slice(0, place).filter((count) => count > n).length
  return inFormerTurns + earlierInThisTurn + 1
}

/**
 * The number in the whole test of an instance's VU. Instances that know of each other take turns as shards do; VUs that are added later come
 * after all planned ones. Others keep to what their segments own, which leaves gaps where scenarios are divided differently.
 */
export function numberInTest(number: number, instance: Share, whole: WholeTest | undefined): number {
  const own = whole?.plannedVUs[whole.instance]
  if (whole === undefined || own === undefined) return instance.elementAt(number - 1) + 1
  if (number <= own) return numberByTurns(whole.plannedVUs, whole.instance, number - 1)
  return sum(whole.plannedVUs) + instance.elementAt(number - own - 1) + 1
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
