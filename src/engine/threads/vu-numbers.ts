/**
 * The numbers of VUs (`__VU`, `exec.vu.idInInstance`): 1, 2, 3 … without gaps over all shards of an instance.
 *
 * Shape   planned VUs: shards take turns until each has all its numbers, so every shard can compute its own.
 *             shard 0 plans 4, shard 1 plans 2     1 2 | 3 4 | 5 | 6     shard 0: 1 3 5 6, shard 1: 2 4
 *         VUs that are added later: the next number of the whole instance, on whichever shard
 */
import type { Share } from '../../plan/share.js'
import type { WholeTest } from '../workload.js'

export class VuNumbers {
  readonly #planned: readonly number[]
  readonly #shard: number
  readonly #countAdded: () => number
  #made = 0

  /**
   * @param planned  the number of planned VUs of each shard
   * @param countAdded  counts a VU that was added on any shard; returns how many there were before
   */
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

/** The number of VU `n` (from 0) of the shard or instance at index `place`, which take turns. */
function numberByTurns(planned: readonly number[], place: number, n: number): number {
  const inFormerTurns = planned.reduce((sum, count) => sum + Math.min(count, n), 0)
  const earlierInThisTurn = planned.slice(0, place).filter((count) => count > n).length
  return inFormerTurns + earlierInThisTurn + 1
}

/**
 * The number that a VU of an instance has in the whole test. Instances of one run take turns, like shards; VUs that are added later come after
 * all planned ones. An instance with a segment of k6 uses the numbers of its segment. These have gaps when scenarios are divided differently.
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
