/**
 * The summary of `--new-machine-readable-summary`: for `handleSummary` and, with sorted keys, for `--summary-export`.
 *
 * Units   the duration is in seconds, times of trends in ms
 * Source  docs/spec/metrics-and-modules.md 3.7
 */
import { CATEGORIES, categoryOf } from './category.js'
import { errorData } from './data.js'
import type { MetricResult, RunResults } from './results.js'
import { checksByName } from './results.js'

export interface MachineReadableContext {
  /** Source text of the script. */
  readonly script: string
  readonly generatedAt: Date
  /** The value of `metadata.k6_version`, by which readers know the schema. */
  readonly version: string
}

/** Trend statistics of the schema by their names in summaryTrendStats. */
const TREND_KEYS = { avg: 'avg', max: 'max', med: 'med', min: 'min', 'p(90)': 'p90', 'p(95)': 'p95' } as const

export function machineReadableSummary(results: RunResults, context: MachineReadableContext): Record<string, unknown> {
  const { checks, durationMs } = results
  const passes = checks.reduce((total, check) => total + check.passes, 0)
  const fails = checks.reduce((total, check) => total + check.fails, 0)
  const total = passes + fails
  return {
    config: { duration: durationMs / 1000, execution: 'local', script: context.script },
    metadata: { generated_at: context.generatedAt.toISOString(), k6_version: context.version },
    results: {
      checks: {
        metrics: [
          { name: 'checks_total', type: 'counter', contains: 'default', values: { count: total } },
          { name: 'checks_failed', type: 'rate', contains: 'default', values: share(fails, total) },
          { name: 'checks_succeeded', type: 'rate', contains: 'default', values: share(passes, total) },
        ],
        results: checksByName(checks).map(({ name, passes, fails }) => ({ name, passes, fails })),
      },
      metrics: inCategoryOrder(results.metrics).map((metric) => ({
        name: metric.name,
        type: metric.type,
        contains: metric.contains,
        values: valuesOf(metric),
      })),
      ...errorData(results),
    },
    version: '1.0.0',
  }
}

/** The content of the export file. */
export function machineReadableExport(results: RunResults, context: MachineReadableContext): string {
  return JSON.stringify(sortedKeys(machineReadableSummary(results, context)), null, 4)
}

function inCategoryOrder(metrics: readonly MetricResult[]): MetricResult[] {
  const shown = metrics.filter(({ isEmpty, thresholds }) => !isEmpty || thresholds.length > 0)
  return CATEGORIES.flatMap((category) => shown.filter(({ name, parent }) => categoryOf(parent ?? name) === category))
}

function valuesOf({ type, values }: MetricResult): Record<string, number> {
  const raw = (name: string) => values[name] ?? 0
  switch (type) {
    case 'counter':
      return { count: raw('count') }
    case 'gauge':
      return { max: raw('max'), min: raw('min'), value: raw('value') }
    case 'rate':
      return share(raw('passes'), raw('passes') + raw('fails'))
    case 'trend':
      return Object.fromEntries(
        Object.entries(TREND_KEYS).flatMap(([stat, key]) => (values[stat] === undefined ? [] : [[key, raw(stat)]])),
      )
    default:
      return type satisfies never
  }
}

function share(matches: number, total: number): Record<string, number> {
  return { matches, rate: total === 0 ? 0 : matches / total, total }
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortedKeys(inner)]))
}
