/**
 * What a test needs over time: the VUs that scenarios plan with, and those they may add, for any share of it.
 *
 * Shape   steps: from `time` on, `planned` VUs are in use or reserved and up to `unplanned` more may be added
 * Units   milliseconds since the execution phase began
 * Source  docs/spec/runner.md §3.1 (VU pool), §3.10 (last paragraph)
 */

import { largest } from '../base/largest.js'
import { reservedVus } from './ramping-vus-plan.js'
import { regularDuration, type Scenario } from './scenario.js'
import type { Share } from './share.js'

export interface RequirementStep {
  readonly time: number
  readonly planned: number
  readonly unplanned: number
}

export interface Requirements {
  readonly steps: readonly RequirementStep[]
  /** The most VUs planned at one time: how many to initialise before the test. */
  readonly plannedVUs: number
  /** The most VUs that can be there at one time. */
  readonly maxVUs: number
  /** Until the last grace period has passed; Infinity for a test that runs until it is stopped. */
  readonly totalDuration: number
}

/** The steps of one scenario, from its own start. Empty when the share has nothing to do. */
export function scenarioSteps(scenario: Scenario, share: Share): RequirementStep[] {
  switch (scenario.executor) {
    case 'shared-iterations':
    case 'per-vu-iterations':
    case 'constant-vus':
      return constantSteps(scenario, share.scale(scenario.vus), 0)
    case 'externally-controlled':
      return constantSteps(scenario, share.scale(scenario.maxVUs), 0)
    case 'constant-arrival-rate':
    case 'ramping-arrival-rate': {
      const planned = share.scale(scenario.preAllocatedVUs)
      return constantSteps(scenario, planned, share.scale(scenario.maxVUs) - planned)
    }
    case 'ramping-vus': {
      const steps = reservedVus(scenario, share)
      if (steps.every(({ vus }) => vus === 0)) return []
      return steps.map(({ time, vus }) => ({ time, planned: vus, unplanned: 0 }))
    }
  }
}

function constantSteps(scenario: Scenario, planned: number, unplanned: number): RequirementStep[] {
  if (planned + unplanned === 0) return []
  const end = regularDuration(scenario) + scenario.gracefulStop
  return [
    { time: 0, planned, unplanned },
    { time: end, planned: 0, unplanned: 0 },
  ]
}

/** The scenarios together: what they need at each moment is added up. */
export function requirementsOf(scenarios: readonly Scenario[], share: Share): Requirements {
  const changes = scenarios.flatMap((scenario) => changesOf(scenario, share)).sort((a, b) => a.time - b.time)
  const steps: RequirementStep[] = []
  let planned = 0
  let unplanned = 0
  let mostPlanned = 0
  let most = 0
  for (const change of changes) {
    planned += change.planned
    unplanned += change.unplanned
    if (change.isPassing) {
      mostPlanned = Math.max(mostPlanned, planned)
      most = Math.max(most, planned + unplanned)
    }
    if (steps[steps.length - 1]?.time === change.time) steps.pop()
    steps.push({ time: change.time, planned, unplanned })
  }
  return {
    steps,
    plannedVUs: largest([mostPlanned, ...steps.map((step) => step.planned)]),
    maxVUs: largest([most, ...steps.map((step) => step.planned + step.unplanned)]),
    totalDuration: steps[steps.length - 1]?.time ?? 0,
  }
}

/** `isPassing`: the next change comes at the same moment, so what this one leads to lasts no time. */
interface Change extends RequirementStep {
  readonly isPassing: boolean
}

/** The differences between neighbouring steps, on the clock of the whole test. */
function changesOf(scenario: Scenario, share: Share): Change[] {
  return scenarioSteps(scenario, share).map((step, i, steps) => ({
    time: step.time + scenario.startTime,
    planned: step.planned - (steps[i - 1]?.planned ?? 0),
    unplanned: step.unplanned - (steps[i - 1]?.unplanned ?? 0),
    isPassing: steps[i + 1]?.time === step.time,
  }))
}
