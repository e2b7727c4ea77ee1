/**
 * When iterations start in the open model. Pure arithmetic: no timers, no clock, so a test needs neither.
 *
 * Units   milliseconds since the scenario began; computed in whole nanoseconds
 * Source  docs/spec/runner.md §3.6, §3.7, §3.10
 */
import type { Share } from './share.js'

export interface Schedule {
  /** How many iterations there are. */
  readonly count: number
  /** Start of iteration `n` (from 0), in ms after the scenario began; Infinity when there is no such iteration. */
  startOf(n: number): number
}

/** A stage as the arithmetic needs it: how long, and the value (VUs or rate) it ends with. */
export interface Stage {
  /** Milliseconds. */
  readonly duration: number
  readonly target: number
}

/** `rate` iterations per `timeUnit`, evenly spaced from t = 0; none at the end itself. */
export function constantSchedule(plan: { rate: number; timeUnit: number; duration: number }): Schedule {
  const period = Math.max(1, Math.floor(toNs(plan.timeUnit) / plan.rate))
  const count = Math.ceil(toNs(plan.duration) / period)
  return { count, startOf: (n) => (n < count ? toMs(n * period) : Number.POSITIVE_INFINITY) }
}

/**
 * Iterations start as the integral of the rate reaches 1, 2, 3, …: none at t = 0, and one at the very end when the integral
 * is whole there.
 *
 *     rate b ┤      ╱│        area up to x = n        a·x + (b−a)·x²/2d = n
 *            │   ╱   │
 *     rate a ┤╱      │        solved without cancellation (and for a = b too):
 *            └───┴───┘            x = 2n / (a + √(a² + 2n(b−a)/d))
 *                x   d
 */
export function rampingSchedule(plan: { startRate: number; timeUnit: number; stages: readonly Stage[] }): Schedule {
  const ramps = rampsOf(plan.startRate, toNs(plan.timeUnit), plan.stages)
  const count = ramps[ramps.length - 1]?.last ?? 0
  return {
    count,
    startOf: (n) => (n < count ? toMs(startInRamp(rampOf(ramps, n + 1), n + 1)) : Number.POSITIVE_INFINITY),
  }
}

/** The iterations of `schedule` that belong to `share`, at the times they have in the whole test. */
export function sharedSchedule(schedule: Schedule, share: Share): Schedule {
  const count = share.scale(schedule.count)
  return {
    count,
    startOf: (n) => (n < count ? schedule.startOf(share.elementAt(n)) : Number.POSITIVE_INFINITY),
  }
}

/**
 * How many iterations start before `time` ms, or at it; at least `known`. Near to that it takes a few steps only, however long the
 * schedule is.
 */
export function startedBy({ count, startOf }: Schedule, time: number, known = 0): number {
  let low = known
  let high = known
  for (let step = 1; high < count && startOf(high) <= time; step *= 2) {
    low = high + 1
    high = Math.min(count, high + step)
  }
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2)
    if (startOf(middle) <= time) low = middle + 1
    else high = middle
  }
  return low
}

/** One stage with iterations in it. Rates are per nanosecond. */
interface Ramp {
  readonly startNs: number
  readonly lengthNs: number
  readonly from: number
  readonly to: number
  /** Area before this ramp: whole iterations, and the fraction of the next one. */
  readonly whole: number
  readonly fraction: number
  /** Number (from 1) of the last iteration in it. */
  readonly last: number
}

/** Areas are summed exactly, in units of 1 / (2 · timeUnit), so a boundary falls into the right stage. */
function rampsOf(startRate: number, timeUnitNs: number, stages: readonly Stage[]): Ramp[] {
  const unit = 2n * BigInt(timeUnitNs)
  const ramps: Ramp[] = []
  let area = 0n
  let startNs = 0
  let rate = startRate
  for (const { duration, target } of stages) {
    const lengthNs = toNs(duration)
    const end = area + BigInt(lengthNs) * BigInt(rate + target)
    if (end / unit > area / unit) {
      ramps.push({
        startNs,
        lengthNs,
        from: rate / timeUnitNs,
        to: target / timeUnitNs,
        whole: Number(area / unit),
        fraction: Number(area % unit) / Number(unit),
        last: Number(end / unit),
      })
    }
    area = end
    startNs += lengthNs
    rate = target
  }
  return ramps
}

/** Binary search for the ramp that holds iteration number `n`. */
function rampOf(ramps: readonly Ramp[], n: number): Ramp {
  let low = 0
  let high = ramps.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ramps[middle] as Ramp).last < n) low = middle + 1
    else high = middle
  }
  return ramps[low] as Ramp
}

/** Rounding may push the square root's argument below 0 or the result past the ramp's end. */
function startInRamp(ramp: Ramp, n: number): number {
  const { from, to, lengthNs, startNs } = ramp
  const area = n - ramp.whole - ramp.fraction
  const root = Math.sqrt(Math.max(0, from * from + (2 * area * (to - from)) / lengthNs))
  return startNs + Math.min(lengthNs, Math.round((2 * area) / (from + root)))
}

/** Whole nanoseconds for schedule arithmetic. Plans and clocks are in milliseconds; a double holds nanoseconds exactly for 104 days. */
const NS_PER_MS = 1e6

export function toNs(ms: number): number {
  return Math.round(ms * NS_PER_MS)
}

export function toMs(ns: number): number {
  return ns / NS_PER_MS
}
