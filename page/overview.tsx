/** The tiles at the top of the page, for a reader who has ten seconds: the verdict, the load, the latency and the errors. */
import { changeText, resemblanceOf } from '../src/report/render-comparison.js'
import { latencies, type PageData } from './data.js'
import { clock, format, unitOfKind } from './format.js'

export function Overview({ data }: { readonly data: PageData }) {
  return (
    <>
      <section class="tiles" aria-label="Summary">
        <Verdict data={data} />
        <Load data={data} />
        <Latency data={data} />
        <Errors data={data} />
      </section>
      {data.result.notes?.map((note) => (
        <p class="note" key={note}>
          <b>Mind:</b> {note}
        </p>
      ))}
    </>
  )
}

function Verdict({ data: { state, result } }: { readonly data: PageData }) {
  const crossed = result.thresholds.filter(({ ok }) => !ok).length
  const all = result.thresholds.length
  const [style, word] =
    state === 'running'
      ? crossed > 0
        ? ['bad', '✗ Running']
        : ['calm', '▶ Running']
      : result.verdict === 'passed'
        ? ['good', '✓ Passed']
        : ['bad', result.verdict === 'failed' ? '✗ Failed' : '✗ Aborted']
  const judged = all === 0 ? 'no thresholds: nothing was judged' : `${all - crossed} of ${all} thresholds held`
  return (
    <div class={`tile ${style}`} role="status">
      <h2>Verdict</h2>
      <p class="big">{word}</p>
      <p>{judged}</p>
      {state === 'ended' && result.reason !== undefined && result.reason !== '' && <p>{result.reason}</p>}
    </div>
  )
}

/** The load is shown as the first of these that counted anything, otherwise as iterations. */
const WORK: readonly (readonly [metric: string, unit: string])[] = [
  ['http_reqs', 'requests/s'],
  ['ws_msgs_received', 'messages/s'],
  ['tcp_reads', 'reads/s'],
]

/** How a value changed against the baseline, if there is one. */
function Change({
  data,
  metric,
  statistic,
}: {
  readonly data: PageData
  readonly metric: string
  readonly statistic: string
}) {
  const row = data.baseline?.comparison.rows.find((one) => one.metric === metric && one.statistic === statistic)
  if (row === undefined) return null
  const { change, isSignificant } = row
  const meaning = isSignificant === true ? '' : isSignificant === false ? `, ${resemblanceOf(change)}` : ', not tested'
  return (
    <p>
      {changeText(change)} against the baseline{meaning}
    </p>
  )
}

function Load({ data }: { readonly data: PageData }) {
  const { metrics, durationMs } = data.result
  const value = (name: string, key: string): number | undefined =>
    metrics.find((metric) => metric.name === name)?.values[key]
  const work = WORK.find(([metric]) => (value(metric, 'count') ?? 0) > 0)
  const iterations = value('iterations', 'count')
  return (
    <div class="tile">
      <h2>Load</h2>
      <p class="big">
        {format(value(work?.[0] ?? 'iterations', 'rate') ?? 0, 'number')} <small>{work?.[1] ?? 'iterations/s'}</small>
      </p>
      <Change data={data} metric={work?.[0] ?? 'iterations'} statistic="rate" />
      <p>
        {format(value('vus_max', 'max') ?? value('vus', 'max'), 'number')} virtual users for {clock(durationMs / 1000)}
      </p>
      <p>
        {format(iterations ?? 0, 'number')} iterations
        {(value('dropped_iterations', 'count') ?? 0) > 0 &&
          `, ${format(value('dropped_iterations', 'count'), 'number')} dropped`}
      </p>
    </div>
  )
}

function Latency({ data }: { readonly data: PageData }) {
  const main = latencies(data)[0]
  const values = data.result.metrics.find(({ name }) => name === main?.name)?.values
  if (main === undefined || values === undefined) {
    return (
      <div class="tile">
        <h2>Latency</h2>
        <p class="big">–</p>
        <p>no times were measured</p>
      </div>
    )
  }
  const unit = unitOfKind(main.contains)
  const rest = Object.entries(values).filter(([key]) => ['avg', 'med', 'p(90)', 'p(99)', 'max'].includes(key))
  const [first, ...others] = 'p(95)' in values ? [['p(95)', values['p(95)']] as [string, number], ...rest] : rest
  return (
    <div class="tile">
      <h2>Latency: {main.name}</h2>
      <p class="big">
        {format(first?.[1], unit)} <small>{first?.[0]}</small>
      </p>
      <Change data={data} metric={main.name} statistic={first?.[0] ?? ''} />
      <p>{others.map(([key, value]) => `${key} ${format(value, unit)}`).join(' · ')}</p>
    </div>
  )
}

function Errors({ data: { result } }: { readonly data: PageData }) {
  const count = (name: string): number => result.metrics.find((metric) => metric.name === name)?.values['count'] ?? 0
  const requests = result.metrics.find(({ name }) => name === 'http_req_failed')?.values
  const failing = result.checks.filter(({ fails }) => fails > 0).length
  const iterations = count('iterations')
  const failed = count('iterations_failed')
  const errors = (result.errors?.listed ?? []).reduce((sum, { count: each }) => sum + each, result.errors?.others ?? 0)
  const isBad = errors + failed + failing + (requests?.['passes'] ?? 0) > 0
  return (
    <div class={isBad ? 'tile bad' : 'tile'}>
      <h2>Errors</h2>
      <p class="big">{isBad ? format(errors, 'number') : '0'}</p>
      <p>
        {format(failed, 'number')} of {format(iterations, 'number')} iterations failed
        {requests !== undefined && ` · ${format(requests['rate'], 'share')} of requests failed`}
      </p>
      <p>
        {result.checks.length === 0
          ? 'no checks'
          : `${result.checks.length - failing} of ${result.checks.length} checks always held`}
      </p>
    </div>
  )
}
