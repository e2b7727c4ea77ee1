/** The engine of one process. Its parts are shards, which are threads. */
import { monotonicClock } from '../../base/clock.js'
import type { Log } from '../../log/log.js'
import type { SharedArrayBuffers } from '../../modules/k6-data/shared-arrays.js'
import { requirementsOf } from '../../plan/requirements.js'
import type { ScenarioState } from '../../plan/scenario.js'
import { Share, splitShare } from '../../plan/share.js'
import type { CallResult, LifecycleCall } from '../calls.js'
import type { Engine, EngineEvents, PastTime, ResultListener } from '../engine.js'
import { type EngineProgress, type ScenarioCounters, stateOfAll } from '../progress.js'
import type { LoadedScript, Program, Workload } from '../workload.js'
import { ControlBlock, RunCell, ScenarioCell, ShardCell } from './control-block.js'
import { assertRoomFor } from './memory-need.js'
import { resume } from './resumption.js'
import { FIRST_SHARD, RunShards } from './shards.js'
import { Successors } from './successors.js'
import { Watchdog } from './watchdog.js'

export interface ThreadEngineOptions {
  readonly events: EngineEvents
  /** For log lines of the engine itself. */
  readonly log: Log
  /** How many threads to use. A test with fewer VUs has fewer threads. */
  readonly shards: number
  /** Epoch milliseconds of moment 0 of the run's clock. */
  readonly epochOrigin: number
}

/** In ms. A call that has not ended this long after its time limit never yields, and its thread is ended. */
const CALL_GRACE = 1000

export class ThreadEngine implements Engine {
  readonly place = 'local'
  readonly startLead = 0
  /** Always empty: the work of lost threads is counted as dropped iterations. */
  readonly losses: readonly string[] = []
  readonly #shards: RunShards
  readonly #watchdog: Watchdog
  readonly #wantedShards: number
  readonly #epochOrigin: number
  #control = new ControlBlock(0, 0)
  #openedFiles: readonly string[] = []
  #sharedArrays: SharedArrayBuffers = new Map()
  /** How long the scenarios may take in ms, graceful stop included. */
  #maxDuration = Number.POSITIVE_INFINITY
  #timeLeftWhilePaused = Number.POSITIVE_INFINITY
  #isInterrupted = false
  #isComplete = true
  #hasDiedAtWork = false
  readonly #log: Log
  #successors: Successors | undefined

  constructor({ events, log, shards, epochOrigin }: ThreadEngineOptions) {
    this.#log = log
    this.#epochOrigin = epochOrigin
    this.#wantedShards = shards
    this.#shards = new RunShards({
      onLog: (batch, acknowledge) => events.onLog(batch, acknowledge),
      onAbort: (message, place) => events.onAbort(message, place),
      onFail: (message) => events.onFail(message),
      onInitFailed: (vu) => events.onInitFailed(vu),
      onBroken: (shard, builtin) => this.#watchdog.endBroken(shard, builtin),
      onDeath: (shard, reason) => {
        this.#watchdog.forget(shard)
        this.#hasDiedAtWork = true
        this.#lose(shard)
        events.onLost(`shard ${shard}`, reason, this.#successors !== undefined)
      },
    })
    this.#watchdog = new Watchdog({
      control: () => this.#control,
      shards: this.#shards,
      log,
      isStopping: () => this.#isInterrupted,
      isRunning: () => this.#successors !== undefined,
      onEnded: (shard, hasLost) => {
        if (hasLost) this.#hasDiedAtWork = true
        this.#lose(shard)
      },
    })
  }

  /** The shard has died. While scenarios run, a new thread does the rest of its work. */
  #lose(shard: number): void {
    this.#isComplete = false
    this.#control.bury(shard)
    if (this.#successors === undefined) this.#shards.giveUp(shard)
    else void this.#successors.replace(shard)
  }

  async load(program: Program): Promise<LoadedScript | undefined> {
    const { archivedFiles } = program
    const loaded = await this.#shards.load({
      ...program,
      archivedFiles: archivedFiles === null ? null : inSharedMemory(archivedFiles),
      epochOrigin: this.#epochOrigin,
      shard: FIRST_SHARD,
      isLoader: true,
      isReplacement: false,
    })
    if (loaded === undefined) return undefined
    this.#openedFiles = loaded.script.openedFiles
    this.#sharedArrays = loaded.sharedArrays
    return loaded.script
  }

  async prepare(workload: Workload, results: ResultListener): Promise<void> {
    const { scenarios, executionSegment, executionSegmentSequence } = workload
    const instance = Share.parse(executionSegment, executionSegmentSequence)
    const { maxVUs, plannedVUs, totalDuration } = requirementsOf(scenarios, instance)
    assertRoomFor(plannedVUs)
    const shards = Math.max(1, Math.min(this.#wantedShards, maxVUs))
    const control = new ControlBlock(shards, scenarios.length)
    this.#control = control
    this.#maxDuration = totalDuration
    this.#watchdog.start()
    const shares = splitShare(instance, shards)
    if (workload.resumed !== undefined) resume(workload.resumed, { control, scenarios, instance, shares })
    const plan = {
      ...workload,
      shards,
      plannedVUs: shares.map((share) => requirementsOf(scenarios, share).plannedVUs),
      control: control.buffer,
      batchesTaken: new SharedArrayBuffer(shards * Int32Array.BYTES_PER_ELEMENT),
      openedFiles: this.#openedFiles,
      sharedArrays: this.#sharedArrays,
    }
    await this.#shards.prepare(plan, results)
  }

  begin(ago = 0): void {
    this.#control.setRun(RunCell.startedAt, monotonicClock.now() - ago)
  }

  async call(call: LifecycleCall): Promise<CallResult> {
    const deadline = monotonicClock.now() + call.timeout
    const lift = this.#limitCall(deadline + CALL_GRACE)
    this.#watchdog.calling = call.name
    const result = await this.#shards.call(call)
    lift()
    if (result !== undefined) return result
    // The thread has ended. After the deadline that is because code that never yields cannot time out by itself.
    return { outcome: monotonicClock.now() > deadline ? 'timed out' : 'interrupted' }
  }

  /** Makes the watchdog end the call after `deadline`; returns how to remove that limit. While scenarios run their limit stays. */
  #limitCall(deadline: number): () => void {
    const watchdog = this.#watchdog
    if (watchdog.deadline !== Number.POSITIVE_INFINITY) return () => {}
    watchdog.deadline = deadline
    return () => {
      if (watchdog.deadline === deadline) watchdog.deadline = Number.POSITIVE_INFINITY
    }
  }

  async start(setupData: string | undefined, { ago, pauses }: PastTime = { ago: 0, pauses: [] }): Promise<void> {
    const startedAt = monotonicClock.now() - ago
    this.#watchdog.deadline = startedAt + this.#maxDuration + pauses.reduce((sum, { from, to }) => sum + to - from, 0)
    if (this.#shards.isPaused) this.#holdDeadline()
    this.#successors = new Successors({
      shards: this.#shards,
      log: this.#log,
      isOver: () => this.#isInterrupted || monotonicClock.now() > this.#watchdog.deadline,
    })
    await this.#shards.run(startedAt, setupData, pauses)
    this.#successors = undefined
    this.#watchdog.deadline = Number.POSITIVE_INFINITY
  }

  pause(): void {
    this.#shards.pause()
    this.#holdDeadline()
  }

  #holdDeadline(): void {
    this.#timeLeftWhilePaused = this.#watchdog.deadline - monotonicClock.now()
    this.#watchdog.deadline = Number.POSITIVE_INFINITY
  }

  resume(): void {
    this.#shards.resume()
    this.#watchdog.deadline = monotonicClock.now() + this.#timeLeftWhilePaused
  }

  scale(scenario: number, vus: number, maxVUs: number): void {
    this.#shards.scale(scenario, vus, maxVUs)
  }

  stop(): void {
    this.#shards.stop()
  }

  interrupt(): void {
    this.#isInterrupted = true
    this.#shards.interrupt()
  }

  report(): void {
    this.#shards.report()
  }

  flush(limitMs: number): Promise<void> {
    return this.#shards.flush(limitMs)
  }

  progress(): EngineProgress {
    const control = this.#control
    return {
      vus: { active: control.sumShards(ShardCell.vusActive), initialized: control.sumShards(ShardCell.vusInitialized) },
      iterations: {
        complete: control.sumShards(ShardCell.completed),
        failed: control.sumShards(ShardCell.failed),
        interrupted: control.sumShards(ShardCell.interrupted),
      },
      openWebSockets: control.sumShards(ShardCell.openWebSockets),
      scenarios: Array.from({ length: control.scenarios }, (_, scenario) => countersOf(control, scenario)),
    }
  }

  get isComplete(): boolean {
    return this.#isComplete
  }

  get hasLostWork(): boolean {
    return this.#hasDiedAtWork || this.#control.hasLost
  }

  async close(): Promise<void> {
    this.#watchdog.stop()
    await this.#shards.terminate()
  }
}

function countersOf(control: ControlBlock, scenario: number): ScenarioCounters {
  const states = Array.from(
    { length: control.shards },
    (_, shard) => control.getScenario(shard, scenario, ScenarioCell.state) as ScenarioState,
  )
  return {
    state: stateOfAll(states),
    activeVus: control.sumScenario(scenario, ScenarioCell.activeVus),
    iterations: control.sumScenario(scenario, ScenarioCell.iterations),
    dropped: control.sumScenario(scenario, ScenarioCell.dropped),
    level: control.sumScenario(scenario, ScenarioCell.level),
    allocatedVus: control.sumScenario(scenario, ScenarioCell.allocatedVus),
  }
}

/** Copies files into shared memory, so that all threads use one copy. */
function inSharedMemory(files: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> {
  return new Map(
    [...files].map(([url, content]) => {
      const shared = new Uint8Array(new SharedArrayBuffer(content.byteLength))
      shared.set(content)
      return [url, shared]
    }),
  )
}
