/** The comparison with another run: a table, in which what differs by more than noise comes first, and charts of both runs. */
import { useState } from 'preact/hooks'
import { changeText, resemblanceOf } from '../src/report/render-comparison.js'
import { Chart } from './chart.js'
import { unitOf, WORK } from './charts.js'
import { find, latencies, type PageBaseline, type PageData, type PageSeries, TREND } from './data.js'
import { format, time, unitOfKind } from './format.js'
import { anyLines, valueLine } from './lines.js'
import { Table } from './tables.js'

type Row = PageBaseline['comparison']['rows'][number]

/** How many charts and rows are shown at first. Rows that differ are shown however many they are. */
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
  const differing = rows.filter((row) => rank(row) < 2).length
  const listed = showsAll ? rows : rows.slice(0, Math.max(differing, FEW_ROWS))
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
            {showsAll ? 'Fewer values' : `All ${rows.length} values, with charts`}
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
    series.type === 'trend' ? valueLine(data, series.name, TREND.p95) : anyLines(data, series)
  return line
}

/** The order of rows: regressions, then what differs, then what is noise, then what was not tested. */
function rank({ isRegression, isSignificant }: Row): number {
  return isRegression ? 0 : isSignificant === true ? 1 : isSignificant === false ? 2 : 3
}

function verdictOf(rows: readonly Row[]): string {
  const tested = rows.filter(({ isSignificant }) => isSignificant !== undefined)
  const differing = tested.filter(({ isSignificant }) => isSignificant === true)
  if (tested.length === 0) return 'The runs are too short to tell differences from noise.'
  return `${differing.length} of ${tested.length} tested values differ by more than noise.`
}

function differenceText({ change, isSignificant, isRegression }: Row): string {
  if (isRegression) return 'regression'
  if (isSignificant === undefined) return 'not tested'
  return isSignificant ? '≠ differs' : resemblanceOf(change) === 'noise' ? '≈ noise' : '? unclear'
}

function valueText(value: number, { metric, contains, statistic }: Row, { series }: PageData): string {
  if (statistic !== 'rate') return format(value, unitOfKind(contains))
  if (series.find(({ name }) => name === metric)?.type === 'rate') return format(value, 'share')
  return `${format(value, contains === 'data' ? 'bytes' : 'number')}/s`
}
