/**
 * Checks the fields of a scenario, for each executor, with k6's messages, and fills in its defaults.
 *
 * Errors  none are thrown: complaints are collected. A scenario with complaints must not run
 * Source  docs/spec/runner.md §3.1 to §3.9
 */
import { formatDuration } from '../base/duration.js'
import type { Scenario } from '../plan/scenario.js'
import type { Stage } from '../plan/schedule.js'
import type { RawStage } from './form.js'
import type { Complaint, ScenarioFields } from './scenario-fields.js'

const GRACEFUL_STOP = 30_000
const MAX_DURATION = 600_000
const SHORTEST = 1000
const MAX_VUS = 100_000_000
/** Each start and stop of a VU is planned beforehand, which takes half a kilobyte. */
const MAX_PLANNED_CHANGES = 2_000_000

/** Notes a complaint when `isWrong` is true. */
type Complain = (isWrong: boolean, text: string, field?: string, hint?: string) => void

export function checkedScenario(name: string, fields: ScenarioFields, complaints: Complaint[]): Scenario {
  // A field whose value could not be read counts as missing here. It has a complaint already, and gets no second one.
  const unreadable = new Set(complaints.map(({ field }) => field))
  const complain: Complain = (isWrong, text, field, hint) => {
    if (isWrong && !unreadable.has(field)) complaints.push({ text, field, hint })
  }
  checkCommon(name, fields, complain)
  const base = {
    name,
    startTime: fields.startTime ?? 0,
    gracefulStop: fields.executor === 'externally-controlled' ? 0 : (fields.gracefulStop ?? GRACEFUL_STOP),
    exec: fields.exec ?? 'default',
    env: fields.env ?? {},
    tags: fields.tags ?? {},
  }
  switch (fields.executor) {
    case 'shared-iterations':
      return { ...base, executor: fields.executor, ...sharedIterations(fields, complain) }
    case 'per-vu-iterations':
      return { ...base, executor: fields.executor, ...perVuIterations(fields, complain) }
    case 'constant-vus':
      return { ...base, executor: fields.executor, ...constantVus(fields, complain) }
    case 'ramping-vus':
      return { ...base, executor: fields.executor, ...rampingVus(fields, complain) }
    case 'constant-arrival-rate':
      return { ...base, executor: fields.executor, ...constantArrivalRate(fields, complain) }
    case 'ramping-arrival-rate':
      return { ...base, executor: fields.executor, ...rampingArrivalRate(fields, complain) }
    case 'externally-controlled':
      return { ...base, executor: fields.executor, ...externallyControlled(fields, complain) }
  }
}

function checkCommon(
  name: string,
  { startTime = 0, gracefulStop = 0, exec }: ScenarioFields,
  complain: Complain,
): void {
  complain(name === '', "scenario name can't be empty")
  complain(
    name !== '' && !/^[0-9a-zA-Z_-]+$/.test(name),
    'the scenario name should contain only numbers, latin letters, underscores, and dashes',
  )
  complain(
    exec === '',
    'exec value cannot be empty',
    'exec',
    'name an exported function, or leave exec out for the default one',
  )
  complain(startTime < 0, "the startTime can't be negative", 'startTime')
  complain(gracefulStop < 0, "the gracefulStop timeout can't be negative", 'gracefulStop')
}

function sharedIterations({ vus = 1, iterations = 1, maxDuration = MAX_DURATION }: ScenarioFields, complain: Complain) {
  complain(vus <= 0, 'the number of VUs must be more than 0', 'vus')
  complain(
    iterations < vus,
    `the number of iterations (${iterations}) can't be less than the number of VUs (${vus})`,
    'iterations',
  )
  checkMaxDuration(maxDuration, complain)
  return { vus, iterations, maxDuration }
}

function perVuIterations({ vus = 1, iterations = 1, maxDuration = MAX_DURATION }: ScenarioFields, complain: Complain) {
  complain(vus <= 0, 'the number of VUs must be more than 0', 'vus')
  complain(iterations <= 0, 'the number of iterations must be more than 0', 'iterations')
  checkMaxDuration(maxDuration, complain)
  return { vus, iterations, maxDuration }
}

function checkMaxDuration(maxDuration: number, complain: Complain): void {
  complain(
    maxDuration < SHORTEST,
    `the maxDuration must be at least 1s, but is ${formatDuration(maxDuration)}`,
    'maxDuration',
  )
}

function constantVus({ vus = 1, duration }: ScenarioFields, complain: Complain) {
  complain(vus <= 0, 'the number of VUs must be more than 0', 'vus')
  return { vus, duration: checkedDuration(duration, complain) }
}

function checkedDuration(duration: number | undefined, complain: Complain): number {
  complain(duration === undefined, 'the duration is unspecified', 'duration', "for example duration: '30s'")
  complain(
    duration !== undefined && duration < SHORTEST,
    `the duration must be at least 1s, but is ${formatDuration(duration ?? 0)}`,
    'duration',
  )
  return duration ?? 0
}

function rampingVus({ startVUs = 1, stages, gracefulRampDown = GRACEFUL_STOP }: ScenarioFields, complain: Complain) {
  complain(startVUs < 0, "the number of start VUs can't be negative", 'startVUs')
  complain(
    startVUs <= 0 && stages !== undefined && stages.length > 0 && stages.every(({ target }) => (target ?? 0) <= 0),
    "either startVUs or one of the stages' target values must be greater than 0",
    'startVUs',
  )
  const checked = checkedStages(stages, complain)
  complain(startVUs > MAX_VUS, `the startVUs exceed max limit of ${MAX_VUS}`, 'startVUs')
  checked.forEach(({ target }, i) => {
    complain(target > MAX_VUS, `target for stage ${i + 1} exceeds max limit of ${MAX_VUS}`, 'stages')
  })
  const changes = vuChanges(startVUs, checked)
  complain(
    changes > MAX_PLANNED_CHANGES && startVUs <= MAX_VUS && checked.every(({ target }) => target <= MAX_VUS),
    `the stages start and stop VUs ${changes} times, and more than ${MAX_PLANNED_CHANGES} times cannot be planned`,
    'stages',
    'ramp to fewer VUs, or less often',
  )
  complain(gracefulRampDown < 0, "the gracefulRampDown timeout can't be negative", 'gracefulRampDown')
  return { startVUs, stages: checked, gracefulRampDown }
}

/** How often a VU starts or stops. */
function vuChanges(startVUs: number, stages: readonly Stage[]): number {
  let changes = startVUs
  let vus = startVUs
  for (const { target } of stages) {
    changes += Math.abs(target - vus)
    vus = target
  }
  return changes
}

function checkedStages(stages: readonly RawStage[] = [], complain: Complain): Stage[] {
  const example = "for example stages: [{ duration: '30s', target: 10 }]"
  complain(stages.length === 0, 'at least one stage has to be specified', 'stages', example)
  return stages.map(({ duration, target }, i) => {
    const n = i + 1
    complain(duration === null, `stage ${n} doesn't have a duration`, 'stages')
    complain(duration !== null && duration < 0, `the duration for stage ${n} can't be negative`, 'stages')
    complain(target === null, `stage ${n} doesn't have a target`, 'stages')
    complain(target !== null && target < 0, `the target for stage ${n} can't be negative`, 'stages')
    return { duration: duration ?? 0, target: target ?? 0 }
  })
}

function constantArrivalRate({ rate, timeUnit = 1000, ...rest }: ScenarioFields, complain: Complain) {
  const example = "use iterations per timeUnit, for example rate: 50, timeUnit: '1s'"
  complain(rate === undefined, "the iteration rate isn't specified", 'rate', example)
  complain(rate !== undefined && rate <= 0, 'the iteration rate must be more than 0', 'rate', example)
  checkTimeUnit(timeUnit, complain)
  const duration = checkedDuration(rest.duration, complain)
  return { rate: rate ?? 0, timeUnit, duration, ...arrivalVus(rest, complain) }
}

function rampingArrivalRate({ startRate = 0, timeUnit = 1000, stages, ...rest }: ScenarioFields, complain: Complain) {
  complain(startRate < 0, "the startRate value can't be negative", 'startRate')
  checkTimeUnit(timeUnit, complain)
  return { startRate, timeUnit, stages: checkedStages(stages, complain), ...arrivalVus(rest, complain) }
}

function checkTimeUnit(timeUnit: number, complain: Complain): void {
  complain(timeUnit <= 0, 'the timeUnit must be more than 0', 'timeUnit')
}

function arrivalVus({ preAllocatedVUs, maxVUs }: ScenarioFields, complain: Complain) {
  const example = 'as many as run at the same time: rate × seconds per iteration'
  complain(preAllocatedVUs === undefined, "the number of preAllocatedVUs isn't specified", 'preAllocatedVUs', example)
  const planned = preAllocatedVUs ?? 0
  complain(planned < 0, "the number of preAllocatedVUs can't be negative", 'preAllocatedVUs')
  const most = maxVUs ?? planned
  complain(most < planned, "maxVUs can't be less than preAllocatedVUs", 'maxVUs')
  return { preAllocatedVUs: planned, maxVUs: most }
}

function externallyControlled({ vus = 0, maxVUs = vus, duration, gracefulStop }: ScenarioFields, complain: Complain) {
  complain(
    gracefulStop !== undefined,
    'gracefulStop is not supported by the externally controlled executor',
    'gracefulStop',
  )
  complain(vus < 0, "the number of VUs can't be negative", 'vus')
  complain(
    maxVUs < vus,
    `the number of active VUs (${vus}) must be less than or equal to the number of maxVUs (${maxVUs})`,
    'maxVUs',
  )
  complain(duration === undefined, 'the duration must be specified, for infinite duration use 0', 'duration')
  complain(
    duration !== undefined && duration < 0,
    "the duration can't be negative, for infinite duration use 0",
    'duration',
  )
  return { vus, maxVUs, duration: duration === 0 ? Number.POSITIVE_INFINITY : (duration ?? 0) }
}
