/** The measurements of a run on the main thread: the merged sinks of the engine's parts, checks, errors, and the gauges of the run itself. */
import type { AggregateReport } from '../engine/engine.js'
import { type BuiltinMetrics, declareBuiltins } from '../metrics/builtin.js'
import { CardinalityGuard } from '../metrics/cardinality.js'
import { CheckTallies } from '../metrics/checks.js'
import { ErrorTallies } from '../metrics/error-tallies.js'
import { generatorHealth, stateOf } from '../metrics/generator-health.js'
import type { MetricDefinition, Submetric } from '../metrics/metric.js'
import { SampleRecorder } from '../metrics/recorder.js'
import { MetricRegistry } from '../metrics/registry.js'
import { type SeriesChange, SeriesTotals } from '../metrics/series-sink.js'
import { TagInterner, type TagSet } from '../metrics/tag-set.js'
import { Timeline, type TimelineOptions } from '../metrics/timeline/timeline.js'

/** The number of the main thread's own series; parts of the engine begin with 0. */
const OWN_PART = -1

export interface MeasurementOptions {
  readonly metrics: readonly MetricDefinition[]
  readonly submetrics: readonly Submetric[]
  readonly collectsViews: boolean
  readonly recordsSamples: boolean
  readonly collectsSeries: boolean
  readonly timeline: TimelineOptions
  readonly runTags: Readonly<Record<string, string>>
  /** The present time in epoch milliseconds. */
  readonly now: () => number
}

export class Measurements {
  readonly registry: MetricRegistry
  readonly checks = new CheckTallies()
  readonly errors = new ErrorTallies()
  readonly timeline: Timeline
  /** The main thread's own samples (`vus`, `vus_max`), for outputs; null when none wants them. */
  readonly recorder: SampleRecorder | null
  readonly #builtins: BuiltinMetrics
  readonly #runTags: TagSet
  readonly #now: () => number
  readonly #seriesTotals = new SeriesTotals()
  #seriesChanges: SeriesChange[] = []
  readonly #seriesPerPart = new Map<number, number>()
  readonly #cardinality = new CardinalityGuard()

  constructor(options: MeasurementOptions) {
    this.recorder = options.recordsSamples ? new SampleRecorder(options.now) : null
    this.registry = new MetricRegistry(options.submetrics, this.recorder, {
      collectsViews: options.collectsViews,
      seriesClock: options.collectsSeries ? options.now : undefined,
    })
    this.timeline = new Timeline(this.registry, options.timeline)
    this.#now = options.now
    this.#builtins = declareBuiltins(this.registry)
    for (const { name, type, contains } of options.metrics) this.registry.declare(name, type, contains)
    this.#runTags = new TagInterner().root.withAll(options.runTags)
  }

  /** Adds what a part of the engine measured. Returns a warning when there are very many time series. */
  merge(part: number, report: AggregateReport): string | undefined {
    this.registry.merge(report.aggregates)
    this.timeline.merge(report.aggregates, report.since, report.until)
    this.#noteLoad(report)
    for (const change of this.#seriesTotals.merge(part, report.perSeries)) this.#seriesChanges.push(change)
    if (report.checks !== undefined) this.checks.merge(report.checks)
    if (report.errors !== undefined) this.errors.merge(report.errors)
    this.#seriesPerPart.set(part, report.series)
    const series = [...this.#seriesPerPart.values()].reduce((sum, count) => sum + count, 0)
    return this.#cardinality.check(series)
  }

  /** The changes of single time series since the last call, for outputs that want them. */
  takeSeriesChanges(): SeriesChange[] {
    const changes = [...this.#seriesChanges, ...this.#seriesTotals.merge(OWN_PART, this.registry.takeSeries())]
    this.#seriesChanges = []
    return changes
  }

  /** Sets the two gauges of the run itself, once a second. */
  gauge(activeVus: number, initializedVus: number): void {
    this.timeline.advance(this.#now())
    this.#gauge(this.#builtins.vus, activeVus)
    this.#gauge(this.#builtins.vus_max, initializedVus)
  }

  /**
   * Sets the present value of ws_sockets_open. Its minimum and maximum come from the parts of the engine, which add to the gauge at every
   * change; but their reports arrive in any order, so the last of them is not the present value.
   */
  gaugeWebSockets(open: number): void {
    const { ws_sockets_open: metric } = this.#builtins
    if (this.registry.sink(metric.name)?.isEmpty() === false) this.#gauge(metric, open)
  }

  #gauge(metric: MetricDefinition, value: number): void {
    this.registry.series(metric, this.#runTags).add(value)
    this.timeline.add(metric, this.#now(), { type: 'gauge', samples: 1, value, min: value, max: value })
  }

  /** Adds the metrics about the generator itself to the time series. */
  #noteLoad({ load, since, until }: AggregateReport): void {
    const at = (since + until) / 2
    for (const [metric, value] of generatorHealth(load)) this.timeline.add(metric, at, stateOf(metric, value))
  }

  get hasVus(): boolean {
    return this.registry.sink('vus')?.isEmpty() === false
  }

  get hasIterations(): boolean {
    return this.registry.sink('iterations')?.isEmpty() === false
  }
}
