/** From time series to lines. */
import type { Line } from './chart.js'
import { type Filter, find, type PageData, type PagePoint, type PageSeries, TREND } from './data.js'

const middle = ([offset, width]: PagePoint): number => (offset + width / 2) / 1000

/** Per second. Where nothing was counted it was zero: a line that begins late or stops shows it. */
export function rateLine(data: PageData, metric: string, filter: Filter, label = metric): Line[] {
  const series = find(data, metric, filter)
  if (series === undefined) return []
  const amount = series.type === 'rate' ? 3 : series.type === 'trend' ? 2 : 3
  return [{ label, values: filled(data, series.points, (point) => ((point[amount] ?? 0) * 1000) / point[1]) }]
}

export function valueLine(
  data: PageData,
  metric: string,
  filter: Filter,
  index: number,
  label = metric,
  factor = 1,
): Line[] {
  const series = find(data, metric, filter)
  if (series === undefined) return []
  return [{ label, values: series.points.map((point) => [middle(point), (point[index] ?? 0) * factor]) }]
}

export function shareLine(series: PageSeries, label: string): Line {
  return { label, values: series.points.map((point) => [middle(point), (point[3] ?? 0) / (point[2] || 1)]) }
}

export function quantileLines(series: PageSeries): Line[] {
  return (['p50', 'p90', 'p95', 'p99', 'max'] as const).map((name) => ({
    label: name === 'p50' ? 'median' : name,
    values: series.points.map((point) => [middle(point), point[TREND[name]] ?? null]),
  }))
}

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

/** Any series, as what its type is. */
export function anyLines(data: PageData, series: PageSeries): Line[] {
  switch (series.type) {
    case 'counter':
      return [
        { label: 'per second', values: filled(data, series.points, (point) => ((point[3] ?? 0) * 1000) / point[1]) },
      ]
    case 'gauge':
      return [{ label: 'value', values: series.points.map((point) => [middle(point), point[2] ?? null]) }]
    case 'rate':
      return [shareLine(series, 'share')]
    case 'trend':
      return quantileLines(series)
  }
}

/** With zeros for the stretches in which there is no point, by the moments of the run's gauge, which has them all. */
function filled(
  { series }: PageData,
  points: readonly PagePoint[],
  amountOf: (point: PagePoint) => number,
): [number, number][] {
  const clock = series.find(({ name }) => name === 'vus')?.points ?? []
  const values = new Map(points.map((point) => [middle(point), amountOf(point)]))
  const known = new Set(points.map(([offset]) => offset))
  for (const point of clock) if (!known.has(point[0])) values.set(middle(point), 0)
  return [...values].sort(([a], [b]) => a - b)
}
