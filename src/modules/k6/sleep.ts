/**
 * `sleep(seconds)`: pauses the VU, never its thread.
 *
 * Source  docs/spec/metrics-and-modules.md §7.2
 */

import { PAUSE, type Pause, type Twin } from '../../pausable/runtime/pause.js'
import type { VirtualUser } from '../../vu/virtual-user.js'

type SleepFunction = ((seconds: unknown) => void) & { [PAUSE]?: (seconds: unknown) => Twin }

export function createSleep(vu: VirtualUser): SleepFunction {
  const twin = function* (seconds: unknown): Twin {
    const duration = Number(seconds) * 1000
    if (duration > 0) yield new Sleep(vu, duration)
    return undefined
  }
  const sleep: SleepFunction = (seconds) => void vu.runtime.run(twin(seconds))
  sleep[PAUSE] = twin
  return sleep
}

class Sleep implements Pause {
  readonly call = 'sleep()'
  readonly #vu: VirtualUser
  readonly #duration: number

  constructor(vu: VirtualUser, duration: number) {
    this.#vu = vu
    this.#duration = duration
  }

  start(resume: (value: unknown) => void): void {
    this.#vu.shard.timers.add(this.#duration, resume, undefined)
  }
}
