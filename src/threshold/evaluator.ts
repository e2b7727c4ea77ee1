/**
 * Evaluates thresholds on the merged sinks of a run: every two seconds while it runs, and once at its end.
 *
 * A periodic evaluation skips metrics without samples. The final one does not: an empty counter, gauge or trend counts as 0, and a rate
 * without samples passes every threshold. A threshold that passes only for that reason is unproven, and is reported as such.
 *
 * Thresholds over a time window have a judgement of their own, see {@link WindowWatch}.
 *
 * Units   durations are ms of test run, without the initialisation of VUs; those of rates are ms in which scenarios ran
 * Source  docs/spec/metrics-and-modules.md 2.4, docs/spec/runner.md 5
 */
import { aggregate } from '../metrics/aggregation.js'
import type { MetricRegistry } from '../metrics/registry.js'
import type { Sink } from '../metrics/sink.js'
import type { TimelineReader } from '../metrics/timeline/timeline.js'
import { holds } from './expression.js'
import type { MetricThresholds, ParsedThresholds, Threshold } from './parse.js'
import { WindowWatch } from './window-watch.js'

export const EVALUATION_INTERVAL_MS = 2000

/** Counters of errors, which have no samples in a good run, and the metric whose samples show that errors could have been counted. */
const WITNESSES: Readonly<Record<string, string>> = {
  dropped_iterations: 'iterations',
  iterations_failed: 'iterations',
  tcp_errors: 'tcp_sockets',
  tcp_timeouts: 'tcp_sockets',
  tcp_partial_writes: 'tcp_writes',
  ws_handshake_failures: 'ws_sessions',
}

export interface Evaluation {
  /** Names of the metrics and submetrics that fail a threshold, sorted. */
  readonly crossed: readonly string[]
  /** Whether a failing threshold wants the run aborted, now. */
  readonly shouldAbort: boolean
}

export class ThresholdEvaluator {
  readonly #parsed: ParsedThresholds
  readonly #registry: MetricRegistry
  readonly #windows = new Map<Threshold, WindowWatch>()
  /** Epoch milliseconds of the start of the scenarios. */
  #windowsFrom: number | undefined
  #failing = new Set<Threshold>()
  #crossed: readonly string[] = []

  /** `parsed` must have been validated against the registry. */
  constructor(parsed: ParsedThresholds, registry: MetricRegistry, timeline?: TimelineReader) {
    this.#parsed = parsed.filter(({ thresholds }) => thresholds.length > 0)
    this.#registry = registry
    for (const { name, thresholds } of timeline === undefined ? [] : this.#parsed) {
      for (const threshold of thresholds) {
        const { windowMs } = threshold.expression
        if (windowMs !== undefined) {
          this.#windows.set(threshold, new WindowWatch(name, threshold, windowMs, timeline as TimelineReader))
        }
      }
    }
  }

  /** Whether there is anything to evaluate. */
  get isEmpty(): boolean {
    return this.#parsed.length === 0
  }

  /** Whether any threshold would end the run. */
  get mayAbort(): boolean {
    return this.#parsed.some(({ thresholds }) => thresholds.some(({ abortOnFail }) => abortOnFail))
  }

  /** Names of the metrics that failed in the most recent evaluation, sorted. */
  get crossed(): readonly string[] {
    return this.#crossed
  }

  /** The line of the progress display about thresholds that failed in the most recent evaluation; undefined when all hold. */
  get notice(): string | undefined {
    const failing = this.#parsed.flatMap(({ name, thresholds }) =>
      thresholds.filter((threshold) => !this.isOk(threshold)).map(({ source }) => `${name}: ${source}`),
    )
    const [first, ...others] = failing
    if (first === undefined) return undefined
    return `failing: ${first}${others.length === 0 ? '' : ` and ${others.length} more`}`
  }

  /** Names of the metrics whose thresholds pass only because there are no samples, sorted. For the end of the run. */
  get unproven(): readonly string[] {
    return this.#parsed
      .filter((metric) => metric.thresholds.some((threshold) => this.isUnproven(metric, threshold)))
      .map(({ name }) => name)
      .sort()
  }

  /** How many thresholds there are. */
  get count(): number {
    return this.#parsed.reduce((sum, { thresholds }) => sum + thresholds.length, 0)
  }

  /** Whether a threshold holds, as far as the latest evaluation says, only because nothing was measured. */
  isUnproven(metric: MetricThresholds, threshold: Threshold): boolean {
    return this.isOk(threshold) && !this.#isMeasured(metric)
  }

  /** A counter of errors without samples is measured as 0 when its witness has samples. */
  #isMeasured({ name, submetric }: MetricThresholds): boolean {
    if (!(this.#registry.sink(name) as Sink).isEmpty()) return true
    const witness = submetric === null ? WITNESSES[name] : undefined
    return witness !== undefined && this.#registry.sink(witness)?.isEmpty() === false
  }

  /** `rateMs`: how long scenarios ran, which rates of counters are over; `durationMs` by default. */
  evaluate(
    durationMs: number,
    { final = false, rateMs: scenariosMs }: { final?: boolean; rateMs?: number | undefined } = {},
  ): Evaluation {
    const rateMs = scenariosMs ?? durationMs
    if (scenariosMs !== undefined) this.#judgeWindows(scenariosMs, final)
    const failing = new Set<Threshold>()
    const crossed: string[] = []
    for (const metric of this.#parsed) {
      const failed = this.#failedOf(metric, rateMs, final)
      for (const threshold of failed) failing.add(threshold)
      if (failed.length > 0) crossed.push(metric.name)
    }
    this.#failing = failing
    this.#crossed = crossed.sort()
    const shouldAbort = [...failing].some(({ abortOnFail, delayAbortMs }) => {
      return abortOnFail && (delayAbortMs === 0 || delayAbortMs < durationMs)
    })
    return { crossed: this.#crossed, shouldAbort }
  }

  /** Whether a threshold held in the most recent evaluation; also true before any. */
  isOk(threshold: Threshold): boolean {
    return !this.#failing.has(threshold)
  }

  /** The value that a threshold compares with its limit. For a threshold over a time window it is that of the worst window. */
  observed({ name }: MetricThresholds, threshold: Threshold, rateMs: number): number {
    const watch = this.#windows.get(threshold)
    const sink = this.#registry.sink(name) as Sink
    return watch?.value ?? aggregate(sink, threshold.expression.aggregation, rateMs)
  }

  #judgeWindows(scenariosMs: number, final: boolean): void {
    this.#windowsFrom ??= Date.now() - scenariosMs
    for (const watch of this.#windows.values()) watch.judge(this.#windowsFrom, this.#windowsFrom + scenariosMs, final)
  }

  #failedOf({ name, thresholds }: MetricThresholds, rateMs: number, final: boolean): Threshold[] {
    const sink = this.#registry.sink(name) as Sink
    const isSkipped = sink.isEmpty() && (!final || sink.type === 'rate')
    return thresholds.filter((threshold) => {
      const { expression } = threshold
      const watch = this.#windows.get(threshold)
      if (watch !== undefined && watch.value !== undefined) return watch.hasFailed
      if (isSkipped || (watch !== undefined && !final)) return false
      return !holds(expression, aggregate(sink, expression.aggregation, rateMs))
    })
  }
}

/** The error to log when the run ends with failing thresholds. */
export function crossedMessage(crossed: readonly string[]): string {
  return `thresholds on metrics '${crossed.join(', ')}' have been crossed`
}

/** What to log when thresholds hold because nothing was measured. */
export function unprovenMessage(names: readonly string[]): string {
  return `thresholds on '${names.join(', ')}' were not put to the test: there are no samples`
}

export const UNPROVEN_HINT =
  'is the name of the tag right, and was the metric measured at all? A counter that is right at zero needs one add(0); ' +
  '--on-empty-threshold=fail makes this an error, =pass says nothing'

/** The error to log when failing thresholds abort the run. */
export function abortMessage(crossed: readonly string[]): string {
  return (
    `thresholds on metrics '${crossed.join(', ')}' were crossed; ` +
    'at least one has abortOnFail enabled, stopping test prematurely'
  )
}
