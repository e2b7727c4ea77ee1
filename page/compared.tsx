/** The run against another one: what differs by more than noise first, with charts of both. */
import { useState } from 'preact/hooks'
import { Chart } from './chart.js'
import { unitOf, WORK } from './charts.js'
import { find, latencies, type PageBaseline, type PageData, type PageSeries, TREND } from './data.js'
import { format, time } from './format.js'
import { anyLines, valueLine } from './lines.js'
import { Table } from './tables.js'

type Row = PageBaseline['comparison']['rows'][number]

/** Of charts and of rows that are there at once; rows that differ always are. */
const [FEW_CHARTS, FEW_ROWS] = [4, 6]

interface Props {
  readonly data: PageData
  readonly baseline: PageBaseline
  readonly theme: string
}

export function Compared({ data, baseline, theme }: Props) {
  const [showsAll, setShowsAll] = useState(false)
  const { comparison } = baseline
  const { missing, added } = comparison
  const main = [latencies(data)[0]?.name, ...WORK, 'iterations', 'checks', 'http_req_failed']
  const place = ({ metric }: Row): number => (main.includes(metric) ? main.indexOf(metric) : main.length)
  const rows = [...comparison.rows].sort((a, b) => rank(a) - rank(b) || place(a) - place(b))
  const charted = [...new Set(rows.map(({ metric }) => metric))]
  const shown = showsAll ? charted : charted.slice(0, FEW_CHARTS)
  const telling = rows.filter((row) => rank(row) < 2).length
  const listed = showsAll ? rows : rows.slice(0, Math.max(telling, FEW_ROWS))
  return (
    <section>
      <h2>Compared with {comparison.baseline.path}</h2>
      <p>
        {verdictOf(rows)} The baseline is {comparison.baseline.script} of {time(comparison.baseline.startedAt)},{' '}
        {comparison.baseline.verdict}.{missing.length > 0 && ` Only in the baseline: ${missing.join(', ')}.`}
        {added.length > 0 && ` Only in this run: ${added.join(', ')}.`}
      </p>
      <Table
        label="Comparison"
        head={['metric', 'statistic', '#baseline', '#this run', '#change', 'difference']}
        rows={listed.map((row) => [
          <code key="metric">{row.metric}</code>,
          row.statistic,
          valueText(row.baseline, row, data),
          valueText(row.candidate, row, data),
          changeText(row.change),
          differenceText(row),
        ])}
      />
      <div class="charts">
        {shown.map((metric) => (
          <Both key={metric} metric={metric} data={data} baseline={baseline} theme={theme} />
        ))}
      </div>
      {(charted.length > FEW_CHARTS || rows.length > listed.length) && (
        <p>
          <button type="button" onClick={() => setShowsAll(!showsAll)} aria-expanded={showsAll}>
            {showsAll ? 'What differs alone' : `All ${rows.length} values, with charts`}
          </button>
        </p>
      )}
    </section>
  )
}

function Both({ metric, data, baseline, theme }: Props & { readonly metric: string }) {
  const [now, before] = [find(data, metric, undefined), baseline.series.find(({ name }) => name === metric)]
  if (now === undefined || before === undefined) return null
  const lines = [
    { ...mainLine(data, now), label: 'this run' },
    { ...mainLine({ ...data, series: baseline.series }, before), label: 'baseline' },
  ]
  const what = now.type === 'trend' ? 'p95' : now.type === 'counter' ? 'per second' : ''
  const end = data.result.durationMs / 1000
  return <Chart title={`${metric} ${what}`} unit={unitOf(now)} lines={lines} end={end} theme={theme} />
}

function mainLine(data: PageData, series: PageSeries) {
  const [line = { label: '', values: [] }] =
    series.type === 'trend' ? valueLine(data, series.name, undefined, TREND.p95) : anyLines(data, series)
  return line
}

/** Regressions, then what differs, then what was tested. */
function rank({ isRegression, isSignificant }: Row): number {
  return isRegression ? 0 : isSignificant === true ? 1 : isSignificant === false ? 2 : 3
}

function verdictOf(rows: readonly Row[]): string {
  const tested = rows.filter(({ isSignificant }) => isSignificant !== undefined)
  const differing = tested.filter(({ isSignificant }) => isSignificant === true)
  if (tested.length === 0) return 'The runs are too short to tell differences from noise.'
  return `${differing.length} of ${tested.length} tested values differ by more than noise.`
}

function differenceText({ isSignificant, isRegression }: Row): string {
  if (isRegression) return 'regression'
  if (isSignificant === undefined) return 'not tested'
  return isSignificant ? '≠ differs' : '≈ noise'
}

export function changeText(change: number | null): string {
  // NaN is null in JSON.
  if (change === null || Number.isNaN(change)) return '–'
  return `${change > 0 ? '+' : ''}${(change * 100).toFixed(Math.abs(change) < 0.1 ? 1 : 0)} %`
}

function valueText(value: number, { metric, contains, statistic }: Row, { series }: PageData): string {
  if (statistic !== 'rate')
    return format(value, contains === 'data' ? 'bytes' : contains === 'time' ? 'time' : 'number')
  if (series.find(({ name }) => name === metric)?.type === 'rate') return format(value, 'share')
  return `${format(value, contains === 'data' ? 'bytes' : 'number')}/s`
}
