/** The charts over time: what the test did and measured, and how the load generator itself coped. */
import { useState } from 'preact/hooks'
import { Chart, type Line } from './chart.js'
import { Choice } from './choice.js'
import { type Filter, find, GAUGE, isListed, latencies, type PageData, type PageSeries, TREND } from './data.js'
import { type Unit, unitOfKind } from './format.js'
import { HeatMap } from './heat-map.js'
import { anyLines, plannedLine, quantileLines, rateLine, shareLine, valueLine } from './lines.js'

interface Props {
  readonly data: PageData
  readonly filter: Filter
  readonly theme: string
}

/** Counters of messages and requests. */
export const WORK = [
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

export function Charts({ data, filter, theme }: Props) {
  const rates = (metrics: readonly string[]): Line[] => metrics.flatMap((metric) => rateLine(data, metric, filter))
  const checks = find(data, 'checks', filter)
  const chart = (title: string, unit: Unit, lines: readonly Line[]) =>
    lines.some(({ values }) => values.some(([, value]) => value !== 0)) && (
      <Chart key={title} title={title} unit={unit} lines={lines} end={data.result.durationMs / 1000} theme={theme} />
    )
  return (
    <section>
      <h2>Over time{filter !== undefined && `: ${filter.join(' ')}`}</h2>
      <div class="charts">
        <Latency data={data} filter={filter} theme={theme} />
        {chart('Virtual users', 'number', [
          ...valueLine(data, 'vus', GAUGE.value, 'running'),
          ...valueLine(data, 'vus_max', GAUGE.value, 'initialised'),
          ...plannedLine(data, 'vus'),
        ])}
        {chart('Iterations per second', 'number', [
          ...rateLine(data, 'iterations', filter, 'completed'),
          ...(filter === undefined ? plannedLine(data, 'iterationRate') : []),
          ...rateLine(data, 'dropped_iterations', filter, 'dropped'),
        ])}
        {chart('Messages and requests per second', 'number', rates(WORK))}
        {chart('Bytes per second', 'bytes', [
          ...rateLine(data, 'data_sent', filter, 'sent'),
          ...rateLine(data, 'data_received', filter, 'received'),
        ])}
        {chart('Failures per second', 'number', rates(ERRORS))}
        {checks !== undefined && chart('Checks that held', 'share', [shareLine(checks, 'held')])}
        <Any data={data} filter={filter} theme={theme} />
      </div>
      <h2>Load generator</h2>
      <div class="charts">
        {chart('How busy its threads were', 'share', [
          ...valueLine(data, 'generator_utilization', TREND.max, 'busiest'),
          ...valueLine(data, 'generator_utilization', TREND.avg, 'average'),
        ])}
        {chart('How late it was', 'time', [
          ...valueLine(data, 'generator_longest_stall', GAUGE.max, 'longest stall'),
          ...valueLine(data, 'generator_longest_lag', GAUGE.max, 'latest iteration'),
        ])}
        {chart('Garbage collection', 'share', gcShare(data))}
        {chart('Iterations that found no virtual user, per second', 'number', [
          ...rateLine(data, 'dropped_iterations', undefined, 'dropped'),
        ])}
      </div>
    </section>
  )
}

/** All threads together, as a share of the time of one: 2 is two threads that do nothing else. */
function gcShare(data: PageData): Line[] {
  return rateLine(data, 'generator_gc_time', undefined, 'of all threads').map(({ label, values }) => ({
    label,
    values: values.map(([at, msPerSecond]) => [at, msPerSecond === null ? null : msPerSecond / 1000] as const),
  }))
}

function Latency({ data, filter, theme }: Props) {
  const trends = latencies(data)
  const [chosen, choose] = useState('')
  const trend = trends.find(({ name }) => name === chosen) ?? trends[0]
  if (trend === undefined) return null
  const shown = find(data, trend.name, filter) ?? trend
  const common = { unit: unitOf(shown), end: data.result.durationMs / 1000, theme }
  return (
    <>
      <Chart title="Latency" lines={quantileLines(shown)} {...common} wide>
        <Choice
          label="Trend that is shown"
          value={trend.name}
          options={trends.map(({ name }) => [name, name])}
          choose={choose}
        />
      </Chart>
      <HeatMap series={shown} {...common} />
    </>
  )
}

/** One metric, which the reader chooses. */
function Any({ data, filter, theme }: Props) {
  const all = data.series.filter((series) => isListed(data, series))
  const [chosen, choose] = useState('')
  const series =
    all.find(({ name }) => name === chosen) ?? all.find(({ name }) => name === 'iteration_duration') ?? all[0]
  if (series === undefined) return null
  const shown = find(data, series.name, filter) ?? series
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

export function unitOf({ type, contains, metric }: PageSeries): Unit {
  if (type === 'rate' || metric === 'generator_utilization') return 'share'
  return contains === 'time' && type === 'counter' ? 'number' : unitOfKind(contains)
}
