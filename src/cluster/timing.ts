/**
 * Time as the cluster sees it: an argument, so that hours of a thousand machines pass in a moment of a test.
 *
 * Units  milliseconds
 */
import { monotonicClock } from '../base/clock.js'

export interface Timing {
  /** Monotonic; each machine has a clock of its own. */
  now(): number
  /** The wall clock, in epoch milliseconds. */
  wallClock(): number
  /** Calls `act` once, after so long; gives how to prevent that. */
  after(ms: number, act: () => void): () => void
}

export const processTiming: Timing = {
  now: () => monotonicClock.now(),
  wallClock: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms)
    return () => clearTimeout(timer)
  },
}

/** Calls `act` again and again; gives how to end that. */
export function every(timing: Timing, ms: number, act: () => void): () => void {
  let cancel = timing.after(ms, next)
  function next(): void {
    cancel = timing.after(ms, next)
    act()
  }
  return () => cancel()
}
