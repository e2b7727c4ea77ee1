/** Makes the results of a run from what the main thread collected. */
import { entryOf } from '../base/map-entry.js'
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
  /** How long scenarios ran; as long as the test by default. */
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

/** The results of a metric and of its submetrics. */
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
  // This submetric is shown even when no response was as expected: an empty row tells that.
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
  const scenarios = new Map<string, Collected>()
  const scenarioOf = (name: string): Collected => entryOf(scenarios, name || DEFAULT_SCENARIO, newCollected)
  for (const viewSink of data.registry.viewSinks()) {
    const { scenario, group } = viewSink.view
    entryOf(scenarioOf(scenario).views, group, (): ViewSink[] => []).push(viewSink)
  }
  for (const { scenario, path } of data.checks.groups())
    if (scenario !== '' || !isLifecycleGroup(path)) scenarioOf(scenario).groups.add(path)
  for (const check of data.checks.checks())
    if (scenarios.has(check.scenario || DEFAULT_SCENARIO) && (check.scenario !== '' || !isLifecycleGroup(check.group)))
      for (const group of [null, check.group])
        entryOf(scenarioOf(check.scenario).checks, group, (): Readonly<CheckTally>[] => []).push(check)
  return [...scenarios].map(([name, { views, checks, groups }]) => {
    const part = (group: string | null): PartResult => ({
      metrics: (views.get(group) ?? []).map((view) => viewMetric(data, view)),
      checks: joined(checks.get(group) ?? [], (check) => check.name),
    })
    const paths = new Set([...groups, ...[...views.keys()].map((group) => group ?? '')])
    return { name, ...part(null), groups: groupTree([...paths], part) }
  })
}

/** What belongs to one scenario, by the path of the group; by null for the scenario as a whole. */
interface Collected {
  readonly views: Map<string | null, ViewSink[]>
  readonly checks: Map<string | null, Readonly<CheckTally>[]>
  /** The paths of groups that were entered, in order of first use. */
  readonly groups: Set<string>
}

function newCollected(): Collected {
  return { views: new Map(), checks: new Map(), groups: new Set() }
}

function viewMetric(data: RunData, { metric, sink }: ViewSink): MetricResult {
  return {
    name: metric.name,
    parent: null,
    type: metric.type,
    contains: metric.contains,
    isEmpty: sink.isEmpty(),
    values: valuesOf(sink, rateMs(data), data.options.trendStats),
    thresholds: [],
  }
}

/** The groups as a tree: `::a::b` is inside `::a`, which is added when it is not in the list. */
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
