/**
 * Makes the results of a run from what the main thread collected.
 */

import { aggregate, aggregationName, perSecond } from '../metrics/aggregation.js'
import { EXPECTED_DURATION } from '../metrics/builtin.js'
import type { CheckTallies, CheckTally } from '../metrics/checks.js'
import type { MetricDefinition } from '../metrics/metric.js'
import type { MetricRegistry, ViewSink } from '../metrics/registry.js'
import type { Sink } from '../metrics/sink.js'
import { parseTrendStat } from '../metrics/trend-stat.js'
import { DEFAULT_SCENARIO, isLifecycleGroup } from '../metrics/view.js'
import type { ThresholdEvaluator } from '../threshold/evaluator.js'
import type { MetricThresholds, ParsedThresholds } from '../threshold/parse.js'
import type {
  CheckResult,
  ErrorResults,
  GroupResult,
  MetricResult,
  PartResult,
  RunResults,
  ScenarioResult,
  SummaryNote,
  SummaryOptions,
  ThresholdResult,
} from './results.js'

export interface RunData {
  readonly registry: MetricRegistry
  readonly checks: CheckTallies
  readonly thresholds: ParsedThresholds
  /** The thresholds, after their final evaluation. */
  readonly evaluator: ThresholdEvaluator
  readonly durationMs: number
  /** The time in which scenarios ran; that of the test by default. */
  readonly scenariosMs?: number | undefined
  readonly options: SummaryOptions
  readonly errors?: ErrorResults
  readonly notes?: readonly SummaryNote[]
  readonly reservation?: string | undefined
}

const NO_ERRORS: ErrorResults = { listed: [], others: 0 }

export function buildResults(data: RunData): RunResults {
  const { registry, checks, durationMs, options } = data
  const thresholds = new Map(data.thresholds.map((entry) => [entry.name, entry]))
  const groups = new Set(checks.groups().map(({ path }) => path))
  groups.delete('')
  return {
    durationMs,
    scenariosMs: rateMs(data),
    metrics: [...registry.definitions()].flatMap((definition) => metricResults(data, thresholds, definition)),
    checks: joined(checks.checks(), ({ group, name }) => `${group}::${name}`),
    groups: [...groups],
    scenarios: options.mode === 'full' ? scenarioResults(data) : [],
    options,
    errors: data.errors ?? NO_ERRORS,
    notes: data.notes ?? [],
    reservation: data.reservation,
  }
}

function rateMs({ durationMs, scenariosMs = durationMs }: RunData): number {
  return scenariosMs
}

/** The values of a sink under the names that scripts know. */
function valuesOf(sink: Sink, durationMs: number, trendStats: readonly string[]): Record<string, number> {
  switch (sink.type) {
    case 'counter':
      return { count: sink.sum, rate: perSecond(sink.sum, durationMs) }
    case 'gauge':
      return { value: sink.value, min: sink.min, max: sink.max }
    case 'rate':
      return {
        rate: sink.total === 0 ? 0 : sink.nonZero / sink.total,
        passes: sink.nonZero,
        fails: sink.total - sink.nonZero,
      }
    case 'trend':
      return Object.fromEntries(trendStats.map((stat) => [stat, aggregate(sink, parseTrendStat(stat), durationMs)]))
    default:
      return sink satisfies never
  }
}

/** A metric and its submetrics. */
function metricResults(
  data: RunData,
  thresholds: ReadonlyMap<string, MetricThresholds>,
  definition: MetricDefinition,
): MetricResult[] {
  const { registry } = data
  const resultOf = (name: string, parent: string | null): MetricResult =>
    metricResult(data, thresholds.get(name), definition, name, parent)
  const whole = resultOf(definition.name, null)
  const parts = registry.submetricsOf(definition.name).map(({ name }) => resultOf(name, definition.name))
  // A test without a single good response shows that, too.
  return [whole, ...parts.map((part) => (part.name === EXPECTED_DURATION ? { ...part, isEmpty: whole.isEmpty } : part))]
}

function metricResult(
  data: RunData,
  entry: MetricThresholds | undefined,
  { type, contains }: MetricDefinition,
  name: string,
  parent: string | null,
): MetricResult {
  const sink = data.registry.sink(name) as Sink
  return {
    name,
    parent,
    type,
    contains,
    isEmpty: sink.isEmpty(),
    values: valuesOf(sink, rateMs(data), data.options.trendStats),
    thresholds: entry === undefined ? [] : thresholdResults(data, entry),
  }
}

function thresholdResults(data: RunData, entry: MetricThresholds): ThresholdResult[] {
  return entry.thresholds.map((threshold) => ({
    source: threshold.source,
    ok: data.evaluator.isOk(threshold),
    isProven: !data.evaluator.isUnproven(entry, threshold),
    aggregation: aggregationName(threshold.expression.aggregation),
    value: data.evaluator.observed(entry, threshold, rateMs(data)),
  }))
}

/** Every scenario that measured something, in order of first use. */
function scenarioResults(data: RunData): ScenarioResult[] {
  const names = new Set<string>()
  for (const { view } of data.registry.viewSinks()) names.add(view.scenario)
  const groups = data.checks.groups().filter(({ scenario, path }) => scenario !== '' || !isLifecycleGroup(path))
  for (const { scenario } of groups) names.add(scenario || DEFAULT_SCENARIO)
  return [...names].map((name) => {
    const checks = data.checks.checks().filter((check) => belongsTo(check, name))
    const paths = groups.filter(({ scenario }) => (scenario || DEFAULT_SCENARIO) === name).map(({ path }) => path)
    for (const { view } of data.registry.viewSinks()) if (view.scenario === name) paths.push(view.group ?? '')
    const part = (path: string | null): PartResult => ({
      metrics: viewMetrics(data, name, path),
      checks: joined(path === null ? checks : checks.filter(({ group }) => group === path), (check) => check.name),
    })
    return { name, ...part(null), groups: groupTree([...new Set(paths)], part) }
  })
}

function belongsTo({ scenario, group }: Readonly<CheckTally>, name: string): boolean {
  return scenario === name || (scenario === '' && name === DEFAULT_SCENARIO && !isLifecycleGroup(group))
}

function viewMetrics(data: RunData, scenario: string, group: string | null): MetricResult[] {
  const isMine = ({ view }: ViewSink) => view.scenario === scenario && view.group === group
  return [...data.registry.viewSinks()].filter(isMine).map(({ metric, sink }) => ({
    name: metric.name,
    parent: null,
    type: metric.type,
    contains: metric.contains,
    isEmpty: sink.isEmpty(),
    values: valuesOf(sink, rateMs(data), data.options.trendStats),
    thresholds: [],
  }))
}

/** `::a::b` below `::a`. A group whose parent is unknown gets one. */
function groupTree(paths: readonly string[], part: (path: string) => PartResult): GroupResult[] {
  interface Node extends GroupResult {
    readonly groups: Node[]
  }
  const nodes = new Map<string, Node>()
  const roots: Node[] = []
  const nodeOf = (path: string): Node => {
    let node = nodes.get(path)
    if (node === undefined) {
      const cut = path.lastIndexOf('::')
      node = { name: path.slice(cut + 2), path, groups: [], ...part(path) }
      nodes.set(path, node)
      const siblings = cut > 0 ? nodeOf(path.slice(0, cut)).groups : roots
      siblings.push(node)
    }
    return node
  }
  for (const path of paths) if (path !== '') nodeOf(path)
  return roots
}

/** Adds up tallies of the same key, in order of first use. */
function joined(
  tallies: readonly Readonly<CheckTally>[],
  keyOf: (tally: Readonly<CheckTally>) => string,
): CheckResult[] {
  const byKey = new Map<string, { name: string; group: string; passes: number; fails: number }>()
  for (const tally of tallies) {
    const { name, group, passes, fails } = tally
    const known = byKey.get(keyOf(tally))
    if (known === undefined) byKey.set(keyOf(tally), { name, group, passes, fails })
    else {
      known.passes += passes
      known.fails += fails
    }
  }
  return [...byKey.values()]
}
