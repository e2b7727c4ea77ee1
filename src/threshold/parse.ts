/**
 * The option `thresholds` as data that can be sent to other threads: which metrics and submetrics, and what must hold.
 *
 *   thresholds: { 'ws_connecting{scenario:chat}': ['p(95)<200', { threshold: 'avg<50', abortOnFail: true, delayAbortEval: '10s' }] }
 *
 * Errors  SockeyeError ERR_INVALID_THRESHOLD with every problem that was found
 * Source  docs/spec/metrics-and-modules.md 2.3
 */
import { parseDuration } from '../base/duration.js'
import { SockeyeError } from '../base/errors.js'
import { withKnownNames } from '../base/field-name.js'
import { largest } from '../base/largest.js'
import { nearest } from '../base/nearest.js'
import { shown } from '../config/problems.js'
import { aggregationName, THRESHOLD_METHODS } from '../metrics/aggregation.js'
import type { MetricDefinition, Submetric } from '../metrics/metric.js'
import { NON_INDEXABLE_TAGS } from '../metrics/system-tags.js'
import { combined, ofMetric, thresholdError, unknownMetric } from './errors.js'
import { type Expression, parseExpression } from './expression.js'
import { parseSelector, selectorKey } from './selector.js'

export interface Threshold {
  /** The expression as the user wrote it: `p(95)<200`. */
  readonly source: string
  readonly expression: Expression
  readonly abortOnFail: boolean
  /** How long the test must have run before this threshold may abort it, in ms. */
  readonly delayAbortMs: number
}

/** The thresholds of one metric or submetric. When `thresholds` is empty, the submetric is only shown. */
export interface MetricThresholds {
  /** `metric` or `metric{tag:value}`, as the user wrote it but for blanks at the braces; the name of its sink. */
  readonly name: string
  readonly metric: string
  readonly submetric: Submetric | null
  readonly thresholds: readonly Threshold[]
}

export type ParsedThresholds = readonly MetricThresholds[]

export interface ThresholdChecks {
  /** False (`--no-thresholds`): only the selectors are read, and the submetrics are still tracked and shown. */
  readonly conditions?: boolean
  /** The metrics that exist, to check names and aggregations. Without them only selectors and expressions are checked. */
  readonly metrics?: readonly MetricDefinition[]
}

export function parseThresholds(
  option: unknown,
  { conditions = true, metrics }: ThresholdChecks = {},
): ParsedThresholds {
  if (option === undefined || option === null) return []
  if (typeof option !== 'object' || Array.isArray(option)) {
    throw thresholdError(`options.thresholds must be an object, got ${shown(option)}`)
  }
  const problems: SockeyeError[] = []
  const bySelector = new Map<string, MetricThresholds>()
  for (const [name, entries] of Object.entries(option)) {
    const parsed = collecting(problems, () => parseMetric(name, conditions ? entries : [], problems))
    if (parsed !== undefined) addOrJoin(bySelector, parsed)
  }
  const parsed = [...bySelector.values()]
  if (conditions && metrics !== undefined) problems.push(...misfits(parsed, metrics))
  if (problems.length > 0) throw combined(problems)
  return parsed
}

/** Every metric must exist and know what is asked of it. */
function misfits(parsed: ParsedThresholds, metrics: readonly MetricDefinition[]): SockeyeError[] {
  const known = new Map(metrics.map((metric) => [metric.name, metric]))
  const problems: SockeyeError[] = []
  for (const { name, metric, thresholds } of parsed) {
    const definition = known.get(metric)
    if (definition === undefined) {
      problems.push(unknownMetric(name, nearest(metric, [...known.keys()])))
      continue
    }
    const allowed = THRESHOLD_METHODS[definition.type]
    for (const { source, expression } of thresholds) {
      const { method } = expression.aggregation
      if (allowed.includes(method === 'p' ? 'p(N)' : method)) continue
      problems.push(
        thresholdError(
          `invalid threshold "${source}" applied on metric ${name}; reason: unsupported aggregation method ` +
            `${aggregationName(expression.aggregation)} on metric of type ${definition.type}. ` +
            `supported aggregation methods for this metric are: ${allowed.join(', ')}`,
        ),
      )
    }
  }
  return problems
}

/** The longest time window of all thresholds, in ms; 0 without any. */
export function longestWindow(parsed: ParsedThresholds): number {
  return largest(parsed.flatMap(({ thresholds }) => thresholds.map(({ expression }) => expression.windowMs ?? 0)))
}

/** The submetrics for every registry: those of thresholds, and those that exist in every run. */
export function submetricsOf(parsed: ParsedThresholds, automatic: readonly Submetric[] = []): Submetric[] {
  const asked = parsed.flatMap(({ submetric }) => submetric ?? [])
  const known = new Set(asked.map(selectorKey))
  return [...asked, ...automatic.filter((submetric) => !known.has(selectorKey(submetric)))]
}

/** Warnings about selectors that can match nothing, because their tag is no longer a tag. */
export function selectorWarnings(parsed: ParsedThresholds): string[] {
  return parsed.flatMap(({ name, submetric }) =>
    NON_INDEXABLE_TAGS.filter((tag) => submetric !== null && tag in submetric.tags).map(
      (tag) =>
        `The high-cardinality '${tag}' metric tag was made non-indexable in k6 v0.41.0, so thresholds like ` +
        `'${name}' that are based on it won't work correctly.`,
    ),
  )
}

const ENTRY_FIELDS = ['threshold', 'abortOnFail', 'delayAbortEval']

function parseMetric(written: string, entries: unknown, problems: SockeyeError[]): MetricThresholds {
  const selector = parseSelector(written)
  const name = submetricName(written)
  if (entries === null || entries === undefined) return parseMetric(written, [], problems)
  if (!Array.isArray(entries)) {
    throw thresholdError(
      `options.thresholds["${name}"] must be an array, got ${shown(entries)}`,
      typeof entries === 'string' ? `write ['${entries}']` : undefined,
    )
  }
  return {
    name,
    metric: selector.metric,
    submetric: selector.tags === null ? null : { metric: selector.metric, name, tags: selector.tags },
    thresholds: entries.flatMap((entry, i) => collecting(problems, () => parseEntry(name, i, entry)) ?? []),
  }
}

/** The name that k6 gives a submetric: what the user wrote, without blanks at the braces. `t{ kind : a }` is `t{kind : a}`. */
function submetricName(written: string): string {
  return written.replace(/\{\s*/, '{').replace(/\s*\}$/, '}')
}

function parseEntry(name: string, index: number, entry: unknown): Threshold {
  const place = `options.thresholds["${name}"][${index}]`
  if (typeof entry === 'string') return threshold(entry, name)
  if (typeof entry !== 'object' || entry === null) {
    throw thresholdError(`${place} must be a string or an object, got ${shown(entry)}`)
  }
  // Other keys are accepted, as on k6: scripts leave notes there.
  const {
    threshold: source,
    abortOnFail = false,
    delayAbortEval = null,
  } = withKnownNames(entry as Record<string, unknown>, ENTRY_FIELDS)
  if (typeof source !== 'string') throw thresholdError(`${place}.threshold must be a string, got ${shown(source)}`)
  if (abortOnFail !== null && typeof abortOnFail !== 'boolean') {
    throw thresholdError(`${place}.abortOnFail must be true or false, got ${shown(abortOnFail)}`)
  }
  const delayAbortMs = delayAbortEval === null ? 0 : parseDuration(delayAbortEval)
  if (delayAbortMs === undefined || delayAbortMs < 0) {
    throw thresholdError(`${place}.delayAbortEval must be a duration such as '10s', got ${shown(delayAbortEval)}`)
  }
  return threshold(source, name, abortOnFail === true, delayAbortMs)
}

function threshold(source: string, name: string, abortOnFail = false, delayAbortMs = 0): Threshold {
  try {
    return { source, expression: parseExpression(source), abortOnFail, delayAbortMs }
  } catch (error) {
    throw error instanceof SockeyeError ? ofMetric(error, name) : error
  }
}

/** Selectors of the same samples share one submetric, named after the first. */
function addOrJoin(bySelector: Map<string, MetricThresholds>, parsed: MetricThresholds): void {
  const key = selectorKey({ metric: parsed.metric, tags: parsed.submetric?.tags ?? null })
  const first = bySelector.get(key)
  const joined = first === undefined ? parsed : { ...first, thresholds: [...first.thresholds, ...parsed.thresholds] }
  bySelector.set(key, joined)
}

function collecting<T>(problems: SockeyeError[], parse: () => T): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof SockeyeError)) throw error
    problems.push(error)
    return undefined
  }
}
