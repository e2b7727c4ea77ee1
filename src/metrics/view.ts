/**
 * The parts of a run that the full summary shows: each scenario, and each group of a scenario.
 *
 * Shape   a sample of group ::a::b in scenario s belongs to two views: the scenario s, and its group ::a::b (not ::a)
 * Source  docs/spec/metrics-and-modules.md 3.2
 */
import type { TagSet } from './tag-set.js'

export interface View {
  readonly scenario: string
  /** Path of the group, or null for the whole scenario. */
  readonly group: string | null
}

/** Samples without a scenario are counted to this one. */
export const DEFAULT_SCENARIO = 'default'

/** The views that samples with these tags belong to; none for setup and teardown outside of groups. */
export function viewsOf(tags: TagSet): View[] {
  const scenario = tags.get('scenario') ?? DEFAULT_SCENARIO
  const group = tags.get('group') ?? ''
  if (isLifecycleGroup(group) && !tags.has('scenario')) return []
  const views: View[] = []
  // The summary has no section for the default scenario as a whole: the totals show it.
  if (scenario !== DEFAULT_SCENARIO) views.push({ scenario, group: null })
  if (group !== '') views.push({ scenario, group })
  return views
}

/** Whether a group is that of setup() or teardown() itself. Groups that a script has inside of it are shown as all others. */
export function isLifecycleGroup(path: string): boolean {
  return path === '::setup' || path === '::teardown'
}
