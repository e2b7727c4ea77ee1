/** The result of a run as Markdown, for pull requests and wikis: verdict, thresholds, checks, errors, metrics. */
import { formatDuration } from '../base/duration.js'
import { observedText, valueTexts } from '../output/outcome-text.js'
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
    ...section(
      'Thresholds',
      ['', 'metric', 'threshold', 'value'],
      file.thresholds.map((threshold) => [
        threshold.ok ? '✓' : '✗',
        code(threshold.metric),
        code(threshold.source),
        observedText(threshold, file.metrics),
      ]),
    ),
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
    ...section(
      'Metrics',
      ['metric', 'values'],
      file.metrics.map((metric) => [
        code(metric.name),
        valueTexts(metric)
          .map((pair) => pair.join(' '))
          .join(', '),
      ]),
    ),
  ]
  return `${blocks.join('\n\n')}\n`
}

/** A heading with a table; nothing when there are no rows. */
function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [`## ${title}`, [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')]
}

/** A text of a target or a script, in which nothing is read as markup. */
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
