/**
 * Time series about the load generator itself, so that a view can show them beside those of the test. They are no metrics of the script:
 * thresholds cannot use them, and the summary does not list them.
 *
 * Units   milliseconds; the utilization of a shard is 0 … 1
 */
import type { MetricDefinition } from './metric.js'
import { createSink, type SinkState } from './sink.js'

/** The part of a shard's report about itself that becomes time series. */
export interface LoadReport {
  readonly utilization: number
  readonly longestStall: number
  readonly gcTime: number
  readonly longestLag: number
}

/** One value per shard and report. */
const GENERATOR_METRICS = {
  utilization: { name: 'generator_utilization', type: 'trend', contains: 'default' },
  longestStall: { name: 'generator_longest_stall', type: 'gauge', contains: 'time' },
  gcTime: { name: 'generator_gc_time', type: 'counter', contains: 'time' },
  longestLag: { name: 'generator_longest_lag', type: 'gauge', contains: 'time' },
} as const satisfies Record<keyof LoadReport, MetricDefinition>

export function generatorHealth(load: LoadReport): [MetricDefinition, number][] {
  return (Object.keys(GENERATOR_METRICS) as (keyof LoadReport)[]).map((key) => [GENERATOR_METRICS[key], load[key]])
}

/** One value as the state of a sink. */
export function stateOf({ type }: MetricDefinition, value: number): SinkState {
  const sink = createSink(type)
  sink.add(value)
  return sink.take()
}
