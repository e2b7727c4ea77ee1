/** Figures of a result as reports write them: JUnit, GitHub, Markdown and the page of a run. */
import { humanize, humanizeRate } from '../summary/humanize.js'
import type { MetricOutcome, ThresholdOutcome } from './run-result.js'

const UNITS = { default: '', time: 'ms', data: ' B' } as const

/**
 * What a threshold compared with its limit, in the unit of the limit: `312.5ms`. It is rounded, but stays on its side of the limit: 200.004
 * is never written as 200 where 200 is the limit.
 */
export function observedText(
  { metric, source, value, limit }: ThresholdOutcome,
  metrics: readonly MetricOutcome[],
): string {
  if (value === null) return 'no samples'
  // The parts of a metric have its type.
  const whole = metric.replace(/\{.*/, '')
  const { type, contains } = metrics.find(({ name }) => name === whole) ?? { type: 'rate', contains: 'default' }
  const perSecond = type === 'counter' && source.trim().startsWith('rate') ? '/s' : ''
  return rounded(value, limit) + (type === 'rate' ? '' : UNITS[contains]) + perSecond
}

/** Four digits, or as many more as it takes. */
function rounded(value: number, limit: number): string {
  if (Number.isInteger(value)) return String(value)
  const side = Math.sign(value - limit)
  for (let digits = 4; digits < 17; digits++) {
    const shorter = Number(value.toPrecision(digits))
    if (Math.sign(shorter - limit) === side) return String(shorter)
  }
  return String(value)
}

/** The values of a metric with their units: `[['avg', '1.2ms'], ['p(95)', '3ms']]`, `[['count', '2'], ['rate', '1/s']]`. */
export function valueTexts({ type, contains, values }: MetricOutcome): [key: string, text: string][] {
  return Object.entries(values).map(([key, value]) => {
    // JSON has no infinity: in a result file it is null.
    if (!Number.isFinite(value)) return [key, '–']
    if (type === 'rate' && key === 'rate') return [key, humanizeRate(value)]
    const isCount = (type === 'trend' && key === 'count') || (type === 'counter' && contains === 'time')
    const text = humanize(value, isCount ? 'default' : contains, null)
    return [key, type === 'counter' && key === 'rate' ? `${text}/s` : text]
  })
}
