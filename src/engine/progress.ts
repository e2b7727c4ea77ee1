/**
 * The counters of an engine at one moment, as plain data. Those of several engines can be added up.
 */
import { ScenarioState } from '../plan/scenario.js'

export interface EngineProgress {
  readonly vus: { readonly active: number; readonly initialized: number }
  /** `complete` includes `failed`. */
  readonly iterations: { readonly complete: number; readonly failed: number; readonly interrupted: number }
  readonly openWebSockets: number
  /** One for each scenario of the plan; empty before `prepare`. */
  readonly scenarios: readonly ScenarioCounters[]
}

export interface ScenarioCounters {
  readonly state: ScenarioState
  readonly activeVus: number
  /** Iterations that have ended: complete, failed or interrupted. */
  readonly iterations: number
  readonly dropped: number
  /** Iterations per second at the moment, or VUs wanted at the moment; that depends on the executor. */
  readonly level: number
  /** VUs initialised for this scenario alone (open model). */
  readonly allocatedVus: number
}

/** The counters of a scenario that has not started. */
export const NOT_STARTED: ScenarioCounters = {
  state: ScenarioState.waiting,
  activeVus: 0,
  iterations: 0,
  dropped: 0,
  level: 0,
  allocatedVus: 0,
}

/** The state of a scenario from its states in all parts: the most advanced one, but `done` only when it is done in all parts. */
export function stateOfAll(states: readonly ScenarioState[]): ScenarioState {
  if (states.every((state) => state >= ScenarioState.done)) {
    return states.includes(ScenarioState.interrupted) ? ScenarioState.interrupted : ScenarioState.done
  }
  if (states.includes(ScenarioState.graceful)) return ScenarioState.graceful
  return states.includes(ScenarioState.running) ? ScenarioState.running : ScenarioState.waiting
}
