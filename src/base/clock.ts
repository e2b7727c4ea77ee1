/**
 * The run's clock: monotonic milliseconds that mean the same moment in every thread of the process, and epoch time derived
 * from it, so that the order of samples survives a change of the wall clock.
 */
import { performance } from 'node:perf_hooks'

export interface Clock {
  /** Monotonic milliseconds. */
  now(): number
}

/** performance.now() counts from the start of its thread; hrtime is the same for all. */
const offset = Number(process.hrtime.bigint()) / 1e6 - performance.now()

export const monotonicClock: Clock = { now: () => performance.now() + offset }

/** Epoch milliseconds of moment 0 of the clock. Read once per process and handed to every thread. */
export function epochOrigin(): number {
  return Date.now() - monotonicClock.now()
}
