/**
 * The columns of trends in a summary, `summaryTrendStats`: avg, min, med, max, count and p(N).
 *
 * Errors  SockeyeError ERR_TREND_STAT with k6's texts, exit code 255
 * Source  docs/spec/runner.md 2
 */
import { SockeyeError } from '../base/errors.js'
import type { Aggregation } from './aggregation.js'

export const DEFAULT_TREND_STATS = ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)'] as const

export function parseTrendStat(text: string): Aggregation {
  if (text === 'avg' || text === 'min' || text === 'med' || text === 'max' || text === 'count') return { method: text }
  const inside = /^p\((.*)\)$/.exec(text)?.[1]
  if (inside === undefined) throw invalid(`invalid trend stat '${text}', unknown format`)
  const percentile = inside.trim() === '' ? Number.NaN : Number(inside)
  if (!(percentile >= 0 && percentile <= 100)) {
    throw invalid(`invalid percentile trend stat value '${text}', provide a number between 0 and 100`)
  }
  return { method: 'p', percentile }
}

function invalid(message: string): SockeyeError {
  return new SockeyeError({
    message,
    code: 'ERR_TREND_STAT',
    exitCode: 255,
    hint: "summaryTrendStats may hold avg, min, med, max, count and percentiles such as 'p(99.9)'",
  })
}
