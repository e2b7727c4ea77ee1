/**
 * Prepares an engine that takes over a part of a test from a lost engine: sets its counters to those of the lost one. Its shards then continue
 * from there, like a thread that replaces a dead one. Iterations that were due meanwhile count as dropped.
 */
import { numbersInInstance } from '../../executor/create.js'
import { isOpenModel, type Scenario, ScenarioState } from '../../plan/scenario.js'
import type { Share } from '../../plan/share.js'
import type { DoneWork } from '../workload.js'
import { type ControlBlock, ScenarioCell, SharedCell } from './control-block.js'

export interface ResumptionOptions {
  readonly control: ControlBlock
  readonly scenarios: readonly Scenario[]
  readonly instance: Share
  /** The share of each shard. */
  readonly shares: readonly Share[]
}

export function resume(done: readonly DoneWork[], { control, scenarios, instance, shares }: ResumptionOptions): void {
  scenarios.forEach((scenario, index) => {
    const { ended, dropped, isOver } = done[index] ?? { ended: 0, dropped: 0, isOver: false }
    control.addShared(index, SharedCell.taken, ended)
    decidedBy(scenario, ended + dropped, instance, shares).forEach((decided, shard) => {
      control.setScenario(shard, index, ScenarioCell.decided, decided)
      if (isOver) control.setScenario(shard, index, ScenarioCell.state, ScenarioState.done)
    })
  })
}

/** How many of the first `count` iterations of the instance belong to each shard. */
function decidedBy(scenario: Scenario, count: number, instance: Share, shares: readonly Share[]): number[] {
  if (scenario.executor === 'per-vu-iterations')
    return inProportion(
      count,
      shares.map((share) => share.scale(scenario.vus)),
    )
  if (!isOpenModel(scenario)) return shares.map(() => 0)
  return shares.map((share) => countBelow(count, numbersInInstance(scenario, instance, share)))
}

/** Divides `count` into whole numbers in proportion to `weights`. */
function inProportion(count: number, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let before = 0
  return weights.map((weight) => {
    const from = Math.floor((count * before) / (total || 1))
    before += weight
    return Math.floor((count * before) / (total || 1)) - from
  })
}

/** How many iterations of the shard have a number in the instance below `count`. Numbers grow, so binary search finds it. */
function countBelow(count: number, numberInInstance: ((n: number) => number) | null): number {
  if (numberInInstance === null) return 0
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (numberInInstance(middle) < count) low = middle + 1
    else high = middle
  }
  return low
}
