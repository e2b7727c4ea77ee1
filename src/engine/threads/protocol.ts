/**
 * Every message between the main thread and a shard, and the order they come in.
 *
 *   main                                shard
 *   ShardBoot                    ──►    loads the program; the first shard also runs its init code as VU 0
 *                                ◄──    loaded
 *   prepare                      ──►    declares metrics, initialises the planned VUs
 *                                ◄──    prepared
 *   call setup                   ──►    (one shard)
 *                                ◄──    called
 *   start                        ──►
 *                                ◄──    aggregates, samples, logs …   once a second
 *   pause | resume | scale       ──►    (externally controlled scenarios)
 *   stop | interrupt             ──►    (when the test is stopped early)
 *                                ◄──    ended                          all its scenarios are over
 *   call teardown, summary       ──►    (one shard)
 *                                ◄──    called
 *   report                       ──►
 *                                ◄──    aggregates, samples
 *   flush                        ──►
 *                                ◄──    aggregates, samples, flushed
 *
 * All payloads are plain data, but for the direct lines between shards, which are handed out as they start ({@link ToShard} peer).
 * On such a line goes one kind of message: an iteration that another shard has claimed a VU for.
 */
import type { MessagePort } from 'node:worker_threads'
import type { LogBatch } from '../../log/relay.js'
import type { CheckDeltas } from '../../metrics/checks.js'
import type { MetricDefinition } from '../../metrics/metric.js'
import type { SampleBatch } from '../../metrics/recorder.js'
import type { Aggregates } from '../../metrics/registry.js'
import type { Submetric } from '../../metrics/submetric.js'
import type { SharedArrayBuffers } from '../../modules/k6-data/shared-arrays.js'
import type { AddressPool } from '../../net/local-ips.js'
import type { NetworkOptions } from '../../net/options.js'
import type { Scenario } from '../../plan/scenario.js'
import type { CompiledScript } from '../../script/program.js'
import type { ArchivedFiles } from './opened-files.js'
import type { ShardLoad } from './shard-load.js'

/** Name of the global function by which a paused shard hands over its results and translates a position. */
export const RESCUE = '__sockeyeRescue'

/** The first message of a thread. */
export interface ShardBoot {
  readonly shard: number
  readonly script: CompiledScript
  /** `__ENV`. */
  readonly env: Readonly<Record<string, string>>
  readonly compatibilityMode: 'base' | 'extended'
  /** Least severe level worth sending. */
  readonly isVerbose: boolean
  readonly epochOrigin: number
  /** What `open()` reads instead of the disk, by URL; null for a script that came in no archive. */
  readonly archivedFiles: ArchivedFiles | null
  /** Run the init code once as VU 0 and answer with `loaded`. */
  readonly isLoader: boolean
}

/** The test plan as the shards run it. The same for all of them: each works out its own share. */
export interface ShardPlan {
  readonly shards: number
  /** How many VUs each shard initialises before the test. */
  readonly plannedVUs: readonly number[]
  /** Of the whole test. */
  readonly scenarios: readonly Scenario[]
  /** The part of the test that this instance runs, as the options have it. */
  readonly executionSegment: string
  readonly executionSegmentSequence: string
  /** Milliseconds; 0 for none. */
  readonly minIterationDuration: number
  readonly control: SharedArrayBuffer
  readonly submetrics: readonly Submetric[]
  readonly collectsViews: boolean
  readonly recordsSamples: boolean
  readonly runTags: Readonly<Record<string, string>>
  readonly systemTags: readonly string[]
  readonly throw: boolean
  readonly userAgent: string
  readonly noCookiesReset: boolean
  readonly network: NetworkOptions
  /** Source addresses; null lets the system choose. */
  readonly localIPs: AddressPool | null
  /** What `exec.test.options` shows. */
  readonly scriptOptions: unknown
  /** What the `options` that the script exports get after the init code. */
  readonly optionOverrides: Readonly<Record<string, unknown>>
  /** Absolute paths that the init code of VU 0 opened. */
  readonly openedFiles: readonly string[]
  /** What VU 0 made. */
  readonly sharedArrays: SharedArrayBuffers
}

export type ToShard =
  | { readonly type: 'prepare'; readonly plan: ShardPlan }
  | { readonly type: 'call'; readonly call: LifecycleCall }
  | { readonly type: 'start'; readonly startedAt: number; readonly setupData: string | undefined }
  /** A direct line to another shard. */
  | { readonly type: 'peer'; readonly shard: number; readonly port: MessagePort }
  /** New numbers of VUs of an externally controlled scenario, for the whole test; each shard works out its share. May come before `start`. */
  | { readonly type: 'scale'; readonly scenario: number; readonly vus: number; readonly maxVUs: number }
  /** Externally controlled scenarios stand still: VUs finish their iteration, and time does not count. */
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'stop' }
  | { readonly type: 'interrupt' }
  | { readonly type: 'log taken' }
  /** Send what has been measured since the last time, before it is due. */
  | { readonly type: 'report' }
  /** Send everything that is left. */
  | { readonly type: 'flush' }

/** A call of setup, teardown or handleSummary in a VU of its own. */
export interface LifecycleCall {
  readonly name: 'setup' | 'teardown' | 'handleSummary'
  /** JSON of the argument; undefined passes undefined. */
  readonly argument: string | undefined
  /** Milliseconds. */
  readonly timeout: number
}

export type CallResult =
  | { readonly outcome: 'returned'; readonly value: CallValue }
  | { readonly outcome: 'threw' }
  | { readonly outcome: 'timed out' }
  | { readonly outcome: 'interrupted' }
  /** The result cannot be passed on; `message` says why. */
  | { readonly outcome: 'invalid'; readonly message: string }

/** JSON of what setup returned; files of handleSummary. */
export type CallValue =
  | { readonly kind: 'json'; readonly json: string | undefined }
  | { readonly kind: 'files'; readonly files: readonly SummaryFile[] | undefined }

export interface SummaryFile {
  /** `stdout`, `stderr` or a path. */
  readonly target: string
  readonly content: string | Uint8Array
}

export interface LoadedScript {
  /** Names of exported functions, and of other exports. */
  readonly functions: readonly string[]
  readonly values: readonly string[]
  /** `options` as JSON; undefined when the script has none. */
  readonly options: string | undefined
  /** Metrics that exist after the init code: built-in and the script's own. */
  readonly metrics: readonly MetricDefinition[]
  readonly openedFiles: readonly string[]
  readonly sharedArrays: SharedArrayBuffers
}

export type FromShard =
  | { readonly type: 'loaded'; readonly script: LoadedScript }
  | { readonly type: 'prepared' }
  /** The init code of a VU threw; the exception is logged already. */
  | { readonly type: 'init failed'; readonly vu: number }
  | {
      readonly type: 'aggregates'
      readonly aggregates: Aggregates
      readonly checks: CheckDeltas | undefined
      readonly series: number
      /** How busy the shard was since the last one. */
      readonly load: ShardLoad
    }
  | { readonly type: 'samples'; readonly batch: SampleBatch }
  /** At most one on the road: the main thread answers with `log taken`. */
  | { readonly type: 'log'; readonly batch: LogBatch }
  | { readonly type: 'ended' }
  | { readonly type: 'called'; readonly result: CallResult }
  | { readonly type: 'abort'; readonly message: string; readonly isInit: boolean }
  | { readonly type: 'fail'; readonly message: string }
  | { readonly type: 'flushed' }
