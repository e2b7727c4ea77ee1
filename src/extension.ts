/**
 * What an output from npm is written against (`sockeye-cli/extension`): `--out PACKAGE=ARGUMENT` or `--out ./my-output.js=ARGUMENT` loads a
 * module whose default export is an {@link OutputFactory}. See docs/extensions.md.
 */
export type { Log } from './log/log.js'
export type { MetricDefinition, MetricType, ValueKind } from './metrics/metric.js'
export type { MetricRegistry } from './metrics/registry.js'
export type { SeriesChange, SeriesTotal } from './metrics/series-sink.js'
export type { Sink, SinkState } from './metrics/sink.js'
export type { Tags } from './metrics/tag-set.js'
export type { TimelineReader } from './metrics/timeline/timeline.js'
export type { Point, Track } from './metrics/timeline/track.js'
export type {
  Delivery,
  MergedAggregates,
  Output,
  OutputContext,
  OutputFactory,
  OutputNeeds,
  Samples,
} from './output/output.js'
export type { CheckOutcome, MetricOutcome, RunResult, ThresholdOutcome } from './output/run-result.js'
