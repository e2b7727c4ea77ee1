/**
 * Whether the load generator was the limit of the test. From the reports that shards make about themselves once a second come a notice while
 * the test runs, and notes in the summary that say what was seen, when it matters and what to do.
 *
 * Shape   one `Limits` value sums up all reports; adding a report gives the next value
 * Units   milliseconds; utilization is 0 … 1
 */
import { type GeneratorLoad, LATE_START } from '../engine/generator-load.js'
import type { SummaryNote } from '../summary/results.js'

/** A shard that is busier than this is saturated: answers wait for it, and measured times include that wait. */
const SATURATED = 0.95
/** Times in reports about less than this, in ms, are ignored. */
const SHORTEST_REPORT = 500
/** The share of scheduled starts that may be late. */
const TOLERATED_LATE = 0.01
/** Shorter pauses, in ms, cannot be told from noise. */
const LONG_STALL = 100
/** The share of time that shards may wait for outputs. */
const TOLERATED_HOLD_UP = 0.01
/** The share of time that garbage collection may take. */
const TOLERATED_GC = 0.1

export interface Limits {
  /** The time of all shards together, and how much of it they were saturated. */
  readonly time: number
  readonly saturatedTime: number
  readonly gcTime: number
  readonly longestGc: number
  readonly longestStall: number
  readonly starts: number
  readonly lateStarts: number
  readonly longestLag: number
  readonly outOfFiles: number
  readonly outOfPorts: number
  readonly heldUpByOutputs: number
}

export const NO_LIMITS: Limits = {
  time: 0,
  saturatedTime: 0,
  gcTime: 0,
  longestGc: 0,
  longestStall: 0,
  starts: 0,
  lateStarts: 0,
  longestLag: 0,
  outOfFiles: 0,
  outOfPorts: 0,
  heldUpByOutputs: 0,
}

export function addLoad(limits: Limits, load: GeneratorLoad): Limits {
  return {
    ...addFailures(limits, load),
    time: limits.time + load.interval,
    saturatedTime: limits.saturatedTime + (load.utilization >= SATURATED ? load.interval : 0),
    gcTime: limits.gcTime + load.gcTime,
    longestGc: Math.max(limits.longestGc, load.longestGc),
    longestStall: Math.max(limits.longestStall, load.longestStall),
    starts: limits.starts + load.starts,
    lateStarts: limits.lateStarts + load.lateStarts,
    longestLag: Math.max(limits.longestLag, load.longestLag),
  }
}

/** Adds only counts, and none of the times, of a report. */
export function addFailures(limits: Limits, load: GeneratorLoad): Limits {
  return {
    ...limits,
    outOfFiles: limits.outOfFiles + load.outOfFiles,
    outOfPorts: limits.outOfPorts + load.outOfPorts,
    heldUpByOutputs: limits.heldUpByOutputs + load.heldUpByOutputs,
  }
}

/** One line for the progress view, from the latest report of each shard; undefined when all is well. */
export function limitNotice(latest: readonly GeneratorLoad[]): string | undefined {
  const limits = latest.reduce(addLoad, NO_LIMITS)
  const seen: string[] = []
  if (limits.outOfFiles > 0) seen.push('out of file descriptors')
  if (limits.outOfPorts > 0) seen.push('out of local ports')
  const late = part(limits.lateStarts, limits.starts)
  if (late > TOLERATED_LATE) seen.push(`${percent(late)} of iterations start late, up to ${ms(limits.longestLag)}`)
  const saturated = latest.filter(({ utilization }) => utilization >= SATURATED).length
  if (saturated > 0) seen.push(`${saturated} of ${latest.length} shards saturated`)
  if (part(limits.heldUpByOutputs, limits.time) > TOLERATED_HOLD_UP) seen.push('an output takes samples too slowly')
  if (part(limits.gcTime, limits.time) > TOLERATED_GC) seen.push('garbage collection')
  return seen.length === 0 ? undefined : `the load generator is the limit: ${seen.join(', ')}`
}

/** Sums up the reports of all parts of the engine while a test runs. */
export class LimitWatch {
  #limits = NO_LIMITS
  /** The latest report of each part of the engine. */
  readonly #latest = new Map<number, GeneratorLoad>()

  /** `isUnderLoad`: scenarios run now. */
  add(part: number, load: GeneratorLoad, isUnderLoad: boolean): void {
    // A short report is about the start or the end of a part, whose times say nothing.
    if (!isUnderLoad || load.interval < SHORTEST_REPORT) {
      this.#limits = addFailures(this.#limits, load)
      return
    }
    this.#limits = addLoad(this.#limits, load)
    this.#latest.set(part, load)
  }

  get notice(): string | undefined {
    return limitNotice([...this.#latest.values()])
  }

  get note(): SummaryNote | undefined {
    return limitNote(this.#limits)
  }
}

/** For the end of the test; undefined when nothing needs to be said. */
export function limitNote(limits: Limits): SummaryNote | undefined {
  const lines = [
    ...descriptorLines(limits),
    ...portLines(limits),
    ...outputLines(limits),
    ...lateLines(limits),
    ...saturationLines(limits),
    ...gcLines(limits),
    ...stallLines(limits),
  ]
  return lines.length === 0 ? undefined : { title: 'GENERATOR LIMITS', lines }
}

function descriptorLines({ outOfFiles }: Limits): string[] {
  if (outOfFiles === 0) return []
  return [
    `${outOfFiles} connections failed: this process may not open more files (EMFILE).`,
    '  They never reached the target. Raise the limit with "ulimit -n 1048576", or spread the test over more machines.',
  ]
}

function portLines({ outOfPorts }: Limits): string[] {
  if (outOfPorts === 0) return []
  return [
    `${outOfPorts} connections failed: no local port was free (EADDRNOTAVAIL, EADDRINUSE).`,
    '  They never reached the target. Keep connections open for longer, widen net.ipv4.ip_local_port_range, or use more',
    '  source addresses with localIPs.',
  ]
}

function outputLines({ time, heldUpByOutputs }: Limits): string[] {
  const share = part(heldUpByOutputs, time)
  if (share <= TOLERATED_HOLD_UP) return []
  return [
    `An output was the limit: it took raw samples so slowly that threads stood still for ${percent(share)} of the time.`,
    '  No sample is missing, but the target saw less load, and times measured include the wait. Write to a faster disk, make',
    '  fewer samples, let it drop samples instead (--out json=FILE?drop), or use an output that sends aggregates.',
  ]
}

function lateLines({ starts, lateStarts, longestLag }: Limits): string[] {
  const late = part(lateStarts, starts)
  if (late <= TOLERATED_LATE) return []
  return [
    `${percent(late)} of ${starts} scheduled iterations began ${LATE_START} ms late or later, the latest ${ms(longestLag)} late.`,
    '  The target saw less even load than planned; see iteration_start_lag. Lower the rate, make iterations cheaper, or',
    '  use more cores or machines.',
  ]
}

function saturationLines({ time, saturatedTime }: Limits): string[] {
  const saturated = part(saturatedTime, time)
  if (saturated <= 0.05) return []
  return [
    `Threads were at their limit (over 95 % busy) for ${percent(saturated)} of the time.`,
    '  Times measured then include waiting inside the generator. That is fine when the highest throughput is the question,',
    '  not when latency is: lower the load, or use more cores or machines.',
  ]
}

function gcLines({ time, gcTime, longestGc }: Limits): string[] {
  const share = part(gcTime, time)
  if (share <= TOLERATED_GC && longestGc < LONG_STALL) return []
  return [
    `Garbage collection took ${percent(share)} of the time, the longest pause ${ms(longestGc)}.`,
    '  Whatever was measured across a pause is too slow by it. Let the script create fewer objects per message, or use fewer',
    '  VUs per machine.',
  ]
}

/** Only for stalls that neither garbage collection nor a slow output explains. */
function stallLines({ longestStall, longestGc, heldUpByOutputs }: Limits): string[] {
  if (longestStall < LONG_STALL || longestGc * 2 > longestStall || heldUpByOutputs * 2 > longestStall) return []
  return [
    `A thread stood still for ${ms(longestStall)}.`,
    '  Long synchronous code in the script holds up all VUs of its thread, and so does a machine with too few free cores.',
  ]
}

function part(count: number, total: number): number {
  return total === 0 ? 0 : count / total
}

function percent(fraction: number): string {
  return `${fraction < 0.1 ? (fraction * 100).toFixed(1) : Math.round(fraction * 100)} %`
}

function ms(value: number): string {
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`
}
