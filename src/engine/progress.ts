/**
 * How far an engine has come: a snapshot of counters as plain data, which add up over its parts and over several engines.
 */
import { ScenarioState } from '../plan/scenario.js'

export interface EngineProgress {
  readonly vus: { readonly active: number; readonly initialized: number }
  /** `failed` ones are among the complete ones. */
  readonly iterations: { readonly complete: number; readonly failed: number; readonly interrupted: number }
  readonly openWebSockets: number
  /** By the number of the scenario; none before `prepare`. */
  readonly scenarios: readonly ScenarioCounters[]
}

export interface ScenarioCounters {
  readonly state: ScenarioState
  readonly activeVus: number
  /** Iterations that ended, whichever way. */
  readonly iterations: number
  readonly dropped: number
  /** Executor specific: iterations per second at the moment, or VUs wanted. */
  readonly level: number
  /** VUs initialised for this scenario alone (open model). */
  readonly allocatedVus: number
}

/** A scenario of which nothing is known yet. */
export const NOT_STARTED: ScenarioCounters = {
  state: ScenarioState.waiting,
  activeVus: 0,
  iterations: 0,
  dropped: 0,
  level: 0,
  allocatedVus: 0,
}

/** The furthest of all parts, but over only when it is over on all of them. */
export function stateOfAll(states: readonly ScenarioState[]): ScenarioState {
  if (states.every((state) => state >= ScenarioState.done)) {
    return states.includes(ScenarioState.interrupted) ? ScenarioState.interrupted : ScenarioState.done
  }
  if (states.includes(ScenarioState.graceful)) return ScenarioState.graceful
  return states.includes(ScenarioState.running) ? ScenarioState.running : ScenarioState.waiting
}
