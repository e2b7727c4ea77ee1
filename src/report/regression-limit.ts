/**
 * `--fail-on`: how much worse than the baseline a run may be.
 *
 *   limit := [ metric ":" ] statistic (">" | "<") ("+" | "-") number "%"        p(95)>+10%     http_reqs:rate<-5%
 *
 * Without a metric it is about every metric that has the statistic. A metric that grew from zero is beyond any limit for growth that names it.
 *
 * Errors  SockeyeError ERR_INVALID_FLAG
 */
import { SockeyeError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { type Aggregation, aggregationName } from '../metrics/aggregation.js'
import type { MetricType } from '../metrics/metric.js'
import { parseTrendStat } from '../metrics/trend-stat.js'

export interface RegressionLimit {
  /** As it was given. */
  readonly text: string
  /** Null for every metric. */
  readonly metric: string | null
  readonly aggregation: Aggregation
  isAbout(metric: string, statistic: string): boolean
  isBeyond(value: LimitedValue): boolean
}

interface LimitedValue {
  readonly metric: string
  readonly statistic: string
  readonly baseline: number
  readonly candidate: number
  /** Relative; NaN when there is no ratio. */
  readonly change: number
}

type Metrics = ReadonlyMap<string, { readonly type: MetricType }>

const FORM = /^(?:(.+):)?\s*([a-z]+(?:\([\d.]+\))?)\s*([<>])\s*([+-]\d+(?:\.\d+)?)\s*%$/

export function parseRegressionLimit(text: string): RegressionLimit {
  const [, metric = null, statistic = '', operator, percent = ''] = FORM.exec(text.trim()) ?? []
  if (operator === undefined) throw invalid(text)
  const aggregation: Aggregation = statistic === 'rate' ? { method: 'rate' } : trendStat(statistic, text)
  const name = aggregationName(aggregation)
  const limit = Number(percent) / 100
  const isAbout = (ofMetric: string, ofStatistic: string): boolean =>
    (metric === null || metric === ofMetric) && name === ofStatistic
  return {
    text,
    metric,
    aggregation,
    isAbout,
    isBeyond: (value) => {
      const fromZero = metric !== null && value.baseline === 0 && value.candidate > 0
      const change = fromZero ? Number.POSITIVE_INFINITY : value.change
      return isAbout(value.metric, value.statistic) && (operator === '>' ? change > limit : change < limit)
    },
  }
}

/** What can have a limit, by the type of a metric. */
const LIMITED: Readonly<Record<MetricType, string>> = {
  counter: 'limits of counters are about their rate',
  gauge: 'gauges are shown and have no limits',
  rate: 'limits of rates are about their rate',
  trend: 'limits of trends are about avg, min, med, max, count or p(N)',
}

/** A limit that can never be crossed, because what it names is in neither result, would let everything pass. */
export function assertKnown(limits: readonly RegressionLimit[], baseline: Metrics, candidate: Metrics): void {
  for (const { text, metric, aggregation } of limits) {
    if (metric === null) continue
    const type = (candidate.get(metric) ?? baseline.get(metric))?.type
    if (type === undefined) {
      const guess = nearest(metric, [...new Set([...baseline.keys(), ...candidate.keys()])])
      throw unknown(
        `--fail-on "${text}" is about the metric "${metric}", which neither result has`,
        guess === undefined ? 'without --fail-on the table shows all that there are' : `did you mean ${guess}?`,
      )
    }
    if ((type === 'trend') === (aggregation.method === 'rate') || type === 'gauge')
      throw unknown(
        `--fail-on "${text}" is about ${aggregationName(aggregation)}, and "${metric}" is a ${type}`,
        LIMITED[type],
      )
  }
}

function trendStat(statistic: string, text: string): Aggregation {
  try {
    return parseTrendStat(statistic)
  } catch {
    throw invalid(text)
  }
}

function invalid(text: string): SockeyeError {
  return unknown(
    `--fail-on "${text}" cannot be understood`,
    "write a statistic, < or >, and a change: 'p(95)>+10%', 'http_reqs:rate<-5%'",
  )
}

function unknown(message: string, hint: string): SockeyeError {
  return new SockeyeError({ code: 'ERR_INVALID_FLAG', message, exitCode: 255, hint })
}
