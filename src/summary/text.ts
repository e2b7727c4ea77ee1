/**
 * The end-of-test summary as text.
 *
 *   section := "\n" "  █ " TITLE " \n\n" { line "\n" } "\n"        so two blank lines lie between sections
 *   text    := [ THRESHOLDS ] TOTAL RESULTS { GROUP | SCENARIO } [ ERRORS ] { note } [ "! " reservation ]
 *
 * Printed to stdout with one newline before and two after it.
 *
 * Source  docs/spec/metrics-and-modules.md 3.2
 */

import { perSecond } from '../metrics/aggregation.js'
import { DEFAULT_SCENARIO } from '../metrics/view.js'
import { CATEGORIES, categoryOf, isHttpPhase } from './category.js'
import { humanize, humanizeRate } from './humanize.js'
import type { CheckResult, GroupResult, MetricResult, PartResult, RunResults, ThresholdResult } from './results.js'
import { checksByName } from './results.js'
import { alignedLines, metricRow, type Row, shareRow } from './rows.js'
import { type Paint, painter } from './style.js'
import { paragraphs, visible, wrapped } from './words.js'

export interface TextOptions {
  readonly colors: boolean
  /** Columns of the terminal; lines of metrics and notes that are longer go on below. Undefined: lines are as long as they are. */
  readonly width?: number | undefined
}

export function renderText(results: RunResults, { colors, width }: TextOptions): string {
  const page = new Page(results, painter(colors), width ?? Number.POSITIVE_INFINITY)
  return page.render()
}

/** How many checks are listed: a script may have a new name for each one, and they would fill the screen. */
const SHOWN_CHECKS = 100
/** The indentation of the lines of a section. */
const INDENT = 4
/** The width of notes, in characters, where the terminal has none. */
const NOTE_WIDTH = 120

class Page {
  readonly #results: RunResults
  readonly #paint: Paint
  readonly #width: number

  constructor(results: RunResults, paint: Paint, width: number) {
    this.#results = results
    this.#paint = paint
    this.#width = width
  }

  render(): string {
    const { metrics, checks, scenarios, notes, errors, reservation } = this.#results
    const sections: string[] = []
    if (metrics.some(({ thresholds }) => thresholds.length > 0)) {
      sections.push(this.#section('THRESHOLDS', this.#thresholdLines()))
    }
    sections.push(this.#section('TOTAL RESULTS', this.#partLines({ metrics, checks: checksByName(checks) })))
    for (const group of scenarios.find(({ name }) => name === DEFAULT_SCENARIO)?.groups ?? []) {
      sections.push(this.#group(group, 0))
    }
    const others = scenarios.filter(({ name }) => name !== DEFAULT_SCENARIO).sort((a, b) => (a.name < b.name ? -1 : 1))
    for (const scenario of others) {
      sections.push(this.#section(`SCENARIO: ${visible(scenario.name)}`, this.#partLines(scenario)))
      for (const group of scenario.groups) sections.push(this.#group(group, 1))
    }
    if (errors.listed.length > 0) sections.push(this.#section('ERRORS', this.#errorLines()))
    for (const { title, lines } of notes) {
      sections.push(
        this.#section(
          title,
          paragraphs(lines).flatMap((line) => wrapped(line, Math.min(this.#width, NOTE_WIDTH) - INDENT)),
        ),
      )
    }
    if (reservation !== undefined) sections.push(`\n${this.#reservationLines(reservation).join('\n')}\n`)
    return sections.join('')
  }

  #reservationLines(text: string): string[] {
    const paint = this.#paint
    return wrapped(`! ${text}`, this.#width - 2).map((line) => `  ${paint('warn', line)}`)
  }

  #errorLines(): string[] {
    const { listed, others } = this.#results.errors
    const countWidth = Math.max(...listed.map(({ count }) => String(count).length))
    const lines = listed.flatMap(({ message, count, scenario, place }) => {
      const text = wrapped(visible(message.split('\n', 1)[0] as string), this.#width - INDENT - countWidth - 2)
      const where = [scenario, place].filter((part) => part !== '').join(', ')
      const margin = ' '.repeat(countWidth + 2)
      return [
        `${this.#paint('fail', String(count).padStart(countWidth))}  ${text[0]}`,
        ...text.slice(1).map((line) => margin + line),
        ...(where === '' ? [] : [margin + this.#paint('extra', where)]),
      ]
    })
    return others === 0 ? lines : [...lines, `and ${others} more of other kinds`]
  }

  /** A group and those inside it; `depth` 0 is a section of its own. */
  #group(group: GroupResult, depth: number): string {
    const lines = this.#partLines(group, depth > 0 ? 4 : 2)
    const own = this.#section(`GROUP: ${visible(group.name)}`, lines, depth)
    return own + group.groups.map((inner) => this.#group(inner, depth + 1)).join('')
  }

  #section(title: string, lines: readonly string[], depth = 0): string {
    const indent = ' '.repeat(2 + 2 * depth)
    const body = lines.map((line) => (line === '' ? '\n' : `${indent}  ${line}\n`)).join('')
    return `\n${indent}${depth === 0 ? '█' : '↳'} ${this.#paint('title', title)} \n\n${body}${body === '' ? '' : '\n'}`
  }

  #thresholdLines(): string[] {
    const withThresholds = this.#results.metrics.filter(({ thresholds }) => thresholds.length > 0)
    const names = new Set(withThresholds.map(({ name }) => name))
    const order = ({ name, parent }: MetricResult) => [parent ?? name, parent === null ? '' : name] as const
    const sorted = withThresholds.sort((a, b) => compare(order(a), order(b)))
    return sorted.flatMap((metric, i) => {
      const { name, parent, thresholds } = metric
      const isNested = parent !== null && names.has(parent)
      const indent = isNested ? '  ' : ''
      const title = isNested ? name.slice(parent.length) : name
      const lines = thresholds.map((threshold) => indent + this.#thresholdLine(metric, threshold))
      return [...(i > 0 ? [''] : []), indent + title, ...lines]
    })
  }

  #thresholdLine(metric: MetricResult, { source, ok, isProven, aggregation, value }: ThresholdResult): string {
    const paint = this.#paint
    if (!isProven) return `${paint('warn', '–')} ${paint('condition', `'${source}'`)} ${paint('warn', 'no samples')}`
    const mark = ok ? paint('pass', '✓') : paint('fail', '✗')
    const shown = this.#thresholdValue(metric, aggregation, value)
    return `${mark} ${paint('condition', `'${source}'`)} ${paint('condition', aggregation)}=${paint('value', shown)}`
  }

  #thresholdValue({ type, contains }: MetricResult, aggregation: string, value: number): string {
    if (type === 'rate') return humanizeRate(value)
    const shown = humanize(value, contains, this.#results.options.timeUnit)
    return type === 'counter' && aggregation === 'rate' ? `${shown}/s` : shown
  }

  /** Checks and metrics of the whole run, a scenario or a group. */
  #partLines({ metrics, checks }: PartResult, detailIndent = 2): string[] {
    const blocks = [...this.#checkBlocks(checks, detailIndent), ...this.#metricBlocks(metrics)]
    return blocks.flatMap((block, i) => (i === 0 ? block : ['', ...block]))
  }

  #checkBlocks(checks: readonly CheckResult[], detailIndent: number): string[][] {
    const passes = checks.reduce((total, check) => total + check.passes, 0)
    const fails = checks.reduce((total, check) => total + check.fails, 0)
    const total = passes + fails
    if (total === 0) return []
    const values = { count: total, rate: perSecond(total, this.#results.scenariosMs) }
    const rows: Row[] = [
      metricRow('checks_total', { type: 'counter', contains: 'default', values }, [], null),
      shareRow('checks_succeeded', passes, total),
      shareRow('checks_failed', fails, total),
    ]
    return [alignedLines(rows, this.#paint).flat(), this.#listOfChecks(checks, detailIndent)]
  }

  /** The checks one by one. When there are too many to show, those that failed come first. */
  #listOfChecks(checks: readonly CheckResult[], detailIndent: number): string[] {
    if (checks.length <= SHOWN_CHECKS) return checks.flatMap((check) => this.#checkLines(check, detailIndent))
    const failed = checks.filter(({ fails }) => fails > 0)
    const passed = checks.filter(({ fails }) => fails === 0)
    const shown = [...failed.slice(0, SHOWN_CHECKS), ...passed.slice(0, Math.max(0, SHOWN_CHECKS - failed.length))]
    const hiddenFailed = Math.max(0, failed.length - SHOWN_CHECKS)
    const hidden = checks.length - shown.length
    return [
      ...shown.flatMap((check) => this.#checkLines(check, detailIndent)),
      `… and ${hidden} more checks, ${hiddenFailed === 0 ? 'none' : hiddenFailed} of them failed`,
    ]
  }

  #checkLines({ name, passes, fails }: CheckResult, detailIndent: number): string[] {
    if (fails === 0) return [this.#paint('pass', `✓ ${visible(name)}`)]
    const percentage = Math.floor((100 * passes) / (passes + fails))
    const detail = `↳  ${percentage}% — ✓ ${passes} / ✗ ${fails}`
    return [this.#paint('fail', `✗ ${visible(name)}`), ' '.repeat(detailIndent) + this.#paint('fail', detail)]
  }

  /** One block per category, all aligned together. */
  #metricBlocks(metrics: readonly MetricResult[]): string[][] {
    const listed = this.#listed(metrics)
    const lines = alignedLines(
      listed.map((metric) => this.#row(metric)),
      this.#paint,
      this.#width - INDENT,
    )
    return CATEGORIES.flatMap((category) => {
      const own = lines.filter((_line, i) => categoryOf(parentOf(listed[i] as MetricResult)) === category)
      return own.length === 0 ? [] : [[this.#paint('title', category), ...own.flat()]]
    })
  }

  /** The metrics to show, by name, each before its submetrics. */
  #listed(metrics: readonly MetricResult[]): MetricResult[] {
    const matters = ({ isEmpty, thresholds }: MetricResult) => !isEmpty || thresholds.length > 0
    const parents = new Set(metrics.filter(matters).map(parentOf))
    return metrics
      .filter((metric) => (metric.parent === null ? parents.has(metric.name) : matters(metric)))
      .filter((metric) => categoryOf(parentOf(metric)) !== null)
      .filter((metric) => this.#results.options.mode === 'full' || !isHttpPhase(parentOf(metric)))
      .map((metric) => ({ metric, key: [parentOf(metric), metric.parent === null ? '' : metric.name] as const }))
      .sort((a, b) => compare(a.key, b.key))
      .map(({ metric }) => metric)
  }

  #row(metric: MetricResult): Row {
    const { trendStats, timeUnit } = this.#results.options
    const label = metric.parent === null ? metric.name : `  { ${metric.name.slice(metric.parent.length + 1, -1)} }`
    const row = metricRow(label, metric, trendStats, timeUnit)
    return parentOf(metric) === 'iterations_failed' ? { ...row, isFailure: (metric.values['count'] ?? 0) > 0 } : row
  }
}

function parentOf({ name, parent }: MetricResult): string {
  return parent ?? name
}

function compare(a: readonly [string, string], b: readonly [string, string]): number {
  const at = a[0] === b[0] ? 1 : 0
  return a[at] < b[at] ? -1 : a[at] > b[at] ? 1 : 0
}
