/**
 * One column of a heat map: how the values of one point of a trend are spread, as a short text.
 *
 * Shape   `FIRST:LEVELS`, such as `8:1ca21`: bucket FIRST + i holds values in (10^((FIRST + i − 1) / 8), 10^((FIRST + i) / 8)], and the
 *         digit i of LEVELS (base 36) is the square root of the share of values in it: 0 nothing, 35 (`z`) everything. With the square
 *         root a few values that are far from the others can be seen. The text is empty without values
 * Units   the trend's own. Values below the lowest bucket (0.001), also negative ones, count to it; values above 10^9 to the highest
 */
import { representative } from '../sketch/mapping.js'
import type { SketchState } from '../sketch/sketch.js'

const BUCKETS_PER_DECADE = 8
const LOWEST = -3 * BUCKETS_PER_DECADE
const HIGHEST = 9 * BUCKETS_PER_DECADE
const MOST = 35

export interface HeatColumn {
  /** The bucket of the first level. */
  readonly first: number
  /** 0 … 1 */
  readonly levels: readonly number[]
}

export function heatText(state: SketchState): string {
  const counts = countsOf(state)
  if (counts.size === 0) return ''
  const buckets = [...counts.keys()]
  const [first, last] = [Math.min(...buckets), Math.max(...buckets)]
  const levels = Array.from({ length: last - first + 1 }, (_, i) => levelOf((counts.get(first + i) ?? 0) / state.count))
  return `${first}:${levels.join('')}`
}

export function heatColumn(text: string): HeatColumn {
  const [first = '0', levels = ''] = text.split(':')
  return { first: Number(first), levels: [...levels].map((digit) => Number.parseInt(digit, 36) / MOST) }
}

/** The largest value of a bucket. */
export function upperBound(bucket: number): number {
  return 10 ** (bucket / BUCKETS_PER_DECADE)
}

function levelOf(share: number): string {
  return share === 0 ? '0' : Math.max(1, Math.round(MOST * Math.sqrt(share))).toString(36)
}

function countsOf({ values, buckets }: SketchState): Map<number, number> {
  const counts = new Map<number, number>()
  const add = (bucket: number, count: number): void => {
    if (count > 0) counts.set(bucket, (counts.get(bucket) ?? 0) + count)
  }
  if (values !== null) for (const value of values) add(bucketOf(value), 1)
  if (buckets === null) return counts
  const { negativeInfinities, negative, zeros, positive, positiveInfinities } = buckets
  const below = negative?.counts.reduce((sum, count) => sum + count, negativeInfinities + zeros)
  add(LOWEST, below ?? negativeInfinities + zeros)
  for (const [i, bucket] of positive.buckets.entries())
    add(bucketOf(representative(bucket)), positive.counts[i] as number)
  add(HIGHEST, positiveInfinities)
  return counts
}

function bucketOf(value: number): number {
  if (value <= 0) return LOWEST
  return Math.min(HIGHEST, Math.max(LOWEST, Math.ceil(Math.log10(value) * BUCKETS_PER_DECADE)))
}
