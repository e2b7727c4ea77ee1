/** How much several runs of the same test differ, for `--repeat`. */
import { type Aggregation, aggregate, aggregationName } from '../metrics/aggregation.js'
import { tableLines } from '../terminal/table.js'
import { type ResultFile, wholeOf } from './result-file.js'

export interface SpreadRow {
  readonly metric: string
  readonly statistic: string
  readonly min: number
  readonly median: number
  readonly max: number
  /** The standard deviation divided by the mean. */
  readonly variation: number
}

const STATISTICS: Readonly<Record<'counter' | 'rate' | 'trend', readonly Aggregation[]>> = {
  counter: [{ method: 'rate' }],
  rate: [{ method: 'rate' }],
  trend: [{ method: 'med' }, { method: 'p', percentile: 95 }],
}

export function spreadOf(files: readonly ResultFile[]): SpreadRow[] {
  const [first] = files
  if (first === undefined) return []
  return first.series
    .filter(({ name, tags }) => tags === undefined && !name.startsWith('generator_'))
    .flatMap(({ name, type }) =>
      type === 'gauge' ? [] : STATISTICS[type].map((aggregation) => rowOf(name, aggregation, files)),
    )
}

export function renderSpread(rows: readonly SpreadRow[], runs: number): string {
  const cells = [
    ['metric', '', 'min', 'median', 'max', 'variation'],
    ...rows.map(({ metric, statistic, min, median, max, variation }) => [
      metric,
      statistic,
      ...[min, median, max].map((value) => String(Number(value.toPrecision(4)))),
      `${(variation * 100).toFixed(1)} %`,
    ]),
  ]
  const lines = tableLines(cells, (column) => column >= 2)
  return `\n${runs} runs\n\n${lines.join('\n')}\n\n`
}

function rowOf(metric: string, aggregation: Aggregation, files: readonly ResultFile[]): SpreadRow {
  const values = files
    .flatMap((file) => {
      const series = file.series.find(({ name }) => name === metric)
      return series === undefined ? [] : [aggregate(wholeOf(series), aggregation, file.durationMs)]
    })
    .sort((a, b) => a - b)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1)
  const middle = (values.length - 1) / 2
  return {
    metric,
    statistic: aggregationName(aggregation),
    min: values[0] as number,
    median: ((values[Math.floor(middle)] as number) + (values[Math.ceil(middle)] as number)) / 2,
    max: values.at(-1) as number,
    variation: mean === 0 ? 0 : Math.sqrt(variance) / Math.abs(mean),
  }
}
