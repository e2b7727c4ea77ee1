/** The result of a run as Markdown, for pull requests and wikis: verdict, thresholds, checks, errors, metrics. */

import { formatDuration } from '../base/duration.js'
import type { MetricOutcome } from '../output/run-result.js'
import { humanize, humanizeNumber, humanizeRate } from '../summary/humanize.js'
import type { Comparison } from './compare.js'
import { renderComparison } from './render-comparison.js'
import type { ResultFile } from './result-file.js'

const VERDICTS = { passed: '✓ passed', failed: '✗ failed', aborted: '✗ aborted' } as const

export function markdownReport(file: ResultFile, comparison?: Comparison): string {
  const { verdict, reason, script, startedAt, durationMs, exitCode, madeBy } = file
  const blocks = [
    `# ${code(script)}: ${VERDICTS[verdict]}`,
    ...(reason === undefined || reason === '' ? [] : [text(reason)]),
    `${new Date(startedAt).toISOString()}, ${formatDuration(Math.round(durationMs))}, exit code ${exitCode}, ${text(madeBy)}`,
    ...(file.notes ?? []).map((note) => `> **Mind:** ${text(note)}`),
    ...(comparison === undefined
      ? []
      : ['## Compared with the baseline', renderComparison(comparison, 'markdown').trimEnd()]),
    ...section('Thresholds', ['', 'metric', 'threshold', 'value'], file.thresholds.map(thresholdRow(file))),
    ...section(
      'Checks',
      ['', 'check', 'passed', 'failed'],
      file.checks.map(({ name, group, passes, fails }) => [
        fails === 0 ? '✓' : '✗',
        text([...group.split('::').filter(Boolean), name].join(' › ')),
        String(passes),
        String(fails),
      ]),
    ),
    ...section(
      'Errors',
      ['count', 'error', 'scenario', 'place'],
      (file.errors?.listed ?? []).map(({ count, message, scenario, place }) => [
        String(count),
        code(message),
        text(scenario),
        place === '' ? '' : code(place),
      ]),
    ),
    ...section('Metrics', ['metric', 'values'], file.metrics.map(metricRow)),
  ]
  return `${blocks.join('\n\n')}\n`
}

function thresholdRow({ metrics }: ResultFile) {
  return ({ metric, source, ok, value }: ResultFile['thresholds'][number]): string[] => {
    const contains = metrics.find(({ name }) => name === metric)?.contains ?? 'default'
    const isTime = contains === 'time' && /^(avg|min|max|med|p\()/.test(source)
    const shown = value === null ? 'no samples' : isTime ? humanize(value, 'time', null) : humanizeNumber(value)
    return [ok ? '✓' : '✗', code(metric), code(source), shown]
  }
}

function metricRow({ name, type, contains, values }: MetricOutcome): string[] {
  const shown = Object.entries(values).map(([key, value]) => {
    // JSON has no infinity: it is null in a file.
    if (!Number.isFinite(value)) return `${key} –`
    const isShare = type === 'rate' && key === 'rate'
    const isCount = type === 'trend' && key === 'count'
    const kind = isCount || (type === 'counter' && contains === 'time') ? 'default' : contains
    return `${key} ${isShare ? humanizeRate(value) : humanize(value, kind, null)}`
  })
  return [code(name), shown.join(', ')]
}

/** Nothing when there are no rows. */
function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [`## ${title}`, [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')]
}

/** Texts of targets and scripts: nothing in them is markup. */
function text(value: string): string {
  return value
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_{}[\]()#+!|~@-]/g, '\\$&')
    .replaceAll(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A code span; it must not end early, nor end its cell. */
function code(value: string): string {
  const line = value.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`
}
