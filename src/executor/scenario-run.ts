/**
 * One scenario on one shard, from its start time to its end: keeps the time of the regular duration and the graceful stop,
 * lends VUs to the executor, and knows when all is over.
 *
 * States
 *   waiting  ── startTime ──► running
 *   running  ── regular duration over ──► graceful        (no new iterations)
 *   graceful ── gracefulStop over ──► interrupted         (what still runs is cut off)
 *   running, graceful ── no VU at work, executor has nothing more to start ──► done
 */
import { regularDuration, type Scenario } from '../config/scenario.js'
import type { TagSet } from '../metrics/tag-set.js'
import type { ScenarioInfo } from '../vu/scenario-context.js'
import type { Clock, Timer } from '../vu/timer-queue.js'
import type { Outcome } from '../vu/virtual-user.js'
import { ScenarioState } from '../worker/control-block.js'
import type { ExecutorHost } from './host.js'
import { ScenarioVu } from './scenario-vu.js'

/** Decides when iterations start and on which VU. One object per scenario and shard. */
export interface Executor {
  /** The regular duration begins. */
  start(): void
  /** The regular duration is over, or the test is being stopped: start no more iterations. May be called twice. */
  stop(): void
  /** An iteration has ended; its VU is free, unless it is given back. */
  iterationEnded(vu: ScenarioVu, outcome: Outcome): void
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
  readonly info: ScenarioInfo
  /** Milliseconds in which iterations may start. */
  readonly regularDuration: number
  readonly #executor: Executor
  readonly #onEnd: () => void
  readonly #working = new Set<ScenarioVu>()
  readonly #timers = new Set<Timer>()
  #startedAt = 0
  #isStopping = false
  #isEnded = false
  #isComplete = false
  #wasInterrupted = false

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
    const epochAtStart = Date.now() + plan.startTime
    this.info = { name: plan.name, executor: plan.executor, startTime: epochAtStart, progress: () => this.progress() }
    this.#executor = createExecutor(this)
  }

  /** Schedules the start; `testStartedAt` is the moment from which startTime counts. */
  schedule(testStartedAt: number): void {
    this.#startedAt = testStartedAt + this.plan.startTime
    if (this.plan.startTime <= 0) this.#start()
    else this.after(this.#startedAt - this.clock.now(), () => this.#start())
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Milliseconds since the scenario began. */
  get elapsed(): number {
    return this.clock.now() - this.#startedAt
  }

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
    const timer = this.host.services.timers.add(
      delay,
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

  /** Puts an idle VU to work for this scenario, or gives undefined when the shard has none. */
  activate(slot: number): ScenarioVu | undefined {
    const loaded = this.host.borrow()
    if (loaded === undefined) return undefined
    const vu = new ScenarioVu(this, loaded, slot)
    this.#working.add(vu)
    this.host.counters.addActiveVus(this.index, 1)
    return vu
  }

  /** The VU has nothing more to do here. */
  deactivate(vu: ScenarioVu): void {
    if (!this.#working.delete(vu)) return
    this.host.counters.addActiveVus(this.index, -1)
    vu.loaded.vu.assign(null)
    this.host.giveBack(vu.loaded)
    this.endIfDone()
  }

  /** The executor has no more iterations to start, whatever happens. */
  complete(): void {
    this.#isComplete = true
    this.endIfDone()
  }

  /** Counts iterations that should have been started and were not. */
  drop(count: number): void {
    if (count <= 0) return
    const { host } = this
    const tags = host.services.runTags
    const named = host.services.settings.systemTags.has('scenario') ? tags.with('scenario', this.plan.name) : tags
    host.services.registry.series(host.services.builtins.dropped_iterations, named).add(count)
    host.counters.addDropped(this.index, count)
  }

  iterationEnded(vu: ScenarioVu, outcome: Outcome, elapsed: number): void {
    const rest = this.host.minIterationDuration - elapsed
    if (rest > 0 && outcome !== 'interrupted' && !this.#isStopping) {
      this.after(rest, () => this.#executor.iterationEnded(vu, outcome))
      return
    }
    this.#executor.iterationEnded(vu, outcome)
  }

  /** Starts no more iterations; those that run may finish within the graceful stop. */
  stop(): void {
    if (this.#isStopping || this.#isEnded) return
    this.#isStopping = true
    this.host.counters.setState(this.index, ScenarioState.graceful)
    this.#executor.stop()
    this.#giveBackIdle()
    if (!this.endIfDone()) this.after(this.plan.gracefulStop, () => this.interrupt())
  }

  /** Cuts off whatever runs. */
  interrupt(): void {
    if (this.#isEnded) return
    if (!this.#isStopping) {
      this.#isStopping = true
      this.#executor.stop()
    }
    for (const vu of [...this.#working]) {
      if (vu.isBusy) {
        this.#wasInterrupted = true
        vu.loaded.vu.interrupt()
      }
    }
    this.#giveBackIdle()
    this.#isComplete = true
    this.endIfDone()
  }

  endIfDone(): boolean {
    if (this.#isEnded) return true
    if (this.#working.size > 0 || !(this.#isComplete || this.#isStopping)) return false
    this.#isEnded = true
    for (const timer of this.#timers) this.host.services.timers.cancel(timer)
    this.#timers.clear()
    this.#executor.ended?.()
    this.host.counters.setState(this.index, this.#wasInterrupted ? ScenarioState.interrupted : ScenarioState.done)
    this.#onEnd()
    return true
  }

  /** VUs that wait between iterations have nothing to wait for any more. */
  #giveBackIdle(): void {
    for (const vu of [...this.#working]) if (!vu.isBusy) this.deactivate(vu)
  }

  #start(): void {
    if (this.#isStopping) return
    this.host.counters.setState(this.index, ScenarioState.running)
    if (Number.isFinite(this.regularDuration)) this.after(this.regularDuration - this.elapsed, () => this.stop())
    this.#executor.start()
  }
}
