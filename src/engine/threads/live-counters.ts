/** What `exec.instance` shows, read from the memory that all shards share. */
import { monotonicClock } from '../../base/clock.js'
import type { InstanceCounters } from '../../vu/shard-services.js'
import { type ControlBlock, Run, Shard } from './control-block.js'

export class LiveCounters implements InstanceCounters {
  readonly #shard: number
  readonly #control: () => ControlBlock | null

  /** `control` gives null while there is no plan yet. */
  constructor(shard: number, control: () => ControlBlock | null) {
    this.#shard = shard
    this.#control = control
  }

  get currentTestRunDuration(): number {
    const startedAt = this.#control()?.getRun(Run.startedAt) ?? 0
    return startedAt === 0 ? 0 : monotonicClock.now() - startedAt
  }

  get iterationsCompleted(): number {
    return this.#sum(Shard.completed)
  }

  get iterationsInterrupted(): number {
    return this.#sum(Shard.interrupted)
  }

  get vusActive(): number {
    return this.#sum(Shard.vusActive)
  }

  get vusInitialized(): number {
    return this.#sum(Shard.vusInitialized)
  }

  webSocketsChanged(change: 1 | -1): number {
    this.#control()?.addShard(this.#shard, Shard.openWebSockets, change)
    return this.#sum(Shard.openWebSockets)
  }

  #sum(field: number): number {
    return this.#control()?.sumShards(field) ?? 0
  }
}
