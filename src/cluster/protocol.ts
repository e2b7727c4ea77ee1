/**
 * Every message between coordinators and agents, and the order they come in.
 *
 *   coordinator                          agent
 *   discover                     ──►     (all of them)
 *                                ◄──     here
 *   claim                        ──►     is taken by the first that asks
 *                                ◄──     claimed | refused
 *                    from here on a link between the coordinator and the instance
 *   ping                         ──►     once a second; who hears none for some time is alone
 *                                ◄──     pong: the time, and how far it has come
 *   init                         ──►     fetches the test, loads it, initialises its part of the VUs
 *                                ◄──     prepared | init failed | failed
 *   begin                        ──►
 *   call setup                   ──►     (one instance)
 *                                ◄──     called
 *   fetch                        ──►     (all, when setup returned much)
 *                                ◄──     fetched
 *   start                        ──►     at one moment of the common clock
 *                                ◄──     started, then report, samples, log … and ended
 *   pause | resume | scale | stop | interrupt | report
 *   call teardown                ──►     (one instance)
 *   flush                        ──►
 *                                ◄──     report, samples, flushed
 *   call handleSummary           ──►     (one instance)
 *   release                      ──►     is free again
 *                                ◄──     left                              (by itself, when it is told to end)
 *   gone                         ◄─►     there is no such link any more
 *
 * Shape   as bytes: message-codec.ts. What comes before a link (a `Hail`) is JSON, so that other versions can say that they are other
 *         versions; what goes on a link is plain data
 * Units   milliseconds; moments are of the clock of the instance
 */
import type { CallResult, LifecycleCall } from '../engine/calls.js'
import type { EngineProgress } from '../engine/progress.js'
import type { CountedWork, DoneWork } from '../engine/workload.js'
import type { LogBatch } from '../log/relay.js'
import type { Pause } from '../plan/pauses.js'

/** Changes when machines of different versions could not work together any more. */
export const PROTOCOL = 1

/** Where agents listen for coordinators that look for some. */
export const AGENTS_SUBJECT = 'sockeye.agents'

export function agentSubject(agent: string): string {
  return `sockeye.agent.${agent}`
}

export function runSubject(run: string): string {
  return `sockeye.run.${run}`
}

/** What an agent tells of itself. */
export interface AgentCard {
  /** Of this process. */
  readonly id: string
  /** For the user; the machine's unless it was given one. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly cores: number
  /** Bytes. */
  readonly memory: number
  /** How many more files it may open; null where that cannot be told. */
  readonly descriptors: number | null
  readonly protocol: number
  readonly version: string
  readonly node: string
  /** `linux`, `win32` … */
  readonly platform: string
  readonly architecture: string
  readonly isBusy: boolean
  /** Epoch milliseconds. */
  readonly wallClock: number
}

export type Hail =
  /** `replyTo` is a run. */
  | { readonly type: 'discover'; readonly replyTo: string }
  | { readonly type: 'here'; readonly card: AgentCard }
  | { readonly type: 'claim'; readonly replyTo: string; readonly link: string; readonly protocol: number }
  | { readonly type: 'claimed'; readonly link: string }
  | { readonly type: 'refused'; readonly link: string }
  | { readonly type: 'gone'; readonly link: string }

export type ToInstance =
  | { readonly type: 'init'; readonly task: InstanceTask }
  /** The test began at that moment. */
  | { readonly type: 'begin'; readonly at: number }
  | { readonly type: 'call'; readonly call: LifecycleCall }
  /** Much of what setup returned takes time to fetch: before all start. */
  | { readonly type: 'fetch'; readonly setupFile: string }
  /** What setup returned is in a file when there is much of it. Pauses are in ms since `at`, for whoever comes later. */
  | {
      readonly type: 'start'
      readonly at: number
      readonly pauses: readonly Pause[]
      readonly setupData: string | undefined
      readonly setupFile: string | undefined
    }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'scale'; readonly scenario: number; readonly vus: number; readonly maxVUs: number }
  | { readonly type: 'stop' }
  | { readonly type: 'interrupt' }
  | { readonly type: 'report' }
  | { readonly type: 'flush' }
  /** There is room for the next batch of the part that has sent this one. */
  | { readonly type: 'taken'; readonly number: number }
  | { readonly type: 'release' }

/** What an instance is to do. */
export interface InstanceTask {
  /** Name of the file with the program and the workload. */
  readonly file: string
  /** Its part, and those of all. */
  readonly segment: string
  readonly sequence: string
  /** Which of them it is, from 0. */
  readonly instance: number
  /** Undefined: one per core. */
  readonly shards: number | undefined
  /** Epoch milliseconds, as the coordinator has them, of moment 0 of the clock of this instance. */
  readonly epochOrigin: number
  /** So long without a word it ends by itself; at once, if another may take its place by then. */
  readonly patience: number
  readonly isReplaceable: boolean
  /** By scenario: what others have done of this part, who are lost; undefined when nobody has begun it. */
  readonly resumed: readonly DoneWork[] | undefined
}

export type FromInstance =
  | { readonly type: 'prepared' }
  | { readonly type: 'init failed'; readonly vu: number }
  /** It cannot do its part. */
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'called'; readonly result: CallResult }
  | { readonly type: 'fetched' }
  | { readonly type: 'started'; readonly at: number }
  | { readonly type: 'ended'; readonly standing: Standing }
  | { readonly type: 'flushed'; readonly standing: Standing }
  /** Bytes of engine/report-codec.ts; by scenario, what its part has done when it is in the results. */
  | {
      readonly type: 'report'
      readonly part: number
      readonly report: Uint8Array
      readonly done: readonly CountedWork[]
      readonly standing: Standing
    }
  /** Bytes of metrics/sample-codec.ts. */
  | { readonly type: 'samples'; readonly part: number; readonly number: number; readonly batch: Uint8Array }
  | { readonly type: 'log'; readonly number: number; readonly batch: LogBatch }
  | { readonly type: 'abort'; readonly message: string; readonly place: string }
  | { readonly type: 'fail'; readonly message: string }
  | { readonly type: 'part lost'; readonly part: string; readonly reason: string; readonly goesOn: boolean }
  /** It was told to end: it starts nothing more, and says `left` when all it has is sent. */
  | { readonly type: 'leaving' }
  | { readonly type: 'left'; readonly standing: Standing }

/** How far an instance has come. */
export interface Standing {
  readonly progress: EngineProgress
  readonly isComplete: boolean
  readonly hasLostWork: boolean
}

export interface Ping {
  readonly type: 'ping'
  /** From 0; a pong has the number of its ping. */
  readonly number: number
}

export interface Pong {
  readonly type: 'pong'
  readonly number: number
  /** When the ping came and when this was sent. */
  readonly receivedAt: number
  readonly sentAt: number
  /** Undefined before there is an engine. */
  readonly standing: Standing | undefined
}
