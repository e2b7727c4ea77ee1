/**
 * Describes a scenario in one line, for the text at the start of a run: `3 looping VUs for 5s (gracefulStop: 30s)`. Numbers are those of the
 * share that this instance runs.
 *
 * Source  docs/spec/runner.md §3.1 (table), §3.9
 */
import { formatDuration } from '../base/duration.js'
import { largest } from '../base/largest.js'
import { maxVusOf, regularDuration, type Scenario } from '../plan/scenario.js'
import type { Share } from '../plan/share.js'

export function describeScenario(scenario: Scenario, share: Share): string {
  const { text, details } = describeExecutor(scenario, share)
  if (scenario.exec !== 'default') details.push(`exec: ${scenario.exec}`)
  if (scenario.startTime > 0) details.push(`startTime: ${formatDuration(scenario.startTime)}`)
  if (scenario.gracefulStop > 0) details.push(`gracefulStop: ${formatDuration(scenario.gracefulStop)}`)
  return details.length === 0 ? text : `${text} (${details.join(', ')})`
}

function describeExecutor(scenario: Scenario, share: Share): { text: string; details: string[] } {
  const length = formatDuration(regularDuration(scenario))
  switch (scenario.executor) {
    case 'shared-iterations': {
      const iterations = share.resegment(scenario.vus)?.scale(scenario.iterations) ?? 0
      const text = `${iterations} iterations shared among ${share.scale(scenario.vus)} VUs`
      return { text, details: [`maxDuration: ${length}`] }
    }
    case 'per-vu-iterations': {
      const text = `${scenario.iterations} iterations for each of ${share.scale(scenario.vus)} VUs`
      return { text, details: [`maxDuration: ${length}`] }
    }
    case 'constant-vus':
      return { text: `${share.scale(scenario.vus)} looping VUs for ${length}`, details: [] }
    case 'ramping-vus': {
      const text = `Up to ${share.scale(maxVusOf(scenario))} looping VUs for ${length} over ${scenario.stages.length} stages`
      const { gracefulRampDown } = scenario
      return { text, details: gracefulRampDown > 0 ? [`gracefulRampDown: ${formatDuration(gracefulRampDown)}`] : [] }
    }
    case 'constant-arrival-rate': {
      const text = `${perSecond(scenario.rate, scenario, share)} iterations/s for ${length}`
      return { text, details: [describeVus(scenario, share)] }
    }
    case 'ramping-arrival-rate': {
      const highest = largest([scenario.startRate, ...scenario.stages.map(({ target }) => target)])
      const rate = perSecond(highest, scenario, share)
      const text = `Up to ${rate} iterations/s for ${length} over ${scenario.stages.length} stages`
      return { text, details: [describeVus(scenario, share)] }
    }
    case 'externally-controlled': {
      const counts = `${share.scale(scenario.vus)} VUs, ${share.scale(scenario.maxVUs)} max VUs`
      const duration = Number.isFinite(scenario.duration) ? length : 'infinite'
      return { text: `Externally controlled execution with ${counts}, ${duration} duration`, details: [] }
    }
  }
}

interface ArrivalVus {
  readonly timeUnit: number
  readonly preAllocatedVUs: number
  readonly maxVUs: number
}

function perSecond(rate: number, { timeUnit, maxVUs }: ArrivalVus, share: Share): string {
  const fraction = share.resegment(maxVUs)?.fraction ?? 0
  return ((rate * fraction * 1000) / timeUnit).toFixed(2)
}

function describeVus({ preAllocatedVUs, maxVUs }: ArrivalVus, share: Share): string {
  const [least, most] = [share.scale(preAllocatedVUs), share.scale(maxVUs)]
  return `maxVUs: ${least === most ? most : `${least}-${most}`}`
}
