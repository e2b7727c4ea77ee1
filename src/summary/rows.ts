/**
 * Aligned lines of metrics: a name, dots, and either the statistics of a trend in columns or a value with extras.
 *
 *   ws_ping......: avg=1ms  min=500µs        every column as wide as its longest cell, the last one too
 *   vus..........: 2      min=1  max=2       the value as wide as the longest; of two or more extras also the first
 *
 * Rows that are aligned together form a block, which may be printed in several sections.
 *
 * Source  docs/spec/metrics-and-modules.md 3.2
 */
import { humanize, humanizeRate, type TimeUnit } from './humanize.js'
import type { MetricResult } from './results.js'
import type { Paint } from './style.js'

export interface Row {
  /** With its indentation. */
  readonly label: string
  /** Statistics of a trend; null for all others. */
  readonly columns: readonly (readonly [name: string, value: string])[] | null
  readonly value: string
  readonly extras: readonly string[]
}

export function metricRow(
  label: string,
  metric: Pick<MetricResult, 'type' | 'contains' | 'values'>,
  trendStats: readonly string[],
  timeUnit: TimeUnit | null,
): Row {
  const { type, contains } = metric
  const raw = (name: string) => metric.values[name] ?? 0
  const shown = (name: string) => humanize(raw(name), contains, timeUnit)
  switch (type) {
    case 'counter':
      return { label, columns: null, value: shown('count'), extras: [`${shown('rate')}/s`] }
    case 'gauge':
      return { label, columns: null, value: shown('value'), extras: [`min=${shown('min')}`, `max=${shown('max')}`] }
    case 'rate':
      return shareRow(label, raw('passes'), raw('passes') + raw('fails'))
    case 'trend':
      return {
        label,
        columns: trendStats.map((stat) => [stat, stat === 'count' ? String(raw(stat)) : shown(stat)]),
        value: '',
        extras: [],
      }
    default:
      return type satisfies never
  }
}

/** `33.33% 1 out of 3` */
export function shareRow(label: string, part: number, total: number): Row {
  const value = humanizeRate(total === 0 ? 0 : part / total)
  return { label, columns: null, value, extras: [`${part} out of ${total}`] }
}

/** The lines of a block, in the order of its rows. */
export function alignedLines(rows: readonly Row[], paint: Paint): string[] {
  const labelWidth = widest(rows.map(({ label }) => label)) + 3
  const plain = rows.filter(({ columns }) => columns === null)
  const valueWidth = widest(plain.map(({ value }) => value))
  const extraWidth = widest(plain.map(({ extras }) => extras[0] ?? ''))
  const trends = rows.flatMap(({ columns }) => columns ?? [])
  const columnCount = rows.find(({ columns }) => columns !== null)?.columns?.length ?? 0
  const columnWidths = Array.from({ length: columnCount }, (_, at) =>
    widest(trends.filter((_cell, i) => i % columnCount === at).map(([name, value]) => `${name}=${value}`)),
  )
  return rows.map(({ label, columns, value, extras }) => {
    const head = `${label}${paint('dots', `${'.'.repeat(labelWidth - width(label))}:`)} `
    if (columns !== null)
      return head + columns.map((cell, i) => trendCell(cell, columnWidths[i] as number, paint)).join(' ')
    const shown = extras.map((extra, i) => {
      return paint('extra', extra) + (i === 0 && extras.length > 1 ? padding(extra, extraWidth) : '')
    })
    return [head + paint('value', value) + padding(value, valueWidth), ...shown].join(' ')
  })
}

function trendCell([name, value]: readonly [string, string], cellWidth: number, paint: Paint): string {
  return `${name}=${paint('value', value)}${padding(`${name}=${value}`, cellWidth)}`
}

function padding(text: string, to: number): string {
  return ' '.repeat(Math.max(0, to - width(text)))
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, width(text)), 0)
}

/** In code points. */
function width(text: string): number {
  return [...text].length
}
