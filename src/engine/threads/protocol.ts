/**
 * All messages between the main thread and a shard, and their order.
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
 * A thread that replaces a dead one gets the same messages again: prepare, start, and what was changed meanwhile.
 *
 * All messages are plain data, except `peer`, which gives a shard a direct port to another shard. The only message on such a port is an
 * iteration for a VU that the sender has claimed.
 */
import type { MessagePort } from 'node:worker_threads'
import type { LogBatch } from '../../log/relay.js'
import type { SampleBatch } from '../../metrics/recorder.js'
import type { SharedArrayBuffers } from '../../modules/k6-data/shared-arrays.js'
import type { Pause } from '../../plan/pauses.js'
import type { CallResult, LifecycleCall } from '../calls.js'
import type { AggregateReport } from '../engine.js'
import type { LoadedScript, Program, Workload } from '../workload.js'

/** The name of a global function of the shard. The debugger calls it in a stuck shard: it sends the results and maps a position. */
export const RESCUE = '__sockeyeRescue'

/** The first message of a thread. */
export interface ShardBoot extends Program {
  readonly shard: number
  /** Epoch milliseconds of moment 0 of the run's clock. */
  readonly epochOrigin: number
  /** The shard runs the init code once as VU 0 and answers with `loaded`. */
  readonly isLoader: boolean
  /** The thread replaces a dead one, and does what the control block says is left. */
  readonly isReplacement: boolean
}

/** The same for all shards: each computes its own share. */
export interface ShardPlan extends Workload {
  readonly shards: number
  /** How many VUs each shard initialises before the scenarios begin. */
  readonly plannedVUs: readonly number[]
  readonly control: SharedArrayBuffer
  /** One 32-bit integer for each shard: how many of its batches of samples have been taken. */
  readonly batchesTaken: SharedArrayBuffer
  /** Absolute paths that the init code of VU 0 opened. */
  readonly openedFiles: readonly string[]
  /** The shared arrays that the init code of VU 0 has made. */
  readonly sharedArrays: SharedArrayBuffers
}

export type ToShard =
  | { readonly type: 'prepare'; readonly plan: ShardPlan }
  | { readonly type: 'call'; readonly call: LifecycleCall }
  /** `pauses` are those so far, when the scenarios began earlier in another thread or engine. */
  | {
      readonly type: 'start'
      readonly startedAt: number
      readonly setupData: string | undefined
      readonly pauses: readonly Pause[]
    }
  /** A direct line to another shard. */
  | { readonly type: 'peer'; readonly shard: number; readonly port: MessagePort }
  /** Numbers of VUs for the whole test; each shard computes its share. May come before `start`. */
  | { readonly type: 'scale'; readonly scenario: number; readonly vus: number; readonly maxVUs: number }
  /** See Engine.pause. */
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'stop' }
  | { readonly type: 'interrupt' }
  | { readonly type: 'log taken' }
  /** The shard sends its results now, and not only at the next full second. */
  | { readonly type: 'report' }
  /** The shard sends everything that is left, and then `flushed`. */
  | { readonly type: 'flush' }

export type FromShard =
  | { readonly type: 'loaded'; readonly script: LoadedScript; readonly sharedArrays: SharedArrayBuffers }
  | { readonly type: 'prepared' }
  /** The init code of a VU threw; the exception is logged already. */
  | { readonly type: 'init failed'; readonly vu: number }
  | { readonly type: 'aggregates'; readonly report: AggregateReport }
  | { readonly type: 'samples'; readonly batch: SampleBatch }
  /** The script has broken a built-in that the thread needs, so its VUs cannot continue. */
  | { readonly type: 'broken'; readonly builtin: string }
  /** The next one is sent after the main thread has answered with `log taken`. */
  | { readonly type: 'log'; readonly batch: LogBatch }
  | { readonly type: 'ended' }
  | { readonly type: 'called'; readonly result: CallResult }
  /** `place` is the place of the call in the script; empty when unknown. */
  | { readonly type: 'abort'; readonly message: string; readonly place: string }
  | { readonly type: 'fail'; readonly message: string }
  | { readonly type: 'flushed' }
