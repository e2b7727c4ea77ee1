/** Scenarios for tests: what a test does not name has the default of an option. */
import type {
  ConstantArrivalRateScenario,
  ConstantVusScenario,
  ExternallyControlledScenario,
  PerVuIterationsScenario,
  RampingArrivalRateScenario,
  RampingVusScenario,
  SharedIterationsScenario,
} from '../../src/plan/scenario.js'

type Common = 'name' | 'startTime' | 'gracefulStop' | 'exec' | 'env' | 'tags' | 'executor'
/** What must be given, and what may. */
type Given<T, Optional extends keyof T = never> = Omit<T, Common | Optional> & Partial<T>

const base = { name: 'test', startTime: 0, gracefulStop: 30_000, exec: 'default', env: {}, tags: {} }

export const sharedIterations = (plan: Given<SharedIterationsScenario, 'maxDuration'>): SharedIterationsScenario => ({
  ...base,
  maxDuration: 600_000,
  ...plan,
  executor: 'shared-iterations',
})

export const perVuIterations = (plan: Given<PerVuIterationsScenario, 'maxDuration'>): PerVuIterationsScenario => ({
  ...base,
  maxDuration: 600_000,
  ...plan,
  executor: 'per-vu-iterations',
})

export const constantVus = (plan: Given<ConstantVusScenario>): ConstantVusScenario => ({
  ...base,
  ...plan,
  executor: 'constant-vus',
})

export const rampingVus = (plan: Given<RampingVusScenario, 'gracefulRampDown' | 'startVUs'>): RampingVusScenario => ({
  ...base,
  startVUs: 1,
  gracefulRampDown: 30_000,
  ...plan,
  executor: 'ramping-vus',
})

export const constantArrivalRate = (
  plan: Given<ConstantArrivalRateScenario, 'timeUnit' | 'maxVUs'>,
): ConstantArrivalRateScenario => ({
  ...base,
  timeUnit: 1000,
  maxVUs: plan.preAllocatedVUs,
  ...plan,
  executor: 'constant-arrival-rate',
})

export const rampingArrivalRate = (
  plan: Given<RampingArrivalRateScenario, 'timeUnit' | 'maxVUs' | 'startRate'>,
): RampingArrivalRateScenario => ({
  ...base,
  startRate: 0,
  timeUnit: 1000,
  maxVUs: plan.preAllocatedVUs,
  ...plan,
  executor: 'ramping-arrival-rate',
})

export const externallyControlled = (
  plan: Given<ExternallyControlledScenario, 'duration'>,
): ExternallyControlledScenario => ({
  ...base,
  gracefulStop: 0,
  duration: Number.POSITIVE_INFINITY,
  ...plan,
  executor: 'externally-controlled',
})

export const stage = (seconds: number, target: number): { duration: number; target: number } => ({
  duration: seconds * 1000,
  target,
})
