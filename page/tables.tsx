/** The results of the run as tables. Texts of targets and scripts are text nodes: nothing in them is read as markup. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { ValueKind } from '../src/metrics/metric.js'
import { observedText } from '../src/output/outcome-text.js'
import { Choice } from './choice.js'
import type { PageData } from './data.js'
import { clock, format, time, type Unit, unitOfKind } from './format.js'

interface Props {
  readonly data: PageData
}

type Row = readonly ComponentChildren[]

/** A name in `head` that begins with `#` is that of a column of numbers, which are aligned to the right. */
export function Table({
  head,
  rows,
  label,
}: {
  readonly head: readonly string[]
  readonly rows: readonly Row[]
  readonly label: string
}) {
  const style = (name: string): string => (name.startsWith('#') ? 'n' : '')
  return (
    // A table that is wider than the page scrolls inside its card. The tab index makes that possible by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable
    <section class="card scroll" tabIndex={0} aria-label={label}>
      <table>
        <thead>
          <tr>
            {head.map((name) => (
              <th key={name} scope="col" class={style(name)}>
                {name.replace('#', '')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, column) => (
                <td key={head[column]} class={style(head[column] ?? '')}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Mark({ ok }: { readonly ok: boolean }) {
  return <b class={ok ? 'good-text' : 'bad-text'}>{ok ? '✓ held' : '✗ failed'}</b>
}

export function Thresholds({ data: { result } }: Props) {
  if (result.thresholds.length === 0) return null
  const rows = result.thresholds.map((threshold): Row => {
    const { metric, source, ok, value, limit } = threshold
    return [
      value === null && ok ? <b key="ok">– not judged</b> : <Mark key="ok" ok={ok} />,
      <code key="metric">{metric}</code>,
      <code key="source">{source}</code>,
      observedText(threshold, result.metrics),
      observedText({ ...threshold, value: limit }, result.metrics),
      value === null || limit <= 0 ? '' : <Closeness key="close" share={value / limit} ok={ok} />,
    ]
  })
  return (
    <section>
      <h2>Thresholds</h2>
      <Table
        label="Thresholds"
        head={['verdict', 'metric', 'threshold', '#value', '#limit', 'value, as part of the limit']}
        rows={rows}
      />
    </section>
  )
}

const STATES = {
  waiting: '· waits',
  running: '▶ runs',
  graceful: '… lets iterations end',
  interrupted: '✗ interrupted',
  done: '✓ done',
} as const

/** What each scenario does, and how far it has come. */
export function Scenarios({ data: { result } }: Props) {
  const { scenarios = [] } = result
  if (scenarios.length === 0) return null
  const rows = scenarios.map((scenario): Row => {
    const { name, executor, state, progress, timeMs, totalMs, vus, iterations, ratePerSecond, dropped } = scenario
    const total = totalMs === null ? 'no end' : clock(totalMs / 1000)
    return [
      name,
      <code key="executor">{executor}</code>,
      STATES[state],
      <>
        <progress max={1} value={progress} aria-label={`progress of ${name}`} /> {format(progress, 'share')}
      </>,
      state === 'waiting' ? `starts in ${clock(timeMs / 1000)}` : `${clock(timeMs / 1000)} of ${total}`,
      `${format(vus.active, 'number')} of ${format(vus.max, 'number')}`,
      iterations === undefined
        ? ratePerSecond === undefined || state !== 'running'
          ? ''
          : `${format(ratePerSecond, 'number')}/s`
        : `${format(iterations.done, 'number')} of ${format(iterations.total, 'number')}`,
      format(dropped, 'number'),
    ]
  })
  const head = ['scenario', 'executor', 'state', 'progress', '#time', '#VUs', '#iterations', '#dropped']
  // After the run, this column is empty unless an executor has a planned number of iterations.
  const column = head.indexOf('#iterations')
  const isShown = (_: unknown, i: number): boolean => i !== column || rows.some((row) => row[column] !== '')
  return (
    <section>
      <h2>Scenarios</h2>
      <Table label="Scenarios" head={head.filter(isShown)} rows={rows.map((row) => row.filter(isShown))} />
    </section>
  )
}

/** Attributes of a meter whose value is far from the optimum: browsers draw it in red. */
const FAILED = { low: 0.001, high: 0.002, optimum: 0 }

function Closeness({ share, ok }: { readonly share: number; readonly ok: boolean }) {
  const text = format(share, 'share')
  return (
    <>
      <meter
        min={0}
        max={1.5}
        {...(ok ? {} : FAILED)}
        value={Math.min(share, 1.5)}
        aria-label={`${text} of the limit`}
      />{' '}
      {text}
    </>
  )
}

export function Checks({ data: { result } }: Props) {
  if (result.checks.length === 0) return null
  const rows = [...result.checks]
    .sort((a, b) => b.fails - a.fails)
    .map(
      ({ name, group, passes, fails }): Row => [
        <Mark key="ok" ok={fails === 0} />,
        [...group.split('::').filter((part) => part !== ''), name].join(' › '),
        format(passes / (passes + fails), 'share'),
        format(passes, 'number'),
        format(fails, 'number'),
      ],
    )
  return (
    <section>
      <h2>Checks</h2>
      <Table label="Checks" head={['verdict', 'check', '#held', '#passes', '#fails']} rows={rows} />
    </section>
  )
}

export function Errors({ data: { result } }: Props) {
  const { listed = [], others = 0 } = result.errors ?? {}
  if (listed.length === 0) return null
  const rows = listed.map(
    ({ message, count, scenario, place }): Row => [
      format(count, 'number'),
      <code key="message">{message}</code>,
      scenario,
      <code key="place">{place}</code>,
    ],
  )
  return (
    <section>
      <h2>Errors</h2>
      <Table label="Errors" head={['#count', 'error', 'scenario', 'place in the script']} rows={rows} />
      {others > 0 && <p class="dim">{format(others, 'number')} errors are not among these.</p>}
    </section>
  )
}

export function Metrics({ data: { result } }: Props) {
  const rows = result.metrics.map(
    ({ name, type, contains, values }): Row => [
      <code key="name">{name}</code>,
      Object.entries(values)
        .map(([key, value]) => {
          const text = format(value, unitOf(type, contains, key))
          return `${key} ${text}${type === 'counter' && key === 'rate' ? '/s' : ''}`
        })
        .join(' · '),
    ],
  )
  return (
    <section>
      <h2>All metrics</h2>
      <Table label="All metrics" head={['metric', 'whole run']} rows={rows} />
    </section>
  )
}

function unitOf(type: string, contains: ValueKind, key: string): Unit {
  if (type === 'rate' && key === 'rate') return 'share'
  return contains === 'time' && (type === 'counter' || key === 'count') ? 'number' : unitOfKind(contains)
}

const LEVELS = ['all', 'warnings', 'errors'] as const

export function Log({ data: { result } }: Props) {
  const [level, setLevel] = useState<string>('all')
  const lines = (result.log ?? []).filter(
    (line) => level === 'all' || line.level === 'error' || (level === 'warnings' && line.level === 'warning'),
  )
  if ((result.log ?? []).length === 0) return null
  return (
    <section>
      <h2>Log</h2>
      <p>
        <Choice label="Lines of the log" value={level} options={LEVELS.map((name) => [name, name])} choose={setLevel} />
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable */}
      <section class="card scroll" tabIndex={0} aria-label="Lines of the log">
        <pre>
          {lines
            .map(
              ({ time, level: each, message }) =>
                `${new Date(time).toLocaleTimeString('sv')} ${each.padEnd(7)} ${message}\n`,
            )
            .join('')}
        </pre>
      </section>
    </section>
  )
}

/** What was run, when and where. */
export function Facts({ data: { result, madeBy, state } }: Props) {
  const { script, startedAt, durationMs, exitCode, machine, tags = {} } = result
  const facts: [string, string][] = [
    ['script', script],
    ['started', time(startedAt)],
    ['took', clock(durationMs / 1000)],
    ...(state === 'ended' ? [['exit code', String(exitCode)] as [string, string]] : []),
    ['made by', madeBy],
    ...(machine === undefined
      ? []
      : ([['machine', `${machine.platform}, ${machine.cores} cores, Node ${machine.node}`]] as [string, string][])),
    ...Object.entries(tags).map(([key, value]): [string, string] => [`tag ${key}`, value]),
  ]
  return (
    <section>
      <h2>The run</h2>
      <dl class="card facts-list">
        {facts.flatMap(([name, value]) => [<dt key={`${name}-name`}>{name}</dt>, <dd key={name}>{value}</dd>])}
      </dl>
    </section>
  )
}
