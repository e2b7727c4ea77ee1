/**
 * The run's clock: monotonic milliseconds that mean the same moment in every thread of the process, and epoch time derived
 * from it, so that the order of samples survives a change of the wall clock.
 */
import { performance } from 'node:perf_hooks'

export interface Clock {
  /** Monotonic milliseconds. */
  now(): number
}

export interface ReadClock extends Clock {
  /** What it showed when it was read last. */
  readonly latest: number
}

/** Kept here, because a script may replace the function of the `performance` object that it shares with us. */
const now = performance.now.bind(performance)

/** performance.now() counts from the start of its thread; hrtime is the same for all. */
const offset = Number(process.hrtime.bigint()) / 1e6 - now()

class MonotonicClock implements ReadClock {
  latest = 0

  now(): number {
    this.latest = now() + offset
    return this.latest
  }
}

export const monotonicClock: ReadClock = new MonotonicClock()

/** Epoch milliseconds of moment 0 of the clock. Read once per process and handed to every thread. */
export function epochOrigin(): number {
  return Date.now() - monotonicClock.now()
}
