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
 * A thread that takes the place of one that died gets the same messages again: prepare, start, and what was changed meanwhile.
 *
 * All payloads are plain data, but for the direct lines between shards, which are handed out as they start ({@link ToShard} peer).
 * On such a line goes one kind of message: an iteration that another shard has claimed a VU for.
 */
import type { MessagePort } from 'node:worker_threads'
import type { LogBatch } from '../../log/relay.js'
import type { SampleBatch } from '../../metrics/recorder.js'
import type { SharedArrayBuffers } from '../../modules/k6-data/shared-arrays.js'
import type { Pause } from '../../plan/pauses.js'
import type { CallResult, LifecycleCall } from '../calls.js'
import type { AggregateReport } from '../engine.js'
import type { LoadedScript, Program, Workload } from '../workload.js'

/** Name of the global function by which a paused shard hands over its results and translates a position. */
export const RESCUE = '__sockeyeRescue'

/** The first message of a thread. */
export interface ShardBoot extends Program {
  readonly shard: number
  /** Epoch milliseconds of moment 0 of the clock. */
  readonly epochOrigin: number
  /** Run the init code once as VU 0 and answer with `loaded`. */
  readonly isLoader: boolean
  /** Takes the place of a thread that died, and goes on with what the control block says is left. */
  readonly isReplacement: boolean
}

/** The same for all shards: each works out its own share. */
export interface ShardPlan extends Workload {
  readonly shards: number
  /** How many VUs each shard initialises before the test. */
  readonly plannedVUs: readonly number[]
  readonly control: SharedArrayBuffer
  /** 32-bit integers: how many batches of samples of each shard have been taken. */
  readonly batchesTaken: SharedArrayBuffer
  /** Absolute paths that the init code of VU 0 opened. */
  readonly openedFiles: readonly string[]
  /** The shared arrays that the init code of VU 0 has made. */
  readonly sharedArrays: SharedArrayBuffers
}

export type ToShard =
  | { readonly type: 'prepare'; readonly plan: ShardPlan }
  | { readonly type: 'call'; readonly call: LifecycleCall }
  /** With the pauses until now, of scenarios that have begun elsewhere. */
  | {
      readonly type: 'start'
      readonly startedAt: number
      readonly setupData: string | undefined
      readonly pauses: readonly Pause[]
    }
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

export type FromShard =
  | { readonly type: 'loaded'; readonly script: LoadedScript; readonly sharedArrays: SharedArrayBuffers }
  | { readonly type: 'prepared' }
  /** The init code of a VU threw; the exception is logged already. */
  | { readonly type: 'init failed'; readonly vu: number }
  | { readonly type: 'aggregates'; readonly report: AggregateReport }
  | { readonly type: 'samples'; readonly batch: SampleBatch }
  /** A built-in that the thread needs does not work any more, and its VUs cannot go on. */
  | { readonly type: 'broken'; readonly builtin: string }
  /** At most one on the road: the main thread answers with `log taken`. */
  | { readonly type: 'log'; readonly batch: LogBatch }
  | { readonly type: 'ended' }
  | { readonly type: 'called'; readonly result: CallResult }
  /** `place` is that of the call in the script; empty when unknown. */
  | { readonly type: 'abort'; readonly message: string; readonly place: string }
  | { readonly type: 'fail'; readonly message: string }
  | { readonly type: 'flushed' }
