/**
 * One scenario on one shard, from its start time to its end: keeps the time of the regular duration and the graceful stop,
 * lends VUs to the executor, and knows when all is over.
 *
 * States
 *   waiting  ── startTime ──► running
 *   running  ── pause() ──► paused ── resume() ──► running      (the clock of the scenario stands still)
 *   running  ── regular duration over ──► graceful              (no new iterations)
 *   graceful ── gracefulStop over ──► interrupted               (what still runs is cut off; `done` for an executor that
 *                                                                always ends so)
 *   running, graceful ── no VU at work, executor has nothing more to start ──► done
 */

import type { Clock } from '../base/clock.js'
import type { Series } from '../metrics/series.js'
import type { TagSet } from '../metrics/tag-set.js'
import type { Pause } from '../plan/pauses.js'
import { regularDuration, type Scenario, ScenarioState } from '../plan/scenario.js'
import type { ScenarioInfo } from '../vu/scenario-context.js'
import type { Timer } from '../vu/timer-queue.js'
import type { Outcome } from '../vu/virtual-user.js'
import type { ExecutorHost, LoadedVu } from './host.js'
import { ScenarioVu } from './scenario-vu.js'
import { VuWait } from './vu-wait.js'

/** Decides when iterations start and on which VU. One object per scenario and shard. */
export interface Executor {
  /** True in the open model: a VU counts as active only while it runs an iteration. */
  readonly countsBusyVus?: boolean
  /** True when iterations that run at the end of the regular duration are always cut off: that is then no interruption. */
  readonly endsAbruptly?: boolean
  /** The regular duration begins. */
  start(): void
  /**
   * The regular duration is over. True when iterations that were due may still be started for a moment: the executor then calls
   * `stop()` of the run itself.
   */
  isBehind?(): boolean
  /** Start no more iterations. May be called twice. */
  stop(): void
  /** An iteration has ended; its VU is free, unless it is given back. */
  iterationEnded(vu: ScenarioVu, outcome: Outcome): void
  /** Another shard had no VU for this iteration, and claimed one here. `due` is a moment of the clock. */
  accept?(numberInInstance: number, due: number): void
  /** Numbers of VUs of the whole test, from outside. */
  scale?(vus: number, maxVUs: number): void
  pause?(): void
  resume?(): void
  /** After the last VU was given back: a chance to count what was dropped. */
  ended?(): void
  /** 0 to 1; the share of the duration by default. */
  progress?(): number
}

export class ScenarioRun {
  readonly host: ExecutorHost
  readonly plan: Scenario
  /** Number of the scenario in the plan. */
  readonly index: number
  readonly clock: Clock
  readonly tags: TagSet
  info: ScenarioInfo
  /** Milliseconds in which iterations may start. */
  readonly regularDuration: number
  readonly countsBusyVus: boolean
  readonly #executor: Executor
  readonly #onEnd: () => void
  readonly #working = new Set<ScenarioVu>()
  readonly #waits = new Set<VuWait>()
  readonly #timers = new Set<Timer>()
  #startedAt = 0
  #takesOver = false
  #endTimer: Timer | null = null
  #pausedAt: number | null = null
  #isStarted = false
  /** The start came while the run was paused. */
  #isHeldBack = false
  #isStopping = false
  #isEnded = false
  #isComplete = false
  #wasInterrupted = false
  #droppedSeries: Series | null = null

  constructor(
    host: ExecutorHost,
    plan: Scenario,
    index: number,
    createExecutor: (run: ScenarioRun) => Executor,
    onEnd: () => void,
  ) {
    this.host = host
    this.plan = plan
    this.index = index
    this.clock = host.services.clock
    this.tags = host.scenarioTags(plan.name, plan.tags)
    this.regularDuration = regularDuration(plan)
    this.#onEnd = onEnd
    this.info = { name: plan.name, executor: plan.executor, startTime: 0, progress: () => this.progress() }
    this.#executor = createExecutor(this)
    this.countsBusyVus = this.#executor.countsBusyVus ?? false
  }

  /** Schedules the start; `testStartedAt` is the moment from which startTime and pauses count. */
  schedule(testStartedAt: number, pauses: readonly Pause[] = []): void {
    this.#startedAt = testStartedAt + this.plan.startTime
    if (this.#executor.pause !== undefined) {
      for (const { from, to } of pauses) this.#standStill(testStartedAt + from, testStartedAt + to)
    }
    this.info = { ...this.info, startTime: Date.now() + this.#startedAt - this.clock.now() }
    this.#takesOver = this.host.isReplacement && this.hasReached(0)
    if (this.plan.startTime <= 0) this.#start()
    else this.after(this.#startedAt - this.clock.now(), () => this.#start())
  }

  /** The scenario has begun in another thread, which died. */
  get takesOver(): boolean {
    return this.#takesOver
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Milliseconds since the scenario began, without the time it was paused. */
  get elapsed(): number {
    return (this.#pausedAt ?? this.clock.now()) - this.#startedAt
  }

  /** True from `time` ms after the start of the scenario on. */
  hasReached(time: number): boolean {
    return (this.#pausedAt ?? this.clock.now()) >= this.#startedAt + time
  }

  /** The moment of the clock at which the scenario began, or would have if it had never been paused. */
  get startedAt(): number {
    return this.#startedAt
  }

  progress(): number {
    if (this.#isEnded) return 1
    const own = this.#executor.progress?.()
    if (own !== undefined) return own
    return Math.min(1, Math.max(0, this.elapsed / this.regularDuration))
  }

  /** A timer that is dropped when the scenario ends. */
  after(delay: number, run: () => void): Timer {
    return this.at(this.clock.now() + Math.max(0, delay), run)
  }

  /** The same, at a moment of the clock. */
  at(due: number, run: () => void): Timer {
    const timer = this.host.services.timers.at(
      due,
      () => {
        this.#timers.delete(timer)
        run()
      },
      undefined,
    )
    this.#timers.add(timer)
    return timer
  }

  cancel(timer: Timer): void {
    this.#timers.delete(timer)
    this.host.services.timers.cancel(timer)
  }

  /**
   * Puts an idle VU to work for this scenario and gives it to `ready`: at once when the shard has one, which is the rule. A planned
   * VU may not be back yet from another scenario; then `ready` is called when it is, or never.
   */
  activate(slot: number, ready: (vu: ScenarioVu) => void): VuWait {
    const wait = new VuWait(this, (loaded) => {
      this.#waits.delete(wait)
      if (loaded === undefined) this.endIfDone()
      else ready(this.lend(loaded, slot))
    })
    this.#waits.add(wait)
    wait.begin()
    return wait
  }

  /** The VU is not wanted any more. */
  cancelWait(wait: VuWait): void {
    if (!this.#waits.delete(wait)) return
    wait.cancel()
    this.endIfDone()
  }

  /** Puts a VU to work that was initialised for this scenario. */
  lend(loaded: LoadedVu, slot: number): ScenarioVu {
    const vu = new ScenarioVu(this, loaded, slot)
    this.#working.add(vu)
    if (!this.countsBusyVus) this.host.counters.addActiveVus(this.index, 1)
    return vu
  }

  /** The VU has nothing more to do here. */
  deactivate(vu: ScenarioVu): void {
    if (!this.#working.delete(vu)) return
    if (!this.countsBusyVus) this.host.counters.addActiveVus(this.index, -1)
    vu.loaded.vu.assign(null)
    this.host.giveBack(vu.loaded)
    this.endIfDone()
  }

  isAtWork(vu: ScenarioVu): boolean {
    return this.#working.has(vu)
  }

  /** The executor has no more iterations to start, whatever happens. */
  complete(): void {
    this.#isComplete = true
    this.endIfDone()
  }

  /** Counts iterations that should have been started and were not; a number below 0 counts as none. */
  drop(count: number): void {
    if (count <= 0 || this.host.counters.wasAborted()) return
    this.#droppedSeries ??= this.#resolveDropped()
    this.#droppedSeries.add(count)
    this.host.counters.addDropped(this.index, count)
  }

  /** Counts iterations that a thread which is no more should have started. */
  dropLost(count: number): void {
    if (count <= 0) return
    this.#resolveDropped({ reason: 'shard_died' }).add(count)
    this.host.counters.addDropped(this.index, count)
    this.host.counters.addLost(this.index, count)
  }

  iterationEnded(vu: ScenarioVu, outcome: Outcome, elapsed: number): void {
    const rest = this.host.minIterationDuration - elapsed
    if (rest > 0 && outcome !== 'interrupted' && !this.#isStopping) {
      this.after(rest, () => {
        if (this.#working.has(vu)) this.#executor.iterationEnded(vu, outcome)
      })
      return
    }
    this.#executor.iterationEnded(vu, outcome)
  }

  /** An iteration that another shard had no VU for. */
  accept(numberInInstance: number, due: number): void {
    if (!this.#isEnded && this.#executor.accept !== undefined) return this.#executor.accept(numberInInstance, due)
    this.host.exchange.arrived(this.index)
    this.drop(1)
  }

  /** The numbers of VUs of an externally controlled scenario, for the whole test. */
  scale(vus: number, maxVUs: number): void {
    if (!this.#isStopping) this.#executor.scale?.(vus, maxVUs)
  }

  /** VUs finish their iteration, and the clock of the scenario stops. Does nothing for executors that cannot pause. */
  pause(): void {
    if (this.#pausedAt !== null || this.#isStopping || this.#executor.pause === undefined) return
    this.#pausedAt = this.clock.now()
    if (this.#endTimer !== null) this.cancel(this.#endTimer)
    if (this.#isStarted) this.#executor.pause()
  }

  resume(): void {
    if (this.#pausedAt === null || this.#isStopping) return
    this.#standStill(this.#pausedAt, this.clock.now())
    this.#pausedAt = null
    if (this.#isHeldBack) {
      this.#isHeldBack = false
      this.#begin()
    } else if (this.#isStarted) {
      this.#armEnd()
      this.#executor.resume?.()
    }
  }

  /** A scenario whose start has not come yet loses no time. */
  #standStill(from: number, to: number): void {
    this.#startedAt += Math.max(0, to - Math.max(from, this.#startedAt))
  }

  /** Starts no more iterations; those that run may finish within the graceful stop. */
  stop(): void {
    if (this.#isStopping || this.#isEnded) return
    this.#beginStop()
    this.#giveBackIdle((vu) => !vu.isPromised)
    if (!this.endIfDone()) this.at(this.#stoppedAt + this.plan.gracefulStop, () => this.interrupt())
  }

  /** A shard that noticed the end of the regular duration late does not prolong the graceful stop. */
  get #stoppedAt(): number {
    return Math.min(this.clock.now(), this.#startedAt + this.regularDuration)
  }

  /** Interrupts every iteration of the scenario that runs on this shard. */
  interrupt(): void {
    if (this.#isEnded) return
    if (!this.#isStopping) this.#beginStop()
    for (const vu of [...this.#working]) this.interruptVu(vu)
    this.#giveBackIdle(() => true)
    this.#isComplete = true
    this.endIfDone()
  }

  /** Cuts off the iteration that a VU runs. */
  interruptVu(vu: ScenarioVu): void {
    if (!vu.isBusy) return
    const endsAsPlanned = this.#executor.endsAbruptly === true && this.hasReached(this.regularDuration)
    if (this.#isStopping && !endsAsPlanned) this.#wasInterrupted = true
    vu.loaded.vu.interrupt()
  }

  endIfDone(): boolean {
    if (this.#isEnded) return true
    if (this.#working.size > 0 || this.#waits.size > 0 || !(this.#isComplete || this.#isStopping)) return false
    this.#isEnded = true
    for (const timer of this.#timers) this.host.services.timers.cancel(timer)
    this.#timers.clear()
    this.#executor.ended?.()
    this.host.counters.setLevel(this.index, 0)
    this.host.counters.setState(this.index, this.#wasInterrupted ? ScenarioState.interrupted : ScenarioState.done)
    this.#onEnd()
    return true
  }

  #beginStop(): void {
    this.#isStopping = true
    if (this.#endTimer !== null) this.cancel(this.#endTimer)
    this.host.counters.setState(this.index, ScenarioState.graceful)
    for (const wait of this.#waits) wait.cancel()
    this.#waits.clear()
    this.#executor.stop()
  }

  /** VUs that wait between iterations have nothing to wait for any more. */
  #giveBackIdle(isDone: (vu: ScenarioVu) => boolean): void {
    for (const vu of [...this.#working]) if (!vu.isBusy && isDone(vu)) this.deactivate(vu)
  }

  #start(): void {
    if (this.#isStopping) return
    this.host.counters.setState(this.index, ScenarioState.running)
    if (this.#pausedAt === null) this.#begin()
    else this.#isHeldBack = true
  }

  #begin(): void {
    this.#isStarted = true
    this.#armEnd()
    this.#executor.start()
  }

  #armEnd(): void {
    if (!Number.isFinite(this.regularDuration)) return
    this.#endTimer = this.at(this.#startedAt + this.regularDuration, () => {
      if (this.#executor.isBehind?.() !== true) this.stop()
    })
  }

  #resolveDropped(more: Readonly<Record<string, string>> = {}): Series {
    const { services } = this.host
    const { runTags } = services
    const hasName = services.settings.systemTags.has('scenario')
    const tags = hasName ? runTags.with('scenario', this.plan.name) : runTags
    return services.registry.series(services.builtins.dropped_iterations, tags.withAll(more))
  }
}
