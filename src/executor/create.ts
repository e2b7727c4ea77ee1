/** The executor of a scenario, for the part of the test that one shard runs. */
import type { Scenario } from '../config/scenario.js'
import { ConstantVus, PerVuIterations, SharedIterations } from './closed-model.js'
import type { Executor, ScenarioRun } from './scenario-run.js'
import type { Share } from './share.js'

export interface Shares {
  /** What this instance runs of the whole test. */
  readonly instance: Share
  /** What this shard runs of it. */
  readonly shard: Share
}

/** Null when the shard has nothing to do for the scenario. */
export function executorFor(scenario: Scenario, { instance, shard }: Shares): ((run: ScenarioRun) => Executor) | null {
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
    default:
      throw new Error(`executor ${scenario.executor} is not supported yet`)
  }
}
