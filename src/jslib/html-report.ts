/**
 * `sockeye/html-report`: the data of `handleSummary` as one HTML page without scripts. It replaces `htmlReport` of k6-reporter.
 */
import { humanizeValue } from './summary.js'

interface Metric {
  readonly type: string
  readonly contains: string
  readonly values: Readonly<Record<string, number>>
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>
}

interface Group {
  readonly name: string
  readonly groups: readonly Group[]
  readonly checks: readonly { readonly name: string; readonly passes: number; readonly fails: number }[]
}

interface SummaryData {
  readonly metrics: Readonly<Record<string, Metric>>
  readonly root_group: Group
  readonly options?: { readonly summaryTimeUnit?: string }
  readonly state?: { readonly testRunDurationMs: number }
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1f2933}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{padding:.3rem .6rem;text-align:right;border-bottom:1px solid #d9e2ec;white-space:nowrap}
th:first-child,td:first-child{text-align:left;white-space:normal}.pass{color:#147d50}.fail{color:#b42318;font-weight:600}
@media(prefers-color-scheme:dark){body{background:#11181f;color:#e4e7eb}th,td{border-color:#323f4b}.pass{color:#57d39b}.fail{color:#ff8a7a}}`

export function htmlReport(data: SummaryData, options: { title?: string } = {}): string {
  const title = escaped(options.title ?? `Load test, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`)
  const sections = [thresholds(data), checks(data.root_group), ...metricTables(data)]
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${STYLE}</style></head><body><h1>${title}</h1>
${sections.filter((section) => section !== '').join('\n')}
</body></html>
`
}

function thresholds({ metrics }: SummaryData): string {
  const rows = Object.entries(metrics).flatMap(([name, { thresholds = {} }]) =>
    Object.entries(thresholds).map(([source, { ok }]) => [escaped(name), escaped(source), verdict(ok)]),
  )
  return table('Thresholds', ['metric', 'threshold', 'result'], rows)
}

function checks(root: Group): string {
  const rows = (group: Group, path: string): string[][] => [
    ...group.checks.map(({ name, passes, fails }) => [
      escaped(`${path}${name}`),
      String(passes),
      String(fails),
      verdict(fails === 0),
    ]),
    ...group.groups.flatMap((inner) => rows(inner, `${path}${inner.name} › `)),
  ]
  return table('Checks', ['check', 'passed', 'failed', 'result'], rows(root, ''))
}

/** One table for each type of metric, because each type has other values. */
function metricTables({ metrics, options }: SummaryData): string[] {
  return ['trend', 'counter', 'rate', 'gauge'].map((type) => {
    const own = Object.entries(metrics).filter(([, metric]) => metric.type === type)
    const keys = [...new Set(own.flatMap(([, { values }]) => Object.keys(values)))]
    const rows = own.map(([name, metric]) => [
      escaped(name),
      ...keys.map((key) => escaped(shown(metric, key, options?.summaryTimeUnit))),
    ])
    return table(`${type[0]?.toUpperCase()}${type.slice(1)}s`, ['metric', ...keys.map(escaped)], rows)
  })
}

function shown({ type, contains, values }: Metric, key: string, unit: string | undefined): string {
  const value = values[key]
  if (value === undefined) return ''
  const isShare = type === 'rate' && key === 'rate'
  // These are counts, without the unit of the metric.
  const isCount = key === 'passes' || key === 'fails' || (type === 'trend' && key === 'count')
  const metric = { type: isShare ? 'rate' : 'other', contains: isCount ? 'default' : contains }
  return humanizeValue(value, metric, unit) + (type === 'counter' && key === 'rate' ? '/s' : '')
}

function table(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const head = `<tr>${heads.map((text) => `<th>${text}</th>`).join('')}</tr>`
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n')
  return `<h2>${title}</h2>\n<table><thead>${head}</thead><tbody>\n${body}\n</tbody></table>`
}

function verdict(ok: boolean): string {
  return ok ? '<span class="pass">passed</span>' : '<span class="fail">failed</span>'
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] as string)
}

export default { htmlReport }
