/**
 * Replaces threads that died, or were ended, while scenarios ran. The new thread has the number of the old one and the numbers of its VUs, and
 * does what the control block says is left. Its VUs start from their init code. Iterations that were due meanwhile count as dropped.
 *
 * The more often a shard has died, the longer the wait before the next thread. No new thread starts while the old one cannot be ended, because
 * both together could need too much memory. When new threads die before they can begin, or the time of the scenarios is over, a thread
 * without VUs only counts what was lost.
 *
 * Units  milliseconds
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '../../log/log.js'
import type { RunShards } from './shards.js'

export interface SuccessorsOptions {
  readonly shards: Pick<RunShards, 'lingers' | 'revive' | 'giveUp'>
  readonly log: Log
  /** True when no iteration may begin any more. */
  readonly isOver: () => boolean
  /** Resolves after so many ms. */
  readonly sleep?: (ms: number) => Promise<void>
}

const FIRST_DELAY = 1000
const LONGEST_DELAY = 10_000
/** How often a waiting shard checks whether the run is over. */
const LOOK_INTERVAL = 100
/** After so many new threads that died before they could begin, the next one only counts what was lost. */
const MOST_FAILURES = 3

export class Successors {
  readonly #options: SuccessorsOptions
  readonly #deaths = new Map<number, number>()
  readonly #failures = new Map<number, number>()

  constructor(options: SuccessorsOptions) {
    this.#options = options
  }

  /** Called for every death, also when the thread that died was a replacement. */
  async replace(shard: number): Promise<void> {
    const { shards, isOver, log } = this.#options
    const deaths = count(this.#deaths, shard)
    const isHopeless = (this.#failures.get(shard) ?? 0) >= MOST_FAILURES
    await this.#wait(shard, isHopeless ? Number.POSITIVE_INFINITY : Math.min(LONGEST_DELAY, FIRST_DELAY * deaths))
    const wasOver = isOver()
    if (await shards.revive(shard, { isOver: wasOver })) {
      if (!wasOver)
        log.warning(`a new thread goes on with what was left for shard ${shard}; its virtual users begin anew`)
      return
    }
    // The death of the new thread has called this method again, so the shard is given up only when there is nothing left to try.
    if (count(this.#failures, shard) > MOST_FAILURES || wasOver) shards.giveUp(shard)
  }

  async #wait(shard: number, delay: number): Promise<void> {
    const { shards, isOver, sleep = wait } = this.#options
    for (let left = delay; (left > 0 || shards.lingers(shard)) && !isOver(); left -= LOOK_INTERVAL) {
      await sleep(LOOK_INTERVAL)
    }
  }
}

/** Returns the new count. */
function count(counts: Map<number, number>, shard: number): number {
  const next = (counts.get(shard) ?? 0) + 1
  counts.set(shard, next)
  return next
}
