/** The executor of a scenario, for the part of the test that one shard runs. */

import { loadAt } from '../plan/load.js'
import { scheduledVus } from '../plan/ramping-vus-plan.js'
import type { ConstantArrivalRateScenario, RampingArrivalRateScenario, Scenario } from '../plan/scenario.js'
import { constantSchedule, rampingSchedule, sharedSchedule } from '../plan/schedule.js'
import type { Share } from '../plan/share.js'
import { ConstantVus, PerVuIterations, SharedIterations } from './closed-model.js'
import { ExternallyControlled } from './externally-controlled.js'
import { ArrivalRate, type OpenModelPlan } from './open-model.js'
import { RampingVus } from './ramping-vus.js'
import type { Executor, ScenarioRun } from './scenario-run.js'

export interface Shares {
  /** What this instance runs of the whole test. */
  readonly instance: Share
  /** What this shard runs of it. */
  readonly shard: Share
}

type ExecutorFactory = (run: ScenarioRun) => Executor

/** Null when the shard has nothing to do for the scenario. */
export function executorFor(scenario: Scenario, { instance, shard }: Shares): ExecutorFactory | null {
  switch (scenario.executor) {
    case 'constant-vus': {
      const vus = shard.scale(scenario.vus)
      return vus === 0 ? null : (run) => new ConstantVus(run, vus)
    }
    case 'per-vu-iterations': {
      const vus = shard.scale(scenario.vus)
      return vus === 0 ? null : (run) => new PerVuIterations(run, vus, scenario.iterations)
    }
    case 'shared-iterations': {
      const vus = shard.scale(scenario.vus)
      const total = instance.resegment(scenario.vus)?.scale(scenario.iterations) ?? 0
      return vus === 0 || total === 0 ? null : (run) => new SharedIterations(run, vus, total)
    }
    case 'ramping-vus': {
      const steps = scheduledVus(scenario, shard)
      if (steps.every(({ vus }) => vus === 0)) return null
      return (run) => new RampingVus(run, steps, scenario.gracefulRampDown)
    }
    case 'constant-arrival-rate':
    case 'ramping-arrival-rate': {
      const plan = openModelPlan(scenario, { instance, shard })
      return plan === null ? null : (run) => new ArrivalRate(run, plan)
    }
    case 'externally-controlled':
      // Even a shard without VUs may get some when the scenario is scaled.
      return (run) => new ExternallyControlled(run, scenario, shard)
  }
}

/** Numbers within the instance of the iterations of a shard; null for a shard that starts none. */
export function numbersInInstance(
  scenario: ConstantArrivalRateScenario | RampingArrivalRateScenario,
  instance: Share,
  shard: Share,
): ((n: number) => number) | null {
  const outer = instance.resegment(scenario.maxVUs)
  const share = shard.resegment(scenario.maxVUs)
  return outer === null || share === null ? null : (n) => share.elementWithin(outer, n)
}

/** Iterations are divided as the most VUs are. Null for a share without VUs. */
function openModelPlan(
  scenario: ConstantArrivalRateScenario | RampingArrivalRateScenario,
  { instance, shard }: Shares,
): OpenModelPlan | null {
  const share = shard.resegment(scenario.maxVUs)
  const numberInInstance = numbersInInstance(scenario, instance, shard)
  if (share === null || numberInInstance === null) return null
  const isConstant = scenario.executor === 'constant-arrival-rate'
  return {
    schedule: sharedSchedule(isConstant ? constantSchedule(scenario) : rampingSchedule(scenario), share),
    numberInInstance,
    rateAt: (elapsed) => loadAt(scenario, scenario.startTime + elapsed) * share.fraction,
    preAllocatedVUs: shard.scale(scenario.preAllocatedVUs),
    maxVUs: shard.scale(scenario.maxVUs),
    instanceMaxVUs: instance.scale(scenario.maxVUs),
  }
}
