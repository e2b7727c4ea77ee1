/** The plan of a test as a line that a view can draw beside what happened. */
import { largest } from '../base/largest.js'
import type { PlannedLoad } from '../output/run-result.js'
import { loadAt } from '../plan/load.js'
import { isOpenModel, regularDuration, type Scenario } from '../plan/scenario.js'

const STEPS = 200

/** @param begin when scenarios began, as the offset that the first point gets; undefined when none did */
export function plannedLoad(scenarios: readonly Scenario[], begin: number | undefined): PlannedLoad[] {
  if (begin === undefined) return []
  const end = largest(scenarios.map((scenario) => scenario.startTime + regularDuration(scenario)))
  return momentsOf(scenarios, end).map((time) => {
    const load = { offset: Math.round(begin + time), vus: 0, iterationRate: 0 }
    for (const scenario of scenarios) load[isOpenModel(scenario) ? 'iterationRate' : 'vus'] += loadAt(scenario, time)
    return load
  })
}

/** Evenly spread, and just before and at each start and end, where load jumps. */
function momentsOf(scenarios: readonly Scenario[], end: number): number[] {
  const moments = new Set<number>()
  for (let step = 0; step <= STEPS; step++) moments.add(Math.round((end * step) / STEPS))
  for (const scenario of scenarios) {
    for (const edge of [scenario.startTime, scenario.startTime + regularDuration(scenario)]) {
      if (edge > 0) moments.add(edge - 1)
      moments.add(edge)
    }
  }
  return [...moments].sort((a, b) => a - b)
}
