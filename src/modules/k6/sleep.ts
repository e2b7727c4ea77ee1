/**
 * `sleep(seconds)`: pauses the VU, never its thread.
 *
 * Source  docs/spec/metrics-and-modules.md §7.2
 */

import { parseDuration } from '../../base/duration.js'
import { PAUSE, type Pause, type Twin } from '../../pausable/runtime/pause.js'
import { HostError } from '../../vu/host-error.js'
import type { VirtualUser } from '../../vu/virtual-user.js'

type SleepFunction = ((seconds: unknown) => void) & { [PAUSE]?: (seconds: unknown) => Twin }

export function createSleep(vu: VirtualUser): SleepFunction {
  // This function is no generator function: made for each VU, that would have a prototype and a hidden class for each VU.
  const twin = (seconds: unknown): Twin => sleeping(vu, seconds)
  const sleep: SleepFunction = (seconds) => void vu.runtime.run(twin(seconds))
  sleep[PAUSE] = twin
  return sleep
}

function* sleeping(vu: VirtualUser, seconds: unknown): Twin {
  const duration = toSeconds(seconds) * 1000
  if (duration > 0) yield new Sleep(vu, duration)
  else if (duration < 0)
    vu.shard.warnOnce('sleep() got a negative number of seconds, which is no wait at all', NEGATIVE)
  return undefined
}

const NEGATIVE = 'a pause that is computed, such as 1 - elapsed, can be kept from that by Math.max(0, …)'

/** Throws for what is no number: without the wait a loop would send as fast as it can. */
function toSeconds(value: unknown): number {
  const seconds = typeof value === 'symbol' || typeof value === 'bigint' ? Number.NaN : Number(value)
  if (!Number.isNaN(seconds)) return seconds
  const text = typeof value === 'string' ? `'${value}'` : value === undefined ? '' : String(value)
  const meant = typeof value === 'string' ? parseDuration(value) : undefined
  const hint = meant === undefined ? 'sleep(1.5) is one and a half' : `sleep(${meant / 1000}) is that long`
  throw new HostError(`sleep(${text}): the number of seconds is missing or is no number; ${hint}`)
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
