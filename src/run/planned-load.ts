/** The planned load of a test over time, which a view can draw beside what happened. */
import { largest } from '../base/largest.js'
import type { PlannedLoad } from '../output/run-result.js'
import { loadAt } from '../plan/load.js'
import { isOpenModel, regularDuration, type Scenario } from '../plan/scenario.js'

const STEPS = 200

/**
 * @param begin when scenarios began, in ms of the test; undefined when none did
 * @param duration how long the test has run, in ms: a plan without end is shown until then
 */
export function plannedLoad(
  scenarios: readonly Scenario[],
  begin: number | undefined,
  duration: number,
): PlannedLoad[] {
  if (begin === undefined) return []
  const planned = largest(scenarios.map((scenario) => scenario.startTime + regularDuration(scenario)))
  const end = Number.isFinite(planned) ? planned : Math.max(0, duration - begin)
  return momentsOf(scenarios, end).map((time) => {
    const load = { offset: Math.round(begin + time), vus: 0, iterationRate: 0 }
    for (const scenario of scenarios) load[isOpenModel(scenario) ? 'iterationRate' : 'vus'] += loadAt(scenario, time)
    return load
  })
}

/** The moments of the points: evenly spread, and just before and at each start and end of a scenario, where the load jumps. */
function momentsOf(scenarios: readonly Scenario[], end: number): number[] {
  const moments = new Set<number>()
  for (let step = 0; step <= STEPS; step++) moments.add(Math.round((end * step) / STEPS))
  for (const scenario of scenarios) {
    for (const edge of [scenario.startTime, scenario.startTime + regularDuration(scenario)]) {
      if (edge > end) continue
      if (edge > 0) moments.add(edge - 1)
      moments.add(edge)
    }
  }
  return [...moments].sort((a, b) => a - b)
}
