/**
 * All messages between coordinators and agents, and their order.
 *
 *   coordinator                          agent
 *   discover                     ──►     (all of them)
 *                                ◄──     here
 *   claim                        ──►     the first claim gets the agent
 *                                ◄──     claimed | refused
 *                    from here on a link between the coordinator and the instance
 *   ping                         ──►     once a second; without pings, the instance ends
 *                                ◄──     pong: the time, and the progress
 *   init                         ──►     fetches the test, loads it, initialises its part of the VUs
 *                                ◄──     prepared | init failed | failed
 *   begin                        ──►
 *   call setup                   ──►     (one instance)
 *                                ◄──     called
 *   fetch                        ──►     (all, when setup returned more than 64 KiB)
 *                                ◄──     fetched
 *   start                        ──►     all start at the same moment
 *                                ◄──     started, then report, samples, log … and ended
 *   pause | resume | scale | stop | interrupt | report
 *   call teardown                ──►     (one instance)
 *   flush                        ──►
 *                                ◄──     report, samples, flushed
 *   call handleSummary           ──►     (one instance)
 *   release                      ──►     the agent is free again
 *                                ◄──     left                              (when the agent itself is told to end)
 *   gone                         ◄─►     the link does not exist any more
 *
 * Shape   as bytes: message-codec.ts. A `Hail`, which comes without a link, is JSON, so that all versions of sockeye can read it; messages
 *         on a link are plain data
 * Units   milliseconds; moments are on the clock of the instance
 */
import type { CallResult, LifecycleCall } from '../engine/calls.js'
import type { EngineProgress } from '../engine/progress.js'
import type { CountedWork, DoneWork } from '../engine/workload.js'
import type { LogBatch } from '../log/relay.js'
import type { Pause } from '../plan/pauses.js'

/** Increased with every change that older versions do not understand. */
export const PROTOCOL = 1

/** All agents listen on this subject. */
export const AGENTS_SUBJECT = 'sockeye.agents'

export function agentSubject(agent: string): string {
  return `sockeye.agent.${agent}`
}

export function runSubject(run: string): string {
  return `sockeye.run.${run}`
}

/** How an agent describes itself. */
export interface AgentCard {
  /** Unique for each process. */
  readonly id: string
  /** For the user: `--name`, or the name of the machine. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly cores: number
  /** In bytes. */
  readonly memory: number
  /** How many more files it may open; null when unknown. */
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
  /** `replyTo` is the id of a run. */
  | { readonly type: 'discover'; readonly replyTo: string }
  | { readonly type: 'here'; readonly card: AgentCard }
  | { readonly type: 'claim'; readonly replyTo: string; readonly link: string; readonly protocol: number }
  | { readonly type: 'claimed'; readonly link: string }
  | { readonly type: 'refused'; readonly link: string }
  | { readonly type: 'gone'; readonly link: string }

export type ToInstance =
  | { readonly type: 'init'; readonly task: InstanceTask }
  /** The test began at `at`. */
  | { readonly type: 'begin'; readonly at: number }
  | { readonly type: 'call'; readonly call: LifecycleCall }
  /** The instance fetches setup data before the start, because that takes time. */
  | { readonly type: 'fetch'; readonly setupFile: string }
  /** Setup data is in `setupFile` when it is large. `pauses` are those so far, in ms since `at`, for an instance that starts later. */
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
  /** The batch with that number was used, so its part may send another one. */
  | { readonly type: 'taken'; readonly number: number }
  | { readonly type: 'release' }

/** What an instance has to do. */
export interface InstanceTask {
  /** Name of the file with the program and the workload. */
  readonly file: string
  /** `1/3:2/3` */
  readonly segment: string
  /** The segments of all instances: `0,1/3,2/3,1`. */
  readonly sequence: string
  /** The index of its segment. */
  readonly instance: number
  /** Undefined: one per core. */
  readonly shards: number | undefined
  /** Moment 0 of the instance's clock, in epoch milliseconds of the coordinator's wall clock. */
  readonly epochOrigin: number
  /** The instance ends when it hears nothing for this many ms. */
  readonly patience: number
  /** Another instance may replace it then. So it interrupts its iterations, and does not let them finish. */
  readonly isReplaceable: boolean
  /** For each scenario, what lost instances have done of this part; undefined when nobody has begun it. */
  readonly resumed: readonly DoneWork[] | undefined
}

export type FromInstance =
  | { readonly type: 'prepared' }
  | { readonly type: 'init failed'; readonly vu: number }
  /** The instance cannot do its part. */
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'called'; readonly result: CallResult }
  | { readonly type: 'fetched' }
  | { readonly type: 'started'; readonly at: number }
  | { readonly type: 'ended'; readonly standing: Standing }
  | { readonly type: 'flushed'; readonly standing: Standing }
  /** `report` is encoded by engine/report-codec.ts. `done` has, for each scenario, the iterations of the part that are in the results. */
  | {
      readonly type: 'report'
      readonly part: number
      readonly report: Uint8Array
      readonly done: readonly CountedWork[]
      readonly standing: Standing
    }
  /** `batch` is encoded by metrics/sample-codec.ts. */
  | { readonly type: 'samples'; readonly part: number; readonly number: number; readonly batch: Uint8Array }
  | { readonly type: 'log'; readonly number: number; readonly batch: LogBatch }
  | { readonly type: 'abort'; readonly message: string; readonly place: string }
  | { readonly type: 'fail'; readonly message: string }
  | { readonly type: 'part lost'; readonly part: string; readonly reason: string; readonly goesOn: boolean }
  /** The agent was told to end: it starts no more iterations, and sends `left` after its last results. */
  | { readonly type: 'leaving' }
  | { readonly type: 'left'; readonly standing: Standing }

/** The progress of an instance, and whether it is complete. */
export interface Standing {
  readonly progress: EngineProgress
  readonly isComplete: boolean
  readonly hasLostWork: boolean
}

export interface Ping {
  readonly type: 'ping'
  /** 0, 1, 2 …; the pong has the same number. */
  readonly number: number
}

export interface Pong {
  readonly type: 'pong'
  readonly number: number
  /** When the ping arrived. */
  readonly receivedAt: number
  /** When the pong was sent. */
  readonly sentAt: number
  /** Undefined before the engine exists. */
  readonly standing: Standing | undefined
}
