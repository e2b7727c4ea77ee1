/**
 * The VUs of a ramping-vus scenario over time: how many should loop, and how many must be at hand so that those told to stop can
 * finish. VUs are stacked: the highest number stops first, the lowest free number starts.
 *
 *   up from F to T in D      VU k starts at S + D·(k−F)/(T−F)         F < k ≤ T
 *   down from F to T in D    VU k stops  at S + D·(F−k+1)/(F−T)       F ≥ k > T
 *
 * Shape   steps: at `time` the number becomes `vus`; times ascend, neighbours differ
 * Units   milliseconds since the scenario began, from whole nanoseconds (truncated)
 * Source  docs/spec/runner.md §3.5, §3.10
 */
import { type Stage, toMs, toNs } from './schedule.js'
import type { Share } from './share.js'

export interface VuStep {
  readonly time: number
  readonly vus: number
}

export interface RampingVusProfile {
  readonly startVUs: number
  readonly stages: readonly Stage[]
  readonly gracefulRampDown: number
  readonly gracefulStop: number
}

type Ramps = Pick<RampingVusProfile, 'startVUs' | 'stages'>

/** How many VUs of `share` are scheduled to loop, from 0 on. The last step is at the end of the stages, to 0. */
export function scheduledVus(profile: Ramps, share: Share): VuStep[] {
  const steps = rampedVus(profile, share)
  push(steps, toNs(lengthOf(profile)), 0)
  return steps
}

function lengthOf({ stages }: Ramps): number {
  return stages.reduce((sum, { duration }) => sum + duration, 0)
}

/** Without the stop at the end: the last step is the level that the stages end with. */
function rampedVus(profile: Ramps, share: Share): VuStep[] {
  const steps: VuStep[] = []
  push(steps, 0, share.scale(profile.startVUs))
  let startNs = 0
  let vus = profile.startVUs
  for (const { duration, target } of profile.stages) {
    const lengthNs = toNs(duration)
    if (target > vus) pushUp(steps, share, startNs, lengthNs, vus, target)
    else pushDown(steps, share, startNs, lengthNs, vus, target)
    startNs += lengthNs
    vus = target
  }
  return steps
}

function pushUp(steps: VuStep[], share: Share, startNs: number, lengthNs: number, from: number, to: number): void {
  const last = share.scale(to)
  for (let i = share.scale(from); i < last; i++) {
    push(steps, startNs + partOf(lengthNs, share.elementAt(i) + 1 - from, to - from), i + 1)
  }
}

function pushDown(steps: VuStep[], share: Share, startNs: number, lengthNs: number, from: number, to: number): void {
  const last = share.scale(to)
  for (let i = share.scale(from) - 1; i >= last; i--) {
    push(steps, startNs + partOf(lengthNs, from - share.elementAt(i), from - to), i)
  }
}

/** `length · numerator / denominator`, truncated, without leaving the integers a double holds. */
function partOf(length: number, numerator: number, denominator: number): number {
  const whole = Math.floor(length / denominator)
  return whole * numerator + Math.floor(((length % denominator) * numerator) / denominator)
}

/** Several changes at one moment are one step. */
function push(steps: VuStep[], timeNs: number, vus: number): void {
  const time = toMs(timeNs)
  if (steps[steps.length - 1]?.time === time) steps.pop()
  if (steps.length === 0 || (steps[steps.length - 1] as VuStep).vus !== vus) steps.push({ time, vus })
}

/**
 * How many VUs must be at hand. When the schedule falls from a level, that level is kept for `gracefulRampDown`; what loops to
 * the end of the stages is kept for `gracefulStop`, and nothing longer than that.
 *
 * It is the maximum over a sliding window: `window` holds the levels that may still be the highest, with falling values, each
 * until the moment it need not be kept any more. Only at the end two steps may be at one moment: up, and down to 0.
 */
export function reservedVus(profile: RampingVusProfile, share: Share): VuStep[] {
  const ramped = rampedVus(profile, share)
  const end = toNs(lengthOf(profile) + profile.gracefulStop)
  const reserved: VuStep[] = []
  const window: { vus: number; untilNs: number }[] = []
  let head = 0
  const highest = (): number => window[head]?.vus ?? 0
  const expireUpTo = (timeNs: number): void => {
    while (head < window.length && (window[head] as { untilNs: number }).untilNs <= timeNs) {
      const { untilNs } = window[head++] as { untilNs: number }
      push(reserved, untilNs, highest())
    }
  }
  ramped.forEach((step, i) => {
    const startNs = toNs(step.time)
    expireUpTo(startNs)
    while (window.length > head && (window[window.length - 1] as { vus: number }).vus <= step.vus) window.pop()
    window.push({ vus: step.vus, untilNs: keptUntil(ramped[i + 1]) })
    push(reserved, startNs, highest())
  })
  expireUpTo(end)
  // A VU that starts at the very end, when nothing is kept, is needed for a moment: it has to be there.
  const last = ramped[ramped.length - 1] as VuStep
  const before = reserved[reserved.length - 2]?.vus ?? 0
  if (toNs(last.time) === end && last.vus > before) reserved.splice(-1, 0, last)
  return reserved

  function keptUntil(next: VuStep | undefined): number {
    return next === undefined ? end : Math.min(end, toNs(next.time + profile.gracefulRampDown))
  }
}
