/**
 * Threads that take the place of shards which died, or were ended, while scenarios ran. A new thread has the number of the old one, the
 * numbers of its VUs, and what the control block says is left of its plan; its VUs begin anew. It counts what was due meanwhile as dropped.
 *
 * The more often a shard has died, the longer it waits, and no thread begins beside one that cannot be ended yet: the next could need as
 * much memory. When one cannot even begin, or when the time of the scenarios is over, a thread
 * without VUs counts what was lost at the end.
 *
 * Units  milliseconds
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../../log/log.js'
import type { ControlBlock } from './control-block.js'
import type { RunShards } from './shards.js'

export interface SuccessorsOptions {
  readonly shards: RunShards
  readonly control: ControlBlock
  readonly log: Log
  /** Nothing of the scenarios may run any more. */
  readonly isOver: () => boolean
}

const FIRST_DELAY = 1000
const LONGEST_DELAY = 10_000
/** A run that is over does not wait any longer. */
const LOOK_INTERVAL = 100
/** A shard that has died so often before it could begin only counts. */
const MOST_FAILURES = 3

export class Successors {
  readonly #options: SuccessorsOptions
  readonly #deaths = new Map<number, number>()
  readonly #failures = new Map<number, number>()

  constructor(options: SuccessorsOptions) {
    this.#options = options
  }

  /** Called for every death, also that of a successor. */
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
    // Its death has been told, and has led here again, unless there is nothing left to try.
    if (count(this.#failures, shard) > MOST_FAILURES || wasOver) shards.giveUp(shard)
  }

  async #wait(shard: number, delay: number): Promise<void> {
    const { shards, isOver } = this.#options
    for (let left = delay; (left > 0 || shards.lingers(shard)) && !isOver(); left -= LOOK_INTERVAL) {
      await sleep(LOOK_INTERVAL)
    }
  }
}

/** Gives the new count. */
function count(counts: Map<number, number>, shard: number): number {
  const next = (counts.get(shard) ?? 0) + 1
  counts.set(shard, next)
  return next
}
