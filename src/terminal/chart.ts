/**
 * A small chart of a value over time, in text.
 *
 *   VUs
 *    50 ┤        ▃▆██████▆▃
 *       │     ▂▅████████████▅▂
 *       │  ▁▄██████████████████▄▁
 *     0 ┼──────────────────────────
 *       0s          1m0s       2m0s
 *
 * Units  milliseconds; a column shows the highest of the values sampled in it, so that a short peak is not lost
 */
import { formatDuration } from '../base/duration.js'

export interface Chart {
  readonly title: string
  readonly duration: number
  valueAt(time: number): number
}

const COLUMNS = 60
const ROWS = 6
const SAMPLES_PER_COLUMN = 8
const ALMOST_ALL = 1 - 1e-6
/** The character at index i fills i eighths of a cell. */
const EIGHTHS = ' ▁▂▃▄▅▆▇█'

export function drawChart(chart: Chart): string[] {
  const values = columnsOf(chart)
  const highest = Math.max(...values)
  const top = formatValue(highest)
  const width = Math.max(top.length, 4)
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const cells = values.map((value) => cell(value, highest, ROWS - 1 - row)).join('')
    return `${(row === 0 ? top : '').padStart(width)} ${row === 0 ? '┤' : '│'}${cells.trimEnd()}`
  })
  const axis = `${'0'.padStart(width)} ┼${'─'.repeat(COLUMNS)}`
  return [chart.title, ...rows, axis, `${' '.repeat(width + 1)}${times(chart.duration)}`]
}

/** The highest value of each column, from its start to just before the next column, where a ramp may end. */
function columnsOf({ duration, valueAt }: Chart): number[] {
  const width = duration / COLUMNS
  return Array.from({ length: COLUMNS }, (_, column) => {
    const samples = Array.from({ length: SAMPLES_PER_COLUMN }, (_, i) =>
      valueAt((column + (i / (SAMPLES_PER_COLUMN - 1)) * ALMOST_ALL) * width),
    )
    return Math.max(...samples)
  })
}

/** The part of a column in `row`, which counts from the bottom. A value above 0 fills at least an eighth. */
function cell(value: number, highest: number, row: number): string {
  if (value <= 0 || highest <= 0) return ' '
  const filled = Math.max(1, Math.round((value / highest) * ROWS * 8))
  return EIGHTHS[Math.min(8, Math.max(0, filled - row * 8))] as string
}

function formatValue(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toFixed(1)))
}

/** Start, middle and end below the axis. */
function times(duration: number): string {
  const [middle, end] = [formatDuration(duration / 2), formatDuration(duration)]
  const left = '0s'.padEnd(COLUMNS / 2 - Math.floor(middle.length / 2))
  return `${left}${middle}`.padEnd(COLUMNS - end.length + 1) + end
}
