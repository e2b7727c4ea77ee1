/** The values of `exec.instance`, read from the control block. */
import { monotonicClock } from '../../base/clock.js'
import type { InstanceCounters } from '../../vu/shard-services.js'
import { type ControlBlock, RunCell, ShardCell } from './control-block.js'

export class LiveCounters implements InstanceCounters {
  readonly #shard: number
  readonly #control: () => ControlBlock | null

  /** `control` returns null before `prepare`. */
  constructor(shard: number, control: () => ControlBlock | null) {
    this.#shard = shard
    this.#control = control
  }

  get currentTestRunDuration(): number {
    const startedAt = this.#control()?.getRun(RunCell.startedAt) ?? 0
    return startedAt === 0 ? 0 : monotonicClock.now() - startedAt
  }

  get iterationsCompleted(): number {
    return this.#sum(ShardCell.completed)
  }

  get iterationsInterrupted(): number {
    return this.#sum(ShardCell.interrupted)
  }

  get vusActive(): number {
    return this.#sum(ShardCell.vusActive)
  }

  get vusInitialized(): number {
    return this.#sum(ShardCell.vusInitialized)
  }

  webSocketsChanged(change: 1 | -1): number {
    this.#control()?.addShard(this.#shard, ShardCell.openWebSockets, change)
    return this.#sum(ShardCell.openWebSockets)
  }

  #sum(field: number): number {
    return this.#control()?.sumShards(field) ?? 0
  }
}
