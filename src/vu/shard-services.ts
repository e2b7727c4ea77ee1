/**
 * What a virtual user and the modules of its script use of the shard (thread) they live on. The worker implements it; nothing
 * here knows how.
 */

import type { Clock } from '../base/clock.js'
import type { HttpOptions } from '../config/plan.js'
import type { Log } from '../log/log.js'
import type { BuiltinMetrics } from '../metrics/builtin.js'
import type { CheckTallies } from '../metrics/checks.js'
import type { SampleRecorder } from '../metrics/recorder.js'
import type { MetricRegistry } from '../metrics/registry.js'
import type { TagSet } from '../metrics/tag-set.js'
import type { Dialer } from '../net/dialer.js'
import type { ScriptRuntimeOptions } from '../pausable/runtime/script-runtime.js'
import type { Scheduler } from './scheduler.js'
import type { TimerQueue } from './timer-queue.js'
import type { VirtualUser } from './virtual-user.js'

export interface ShardServices {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly timers: TimerQueue
  /** For the runtime that compiled scripts run on; the same for all VUs. */
  readonly runtimeOptions: ScriptRuntimeOptions
  readonly registry: MetricRegistry
  readonly builtins: BuiltinMetrics
  readonly recorder: SampleRecorder | null
  readonly checks: CheckTallies
  readonly dialer: Dialer
  /** Options that modules look at while the test runs. */
  readonly settings: ScriptSettings
  /** The tags of every sample of the run: option `tags`, `--tag`. */
  readonly runTags: TagSet
  /** Which virtual user's JavaScript ran last: to whom an unhandled rejection belongs. */
  current: VirtualUser | null
  /** Number and iteration of that VU, where the main thread can read them while this one is busy. */
  readonly running: Float64Array
  /** True while a virtual user's JavaScript is on the stack. */
  isExecuting: boolean
  /** What `exec.instance` shows: counters of the whole instance, all shards together. */
  readonly instance: InstanceCounters
  /**
   * Takes a place in the queue of all requests of the instance that option `rps` lets through; `interval` apart, in milliseconds.
   * Gives how long to wait for it.
   */
  takeRequestSlot(interval: number): number
  /** The consolidated options as the script sees them through `exec.test.options`; deep-frozen. */
  readonly scriptOptions: unknown
  readonly log: Log
  /** Logs a warning the first time that it is called with this message. */
  warnOnce(message: string, hint: string): void
  /** Counts an error of the run that has no line of its own in the log; `place` in the script, `file:line:column`. */
  countError(vu: VirtualUser, message: string, place: string): void
  /** Logs the exception that ended a run of a VU, with positions in the user's files. */
  reportException(vu: VirtualUser, error: unknown, isRejection: boolean): void
  /** Logs that the promise of an exported function can never settle. */
  reportUnsettled(vu: VirtualUser, name: string): void
  /** `exec.test.abort()`: stops the whole test. Does not return to the script. */
  abortTest(vu: VirtualUser, message: string): void
  /** `exec.test.fail()`: the test goes on and exits with 110. */
  failTest(message: string): void
}

export interface InstanceCounters {
  /** Milliseconds since the test was started. */
  readonly currentTestRunDuration: number
  readonly iterationsCompleted: number
  readonly iterationsInterrupted: number
  readonly vusActive: number
  readonly vusInitialized: number
  /** A WebSocket of this shard has opened (+1) or closed (-1); gives how many are open in the instance now. */
  webSocketsChanged(change: 1 | -1): number
}

export interface ScriptSettings {
  /** Names of the enabled system tags. */
  readonly systemTags: ReadonlySet<string>
  /** Option `throw`: warnings become exceptions. */
  readonly throw: boolean
  readonly userAgent: string
  /** Option `noCookiesReset`: cookie jars survive the iteration. */
  readonly noCookiesReset: boolean
  /** Option `keepConnections`: sockets and timers of Node's modules live on between iterations. */
  readonly keepConnections: boolean
  /** Feature `freeze-env`: scripts cannot change `__ENV`. */
  readonly freezesEnv: boolean
  readonly http: HttpOptions
}
