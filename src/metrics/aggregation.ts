/**
 * The values that a sink can give: `count`, `rate`, `p(95)`. Thresholds, the summary and the control API ask for them.
 *
 * Units   values are in the metric's own unit; a counter's rate is per second of test run duration
 * Source  docs/spec/metrics-and-modules.md 2.1
 */
import type { MetricType } from './metric.js'
import type { Sink } from './sink.js'

export type Aggregation =
  | { readonly method: 'count' | 'rate' | 'value' | 'avg' | 'min' | 'max' | 'med' }
  /** `percentile` from 0 to 100. */
  | { readonly method: 'p'; readonly percentile: number }

/** The name of an aggregation in messages and in the summary. */
export function aggregationName(aggregation: Aggregation): string {
  return aggregation.method === 'p' ? `p(${aggregation.percentile})` : aggregation.method
}

/** The aggregations that thresholds may use, by metric type. */
export const THRESHOLD_METHODS: Readonly<Record<MetricType, readonly string[]>> = {
  counter: ['count', 'rate'],
  gauge: ['value'],
  rate: ['rate'],
  trend: ['avg', 'min', 'max', 'med', 'p(N)'],
}

/** The value of an aggregation. An aggregation that does not fit the type of the sink gives its main value, or 0 for a trend. */
export function aggregate(sink: Sink, aggregation: Aggregation, durationMs: number): number {
  switch (sink.type) {
    case 'counter':
      return aggregation.method === 'rate' ? perSecond(sink.sum, durationMs) : sink.sum
    case 'gauge':
      return aggregation.method === 'min' ? sink.min : aggregation.method === 'max' ? sink.max : sink.value
    case 'rate':
      return sink.total === 0 ? 0 : sink.nonZero / sink.total
    case 'trend':
      return aggregateTrend(sink.sketch, aggregation)
    default:
      return sink satisfies never
  }
}

export function perSecond(sum: number, durationMs: number): number {
  return durationMs > 0 ? (sum * 1000) / durationMs : 0
}

function aggregateTrend(sketch: Extract<Sink, { type: 'trend' }>['sketch'], aggregation: Aggregation): number {
  switch (aggregation.method) {
    case 'avg':
      return sketch.count === 0 ? 0 : sketch.sum / sketch.count
    case 'min':
      return sketch.min
    case 'max':
      return sketch.max
    case 'med':
      return sketch.quantile(0.5)
    case 'p':
      return sketch.quantile(aggregation.percentile / 100)
    case 'count':
      return sketch.count
    default:
      return 0
  }
}
