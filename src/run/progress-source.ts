/**
 * The state that the progress view shows, read from the memory that the shards share and from the run's own clock.
 */

import { monotonicClock } from '../base/clock.js'
import type { TestPlan } from '../config/plan.js'
import { Scenario as Cell, type ControlBlock, Shard } from '../engine/threads/control-block.js'
import { isOpenModel, maxVusOf, regularDuration, type Scenario } from '../plan/scenario.js'
import { ScenarioState } from '../plan/scenario-state.js'
import type { ProgressState, ProgressStatus, ScenarioProgress, ScenarioStatus } from '../terminal/progress-state.js'

export class ProgressSource {
  readonly #plan: TestPlan
  readonly #control: ControlBlock
  /** What is going on; the run sets it. */
  status: ProgressStatus = { kind: 'step', label: 'Init', fraction: 0, text: '' }
  notice: string | undefined
  #startedAt: number | null = null
  #endedAt: number | null = null
  #pausedAt: number | null = null

  constructor(plan: TestPlan, control: ControlBlock) {
    this.#plan = plan
    this.#control = control
  }

  /** The scenarios begin at this moment of the run's clock. */
  begin(startedAt: number): void {
    this.#startedAt = startedAt
    this.#pausedAt = null
    this.status = { kind: 'running' }
  }

  end(): void {
    this.#endedAt = this.#pausedAt ?? monotonicClock.now()
  }

  /** Everything is over: what stays on the screen is how the scenarios went, not the last step. */
  conclude(): void {
    if (this.#startedAt !== null) this.status = { kind: 'running' }
  }

  /** The scenarios stand still, and so does their time. */
  pause(): void {
    this.#pausedAt = monotonicClock.now()
    this.status = { kind: 'paused' }
  }

  resume(): void {
    if (this.#startedAt !== null && this.#pausedAt !== null) this.#startedAt += monotonicClock.now() - this.#pausedAt
    this.#pausedAt = null
    this.status = { kind: 'running' }
  }

  state(): ProgressState {
    const control = this.#control
    const { plan } = { plan: this.#plan }
    return {
      status: this.#status(),
      elapsedMs: this.#elapsed(),
      maxDurationMs: plan.totals.duration,
      vus: {
        active: control.sumShards(Shard.vusActive),
        initialised: control.sumShards(Shard.vusInitialized),
        max: plan.totals.maxVUs,
      },
      iterations: {
        complete: control.sumShards(Shard.completed),
        interrupted: control.sumShards(Shard.interrupted),
      },
      scenarios: plan.scenarios.map((scenario, index) => this.#scenario(scenario, index)),
      ...(this.notice === undefined ? {} : { notice: this.notice }),
    }
  }

  #status(): ProgressStatus {
    const { plannedVUs } = this.#plan.totals
    if (this.status.kind !== 'step' || this.status.text !== INITIALIZING) return this.status
    const initialized = this.#control.sumShards(Shard.vusInitialized)
    return {
      ...this.status,
      fraction: plannedVUs === 0 ? 1 : Math.min(1, initialized / plannedVUs),
      text: `${initialized}/${plannedVUs} VUs initialized`,
    }
  }

  #elapsed(): number {
    if (this.#startedAt === null) return 0
    return Math.max(0, (this.#endedAt ?? this.#pausedAt ?? monotonicClock.now()) - this.#startedAt)
  }

  #scenario(scenario: Scenario, index: number): ScenarioProgress {
    const control = this.#control
    const elapsed = this.#elapsed() - scenario.startTime
    const status = this.#scenarioStatus(index)
    const total = regularDuration(scenario)
    const isOver = status === 'done' || status === 'interrupted'
    const active = control.sumScenario(index, Cell.activeVus)
    const iterations = iterationsOf(scenario, control.sumScenario(index, Cell.iterations))
    const done = iterations === undefined ? elapsed / total : iterations.done / iterations.total
    return {
      name: scenario.name,
      executor: scenario.executor,
      status,
      fraction: isOver && status === 'done' ? 1 : Math.min(1, Math.max(0, done || 0)),
      timeMs: status === 'waiting' ? Math.max(0, -elapsed) : Math.min(Math.max(0, elapsed), total),
      totalMs: status === 'waiting' ? scenario.startTime : total,
      vus: { active, max: growsLive(scenario) ? control.sumScenario(index, Cell.allocatedVus) : maxVusOf(scenario) },
      ...(iterations === undefined ? {} : { iterations }),
      ...rateOf(scenario, control.sumScenario(index, Cell.level)),
      dropped: control.sumScenario(index, Cell.dropped),
    }
  }

  /** The furthest of all shards, but done only when all are. */
  #scenarioStatus(index: number): ScenarioStatus {
    const states = Array.from({ length: this.#control.shards }, (_, shard) =>
      this.#control.getScenario(shard, index, Cell.state),
    )
    if (states.every((state) => state >= ScenarioState.done)) {
      return states.includes(ScenarioState.interrupted) ? 'interrupted' : 'done'
    }
    if (states.includes(ScenarioState.graceful)) return 'graceful'
    return states.some((state) => state === ScenarioState.running) ? 'running' : 'waiting'
  }
}

/** The text of a step whose progress is the number of VUs. */
export const INITIALIZING = 'Init VUs...'

function iterationsOf(scenario: Scenario, done: number): ScenarioProgress['iterations'] {
  switch (scenario.executor) {
    case 'shared-iterations':
      return { done, total: scenario.iterations }
    case 'per-vu-iterations':
      return { done, total: scenario.iterations * scenario.vus, perVu: scenario.iterations }
    default:
      return undefined
  }
}

/** Whether more VUs may join while it runs. */
function growsLive(scenario: Scenario): boolean {
  return isOpenModel(scenario) || scenario.executor === 'externally-controlled'
}

function rateOf(scenario: Scenario, level: number): { ratePerSecond?: number } {
  return isOpenModel(scenario) ? { ratePerSecond: level } : {}
}
