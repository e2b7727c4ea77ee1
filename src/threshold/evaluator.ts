/**
 * Evaluates thresholds on the merged sinks of a run: every two seconds while it runs, and once at its end.
 *
 * A periodic evaluation skips metrics without samples. The final one does not: an empty counter, gauge or trend is 0 in every
 * respect, and a rate without samples passes every threshold.
 *
 * Units   durations are ms of test run, without the initialisation of VUs
 * Source  docs/spec/metrics-and-modules.md 2.4, docs/spec/runner.md 5
 */
import { aggregate } from '../metrics/aggregation.js'
import type { MetricRegistry } from '../metrics/registry.js'
import type { Sink } from '../metrics/sink.js'
import { holds } from './expression.js'
import type { MetricThresholds, ParsedThresholds, Threshold } from './parse.js'

export const EVALUATION_INTERVAL_MS = 2000

export interface Evaluation {
  /** Names of the metrics and submetrics that fail a threshold, sorted. */
  readonly crossed: readonly string[]
  /** Whether a failing threshold wants the run aborted, now. */
  readonly shouldAbort: boolean
}

export class ThresholdEvaluator {
  readonly #parsed: ParsedThresholds
  readonly #registry: MetricRegistry
  #failing = new Set<Threshold>()
  #crossed: readonly string[] = []

  /** `parsed` must have been validated against the registry. */
  constructor(parsed: ParsedThresholds, registry: MetricRegistry) {
    this.#parsed = parsed.filter(({ thresholds }) => thresholds.length > 0)
    this.#registry = registry
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

  /** Names of rates that pass a threshold only because they have no samples, sorted. Asked at the end of the run. */
  get unproven(): readonly string[] {
    const names = this.#parsed.flatMap(({ name, thresholds }) => {
      const sink = this.#registry.sink(name) as Sink
      const isUnproven =
        sink.type === 'rate' && sink.isEmpty() && thresholds.some(({ expression }) => !holds(expression, 0))
      return isUnproven ? [name] : []
    })
    return names.sort()
  }

  evaluate(durationMs: number, { final = false } = {}): Evaluation {
    const failing = new Set<Threshold>()
    const crossed: string[] = []
    for (const metric of this.#parsed) {
      const failed = this.#failedOf(metric, durationMs, final)
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

  #failedOf({ name, thresholds }: MetricThresholds, durationMs: number, final: boolean): Threshold[] {
    const sink = this.#registry.sink(name) as Sink
    if (sink.isEmpty() && (!final || sink.type === 'rate')) return []
    return thresholds.filter(
      ({ expression }) => !holds(expression, aggregate(sink, expression.aggregation, durationMs)),
    )
  }
}

/** The error to log when the run ends with failing thresholds. */
export function crossedMessage(crossed: readonly string[]): string {
  return `thresholds on metrics '${crossed.join(', ')}' have been crossed`
}

/** The warning to log when thresholds hold because nothing was measured. */
export function unprovenMessage(names: readonly string[]): string {
  return `thresholds on '${names.join(', ')}' were not put to the test: there are no samples, so they count as passed`
}

export const UNPROVEN_HINT =
  "add one that such a run fails, for example tcp_reads: ['count>0'] or ws_msgs_received: ['count>0']"

/** The error to log when failing thresholds abort the run. */
export function abortMessage(crossed: readonly string[]): string {
  return (
    `thresholds on metrics '${crossed.join(', ')}' were crossed; ` +
    'at least one has abortOnFail enabled, stopping test prematurely'
  )
}
