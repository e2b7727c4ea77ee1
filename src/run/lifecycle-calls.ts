/**
 * Calls of `setup`, `teardown` and `handleSummary`, by the run itself and through the control API: one at a time, each within its
 * time limit. The data of setup is kept here.
 *
 * Units  milliseconds; setup data is JSON
 */
import { monotonicClock } from '../base/clock.js'
import type { CallResult, LifecycleCall } from '../engine/threads/protocol.js'
import type { RunShards } from '../engine/threads/shards.js'
import type { Watchdog } from '../engine/threads/watchdog.js'

/** A call that respects its time limit has ended this long after it. */
const CALL_GRACE = 1000

export class LifecycleCalls {
  /** Undefined while there is none. */
  setupData: string | undefined
  watchdog: Watchdog | null = null
  readonly #shards: RunShards
  #last: Promise<unknown> = Promise.resolve()

  constructor(shards: RunShards) {
    this.#shards = shards
  }

  /** Undefined when the shard ended meanwhile. */
  call(name: LifecycleCall['name'], argument: string | undefined, timeout: number): Promise<CallResult | undefined> {
    const result = this.#last.then(() => this.#perform({ name, argument, timeout }))
    this.#last = result
    return result
  }

  async #perform(call: LifecycleCall): Promise<CallResult | undefined> {
    const deadline = monotonicClock.now() + call.timeout
    const lift = this.#limit(deadline + CALL_GRACE)
    if (this.watchdog !== null) this.watchdog.calling = call.name
    const result = await this.#shards.call(call)
    lift()
    // Code that never yields cannot even time out by itself; then its thread has been ended.
    return result === undefined && monotonicClock.now() > deadline ? { outcome: 'timed out' } : result
  }

  /** The watchdog ends what is not over by then. A limit of the scenarios, which may be running, stays. */
  #limit(deadline: number): () => void {
    const { watchdog } = this
    if (watchdog === null || watchdog.deadline !== Number.POSITIVE_INFINITY) return () => {}
    watchdog.deadline = deadline
    return () => {
      if (watchdog.deadline === deadline) watchdog.deadline = Number.POSITIVE_INFINITY
    }
  }
}
