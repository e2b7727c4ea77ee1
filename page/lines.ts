/** Turns time series into the lines of charts. A value that is not finite is null in the data, and a gap in a line. */
import type { Line } from './chart.js'
import {
  COUNTER,
  type Filter,
  find,
  GAUGE,
  type PageData,
  type PagePoint,
  type PageSeries,
  RATE,
  TREND,
} from './data.js'

const middle = ([offset, width]: PagePoint): number => (offset + width / 2) / 1000

/** What a counter or a rate counted, per second. Stretches of time without a point are zero, so that a line that begins late or stops shows it. */
export function rateLine(data: PageData, metric: string, filter: Filter, label = metric): Line[] {
  const series = find(data, metric, filter)
  return series === undefined ? [] : [perSecondLine(data, series, label)]
}

/** One value of each point: that at `index`, such as `GAUGE.max`. */
export function valueLine(data: PageData, metric: string, index: number, label = metric): Line[] {
  const series = find(data, metric, undefined)
  return series === undefined ? [] : [lineOf(series, index, label)]
}

export function shareLine(series: PageSeries, label: string): Line {
  return {
    label,
    values: series.points.map((point) => [middle(point), (point[RATE.nonZero] ?? 0) / (point[RATE.total] || 1)]),
  }
}

export function quantileLines(series: PageSeries): Line[] {
  return (['p50', 'p90', 'p95', 'p99', 'max'] as const).map((name) =>
    lineOf(series, TREND[name], name === 'p50' ? 'median' : name),
  )
}

function lineOf({ points }: PageSeries, index: number, label: string): Line {
  return { label, values: points.map((point) => [middle(point), point[index] ?? null]) }
}

/** The load that the options of the scenarios plan. Its label names them when it is not that of all. */
export function plannedLine({ result, state }: PageData, key: 'vus' | 'iterationRate'): Line[] {
  const planned = result.planned ?? []
  if (!planned.some((moment) => moment[key] > 0)) return []
  const until = state === 'running' ? Number.POSITIVE_INFINITY : result.durationMs
  const values = planned
    .filter(({ offset }) => offset <= until)
    .map((moment) => [moment.offset / 1000, moment[key]] as const)
  const { scenarios = [] } = result
  const some = scenarios.filter(({ ratePerSecond }) => (ratePerSecond === undefined) === (key === 'vus'))
  const isPart = some.length < scenarios.length
  return [{ label: isPart ? `planned for ${some.map(({ name }) => name).join(', ')}` : 'planned', values }]
}

/** The lines that suit the type of a series: amounts per second of a counter, quantiles of a trend. */
export function anyLines(data: PageData, series: PageSeries): Line[] {
  switch (series.type) {
    case 'counter':
      return [perSecondLine(data, series, 'per second')]
    case 'gauge':
      return [lineOf(series, GAUGE.value, 'value')]
    case 'rate':
      return [shareLine(series, 'share')]
    case 'trend':
      return quantileLines(series)
  }
}

function perSecondLine({ series: all }: PageData, { type, points }: PageSeries, label: string): Line {
  const index = type === 'rate' ? RATE.nonZero : COUNTER.sum
  const values = new Map(points.map((point) => [middle(point), perSecond(point[index], point[1])]))
  const known = new Set(points.map(([offset]) => offset))
  // The gauge `vus` has a point in every stretch of time of the run.
  const everyPoint = all.find(({ name }) => name === 'vus')?.points ?? []
  for (const point of everyPoint) if (!known.has(point[0])) values.set(middle(point), 0)
  return { label, values: [...values].sort(([a], [b]) => a - b) }
}

function perSecond(amount: number | null | undefined, widthMs: number): number | null {
  return typeof amount === 'number' ? (amount * 1000) / widthMs : null
}
