/**
 * The clock and the timers of the cluster, as an argument: tests can simulate hours of a thousand machines in a moment.
 *
 * Units  milliseconds
 */
import { monotonicClock } from '../base/clock.js'

export interface Timing {
  /** A monotonic clock with a different start on each machine. */
  now(): number
  /** The wall clock, in epoch milliseconds. */
  wallClock(): number
  /** Calls `act` once, after `ms`; returns a function that prevents it. */
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

/** Calls `act` every `ms`; returns a function that ends that. */
export function every(timing: Timing, ms: number, act: () => void): () => void {
  let cancel = timing.after(ms, next)
  function next(): void {
    cancel = timing.after(ms, next)
    act()
  }
  return () => cancel()
}

/** Resolves when `done` resolves, or after `ms`; `ms` may be Infinity. */
export async function within(timing: Timing, done: Promise<unknown>, ms: number): Promise<void> {
  let cancel = (): void => {}
  const limit = new Promise<void>((resolve) => {
    if (ms !== Number.POSITIVE_INFINITY) cancel = timing.after(ms, resolve)
  })
  await Promise.race([done, limit])
  cancel()
}
