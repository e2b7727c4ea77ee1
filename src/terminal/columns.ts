/**
 * The columns to the right of a scenario's bar, by executor.
 *
 *   constant-vus           2 VUs      01.0s/10s
 *   ramping-vus            3/6 VUs    05.0s/23.0s
 *   shared-iterations      2 VUs      00m01.0s/10m0s   04/10 shared iters
 *   per-vu-iterations      2 VUs      00m01.0s/10m0s   04/20 iters, 10 per VU
 *   …-arrival-rate         02/10 VUs  05.0s/30s        10.00 iters/s
 *   not started            waiting    03.0s
 *
 * After the end there is only the total time, and a fixed number of VUs is that which the scenario had. A scenario that has dropped
 * iterations has one more column.
 */
import { formatDuration } from '../base/duration.js'
import { formatFixedDuration } from './fixed-duration.js'
import type { ScenarioProgress } from './progress-state.js'

export function scenarioColumns(scenario: ScenarioProgress): string[] {
  if (scenario.status === 'waiting') return ['waiting', formatFixedDuration(scenario.timeMs, scenario.totalMs)]
  const columns = [vusColumn(scenario), timeColumn(scenario)]
  if (scenario.iterations !== undefined) columns.push(iterationsColumn(scenario.executor, scenario.iterations))
  if (scenario.ratePerSecond !== undefined) columns.push(`${scenario.ratePerSecond.toFixed(2)} iters/s`)
  if (scenario.dropped !== undefined && scenario.dropped > 0) columns.push(`${scenario.dropped} dropped`)
  return columns
}

const PLAIN_VUS: ReadonlySet<string> = new Set(['constant-vus', 'shared-iterations', 'per-vu-iterations'])

function vusColumn({ executor, status, vus }: ScenarioProgress): string {
  const isOver = status === 'done' || status === 'interrupted'
  return PLAIN_VUS.has(executor) ? `${isOver ? vus.max : vus.active} VUs` : `${outOf(vus.active, vus.max)} VUs`
}

function timeColumn(scenario: ScenarioProgress): string {
  const { timeMs, totalMs } = scenario
  if (totalMs === Number.POSITIVE_INFINITY) return formatFixedDuration(timeMs, timeMs)
  const total = scenario.executor === 'ramping-vus' ? formatFixedDuration(totalMs, totalMs) : formatDuration(totalMs)
  const over = scenario.status === 'done' || scenario.status === 'interrupted'
  return over ? total : `${formatFixedDuration(Math.min(timeMs, totalMs), totalMs)}/${total}`
}

function iterationsColumn(executor: string, iterations: NonNullable<ScenarioProgress['iterations']>): string {
  const count = outOf(iterations.done, iterations.total)
  if (executor === 'shared-iterations') return `${count} shared iters`
  return iterations.perVu === undefined ? `${count} iters` : `${count} iters, ${iterations.perVu} per VU`
}

/** `04/10`: the first number as wide as the second. */
export function outOf(part: number, whole: number): string {
  const text = String(whole)
  return `${String(part).padStart(text.length, '0')}/${text}`
}
