/**
 * A submetric is the part of a metric whose samples carry certain tags: `ws_msgs_sent{scenario:chat}`. Thresholds and the
 * full summary define them; each has a sink of its own.
 */
import type { TagSet } from './tag-set.js'

export interface Submetric {
  /** Name of the metric it is a part of. */
  readonly metric: string
  /** Name as the user wrote it, `metric{tag:value}`; the key of its sink. */
  readonly name: string
  /** All of them must be present with exactly these values. */
  readonly tags: Readonly<Record<string, string>>
}

export function matches(submetric: Submetric, tags: TagSet): boolean {
  for (const key of Object.keys(submetric.tags)) {
    if (tags.get(key) !== submetric.tags[key]) return false
  }
  return true
}
