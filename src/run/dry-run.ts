/**
 * What `--dry-run` prints: the plan, its load over time, and the totals.
 *
 * Numbers in descriptions and totals are those of this instance's segment, numbers in charts those of the whole test.
 */
import { formatDuration } from '../base/duration.js'
import { largest } from '../base/largest.js'
import { describeScenario } from '../config/describe.js'
import type { TestPlan } from '../config/plan.js'
import { expectedIterations, loadAt } from '../plan/load.js'
import { isOpenModel, regularDuration, type Scenario } from '../plan/scenario.js'
import { Share } from '../plan/share.js'
import { drawChart } from '../terminal/chart.js'

export function drawPlan(plan: TestPlan): string {
  const share = Share.parse(plan.segment.segment, plan.segment.sequence)
  const scenarios = plan.scenarios.map((scenario) => `  * ${scenario.name}: ${describeScenario(scenario, share)}`)
  const open = plan.scenarios.filter(isOpenModel)
  const closed = plan.scenarios.filter((scenario) => !isOpenModel(scenario))
  const parts = [
    scenarios,
    ...(closed.length > 0 ? [chartOf('VUs', closed, plan.scenarios)] : []),
    ...(open.length > 0 ? [chartOf('iterations/s', open, plan.scenarios)] : []),
    totals(plan),
  ]
  return `\n${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

/** Charts of one plan share their time axis. */
function chartOf(title: string, scenarios: readonly Scenario[], all: readonly Scenario[]): string[] {
  const valueAt = (time: number): number => scenarios.reduce((sum, scenario) => sum + loadAt(scenario, time), 0)
  return drawChart({ title, duration: shownDuration(all), valueAt }).map((line) => `  ${line}`)
}

const SHOWN_OF_INFINITE = 60_000

/** Until the last regular end; a scenario without end is shown for a minute. */
function shownDuration(scenarios: readonly Scenario[]): number {
  const ends = scenarios.map((scenario) => {
    const duration = regularDuration(scenario)
    return scenario.startTime + (Number.isFinite(duration) ? duration : SHOWN_OF_INFINITE)
  })
  return Math.max(1, largest(ends))
}

function totals({ scenarios, totals }: TestPlan): string[] {
  const counts = scenarios.map(expectedIterations)
  const known = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
  const iterations = counts.every((count) => count === undefined)
    ? 'as many as fit'
    : counts.includes(undefined)
      ? `${known}, and as many as fit in the scenarios of looping VUs`
      : String(known)
  const duration = Number.isFinite(totals.duration)
    ? `at most ${formatDuration(totals.duration)}, graceful stop included`
    : 'until it is stopped'
  return [
    `  iterations  ${iterations}`,
    `  VUs         at most ${totals.maxVUs}, ${totals.plannedVUs} of them from the start`,
    `  duration    ${duration}`,
  ]
}
