/**
 * A progress state as lines of text. Pure: the same state and layout give the same lines.
 *
 *   (empty)
 *   running (01.0s), 2/2 VUs, 4 complete and 0 interrupted iterations
 *   12,345 msgs/s, p(95) of rtt 1.2ms, 0.00% failed, 1 of 3 checks failing        (on a terminal)
 *   default   [====>-----] 2 VUs  01.0s/10s
 *
 * A scenario's line is its name, a status sign, a bar and columns; names, bars and columns of all lines stand below each other.
 */

import type { Colors } from 'picocolors/types.js'
import { largest } from '../base/largest.js'
import { humanizeRate, humanizeTime } from '../summary/humanize.js'
import { outOf, scenarioColumns } from './columns.js'
import { formatFixedDuration } from './fixed-duration.js'
import type { LiveFigures, ProgressState, ScenarioProgress, ScenarioStatus } from './progress-state.js'
import { tableLines } from './table.js'

const MAX_BAR_WIDTH = 40
const MIN_BAR_WIDTH = 8

export interface Layout {
  /** Columns of the terminal, or undefined for plain text: percentages instead of bars, lines as long as they are. */
  readonly width: number | undefined
  /** Rows of the terminal; lines that do not fit are counted instead. */
  readonly height?: number
  readonly colors: Colors
}

const MAX_NAME = 30
/** In a narrow terminal names are shorter, so that the figures have room. */
const LEAST_NAME = 12
/** With this many rows there is room for more than one notice. */
const ROOMY = 16

export function renderProgress(state: ProgressState, layout: Layout): string[] {
  const lines = ['', statusLine(state, layout)]
  if (state.figures !== undefined && layout.width !== undefined) lines.push(figuresLine(state.figures, layout))
  if (state.notice !== undefined) lines.push(...noticeLines(state.notice, layout))
  const room = layout.height === undefined ? Number.POSITIVE_INFINITY : Math.max(1, layout.height - lines.length - 1)
  return [...lines, ...scenarioLines(state.scenarios, room, layout)]
}

/** Notices that do not fit into one line have a line each, if there are rows for them. */
function noticeLines(notice: string, { width, height = 0, colors }: Layout): string[] {
  const isOneLine = width === undefined || notice.length <= width || height < ROOMY
  const parts = isOneLine ? [notice] : notice.split('; ')
  return parts.map((part) => fit(part, width, colors.yellow))
}

function statusLine(state: ProgressState, layout: Layout): string {
  const { status, vus, iterations } = state
  if (status.kind === 'step') {
    // Both labels take the same room, so the bar stays where it is.
    const label = status.label.padEnd('Init'.length)
    const width = barWidth(layout.width, label.length, status.text.length)
    return fit(`${label}   ${renderBar(status.fraction, width)} ${status.text}`, layout.width)
  }
  const time = formatFixedDuration(state.elapsedMs, state.maxDurationMs)
  const pad = (count: number) => String(count).padStart(String(vus.max).length, '0')
  const counts = `${iterations.complete} complete and ${iterations.interrupted} interrupted iterations`
  const line = fit(`${status.kind} (${time}), ${pad(vus.active)}/${pad(vus.initialised)} VUs, ${counts}`, layout.width)
  if (iterations.failed === 0) return line
  // Painted after it is cut: codes of colours have no width.
  const failed = `, ${iterations.failed} failed`
  return (
    line +
    fit(failed, layout.width === undefined ? undefined : Math.max(0, layout.width - line.length), layout.colors.red)
  )
}

/** Figures that do not fit are left out as a whole. Bad ones are red. */
function figuresLine({ rate, latency, errorRate, checks }: LiveFigures, { width = 0, colors }: Layout): string {
  const parts: { text: string; isBad?: boolean }[] = [
    { text: `${Math.round(rate.perSecond).toLocaleString('en-US')} ${rate.unit}` },
  ]
  if (latency !== undefined)
    parts.push({ text: `p(95) of ${shortName(latency.metric, undefined)} ${humanizeTime(latency.p95)}` })
  parts.push({ text: `${humanizeRate(errorRate)} failed`, isBad: errorRate > 0 })
  if (checks.failing > 0) parts.push({ text: `${checks.failing} of ${checks.total} checks failing`, isBad: true })
  let length = 0
  const shown = parts.filter(({ text }, i) => {
    const longer = length + text.length + (i === 0 ? 0 : SEPARATOR.length)
    if (longer > width) return false
    length = longer
    return true
  })
  return shown.map(({ text, isBad }) => (isBad === true ? colors.red(text) : text)).join(SEPARATOR)
}

const SEPARATOR = ', '

function scenarioLines(scenarios: readonly ScenarioProgress[], room: number, layout: Layout): string[] {
  const shown = scenarios.length > room ? liveliest(scenarios, room - 1) : scenarios
  const columns = tableLines(shown.map(scenarioColumns))
  const nameWidth = largest(shown.map((scenario) => shortName(scenario.name, layout.width).length))
  const width = barWidth(layout.width, nameWidth, largest(columns.map((text) => text.length)))
  const lines = shown.map((scenario, index) =>
    scenarioLine(scenario, columns[index] as string, nameWidth, width, layout),
  )
  const hidden = scenarios.length - shown.length
  if (hidden > 0) lines.push(fit(`… and ${outOf(hidden, scenarios.length)} scenarios`, layout.width, layout.colors.dim))
  return lines
}

const SIGNS: Readonly<Record<ScenarioStatus, string>> = {
  waiting: '•',
  running: ' ',
  graceful: '↓',
  interrupted: '✗',
  done: '✓',
}

function scenarioLine(
  scenario: ScenarioProgress,
  columns: string,
  nameWidth: number,
  width: number,
  { width: screen, colors }: Layout,
): string {
  const { status } = scenario
  const name = shortName(scenario.name, screen).padEnd(nameWidth)
  const line = fit(`${name} ${SIGNS[status]} ${renderBar(scenario.fraction, width)} ${columns}`, screen)
  const paint = status === 'done' ? colors.green : status === 'interrupted' ? colors.red : undefined
  // Painted last: codes of colours have no width. A line that is too narrow for its name has no sign to paint.
  const at = nameWidth + 1
  if (paint === undefined || line.length <= at) return line
  return line.slice(0, at) + paint(line.slice(at, at + 1)) + line.slice(at + 1)
}

function shortName(name: string, screen: number | undefined): string {
  const most = screen === undefined ? MAX_NAME : Math.min(MAX_NAME, Math.max(LEAST_NAME, Math.floor(screen / 4)))
  return name.length > most ? `${name.slice(0, most - 3)}...` : name
}

const LIVELINESS: Readonly<Record<ScenarioStatus, number>> = {
  running: 0,
  graceful: 0,
  waiting: 1,
  interrupted: 2,
  done: 2,
}

/** Chooses `count` scenarios, first those in which something happens. They keep their order. */
function liveliest(scenarios: readonly ScenarioProgress[], count: number): ScenarioProgress[] {
  const chosen = new Set(scenarios.toSorted((a, b) => LIVELINESS[a.status] - LIVELINESS[b.status]).slice(0, count))
  return scenarios.filter((scenario) => chosen.has(scenario))
}

/** The room for the bar between the name with its sign on the left and the columns on the right. */
function barWidth(screen: number | undefined, left: number, right: number): number {
  if (screen === undefined) return 0
  return Math.min(MAX_BAR_WIDTH, screen - left - '   '.length - ' '.length - right)
}

/** Cuts a line to the width of the screen: a line that wraps would be drawn over at the wrong place. */
function fit(line: string, width: number | undefined, paint: (text: string) => string = (text) => text): string {
  if (width === undefined || line.length <= width) return paint(line)
  return paint(width < 1 ? '' : `${line.slice(0, width - 1)}…`)
}

/** A bar of a given width, brackets included: `[====>-----]`. Too narrow for that, it is a number: `[  42% ]`. */
export function renderBar(fraction: number, width: number): string {
  const done = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0))
  if (width < MIN_BAR_WIDTH) return `[ ${String(Math.floor(done * 100)).padStart(3)}% ]`
  const inside = Math.min(width, MAX_BAR_WIDTH) - 2
  const filled = Math.floor(done * inside)
  if (filled === inside) return `[${'='.repeat(inside)}]`
  if (filled === 0) return `[${'-'.repeat(inside)}]`
  return `[${'='.repeat(filled - 1)}>${'-'.repeat(inside - filled)}]`
}
