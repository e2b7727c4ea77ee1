/**
 * Everything that happens to measurements: they are merged, judged by thresholds, handed to outputs and summed up, and at the end they decide
 * the exit code. A verdict knows no engine; a run feeds it with the reports of its engine.
 *
 *   onAggregates, onSamples    what was measured
 *   tick                       once a second
 *   judge                      every two seconds while the test runs
 *   complete                   once, when everything has arrived: last evaluation ▸ outputs told ▸ summary ▸ outputs closed
 *   pronounce                  last: the exit code
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SockeyeError } from '../base/errors.js'
import type { TestPlan } from '../config/plan.js'
import type { RuntimeOptions } from '../config/runtime.js'
import type { AggregateReport, ResultListener } from '../engine/engine.js'
import type { EngineProgress } from '../engine/progress.js'
import type { Log } from '../log/log.js'
import type { Logging } from '../log/logging.js'
import type { SampleBatch } from '../metrics/recorder.js'
import type { Outputs } from '../output/outputs.js'
import type { RunResult } from '../output/run-result.js'
import type { SummaryNote } from '../summary/results.js'
import type { ScenarioProgress } from '../terminal/progress-state.js'
import {
  abortMessage,
  crossedMessage,
  type Evaluation,
  ThresholdEvaluator,
  UNPROVEN_HINT,
  unprovenMessage,
} from '../threshold/evaluator.js'
import type { ParsedThresholds } from '../threshold/parse.js'
import { ExitCode, ReasonCode } from './exit-codes.js'
import { LimitWatch } from './generator-limits.js'
import { FigureWatch } from './live-figures.js'
import type { Measurements } from './measurements.js'
import { plannedLoad } from './planned-load.js'
import type { RunHost, Standing } from './request.js'
import { runResultOf } from './run-result.js'
import type { StopControl } from './stop-control.js'
import { LISTED_ERRORS, type SummaryHook, SummaryWriter } from './summary-writer.js'

export interface VerdictOptions {
  readonly plan: TestPlan
  readonly runtime: RuntimeOptions
  readonly thresholds: ParsedThresholds
  readonly measurements: Measurements
  readonly outputs: Outputs
  readonly host: RunHost
  readonly log: Log
  readonly logging: Logging
  readonly stop: StopControl
  /** Whether scenarios run now. At other times it does not matter how busy the generator is. */
  readonly isUnderLoad: () => boolean
  /** The script as the user named it. */
  readonly script: string
  /** How long scenarios have run, which is what rates are over; undefined when none did. */
  readonly scenariosMs: () => number | undefined
  /** How far each scenario came. */
  readonly scenarios: () => readonly ScenarioProgress[]
  /** When the test began, in epoch milliseconds; undefined when it did not. */
  readonly testBegan: () => number | undefined
  /** When scenarios began, in epoch milliseconds; undefined when none did. */
  readonly scenariosBegan: () => number | undefined
  /** The source text of the main script, for the machine-readable summary. */
  readonly scriptText: string
}

/** What a verdict must know of the end of a test. */
export interface TestEnd {
  /** Epoch milliseconds; undefined when the test never began. */
  readonly startedAt: number | undefined
  readonly durationMs: number
  /** What setup returned, as JSON; undefined when it returned nothing. */
  readonly setupData: string | undefined
  readonly iterations: EngineProgress['iterations']
  /** Calls the script's own summary; undefined when there is none. */
  readonly summaryHook: SummaryHook | undefined
  /** Parts of the test that were lost and that nothing replaced. */
  readonly losses: readonly string[]
  /** What else must be over before the summary is written. */
  readonly beforeSummary: () => Promise<unknown>
}

/** How long the summary waits for outputs, in ms. */
const OUTPUT_PATIENCE = 300
/** The part number of the run's own samples; those of engines begin with 0. */
const OWN_SAMPLES = -1

export class Verdict implements ResultListener {
  readonly thresholds: ParsedThresholds
  readonly measurements: Measurements
  readonly outputs: Outputs
  readonly evaluator: ThresholdEvaluator
  /** The figures that views of the running test show. */
  readonly figures: FigureWatch
  readonly #options: VerdictOptions
  readonly #limits = new LimitWatch()
  /** Why a file of the summary is missing. */
  #unwritten: SockeyeError | undefined

  constructor(options: VerdictOptions) {
    this.#options = options
    this.thresholds = options.thresholds
    this.measurements = options.measurements
    this.outputs = options.outputs
    this.figures = new FigureWatch(options.measurements.registry, options.measurements.checks)
    this.evaluator = new ThresholdEvaluator(
      options.thresholds,
      options.measurements.registry,
      options.measurements.timeline,
    )
  }

  onAggregates(part: number, report: AggregateReport): void {
    const warning = this.measurements.merge(part, report)
    if (warning !== undefined) this.#options.log.warning(warning)
    this.#limits.add(part, report.load, this.#options.isUnderLoad())
  }

  onSamples(part: number, batch: SampleBatch, taken: () => void): void {
    this.outputs.onSamples(part, batch, taken)
  }

  /** What the user must know while the test runs: that thresholds fail, or that the generator is the limit. */
  get notice(): string | undefined {
    const notices = [this.evaluator.notice, this.#limits.notice].filter((each) => each !== undefined)
    return notices.length === 0 ? undefined : notices.join('; ')
  }

  /** Once a second: the run's own gauges are set, then outputs get all that is new. */
  tick({ vus, openWebSockets }: EngineProgress, durationMs: number): void {
    this.measurements.gauge(vus.active, vus.initialized)
    this.measurements.gaugeWebSockets(openWebSockets)
    this.figures.tick(durationMs)
    this.#sendOwnSamples()
    this.#sendAggregates(durationMs)
  }

  #sendAggregates(durationMs: number): void {
    const { registry, timeline } = this.measurements
    this.outputs.onAggregates({
      registry,
      timeline,
      durationMs,
      time: Date.now(),
      standing: () => this.#resultOf(durationMs, this.#options.testBegan() ?? Date.now()),
    })
  }

  #sendOwnSamples(): void {
    const { recorder } = this.measurements
    if (recorder !== null && recorder.length > 0) this.outputs.onSamples(OWN_SAMPLES, recorder.take())
    if (this.outputs.wantsSeries) this.outputs.onSeries(this.measurements.takeSeriesChanges())
  }

  evaluate(durationMs: number, { final = false } = {}): Evaluation {
    return this.evaluator.evaluate(durationMs, { final, rateMs: this.#options.scenariosMs() })
  }

  /** Evaluates thresholds, and stops the test when one of them wants that. */
  judge(durationMs: number): void {
    const { crossed, shouldAbort } = this.evaluate(durationMs)
    if (!shouldAbort) return
    this.#options.stop.stop({
      exitCode: ExitCode.thresholdsFailed,
      code: ReasonCode.thresholdsCrossed,
      message: abortMessage(crossed),
    })
  }

  /**
   * The order matters: a threshold must see the last sample, an output must have written it, and the log must be complete before the
   * results.
   */
  async complete(end: TestEnd): Promise<void> {
    this.#sendOwnSamples()
    this.#sendAggregates(end.durationMs)
    this.evaluate(end.durationMs, { final: true })
    this.#warnOfUnproven()
    if (end.startedAt !== undefined) this.outputs.onEnd(this.#resultOf(end.durationMs, end.startedAt, end.losses))
    const stopping = this.outputs.stop()
    await Promise.race([stopping, sleep(OUTPUT_PATIENCE, undefined, { ref: false })])
    await end.beforeSummary()
    await this.#writeSummary(end)
    await stopping
  }

  /** The result of the run, or how it stands, for outputs. */
  #resultOf(durationMs: number, startedAt: number, losses: readonly string[] = []): RunResult {
    const { plan, stop, script } = this.#options
    const { crossed } = this.evaluator
    const began = this.#options.scenariosBegan()
    const failure =
      crossed.length > 0 ? crossedMessage(crossed) : this.#isFailedByUnproven ? unprovenMessage(this.#unproven) : ''
    const isFailed = failure !== '' && stop.exitCode === ExitCode.success
    return runResultOf({
      ...this.measurements,
      errors: this.measurements.errors.mostFrequent(LISTED_ERRORS),
      scenariosMs: this.#options.scenariosMs(),
      thresholds: this.thresholds,
      evaluator: this.evaluator,
      durationMs,
      trendStats: plan.options.summaryTrendStats,
      exitCode: isFailed ? ExitCode.thresholdsFailed : stop.exitCode,
      reason: isFailed ? failure : stop.message,
      script,
      startedAt,
      notes: this.#notes(losses).map(({ lines }) => lines.join('\n')),
      log: this.#options.logging.recent().map(({ time, level, msg }) => ({ time, level, message: msg })),
      scenarios: this.#options.scenarios(),
      tags: plan.options.tags,
      machine: {
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        cores: this.#options.host.cores,
      },
      planned: plannedLoad(plan.scenarios, began === undefined ? undefined : began - startedAt, durationMs),
    })
  }

  #notes(losses: readonly string[]): SummaryNote[] {
    const lost = losses.length === 0 ? [] : [{ title: 'LOST PARTS', lines: losses }]
    return [...lost, ...(this.#limits.note === undefined ? [] : [this.#limits.note])]
  }

  /** A threshold without samples passes. When the target was down all the time, that must not look like success. */
  #warnOfUnproven(): void {
    const names = this.#unproven
    const { runtime, log } = this.#options
    if (names.length === 0 || runtime.onEmptyThreshold === 'pass') return
    const message = unprovenMessage(names)
    if (runtime.onEmptyThreshold === 'warn') log.warning(`${message}, so they count as passed`, { hint: UNPROVEN_HINT })
    else log.failure({ code: ReasonCode.thresholdsUnproven, message, hint: UNPROVEN_HINT })
  }

  /** Names of metrics whose thresholds have no samples; none when no scenario ran, which has been reported as an error. */
  get #unproven(): readonly string[] {
    return this.#options.scenariosMs() === undefined ? [] : this.evaluator.unproven
  }

  get #isFailedByUnproven(): boolean {
    return this.#options.runtime.onEmptyThreshold === 'fail' && this.#unproven.length > 0
  }

  /** The last line of the summary: why the verdict is worth less than it looks. */
  #reservation({
    iterations: { complete, failed },
    losses,
  }: Pick<TestEnd, 'iterations' | 'losses'>): string | undefined {
    const parts =
      failed > 0 && failed === complete
        ? [failed === 1 ? 'the only iteration failed' : `all ${failed} iterations failed`]
        : []
    const names = this.#unproven
    if (names.length > 0 && this.#options.runtime.onEmptyThreshold !== 'pass') {
      parts.push(`this run judged less than it was asked to: no samples for ${names.join(', ')}`)
    }
    if (losses.length > 0) parts.push('parts of the test were lost, and the target saw less load than planned')
    const { ignoredOptions } = this.#options.plan
    if (ignoredOptions.length > 0) {
      parts.push(`options that do not exist were ignored: ${ignoredOptions.join(', ')}`)
    }
    return parts.length === 0 ? undefined : parts.join('; ')
  }

  async #writeSummary(end: TestEnd): Promise<void> {
    this.#options.logging.flush()
    this.#unwritten = await this.#summaryOf(end).write(end.summaryHook)
  }

  /** The summary if the test ended now. */
  standing(end: Pick<TestEnd, 'durationMs' | 'setupData' | 'iterations' | 'losses'>): Standing {
    this.evaluate(end.durationMs)
    return this.#summaryOf(end).standing()
  }

  #summaryOf(end: Pick<TestEnd, 'durationMs' | 'setupData' | 'iterations' | 'losses'>): SummaryWriter {
    return new SummaryWriter({
      ...this.#options,
      ...end,
      evaluator: this.evaluator,
      scenariosMs: this.#options.scenariosMs(),
      notes: this.#notes(end.losses),
      reservation: this.#reservation(end),
    })
  }

  /** The first reason to stop decides; thresholds count when there is none. */
  pronounce(): number {
    const { stop } = this.#options
    const { crossed } = this.evaluator
    const exitCode = ExitCode.thresholdsFailed
    if (crossed.length > 0) {
      stop.conclude({ exitCode, code: ReasonCode.thresholdsCrossed, message: crossedMessage(crossed) })
    }
    // The user has been told already that thresholds without samples fail the test.
    if (this.#isFailedByUnproven) stop.conclude({ exitCode, code: ReasonCode.thresholdsUnproven, message: '' })
    if (this.#unwritten !== undefined) stop.conclude({ ...this.#unwritten, message: '' })
    this.#accountForOutputs()
    stop.repeatMark()
    return stop.exitCode
  }

  /** Reports what each output lost. A lost file fails the run; data lost on a network does so with `--out-errors=fail`. */
  #accountForOutputs(): void {
    const losses = this.outputs.account({ allLossesAreFatal: this.#options.runtime.outErrors === 'fail' })
    if (losses.length === 0) return
    this.#options.stop.conclude({
      exitCode: ExitCode.outputFailed,
      code: ReasonCode.outputFailed,
      message: `results are missing from ${losses.map(({ output }) => output).join(', ')}`,
    })
  }
}
