/**
 * Scenarios as the run uses them: checked, with every default filled in, and plain data that crosses threads.
 *
 * Units  milliseconds; VU counts and rates are those of the whole test, not of one segment
 */
import { largest } from '../base/largest.js'
import type { Stage } from './schedule.js'

interface ScenarioBase {
  readonly name: string
  /** After the start of the execution phase. */
  readonly startTime: number
  /** Time that running iterations get after the regular duration. */
  readonly gracefulStop: number
  /** Name of the exported function. */
  readonly exec: string
  readonly env: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
}

export interface SharedIterationsScenario extends ScenarioBase {
  readonly executor: 'shared-iterations'
  readonly vus: number
  readonly iterations: number
  readonly maxDuration: number
}

export interface PerVuIterationsScenario extends ScenarioBase {
  readonly executor: 'per-vu-iterations'
  readonly vus: number
  /** How many iterations each VU runs. */
  readonly iterations: number
  readonly maxDuration: number
}

export interface ConstantVusScenario extends ScenarioBase {
  readonly executor: 'constant-vus'
  readonly vus: number
  readonly duration: number
}

export interface RampingVusScenario extends ScenarioBase {
  readonly executor: 'ramping-vus'
  readonly startVUs: number
  readonly stages: readonly Stage[]
  readonly gracefulRampDown: number
}

export interface ConstantArrivalRateScenario extends ScenarioBase {
  readonly executor: 'constant-arrival-rate'
  /** Iterations per `timeUnit`. */
  readonly rate: number
  readonly timeUnit: number
  readonly duration: number
  readonly preAllocatedVUs: number
  readonly maxVUs: number
}

export interface RampingArrivalRateScenario extends ScenarioBase {
  readonly executor: 'ramping-arrival-rate'
  /** Iterations per `timeUnit`, as are the targets of the stages. */
  readonly startRate: number
  readonly timeUnit: number
  readonly stages: readonly Stage[]
  readonly preAllocatedVUs: number
  readonly maxVUs: number
}

export interface ExternallyControlledScenario extends ScenarioBase {
  readonly executor: 'externally-controlled'
  readonly vus: number
  readonly maxVUs: number
  /** Infinity when the test runs until it is stopped. */
  readonly duration: number
}

export type Scenario =
  | SharedIterationsScenario
  | PerVuIterationsScenario
  | ConstantVusScenario
  | RampingVusScenario
  | ConstantArrivalRateScenario
  | RampingArrivalRateScenario
  | ExternallyControlledScenario

export type ExecutorType = Scenario['executor']

export const EXECUTOR_TYPES: readonly ExecutorType[] = [
  'shared-iterations',
  'per-vu-iterations',
  'constant-vus',
  'ramping-vus',
  'constant-arrival-rate',
  'ramping-arrival-rate',
  'externally-controlled',
]

/** How long iterations may start: the longest time for executors that can end earlier. */
export function regularDuration(scenario: Scenario): number {
  switch (scenario.executor) {
    case 'shared-iterations':
    case 'per-vu-iterations':
      return scenario.maxDuration
    case 'ramping-vus':
    case 'ramping-arrival-rate':
      return scenario.stages.reduce((sum, { duration }) => sum + duration, 0)
    case 'constant-vus':
    case 'constant-arrival-rate':
    case 'externally-controlled':
      return scenario.duration
  }
}

/** True when iterations start on a schedule, whatever the target does. */
export function isOpenModel(scenario: Scenario): scenario is ConstantArrivalRateScenario | RampingArrivalRateScenario {
  return scenario.executor === 'constant-arrival-rate' || scenario.executor === 'ramping-arrival-rate'
}

/** The most VUs that the scenario may use, in the whole test. */
export function maxVusOf(scenario: Scenario): number {
  switch (scenario.executor) {
    case 'shared-iterations':
    case 'per-vu-iterations':
    case 'constant-vus':
      return scenario.vus
    case 'ramping-vus':
      return largest([scenario.startVUs, ...scenario.stages.map(({ target }) => target)])
    case 'constant-arrival-rate':
    case 'ramping-arrival-rate':
    case 'externally-controlled':
      return scenario.maxVUs
  }
}

/** Where a scenario stands on one shard. The numbers grow as it goes on; `done` and above have nothing more to start. */
export const ScenarioState = { waiting: 0, running: 1, graceful: 2, done: 3, interrupted: 4 } as const

export type ScenarioState = (typeof ScenarioState)[keyof typeof ScenarioState]
