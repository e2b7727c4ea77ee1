/**
 * A metric's definition: what is measured, how samples of it add up, and in which unit.
 *
 * Units   `time` values are milliseconds (fractions allowed), `data` values are bytes, `default` values have no unit
 */
import type { TagSet } from './tag-set.js'

/** Codecs write the index in these lists, so the order must not change. */
export const METRIC_TYPES = ['counter', 'gauge', 'rate', 'trend'] as const
export const VALUE_KINDS = ['default', 'time', 'data'] as const

export type MetricType = (typeof METRIC_TYPES)[number]
export type ValueKind = (typeof VALUE_KINDS)[number]

export interface MetricDefinition {
  readonly name: string
  readonly type: MetricType
  readonly contains: ValueKind
}

/** The declaration of a metric, by sockeye itself and by modules. */
export type MetricDeclaration = readonly [name: string, type: MetricType, contains?: ValueKind]

/**
 * The part of a metric whose samples carry certain tags: `ws_msgs_sent{scenario:chat}`. Thresholds and the full summary define them;
 * each has a sink of its own.
 */
export interface Submetric {
  /** Name of the metric it is a part of. */
  readonly metric: string
  /** Name as the user wrote it, `metric{tag:value}`; the key of its sink. */
  readonly name: string
  /** A sample must have all these tags with these values. */
  readonly tags: Readonly<Record<string, string>>
}

export function matches(submetric: Submetric, tags: TagSet): boolean {
  for (const key of Object.keys(submetric.tags)) {
    if (tags.get(key) !== submetric.tags[key]) return false
  }
  return true
}
