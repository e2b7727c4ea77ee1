/**
 * Whole nanoseconds for schedule arithmetic. Plans and clocks are in milliseconds; a double holds nanoseconds exactly for 104 days.
 */
const NS_PER_MS = 1e6

export function toNs(ms: number): number {
  return Math.round(ms * NS_PER_MS)
}

export function toMs(ns: number): number {
  return ns / NS_PER_MS
}
