/**
 * The interface of an output: it takes the results of a run somewhere, while the test runs. All outputs live on the main thread. A package from
 * npm implements the same interface (`sockeye-cli/extension`, docs/extensions.md).
 *
 *   made ▸ start ▸ { onAggregates · onSeries · onSamples }, many times ▸ onEnd ▸ stop
 *
 * An output does not slow a test: its methods return at once, and results that it cannot pass on are dropped and counted. The exception is an
 * output that loses nothing, such as a file: its `onSamples` returns a promise, and the engine waits while too many of these are open. An
 * error inside an output is logged and ends that output only.
 */
import type { Writable } from 'node:stream'
import type { Log } from '../log/log.js'
import type { MetricDefinition } from '../metrics/metric.js'
import type { Metadata } from '../metrics/recorder.js'
import type { MetricRegistry } from '../metrics/registry.js'
import type { SeriesChange } from '../metrics/series-sink.js'
import type { Tags } from '../metrics/tag-set.js'
import type { TimelineReader } from '../metrics/timeline/timeline.js'
import type { ParsedThresholds } from '../threshold/parse.js'
import type { RunResult } from './run-result.js'

export interface Output {
  /** As the text before a run shows it: `json (out.json)`. */
  readonly description: string
  /** The file that it writes, as an absolute path: two outputs cannot have the same. */
  readonly file?: string | undefined
  /** What the run must keep for the output. */
  readonly needs?: OutputNeeds
  /** Called once, before VUs are initialised. A rejection ends the run before it begins. */
  start(): void | Promise<void>
  /** Once a second, after the aggregates of all shards were merged, and once at the end. */
  onAggregates?(aggregates: MergedAggregates): void
  /** Once a second: the time series (metric and tag set) that changed. Outputs without it cost the shards nothing. */
  onSeries?(changes: readonly SeriesChange[]): void
  /** Raw samples, some times a second; outputs without it cost the shards nothing. A promise resolves when it can take more. */
  onSamples?(samples: Samples): void | Promise<void>
  /** Called once, after the last samples and before `stop`, when the verdict is known. Not called when the test never began. */
  onEnd?(result: RunResult): void
  /** Called once; writes what is left and closes. It may take {@link Output.stopLimitMs}, 5 s by default. */
  stop(): void | Promise<void>
  /** Infinity for an output that has a time limit of its own. */
  readonly stopLimitMs?: number
  /** Asked after `stop`: what became of the data. */
  delivery?(): Delivery
}

/** The account of an output at its end. */
export interface Delivery {
  /** What is counted: `samples`, `requests`. */
  readonly unit: string
  readonly delivered: number
  /** How many were given up. */
  readonly lost: number
  /** Why they were given up: the text of the last error. */
  readonly lastError?: string
  /** True fails the run when anything was lost, such as a file. When it is set, also to false, success is not logged. */
  readonly isFatal?: boolean
}

export interface OutputNeeds {
  /** The time series of the whole run, and not of its last seconds alone. */
  readonly history?: boolean
  /** Tags whose values have time series of their own. */
  readonly tags?: readonly string[]
}

/** Everything that was measured so far, by metric and submetric. To be read only. */
export interface MergedAggregates {
  readonly registry: MetricRegistry
  /** The measured values over time. */
  readonly timeline: TimelineReader
  /** How the run stands, as `onEnd` tells it in the end; made when it is asked for. */
  standing(): RunResult
  /** How long the scenarios have run, in ms. */
  readonly durationMs: number
  /** When this was, in ms since the Unix epoch. */
  readonly time: number
}

/** Samples in columns; sample i is `metrics[metric[i]]` with `tagSets[tagSet[i]]`. Both tables keep their objects for the run. */
export interface Samples {
  readonly length: number
  readonly metrics: readonly MetricDefinition[]
  /** The tag sets by number; some numbers are not used. */
  readonly tagSets: readonly Tags[]
  readonly metric: Uint32Array
  readonly tagSet: Uint32Array
  /** ms since the Unix epoch, with fractions. */
  readonly time: Float64Array
  readonly value: Float64Array
  readonly metadata?: readonly (Metadata | undefined)[]
}

/** What outputs need of the run; given when they are created. */
export interface OutputContext {
  readonly log: Log
  readonly stdout: Writable
  /** The folder that relative paths start from. */
  readonly workingDirectory: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** `collectors` of the configuration file, by output type. */
  readonly config: Readonly<Record<string, unknown>>
  /** Names of the enabled system tags. */
  readonly systemTags: readonly string[]
  readonly thresholds: ParsedThresholds
  /** Names of the enabled features of k6: `native-histograms`. */
  readonly features: readonly string[]
  /** The value of the header User-Agent: `sockeye/1.2.3`. */
  readonly userAgent: string
  readonly version: string
}

/** Makes an output of `type=argument`; `argument` is empty when there is none. */
export type OutputFactory = (argument: string, context: OutputContext) => Output | Promise<Output>
