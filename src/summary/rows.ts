/**
 * Aligned lines of metrics: a name, dots, and either the statistics of a trend in columns or a value with extras.
 *
 *   ws_ping......: avg=1ms  min=500µs        every column as wide as its longest cell, the last one too
 *   vus..........: 2      min=1  max=2       the value as wide as the longest; of two or more extras also the first
 *
 * Statistics that do not fit go on below the first:
 *
 *   ws_ping......: avg=1ms   min=500µs
 *                  med=1ms   max=2ms
 *
 * Rows that are aligned together form a block, which may be printed in several sections.
 *
 * Source  docs/spec/metrics-and-modules.md 3.2
 */
import { humanize, humanizeRate, type TimeUnit } from './humanize.js'
import type { MetricResult } from './results.js'
import type { Paint } from './style.js'

export interface Row {
  /** The label with its indentation. */
  readonly label: string
  /** Statistics of a trend; null for all others. */
  readonly columns: readonly (readonly [name: string, value: string])[] | null
  readonly value: string
  readonly extras: readonly string[]
  /** The value counts failures, and is painted as such. */
  readonly isFailure?: boolean
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

/** A row like `33.33% 1 out of 3`. */
export function shareRow(label: string, part: number, total: number): Row {
  const value = humanizeRate(total === 0 ? 0 : part / total)
  return { label, columns: null, value, extras: [`${part} out of ${total}`] }
}

/** The lines of each row of a block: one, or several for a trend that is wider than `screen`. */
export function alignedLines(rows: readonly Row[], paint: Paint, screen = Number.POSITIVE_INFINITY): string[][] {
  const labelWidth = widest(rows.map(({ label }) => label)) + 3
  const plain = rows.filter(({ columns }) => columns === null)
  const valueWidth = widest(plain.map(({ value }) => value))
  const extraWidth = widest(plain.map(({ extras }) => extras[0] ?? ''))
  const trends = rows.flatMap(({ columns }) => columns ?? [])
  const columnCount = rows.find(({ columns }) => columns !== null)?.columns?.length ?? 0
  const columnWidths = Array.from({ length: columnCount }, (_, at) =>
    widest(trends.filter((_cell, i) => i % columnCount === at).map(([name, value]) => `${name}=${value}`)),
  )
  const perLine = columnsPerLine(columnWidths, screen - labelWidth - ': '.length)
  return rows.map(({ label, columns, value, extras, isFailure }) => {
    const head = `${label}${paint('dots', `${'.'.repeat(labelWidth - width(label))}:`)} `
    if (columns !== null) {
      const cells = columns.map((cell, i) => trendCell(cell, columnWidths[i] as number, paint))
      const lines = Array.from({ length: Math.max(1, Math.ceil(cells.length / perLine)) }, (_, line) =>
        cells.slice(line * perLine, (line + 1) * perLine).join(' '),
      )
      return lines.map((line, i) => (i === 0 ? head : ' '.repeat(labelWidth + ': '.length)) + line)
    }
    const shown = extras.map((extra, i) => {
      return paint('extra', extra) + (i === 0 && extras.length > 1 ? padding(extra, extraWidth) : '')
    })
    const painted = paint(isFailure === true ? 'fail' : 'value', value)
    return [[head + painted + padding(value, valueWidth), ...shown].join(' ')]
  })
}

/** All in one line when they fit, else as even as possible: six in two lines are three and three. */
function columnsPerLine(widths: number[], room: number): number {
  const fits = (perLine: number): boolean => {
    for (let from = 0; from < widths.length; from += perLine) {
      const line = widths.slice(from, from + perLine)
      if (line.reduce((sum, width) => sum + width + 1, -1) > room) return false
    }
    return true
  }
  for (let lines = 1; lines < widths.length; lines++) {
    const perLine = Math.ceil(widths.length / lines)
    if (fits(perLine)) return perLine
  }
  return 1
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

/** The width of a text in code points. */
function width(text: string): number {
  return [...text].length
}
