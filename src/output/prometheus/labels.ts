/**
 * The labels of a series: its tags and its name, in the order that Prometheus wants.
 *
 * A strict receiver refuses a whole request for one bad name, so names are made valid: what is not a letter, a digit or `_` becomes
 * `_`, and a tag can neither be called `__name__` nor like another tag of the series.
 *
 * Source  docs/spec/outputs.md §1.3 (PRW-03, PRW-14)
 */
import type { Tags } from '../../metrics/tag-set.js'

export type Label = readonly [name: string, value: string]

const NAME_LABEL = '__name__'

/** Sorted by name, without that of the metric. Tags with empty values are no labels. */
export function labelsOf(tags: Tags, { keepsNames = false } = {}): Label[] {
  const labels = new Map<string, string>()
  for (const [tag, value] of Object.entries(tags)) {
    if (value === '') continue
    let name = keepsNames && tag !== '' && tag !== NAME_LABEL ? tag : validName(tag)
    while (labels.has(name)) name += '_'
    labels.set(name, value)
  }
  return sorted([...labels])
}

export function withName(name: string, labels: readonly Label[]): Label[] {
  return sorted([...labels, [NAME_LABEL, name]])
}

/** Names that begin with two underscores are reserved for receivers. */
function validName(tag: string): string {
  const name = tag.replace(/[^a-zA-Z0-9_]/g, '_')
  if (name.startsWith('__')) return `tag${name}`
  return /^[a-zA-Z_]/.test(name) ? name : `_${name}`
}

function sorted(labels: readonly Label[]): Label[] {
  return labels.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}
