/**
 * The load that a scenario is meant to bring at a moment: how many VUs loop, or how many iterations start each second. For looking
 * at a plan; executors follow the exact schedules.
 *
 * Units  milliseconds since the execution phase began; numbers are those of the whole test
 */
import { regularDuration, type Scenario } from './scenario.js'
import { constantSchedule, rampingSchedule, type Stage } from './schedule.js'

/** VUs, or iterations per second in the open model; 0 outside its regular duration. */
export function loadAt(scenario: Scenario, time: number): number {
  const elapsed = time - scenario.startTime
  if (elapsed < 0 || elapsed >= regularDuration(scenario)) return 0
  switch (scenario.executor) {
    case 'shared-iterations':
    case 'per-vu-iterations':
    case 'constant-vus':
    case 'externally-controlled':
      return scenario.vus
    case 'ramping-vus':
      return levelAt(scenario.startVUs, scenario.stages, elapsed)
    case 'constant-arrival-rate':
      return (scenario.rate * 1000) / scenario.timeUnit
    case 'ramping-arrival-rate':
      return (levelAt(scenario.startRate, scenario.stages, elapsed) * 1000) / scenario.timeUnit
  }
}

function levelAt(start: number, stages: readonly Stage[], elapsed: number): number {
  let level = start
  let begin = 0
  for (const { duration, target } of stages) {
    if (elapsed < begin + duration) return level + ((target - level) * (elapsed - begin)) / duration
    begin += duration
    level = target
  }
  return level
}

/** How many iterations the scenario starts if all goes well; undefined when that depends on how long they take. */
export function expectedIterations(scenario: Scenario): number | undefined {
  switch (scenario.executor) {
    case 'shared-iterations':
      return scenario.iterations
    case 'per-vu-iterations':
      return scenario.vus * scenario.iterations
    case 'constant-arrival-rate':
      return constantSchedule(scenario).count
    case 'ramping-arrival-rate':
      return rampingSchedule(scenario).count
    case 'constant-vus':
    case 'ramping-vus':
    case 'externally-controlled':
      return undefined
  }
}
