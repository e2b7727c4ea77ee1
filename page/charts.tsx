/** What happened over time. */
import { useState } from 'preact/hooks'
import { Chart, type Line } from './chart.js'
import { Choice } from './choice.js'
import { find, latencies, type PageData, type PageSeries } from './data.js'
import type { Unit } from './format.js'
import { anyLines, plannedLine, quantileLines, rateLine, shareLine, valueLine } from './lines.js'

interface Props {
  readonly data: PageData
  readonly scenario: string
  readonly theme: string
}

const WORK = [
  'http_reqs',
  'ws_msgs_sent',
  'ws_msgs_received',
  'tcp_writes',
  'tcp_reads',
  'grpc_streams_msgs_sent',
  'grpc_streams_msgs_received',
]
const ERRORS = [
  'iterations_failed',
  'dropped_iterations',
  'http_req_failed',
  'tcp_errors',
  'tcp_timeouts',
  'ws_handshake_failures',
]

export function Charts({ data, scenario, theme }: Props) {
  const rates = (metrics: readonly string[]): Line[] => metrics.flatMap((metric) => rateLine(data, metric, scenario))
  const checks = find(data, 'checks', scenario)
  const chart = (title: string, unit: Unit, lines: readonly Line[]) =>
    lines.some(({ values }) => values.some(([, value]) => value !== 0)) && (
      <Chart key={title} title={title} unit={unit} lines={lines} end={data.result.durationMs / 1000} theme={theme} />
    )
  return (
    <section>
      <h2>Over time{scenario !== '' && `: scenario ${scenario}`}</h2>
      <div class="charts">
        <Latency data={data} scenario={scenario} theme={theme} />
        {chart('Virtual users', 'number', [
          ...valueLine(data, 'vus', '', 2, 'running'),
          ...valueLine(data, 'vus_max', '', 2, 'initialised'),
          ...plannedLine(data, 'vus'),
        ])}
        {chart('Iterations per second', 'number', [
          ...rateLine(data, 'iterations', scenario, 'completed'),
          ...(scenario === '' ? plannedLine(data, 'iterationRate') : []),
          ...rateLine(data, 'dropped_iterations', scenario, 'dropped'),
        ])}
        {chart('Messages and requests per second', 'number', rates(WORK))}
        {chart('Bytes per second', 'bytes', [
          ...rateLine(data, 'data_sent', scenario, 'sent'),
          ...rateLine(data, 'data_received', scenario, 'received'),
        ])}
        {chart('Failures per second', 'number', rates(ERRORS))}
        {checks !== undefined && chart('Checks that held', 'share', [shareLine(checks, 'held')])}
        <Any data={data} scenario={scenario} theme={theme} />
      </div>
      <h2>Load generator</h2>
      <div class="charts">
        {chart('How busy its threads were', 'share', [
          ...valueLine(data, 'generator_utilization', '', 8, 'busiest'),
          ...valueLine(data, 'generator_utilization', '', 3, 'average'),
        ])}
        {chart('How late it was', 'time', [
          ...valueLine(data, 'generator_longest_stall', '', 4, 'longest stall'),
          ...valueLine(data, 'generator_longest_lag', '', 4, 'latest iteration'),
        ])}
        {chart('Garbage collection', 'share', gcShare(data))}
      </div>
    </section>
  )
}

/** Of the time of one thread. */
function gcShare(data: PageData): Line[] {
  return rateLine(data, 'generator_gc_time', '', 'of all threads').map(({ label, values }) => ({
    label,
    values: values.map(([at, ms]) => [at, (ms ?? 0) / 1000] as const),
  }))
}

function Latency({ data, scenario, theme }: Props) {
  const trends = latencies(data)
  const [chosen, choose] = useState('')
  const trend = trends.find(({ name }) => name === chosen) ?? trends[0]
  if (trend === undefined) return null
  const shown = find(data, trend.name, scenario) ?? trend
  return (
    <Chart
      title="Latency"
      unit={unitOf(shown)}
      lines={quantileLines(shown)}
      end={data.result.durationMs / 1000}
      theme={theme}
      wide
    >
      <Choice
        label="Trend that is shown"
        value={trend.name}
        options={trends.map(({ name }) => [name, name])}
        choose={choose}
      />
    </Chart>
  )
}

/** Any metric, the script's own first. */
function Any({ data, scenario, theme }: Props) {
  const all = data.series.filter((series) => series.scenario === '')
  const [chosen, choose] = useState('')
  const series =
    all.find(({ name }) => name === chosen) ?? all.find(({ name }) => name === 'iteration_duration') ?? all[0]
  if (series === undefined) return null
  const shown = find(data, series.name, scenario) ?? series
  return (
    <Chart
      title="Any metric"
      unit={unitOf(shown)}
      lines={anyLines(data, shown)}
      end={data.result.durationMs / 1000}
      theme={theme}
    >
      <Choice
        label="Metric that is shown"
        value={series.name}
        options={all.map(({ name }) => [name, name])}
        choose={choose}
      />
    </Chart>
  )
}

function unitOf({ type, contains, metric }: PageSeries): Unit {
  if (type === 'rate' || metric === 'generator_utilization') return 'share'
  if (contains === 'data') return 'bytes'
  return contains === 'time' && type !== 'counter' ? 'time' : 'number'
}
