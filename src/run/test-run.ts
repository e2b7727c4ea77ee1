/**
 * One test run from the script's path to an exit code.
 *
 *   load ▸ plan ▸ control API ▸ outputs ▸ initialise VUs ▸ [paused] ▸ setup ▸ scenarios ▸ teardown ▸ [linger] ▸ flush ▸ thresholds
 *   ▸ summary
 *
 * Whatever goes wrong after the outputs have started, the rest still happens as far as it makes sense: what was measured is
 * flushed, evaluated and shown. The first reason to stop decides the exit code.
 *
 * Source  docs/spec/runner.md §4
 */
import type { ApiServer } from '../api/server.js'
import { epochOrigin, monotonicClock } from '../base/clock.js'
import type { SockeyeError } from '../base/errors.js'
import type { EchoServer } from '../echo/server.js'
import type { CallResult } from '../engine/calls.js'
import type { AggregateReport, Engine, EngineEvents, ResultListener } from '../engine/engine.js'
import type { GeneratorLoad } from '../engine/generator-load.js'
import type { Log } from '../log/log.js'
import type { Logging } from '../log/logging.js'
import type { LogFields } from '../log/record.js'
import type { LogBatch } from '../log/relay.js'
import type { SampleBatch } from '../metrics/recorder.js'
import type { Outputs } from '../output/outputs.js'
import { readMain } from '../script/locate.js'
import { createProgressView, type ProgressView } from '../terminal/progress-view.js'
import {
  abortMessage,
  crossedMessage,
  EVALUATION_INTERVAL_MS,
  type ThresholdEvaluator,
  UNPROVEN_HINT,
  unprovenMessage,
} from '../threshold/evaluator.js'
import { colorsFor, printBanner } from './banner.js'
import { type CreateEngine, createThreadEngine } from './create-engine.js'
import { drawPlan } from './dry-run.js'
import { ExitCode, ReasonCode, type StopReason } from './exit-codes.js'
import { addFailures, addLoad, limitNote, limitNotice, NO_LIMITS } from './generator-limits.js'
import { LifecycleCalls } from './lifecycle-calls.js'
import { Linger } from './linger.js'
import { LiveControl } from './live-control.js'
import type { Measurements } from './measurements.js'
import { openApi } from './open-api.js'
import { withLog } from './open-log.js'
import { type PreparedTest, prepareTest } from './prepare-test.js'
import { INITIALIZING, ProgressSource } from './progress-source.js'
import type { RunHost, RunRequest } from './request.js'
import { RunPhase, RunStatus } from './run-status.js'
import { StopControl } from './stop-control.js'
import { type SummaryHook, SummaryWriter } from './summary-writer.js'
import { workloadOf } from './workload.js'

const GAUGE_INTERVAL = 1000
const SHORTEST_LOAD_REPORT = 500
/** How long shards may take to hand over what they have measured before thresholds that may abort the run are evaluated. */
const REPORT_LIMIT = 100
/** The same at the end. */
const FLUSH_LIMIT = 5000

/** Runs a test and gives the exit code of the process. Never throws for what a user can cause. */
export function runTest(
  request: RunRequest,
  host: RunHost,
  createEngine: CreateEngine = createThreadEngine,
): Promise<number> {
  return withLog(request, host, async (logging) => {
    const run = new TestRun(request, host, logging, createEngine)
    try {
      return await run.execute()
    } catch (error) {
      return run.report(error)
    } finally {
      await run.close()
    }
  })
}

class TestRun implements EngineEvents, ResultListener {
  readonly #request: RunRequest
  readonly #host: RunHost
  readonly #logging: Logging
  readonly #log: Log
  readonly #engine: Engine
  readonly #stop: StopControl
  readonly #status = new RunStatus()
  readonly #calls: LifecycleCalls
  readonly #linger = new Linger()
  readonly #epochOrigin = epochOrigin()
  readonly #timers: NodeJS.Timeout[] = []
  #measurements: Measurements | null = null
  #evaluator: ThresholdEvaluator | null = null
  #outputs: Outputs | null = null
  #progress: ProgressSource | null = null
  #view: ProgressView | null = null
  #limits = NO_LIMITS
  readonly #latestLoads = new Map<number, GeneratorLoad>()
  #echo: EchoServer | null = null
  #removeSignals: (() => void) | null = null
  #api: ApiServer | null = null
  #testStartedAt: number | null = null
  #testEndedAt: number | null = null
  /** No iteration was to start, so it is no news that none finished. */
  #endedInSetup = false

  constructor(request: RunRequest, host: RunHost, logging: Logging, createEngine: CreateEngine) {
    this.#request = request
    this.#host = host
    this.#logging = logging
    this.#log = logging.log
    const shards = request.runtime.shards ?? host.cores
    this.#engine = createEngine({ events: this, log: this.#log, shards, epochOrigin: this.#epochOrigin })
    this.#calls = new LifecycleCalls(this.#engine)
    this.#stop = new StopControl(this.#log, () => {
      this.#status.enter(RunPhase.interrupted)
      this.#engine.interrupt()
    })
  }

  async execute(): Promise<number> {
    this.#removeSignals = this.#host.onSignal((signal) => this.#onSignal(signal))
    const test = await Promise.race([this.#prepare(), this.#stop.stopped.then(() => undefined)])
    if (test === undefined) return this.#stop.exitCode
    this.#measurements = test.measurements
    this.#evaluator = test.evaluator
    this.#progress = new ProgressSource(test.plan, this.#engine)
    if (this.#request.runtime.dryRun) return this.#showPlan(test)
    await this.#openApi(test)
    await this.#openOutputs(test)
    await this.#runTest(test)
    this.#status.end(this.#lastPhase)
    if (this.#request.runtime.linger) await this.#waitForUser()
    await this.#finish(test)
    return this.#stop.exitCode
  }

  #prepare(): Promise<PreparedTest | undefined> {
    return prepareTest(this.#request, this.#host, {
      log: this.#log,
      epochOrigin: this.#epochOrigin,
      startEcho: () => this.#startEcho(),
      load: async (program) => {
        const script = await this.#engine.load(program)
        return this.#stop.isStopped ? undefined : script
      },
    })
  }

  async #startEcho(): Promise<Record<string, string>> {
    if (!this.#request.runtime.echo) return {}
    const { startEchoThread } = await import('../echo/thread.js')
    const { echoEnvironment } = await import('../echo/report.js')
    this.#echo = await startEchoThread({ host: '127.0.0.1', tcpPort: 0, tlsPort: 0, wsPort: 0, wssPort: 0 })
    return echoEnvironment(this.#echo)
  }

  /** It answers from here on, also while VUs are initialised. */
  async #openApi({ plan, thresholds }: PreparedTest): Promise<void> {
    if (plan.options.paused) this.#status.pause()
    const live = new LiveControl({
      plan,
      thresholds,
      evaluator: this.#evaluator as ThresholdEvaluator,
      measurements: this.#measurements as Measurements,
      status: this.#status,
      stop: this.#stop,
      engine: this.#engine,
      calls: this.#calls,
      progress: this.#progress as ProgressSource,
      durationMs: () => this.#duration,
      endLinger: () => this.#linger.end(),
    })
    this.#api = await openApi(this.#request.runtime.address, live, this.#log)
  }

  /** `--dry-run`: everything has been checked but whether outputs can be opened. */
  #showPlan(test: PreparedTest): number {
    this.#host.stdout.write(drawPlan(test.plan))
    return ExitCode.success
  }

  async #openOutputs({ plan, outputs }: PreparedTest): Promise<void> {
    printBanner(plan, this.#request, this.#host, outputs.description)
    await outputs.start()
    this.#outputs = outputs
  }

  async #runTest(test: PreparedTest): Promise<void> {
    const { plan, thresholds, outputs } = test
    this.#showProgress()
    this.#every(GAUGE_INTERVAL, () => this.#gauge())
    this.#every(EVALUATION_INTERVAL_MS, () => this.#evaluate())
    this.#step('Init', INITIALIZING)
    this.#status.enter(RunPhase.initialisingVus)
    const workload = workloadOf(plan, {
      thresholds,
      collectsViews: this.#request.runtime.summaryMode === 'full',
      recordsSamples: outputs.wantsSamples,
      trackedTags: outputs.trackedTags,
    })
    await Promise.race([this.#engine.prepare(workload, this), this.#stop.stopped])
    if (this.#stop.isStopped) return
    this.#status.enter(RunPhase.initialised)
    if (this.#status.isPaused) this.#progress?.pause()
    await this.#status.waitAtGate(this.#stop.stopped)
    if (this.#stop.isStopped) return
    this.#testStartedAt = monotonicClock.now()
    this.#status.enter(RunPhase.started)
    this.#engine.begin()
    if (!(await this.#setup(test))) return
    await this.#runScenarios()
    if (!this.#stop.skipsTeardown) await this.#teardown(test)
    this.#testEndedAt = monotonicClock.now()
  }

  /** False when the test ends here. */
  async #setup({ plan, script }: PreparedTest): Promise<boolean> {
    if (plan.options.noSetup || !script.functions.includes('setup')) return !this.#stop.isStopped
    this.#step('Run', 'setup()')
    this.#status.enter(RunPhase.setup)
    const result = await this.#calls.call('setup', undefined, plan.options.setupTimeout)
    if (result.outcome === 'returned' && result.value.kind === 'json') this.#calls.setupData = result.value.json
    else {
      this.#endedInSetup = true
      this.#reportCall('setup', result, plan.options.setupTimeout, ExitCode.setupTimeout)
    }
    return !this.#stop.isStopped
  }

  async #runScenarios(): Promise<void> {
    this.#progress?.begin(monotonicClock.now())
    this.#status.enter(RunPhase.running)
    await this.#engine.start(this.#calls.setupData)
    this.#progress?.end()
  }

  async #teardown({ plan, script }: PreparedTest): Promise<void> {
    if (plan.options.noTeardown || !script.functions.includes('teardown')) return
    this.#step('Run', 'teardown()')
    this.#status.enter(RunPhase.teardown)
    const { teardownTimeout } = plan.options
    const result = await this.#calls.call('teardown', this.#calls.setupData, teardownTimeout)
    this.#progress?.conclude()
    if (result.outcome !== 'returned') this.#reportCall('teardown', result, teardownTimeout, ExitCode.teardownTimeout)
  }

  #reportCall(name: 'setup' | 'teardown', result: CallResult, timeout: number, timeoutCode: number): void {
    switch (result.outcome) {
      case 'timed out':
        return this.#stop.stop({
          exitCode: timeoutCode,
          code: name === 'setup' ? 'ERR_SETUP_TIMEOUT' : 'ERR_TEARDOWN_TIMEOUT',
          message: `${name}() execution timed out after ${timeout / 1000} seconds`,
          hint: `You can increase the time limit via the ${name}Timeout option`,
        })
      case 'invalid':
        return this.#stop.stop({
          exitCode: ExitCode.scriptException,
          code: ReasonCode.scriptException,
          message: result.message,
        })
      case 'threw':
        // The exception itself has been logged where it happened.
        return this.#stop.stop({ exitCode: ExitCode.scriptException, code: ReasonCode.scriptException, message: '' })
      default:
        return undefined
    }
  }

  get #lastPhase(): Parameters<RunStatus['end']>[0] {
    if (this.#stop.isStopped) return RunPhase.interrupted
    return this.#stop.isMarkedAsFailed ? RunPhase.markedAsFailed : RunPhase.ended
  }

  /** The control API goes on answering meanwhile. Not when the test never began, or the user has already asked for the end. */
  async #waitForUser(): Promise<void> {
    if (this.#testStartedAt === null || this.#stop.wasSignalled) return
    this.#testEndedAt ??= monotonicClock.now()
    this.#evaluator?.evaluate(this.#duration)
    this.#view?.stop()
    this.#logging.writeThrough(undefined)
    const text = 'The test is done, but --linger was enabled, so sockeye is waiting for Ctrl+C to continue...\n'
    if (!this.#request.runtime.quiet) this.#host.stdout.write(text)
    await this.#linger.wait()
  }

  /** Whatever was measured is flushed, evaluated and shown. */
  async #finish(test: PreparedTest): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#testEndedAt ??= monotonicClock.now()
    await this.#engine.flush(FLUSH_LIMIT)
    this.#gaugeWebSockets()
    const measurements = this.#measurements as Measurements
    if (!measurements.hasIterations && this.#testStartedAt !== null && !this.#endedInSetup) {
      this.#log.warning(
        'No script iterations fully finished, consider making the test duration longer',
        this.#whyUnfinished(),
      )
    }
    this.#sendOwnSamples()
    const { crossed } = this.#evaluator?.evaluate(this.#duration, { final: true }) ?? { crossed: [] }
    this.#warnOfUnproven()
    const summaryHook = this.#summaryHook(test)
    // Nobody needs the shards any more, and their end takes as long as the summary.
    if (summaryHook === undefined) void this.#engine.close()
    await this.#outputs?.stop()
    await this.#api?.close()
    await this.#writeSummary(test, summaryHook)
    this.#view?.stop()
    this.#logging.writeThrough(undefined)
    if (crossed.length > 0)
      this.#stop.conclude({
        exitCode: ExitCode.thresholdsFailed,
        code: ReasonCode.thresholdsCrossed,
        message: crossedMessage(crossed),
      })
    this.#stop.repeatMark()
  }

  /** A socket left open is as likely as a test that is too short. */
  #whyUnfinished(): LogFields {
    const { interrupted } = this.#engine.progress().iterations
    if (interrupted === 0 || this.#stop.isStopped || !this.#engine.isComplete) return {}
    return {
      hint: 'an iteration lasts until its sockets are closed and its timers have fired: does the script close them?',
    }
  }

  /** A threshold that nothing could cross looks like success: a target that was down must not. */
  #warnOfUnproven(): void {
    const names = this.#evaluator?.unproven ?? []
    if (names.length > 0) this.#log.warning(unprovenMessage(names), { hint: UNPROVEN_HINT })
  }

  async #writeSummary(test: PreparedTest, hook: SummaryHook | undefined): Promise<void> {
    const { runtime } = this.#request
    if (runtime.summaryMode === 'disabled') return
    const note = limitNote(this.#limits)
    // The log is complete before the results.
    this.#logging.flush()
    const writer = new SummaryWriter({
      host: this.#host,
      runtime,
      log: this.#log,
      plan: test.plan,
      measurements: this.#measurements as Measurements,
      thresholds: test.thresholds,
      evaluator: this.#evaluator as ThresholdEvaluator,
      durationMs: this.#duration,
      setupData: this.#calls.setupData,
      notes: note === undefined ? [] : [note],
      readScript: () => readMain(test.source.source),
    })
    if (test.script.values.includes('handleSummary')) {
      this.#log.error('exported identifier handleSummary must be a function')
    }
    await writer.write(hook)
  }

  /** The script's own summary. */
  #summaryHook({ script, plan }: PreparedTest): SummaryHook | undefined {
    const isWanted = this.#request.runtime.summaryMode !== 'disabled' && !this.#stop.skipsTeardown
    if (!isWanted || !script.functions.includes('handleSummary')) return undefined
    return (data) => this.#calls.call('handleSummary', data, plan.options.handleSummaryTimeout)
  }

  get #duration(): number {
    if (this.#testStartedAt === null) return 0
    return (this.#testEndedAt ?? monotonicClock.now()) - this.#testStartedAt
  }

  #showProgress(): void {
    const { runtime } = this.#request
    const progress = this.#progress as ProgressSource
    const view = createProgressView({
      stream: this.#host.stdout,
      state: () => progress.state(),
      colors: colorsFor(this.#host, runtime),
      quiet: runtime.quiet,
      smartTerminal: this.#host.env['TERM'] !== 'dumb',
    })
    this.#view = view
    this.#logging.writeThrough((text, stream) => view.writeAbove(text, stream))
    view.start()
  }

  #step(label: 'Init' | 'Run', text: string): void {
    if (this.#progress !== null)
      this.#progress.status = { kind: 'step', label, fraction: label === 'Run' ? 1 : 0, text }
  }

  #every(interval: number, run: () => void): void {
    this.#timers.push(setInterval(run, interval))
  }

  #gauge(): void {
    const { vus } = this.#engine.progress()
    this.#measurements?.gauge(vus.active, vus.initialized)
    this.#gaugeWebSockets()
    this.#sendOwnSamples()
    const { registry, timeline } = this.#measurements as Measurements
    this.#outputs?.onAggregates({ registry, timeline, durationMs: this.#duration, time: Date.now() })
  }

  #gaugeWebSockets(): void {
    this.#measurements?.gaugeWebSockets(this.#engine.progress().openWebSockets)
  }

  #sendOwnSamples(): void {
    const recorder = this.#measurements?.recorder
    if (recorder !== null && recorder !== undefined && recorder.length > 0)
      this.#outputs?.onSamples(-1, recorder.take())
  }

  #evaluate(): void {
    if (!this.#isRunning) return
    if (!this.#evaluator?.mayAbort) return this.#judge()
    // The last reports may be a second old.
    this.#engine.report()
    setTimeout(() => this.#judge(), REPORT_LIMIT).unref()
  }

  get #isRunning(): boolean {
    return this.#testStartedAt !== null && this.#testEndedAt === null && !this.#stop.isStopped
  }

  #judge(): void {
    if (!this.#isRunning) return
    const evaluation = this.#evaluator?.evaluate(this.#duration)
    if (evaluation?.shouldAbort !== true) return
    this.#stop.stop({
      exitCode: ExitCode.thresholdsFailed,
      code: ReasonCode.thresholdsCrossed,
      message: abortMessage(evaluation.crossed),
    })
  }

  #onSignal(signal: 'interrupt' | 'terminated'): void {
    if (this.#linger.end()) return
    if (this.#stop.wasSignalled) {
      this.#log.error('Aborting in response to signal: no teardown, the summary follows')
      this.#stop.hurry()
      void this.#engine.close()
      return
    }
    const message = `test run was aborted because sockeye received a '${signal}' signal`
    this.#stop.signal({ exitCode: ExitCode.signal, code: 'ERR_INTERRUPTED', message })
  }

  onAggregates(part: number, report: AggregateReport): void {
    const warning = this.#measurements?.merge(part, report)
    if (warning !== undefined) this.#log.warning(warning)
    this.#watchLoad(part, report.load)
  }

  /** The generator must say when it is the limit: while it lasts, and in the summary. */
  #watchLoad(part: number, load: GeneratorLoad): void {
    // A report of less than half a second is mostly the shard's own start or end: its times say nothing.
    if (this.#progress?.status.kind !== 'running' || load.interval < SHORTEST_LOAD_REPORT) {
      this.#limits = addFailures(this.#limits, load)
      return
    }
    this.#limits = addLoad(this.#limits, load)
    this.#latestLoads.set(part, load)
    this.#progress.notice = limitNotice([...this.#latestLoads.values()])
  }

  onSamples(part: number, batch: SampleBatch): void {
    this.#outputs?.onSamples(part, batch)
  }

  onLog(batch: LogBatch, acknowledge: () => void): void {
    this.#logging.receive(batch, acknowledge)
  }

  onAbort(message: string): void {
    this.#stop.stop({
      exitCode: ExitCode.testAborted,
      code: ReasonCode.testAborted,
      message: message === '' ? 'test aborted' : `test aborted: ${message}`,
    })
  }

  onFail(message: string): void {
    this.#log.failure({
      code: 'ERR_TEST_FAILED',
      message: message === '' ? 'test marked as failed' : `test marked as failed: ${message}`,
    })
    this.#stop.markAsFailed()
  }

  onInitFailed(vu: number): void {
    if (this.#stop.isStopped) return
    const message = vu === 0 ? '' : `error while initializing VU #${vu} (script exception)`
    this.#stop.stop(
      { exitCode: ExitCode.scriptException, code: ReasonCode.scriptException, message },
      { skipsTeardown: true },
    )
  }

  onLost(part: string, reason: string): void {
    this.#stop.stop({
      exitCode: ExitCode.internalError,
      code: ReasonCode.shardDied,
      message: `${part} died: ${reason}`,
      hint: 'what it had measured since its last report, at most a second, is missing from the results',
    })
  }

  /** For errors that end the run before it began. */
  report(error: unknown): number {
    if (!(error instanceof Error) || !('exitCode' in error)) throw error
    this.#log.failure(error as SockeyeError)
    return (error as SockeyeError).exitCode
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#removeSignals?.()
    this.#view?.stop()
    await Promise.all([this.#engine.close(), this.#outputs?.stop(), this.#echo?.close(), this.#api?.close()])
  }
}

export type { StopReason }
