/**
 * The interface of what runs a plan. The run, the verdict, the outputs and the control API know only this interface: an engine may be the
 * shards of this process, instances on other machines, or a double in a test.
 *
 *   load ▸ prepare ▸ begin ▸ [call setup] ▸ start, until all scenarios are over ▸ [call teardown] ▸ flush ▸ [call handleSummary] ▸ close
 *
 *   load         once, first
 *   prepare      once; results and progress from then on
 *   call         one at a time; from prepare on, also before begin
 *   pause, resume, scale     externally controlled scenarios; scale also before start
 *   stop, interrupt          at any time, any number of times; `start` resolves when the last VU has ended
 *   report       from prepare on
 *   close        at any time; promises of the other methods resolve then
 *
 * An engine consists of parts that measure by themselves: shards, or the shards of instances. Each has a number. What one part sends arrives
 * in the order in which it was sent. A lost part does not end the run: the listener decides what its loss means.
 *
 * Errors  none of these methods rejects because of a script, a target or a lost part: results and events report that
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
  /** Where the engine runs, for the user: `local`. */
  readonly place: string
  /** Runs the init code once. Undefined when it failed, which events have reported, or when the engine was closed meanwhile. */
  load(program: Program): Promise<LoadedScript | undefined>
  /** Initialises the planned VUs; resolves when all are initialised. `results` gets everything that is measured from now on. */
  prepare(workload: Workload, results: ResultListener): Promise<void>
  /** The test began `ago` ms ago. `exec.instance.currentTestRunDuration` counts from then. */
  begin(ago?: number): void
  /** Calls a function of the script in a VU of its own. A function that never yields is ended soon after its time limit. */
  call(call: LifecycleCall): Promise<CallResult>
  /** Milliseconds between the call of `start` and the start of the scenarios: parts on other machines must get the message first. */
  readonly startLead: number
  /**
   * Starts the scenarios; resolves when all are over. `setupData` is JSON of what setup returned. `past` is given when this engine takes over
   * scenarios that began in another one; `Workload.resumed` says what that one has done.
   */
  start(setupData: string | undefined, past?: PastTime): Promise<void>
  /** Pauses externally controlled scenarios: VUs finish their iteration, and the time of the pause does not count. */
  pause(): void
  resume(): void
  /** Sets the numbers of VUs of the scenario with that index, for the whole test. `refuseScale` has accepted them. */
  scale(scenario: number, vus: number, maxVUs: number): void
  /** Scenarios start no more iterations; running ones have their graceful stop. */
  stop(): void
  /** Cuts off init code, setup and iterations at once. */
  interrupt(): void
  /** All parts send their results now, and do not wait for the next full second. */
  report(): void
  /** Resolves when all results and log lines have arrived, or `limitMs` has passed. */
  flush(limitMs: number): Promise<void>
  /** The counters of the run so far. It may be called often: it asks no other thread or machine. */
  progress(): EngineProgress
  /** False once planned VUs are missing because a part was lost or ended by force. */
  readonly isComplete: boolean
  /** True when a part died while it had work to do: the results are not those of the planned test. */
  readonly hasLostWork: boolean
  /** Sentences for the results about parts of the test that were not done: `agent "a" with 25 % of the test was lost …`. */
  readonly losses: readonly string[]
  /** Ends everything that the engine has started. It may be called twice. */
  close(): Promise<void>
}

/** The past of scenarios that began in another engine. */
export interface PastTime {
  /** How many ms ago the scenarios began. */
  readonly ago: number
  readonly pauses: readonly Pause[]
}

/** Gets everything that an engine reports besides results. */
export interface EngineEvents {
  /** `acknowledge` makes room for the next batch of the same part. */
  onLog(batch: LogBatch, acknowledge: () => void): void
  /** A script has called `exec.test.abort()` at `place`, which is empty when unknown. */
  onAbort(message: string, place: string): void
  /** A script has called `exec.test.fail()`. */
  onFail(message: string): void
  /** The init code of a VU threw; the exception is logged already. VU 0 is the one of `load`. */
  onInitFailed(vu: number): void
  /**
   * A part is lost, and its results since its last report with it. `part` names it for the user: `shard 1`. With `goesOn` another part of the
   * engine takes over the rest of its work.
   */
  onLost(part: string, reason: string, goesOn?: boolean): void
}

export interface ResultListener {
  /** Called once a second for each part. */
  onAggregates(part: number, report: AggregateReport): void
  /**
   * Called several times a second when the workload asks for samples. `taken` must be called when the batch has been used: a part with some
   * batches that are not yet taken stands still, so that no sample is lost and memory stays bounded.
   */
  onSamples(part: number, batch: SampleBatch, taken: () => void): void
}

/** What a part has measured since its last report. */
export interface AggregateReport {
  readonly aggregates: Aggregates
  /** The results of each time series; empty unless the workload asks for them. */
  readonly perSeries: readonly SeriesReport[]
  /** The time that the report covers, in epoch milliseconds. Reports by timer end at full seconds. */
  readonly since: number
  readonly until: number
  readonly checks: CheckDeltas | undefined
  readonly errors: ErrorDeltas | undefined
  /** How many time series the part has. */
  readonly series: number
  /** For each scenario, its iterations since the start; undefined in saved reports. */
  readonly done?: readonly CountedWork[]
  readonly load: GeneratorLoad
}
