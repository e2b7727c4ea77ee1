/** A comparison as text for a terminal, as Markdown, or as JSON. */
import { formatDuration } from '../base/duration.js'
import { tableLines } from '../terminal/table.js'
import type { ComparedValue, Comparison, RunFacts } from './compare.js'

type Judged = Pick<ComparedValue, 'change' | 'isSignificant' | 'isRegression'>

/** Of 10 %. */
const LARGE_CHANGE = 0.1

export type ComparisonFormat = 'table' | 'markdown' | 'json'

export function renderComparison(comparison: Comparison, format: ComparisonFormat): string {
  switch (format) {
    case 'table':
      return asTable(comparison)
    case 'markdown':
      return asMarkdown(comparison)
    case 'json':
      return `${JSON.stringify(comparison, null, 2)}\n`
    default:
      return format satisfies never
  }
}

const HEAD = ['metric', '', 'baseline', 'this run', 'change', '']

function asTable(comparison: Comparison): string {
  const lines = tableLines([HEAD, ...comparison.rows.map(cellsOf)], (column) => column >= 2 && column < 5)
  return `${[...factLines(comparison), '', ...lines, '', ...remarks(comparison)].join('\n')}\n`
}

function asMarkdown(comparison: Comparison): string {
  const row = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`
  const lines = [
    row(HEAD),
    '| --- | --- | ---: | ---: | ---: | --- |',
    ...comparison.rows.map((each) => row(cellsOf(each))),
  ]
  const facts = factLines(comparison).map((line) => `${escaped(line)}  `)
  return `${[...facts, '', ...lines, '', ...remarks(comparison).map(escaped)].join('\n')}\n`
}

function factLines({ baseline, candidate }: Comparison): string[] {
  return [`baseline  ${factsText(baseline)}`, `this run  ${factsText(candidate)}`]
}

function factsText({ path, script, startedAt, durationMs, verdict }: RunFacts): string {
  const seconds = Math.round(durationMs / 100) * 100
  return `${path}: ${script}, ${new Date(startedAt).toISOString().slice(0, 19)}Z, ${formatDuration(seconds)}, ${verdict}`
}

function cellsOf({ metric, statistic, contains, baseline, candidate, change, ...rest }: ComparedValue): string[] {
  return [
    metric,
    statistic,
    numberText(baseline, contains),
    numberText(candidate, contains),
    changeText(change),
    markOf({ change, ...rest }),
  ]
}

function markOf({ change, isSignificant, isRegression }: Judged): string {
  if (isRegression) return 'regression'
  if (isSignificant === undefined) return ''
  return isSignificant ? 'differs' : resemblanceOf(change)
}

/** What to call a change that is not proven. A large one is not called noise: what is missing is a longer run. */
export function resemblanceOf(change: number | null): 'noise' | 'unclear' {
  return Math.abs(change ?? 0) < LARGE_CHANGE ? 'noise' : 'unclear'
}

function remarks({ rows, missing, added }: Comparison): string[] {
  const differing = rows.filter(({ isSignificant }) => isSignificant === true).length
  const tested = rows.filter(({ isSignificant }) => isSignificant !== undefined).length
  const unclear = rows.filter((row) => markOf(row) === 'unclear').length
  const regressions = rows.filter(({ isRegression }) => isRegression).length
  const unproven = rows.filter(({ isBeyondLimit, isRegression }) => isBeyondLimit && !isRegression)
  return [
    tested === 0
      ? 'Too short to tell differences from noise: run for a minute at least.'
      : `${differing} of ${tested} tested values differ by more than noise (5 % risk of any false alarm).`,
    ...(unclear === 0
      ? []
      : [`${unclear} changed by 10 % or more and may be noise all the same (unclear): longer runs tell.`]),
    ...(regressions === 0 ? [] : [`${regressions} beyond the limit of --fail-on.`]),
    ...(unproven.length === 0 ? [] : [unprovenText(unproven)]),
    ...(missing.length === 0 ? [] : [`Only in the baseline: ${missing.join(', ')}.`]),
    ...(added.length === 0 ? [] : [`Only in this run: ${added.join(', ')}.`]),
  ]
}

function unprovenText(rows: readonly ComparedValue[]): string {
  const values = rows.map(({ metric, statistic, change }) => `${metric} ${statistic} ${changeText(change)}`)
  return `Beyond the limit of --fail-on, and maybe noise: ${values.join(', ')}. Longer runs tell; limits that name one metric are surer.`
}

function numberText(value: number, contains: ComparedValue['contains']): string {
  const text = String(Number(value.toPrecision(4)))
  return contains === 'time' ? `${text} ms` : text
}

/** A relative change as `+3.2 %`. Null is what JSON makes of NaN: there is no ratio. */
export function changeText(change: number | null): string {
  if (change === null || Number.isNaN(change)) return '–'
  const percent = (change * 100).toFixed(Math.abs(change) < 0.1 ? 1 : 0)
  return `${change > 0 ? '+' : ''}${percent} %`
}

function escaped(text: string): string {
  return text.replace(/[\\|<>*_`]/g, '\\$&')
}
