/**
 * `--fail-on`: how much worse than the baseline a run may be.
 *
 *   limit := [ metric ":" ] statistic (">" | "<") ("+" | "-") number "%"        p(95)>+10%     http_reqs:rate<-5%
 *
 * Without a metric it is about every metric that has the statistic.
 *
 * Errors  SockeyeError ERR_INVALID_FLAG
 */
import { SockeyeError } from '../base/errors.js'
import { type Aggregation, aggregationName } from '../metrics/aggregation.js'
import { parseTrendStat } from '../metrics/trend-stat.js'

export interface RegressionLimit {
  /** Null for every metric. */
  readonly metric: string | null
  readonly aggregation: Aggregation
  /** `change` is relative. */
  isBeyond(metric: string, statistic: string, change: number): boolean
}

const FORM = /^(?:(.+):)?\s*([a-z]+(?:\([\d.]+\))?)\s*([<>])\s*([+-]\d+(?:\.\d+)?)\s*%$/

export function parseRegressionLimit(text: string): RegressionLimit {
  const [, metric = null, statistic = '', operator, percent = ''] = FORM.exec(text.trim()) ?? []
  if (operator === undefined) throw invalid(text)
  const aggregation: Aggregation = statistic === 'rate' ? { method: 'rate' } : trendStat(statistic, text)
  const name = aggregationName(aggregation)
  const limit = Number(percent) / 100
  return {
    metric,
    aggregation,
    isBeyond: (ofMetric, ofStatistic, change) =>
      (metric === null || metric === ofMetric) &&
      name === ofStatistic &&
      (operator === '>' ? change > limit : change < limit),
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
  return new SockeyeError({
    code: 'ERR_INVALID_FLAG',
    message: `--fail-on "${text}" cannot be understood`,
    exitCode: 255,
    hint: "write a statistic, < or >, and a change: 'p(95)>+10%', 'http_reqs:rate<-5%'",
  })
}
