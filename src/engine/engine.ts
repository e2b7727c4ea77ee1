/**
 * What runs a plan. Everything above this interface (run, verdict, outputs, control API) knows neither threads nor machines: an engine
 * may be the shards of this process, a double in a test, or instances on other machines.
 *
 *   load ▸ prepare ▸ begin ▸ [call setup] ▸ start, until all scenarios are over ▸ [call teardown] ▸ flush ▸ [call handleSummary] ▸ close
 *
 *   load         once, first
 *   prepare      once; results and progress from then on
 *   call         one at a time; from prepare on, also before begin
 *   pause, resume, scale     externally controlled scenarios; scale also before start
 *   stop, interrupt          at any time, any number of times; what awaits start is released when the last VU has ended
 *   report       from prepare on
 *   close        at any time; whoever waits is released
 *
 * An engine consists of parts (shards, or shards of instances) that measure by themselves. Each is known by a number of its own; what a
 * part sends arrives in its order. A part that is lost ends nothing: the listener decides what that means.
 *
 * Errors  none of these methods rejects for what a script, a target or a lost part does: results and events tell it
 */
import type { LogBatch } from '../log/relay.js'
import type { CheckDeltas } from '../metrics/checks.js'
import type { ErrorDeltas } from '../metrics/error-tallies.js'
import type { SampleBatch } from '../metrics/recorder.js'
import type { Aggregates } from '../metrics/registry.js'
import type { SeriesReport } from '../metrics/series-sink.js'
import type { Pause } from '../plan/pauses.js'
import type { CallResult, LifecycleCall } from './calls.js'
import type { GeneratorLoad } from './generator-load.js'
import type { EngineProgress } from './progress.js'
import type { CountedWork, LoadedScript, Program, Workload } from './workload.js'

export interface Engine {
  /** Where it runs, for the user: `local`. */
  readonly place: string
  /** Runs the init code once. Undefined when it failed, which has been told, or when the engine was closed meanwhile. */
  load(program: Program): Promise<LoadedScript | undefined>
  /** Initialises the planned VUs; resolves when all are there. `results` gets everything that is measured from now on. */
  prepare(workload: Workload, results: ResultListener): Promise<void>
  /** The test has begun, `ago` ms ago: scripts see its time run (`exec.instance.currentTestRunDuration`). */
  begin(ago?: number): void
  /** Calls a function of the script in a VU of its own. One that does not even yield is cut off a little after its time limit. */
  call(call: LifecycleCall): Promise<CallResult>
  /** So many ms after `start` is called scenarios begin: parts on other machines must hear of it. */
  readonly startLead: number
  /**
   * Starts the scenarios; resolves when all are over. `setupData` is JSON of what setup returned. With `past` they began elsewhere, and the
   * workload says what has been done there.
   */
  start(setupData: string | undefined, past?: PastTime): Promise<void>
  /** Scenarios stand still: VUs finish their iteration, and time does not count. */
  pause(): void
  resume(): void
  /** New numbers of VUs, of the whole test, for the scenario of that number; `refuseScale` has accepted them. */
  scale(scenario: number, vus: number, maxVUs: number): void
  /** Scenarios start nothing more; iterations have their graceful stop. */
  stop(): void
  /** Cuts off init code, setup and iterations at once. */
  interrupt(): void
  /** What has been measured arrives soon, and not only when it is due. */
  report(): void
  /** Everything that has been measured and logged has arrived when this resolves, or `limitMs` has passed. */
  flush(limitMs: number): Promise<void>
  /** How far the run is. It may be called often: it asks no other thread or machine. */
  progress(): EngineProgress
  /** False once planned VUs are gone before their time, because a part was lost or ended by force. */
  readonly isComplete: boolean
  /** Part of the engine died while it had work to do: what was measured is not what was planned. */
  readonly hasLostWork: boolean
  /** Parts of the test that nobody has done, in words: the results must say so. */
  readonly losses: readonly string[]
  /** Ends everything that the engine has started. May be called twice. */
  close(): Promise<void>
}

/** The time of scenarios that have begun elsewhere. */
export interface PastTime {
  /** How many ms ago the scenarios began. */
  readonly ago: number
  readonly pauses: readonly Pause[]
}

/** What happens besides measuring; an engine is given its listener when it is made. */
export interface EngineEvents {
  /** `acknowledge` makes room for the next batch of the same part. */
  onLog(batch: LogBatch, acknowledge: () => void): void
  /** `exec.test.abort()`; `place` is where the script called it, empty when unknown. */
  onAbort(message: string, place: string): void
  /** A script has called `exec.test.fail()`. */
  onFail(message: string): void
  /** The init code of a VU threw, which has been logged; VU 0 is the one that load runs. */
  onInitFailed(vu: number): void
  /**
   * A part is gone, and with it what it had not sent. `part` names it for the user: `shard 1`. With `goesOn` the engine itself sees to
   * what was left of its work.
   */
  onLost(part: string, reason: string, goesOn?: boolean): void
}

export interface ResultListener {
  /** Called once a second with what a part has measured since the last time. */
  onAggregates(part: number, report: AggregateReport): void
  /**
   * Only when the workload asks for samples; some times a second. `taken` makes room for more: a part that has a few batches on the
   * road stands still until they are taken, so that no sample is lost and memory stays bounded.
   */
  onSamples(part: number, batch: SampleBatch, taken: () => void): void
}

/** What a part has measured since its last report. */
export interface AggregateReport {
  readonly aggregates: Aggregates
  /** Of single time series; empty unless the workload asks for them. */
  readonly perSeries: readonly SeriesReport[]
  /** The stretch of time it is about, in epoch milliseconds. Reports that are not asked for end at full seconds. */
  readonly since: number
  readonly until: number
  readonly checks: CheckDeltas | undefined
  readonly errors: ErrorDeltas | undefined
  /** How many time series the part has. */
  readonly series: number
  /** By scenario: what has become of its iterations up to now; undefined in what was saved. */
  readonly done?: readonly CountedWork[]
  readonly load: GeneratorLoad
}
