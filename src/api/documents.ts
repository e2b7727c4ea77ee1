/**
 * The documents that the control API answers with: JSON:API envelopes around status, metrics, groups and setup data.
 *
 * Source  docs/spec/metrics-and-modules.md §6
 */
import { rootGroup, type SummaryCheck, type SummaryGroup } from '../summary/data.js'
import type { MetricResult, RunResults } from '../summary/results.js'
import { API_TREND_STATS, type ControlledRun } from './controlled-run.js'

export interface Resource {
  readonly type: string
  readonly id: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly relationships?: unknown
}

export interface Document<T> {
  readonly data: T
}

export function statusDocument(run: ControlledRun): Document<Resource> {
  return { data: { type: 'status', id: 'default', attributes: { ...run.status() } } }
}

export function setupDocument({ setupData }: ControlledRun): Document<Resource> {
  const attributes = setupData === undefined ? {} : { data: JSON.parse(setupData) }
  return { data: { type: 'setupData', id: 'default', attributes } }
}

/** Metrics and submetrics that have samples. */
export function metricResources({ metrics }: RunResults): Resource[] {
  return metrics.filter(({ isEmpty }) => !isEmpty).map(metricResource)
}

/** What clients know of each type, in this order. */
const SAMPLE_VALUES: Readonly<Record<MetricResult['type'], readonly string[]>> = {
  counter: ['count', 'rate'],
  gauge: ['value'],
  rate: ['rate'],
  trend: API_TREND_STATS,
}

function metricResource({ name, type, contains, values, thresholds }: MetricResult): Resource {
  const tainted = thresholds.length === 0 ? null : thresholds.some(({ ok }) => !ok)
  const sample = Object.fromEntries(SAMPLE_VALUES[type].map((key) => [key, values[key]]))
  return { type: 'metrics', id: name, attributes: { type, contains, tainted, sample } }
}

/** All groups in one list, the root group first. */
export function groupResources(results: RunResults): Resource[] {
  return flatGroups(rootGroup(results), null)
}

function flatGroups(group: SummaryGroup, parent: SummaryGroup | null): Resource[] {
  const { path, name, checks, groups } = group
  const resource = {
    type: 'groups',
    id: group.id,
    attributes: { path, name, checks: checks.length === 0 ? null : checks.map(checkAttributes) },
    relationships: {
      groups: { data: groups.map(groupReference) },
      parent: { data: parent === null ? null : groupReference(parent) },
    },
  }
  return [resource, ...groups.flatMap((inner) => flatGroups(inner, group))]
}

function groupReference({ id }: SummaryGroup): { type: string; id: string } {
  return { type: 'groups', id }
}

function checkAttributes({ id, path, name, passes, fails }: SummaryCheck): SummaryCheck {
  return { id, path, name, passes, fails }
}
