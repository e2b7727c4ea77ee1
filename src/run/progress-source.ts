/** The state that the progress view shows, from the engine's counters and the run's own clock. */
import { monotonicClock } from '../base/clock.js'
import type { TestPlan } from '../config/plan.js'
import type { Engine } from '../engine/engine.js'
import { type EngineProgress, NOT_STARTED, type ScenarioCounters } from '../engine/progress.js'
import { isOpenModel, maxVusOf, regularDuration, type Scenario, ScenarioState } from '../plan/scenario.js'
import type {
  LiveFigures,
  ProgressState,
  ProgressStatus,
  ScenarioProgress,
  ScenarioStatus,
} from '../terminal/progress-state.js'

/** The figures that come from measurements and not from the engine's counters. */
export type FiguresOf = (iterations: EngineProgress['iterations']) => LiveFigures | undefined

export class ProgressSource {
  readonly #plan: TestPlan
  readonly #engine: Pick<Engine, 'progress'>
  /** What is going on; the run sets it. */
  status: ProgressStatus = { kind: 'step', label: 'Init', fraction: 0, text: '' }
  #startedAt: number | null = null
  #endedAt: number | null = null
  #pausedAt: number | null = null

  constructor(plan: TestPlan, engine: Pick<Engine, 'progress'>) {
    this.#plan = plan
    this.#engine = engine
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

  /** At the end the screen keeps how the scenarios went, and not the last step. */
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

  /** `notice`: something that the user must know while it lasts. */
  state(notice?: string, figures?: FiguresOf): ProgressState {
    const plan = this.#plan
    const { vus, iterations, scenarios } = this.#engine.progress()
    const shown = this.status.kind === 'running' ? figures?.(iterations) : undefined
    return {
      status: this.#status(vus),
      elapsedMs: this.#elapsed(),
      maxDurationMs: plan.totals.duration,
      vus: {
        active: vus.active,
        initialised: vus.initialized,
        max: plan.totals.maxVUs,
      },
      iterations,
      scenarios: plan.scenarios.map((scenario, index) => this.#scenario(scenario, scenarios[index] ?? NOT_STARTED)),
      ...(shown === undefined ? {} : { figures: shown }),
      ...(notice === undefined ? {} : { notice }),
    }
  }

  #status({ initialized }: EngineProgress['vus']): ProgressStatus {
    const { plannedVUs } = this.#plan.totals
    if (this.status.kind !== 'step' || this.status.text !== INITIALIZING) return this.status
    return {
      ...this.status,
      fraction: plannedVUs === 0 ? 1 : Math.min(1, initialized / plannedVUs),
      text: `${initialized}/${plannedVUs} VUs initialized`,
    }
  }

  /** When the scenarios began, on the run's clock, as if they had never been paused; null before that. */
  get startedAt(): number | null {
    return this.#startedAt
  }

  /** How long scenarios have run; undefined when none did. */
  get scenariosMs(): number | undefined {
    return this.#startedAt === null ? undefined : this.#elapsed()
  }

  #elapsed(): number {
    if (this.#startedAt === null) return 0
    return Math.max(0, (this.#endedAt ?? this.#pausedAt ?? monotonicClock.now()) - this.#startedAt)
  }

  #scenario(scenario: Scenario, counters: ScenarioCounters): ScenarioProgress {
    const elapsed = this.#elapsed() - scenario.startTime
    const status = STATUSES[counters.state]
    const total = regularDuration(scenario)
    const isOver = status === 'done' || status === 'interrupted'
    const iterations = iterationsOf(scenario, counters.iterations)
    const done = iterations === undefined ? elapsed / total : iterations.done / iterations.total
    return {
      name: scenario.name,
      executor: scenario.executor,
      status,
      fraction: isOver && status === 'done' ? 1 : Math.min(1, Math.max(0, done || 0)),
      timeMs: status === 'waiting' ? Math.max(0, -elapsed) : Math.min(Math.max(0, elapsed), total),
      totalMs: status === 'waiting' ? scenario.startTime : total,
      vus: { active: counters.activeVus, max: growsLive(scenario) ? counters.allocatedVus : maxVusOf(scenario) },
      ...(iterations === undefined ? {} : { iterations }),
      ...rateOf(scenario, counters.level),
      dropped: counters.dropped,
    }
  }
}

const STATUSES: Readonly<Record<ScenarioState, ScenarioStatus>> = {
  [ScenarioState.waiting]: 'waiting',
  [ScenarioState.running]: 'running',
  [ScenarioState.graceful]: 'graceful',
  [ScenarioState.done]: 'done',
  [ScenarioState.interrupted]: 'interrupted',
}

/** The text of the step that initialises VUs, whose progress is their number. */
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
