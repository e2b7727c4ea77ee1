/**
 * The second phase of a run: opens everything, and takes the test through its steps.
 *
 *   control API ▸ outputs ▸ initialise VUs ▸ [paused] ▸ setup ▸ scenarios ▸ teardown ▸ [linger]
 */
import { monotonicClock } from '../base/clock.js'
import type { CallResult } from '../engine/calls.js'
import { createProgressView, type ProgressView } from '../terminal/progress-view.js'
import { EVALUATION_INTERVAL_MS } from '../threshold/evaluator.js'
import { colorsFor, printBanner } from './banner.js'
import { ExitCode, ReasonCode } from './exit-codes.js'
import { LiveControl } from './live-control.js'
import { openApi } from './open-api.js'
import type { Preparation } from './preparation.js'
import { INITIALIZING } from './progress-source.js'
import { RunPhase } from './run-status.js'
import type { RunSession } from './session.js'

const TICK_INTERVAL = 1000
/** The pause after the state of the test was kept, as a multiple of the time that it took: it takes a twentieth of the time at most. */
const STANDING_SHARE = 20
/** How long an engine may take to hand over what it has measured before thresholds that may abort the run are evaluated. */
const REPORT_LIMIT = 100

/** What a running test leaves behind. */
export interface EndedTest {
  /** The test came to its scenarios, so iterations could be expected. */
  readonly ranScenarios: boolean
  readonly closeApi: () => Promise<void>
  /** The screen is free for the summary, and the log writes to it directly. */
  readonly closeView: () => void
}

export class RunningTest {
  readonly #session: RunSession
  readonly #preparation: Preparation
  readonly #view: ProgressView
  readonly #closeApi: () => Promise<void>
  /** When the state of the run is kept next for a crash, as a moment of the run's clock. */
  #nextStanding = 0

  private constructor(
    session: RunSession,
    preparation: Preparation,
    view: ProgressView,
    closeApi: () => Promise<void>,
  ) {
    this.#session = session
    this.#preparation = preparation
    this.#view = view
    this.#closeApi = closeApi
  }

  /** Opens the control API, which answers from here on, also while VUs are initialised; then the outputs, and then the view. */
  static async open(session: RunSession, preparation: Preparation): Promise<RunningTest> {
    const { request, host, status } = session
    const { plan, verdict } = preparation
    if (plan.options.paused) status.pause()
    warnOfShards(session, plan.totals.maxVUs)
    const { address, apiToken } = request.runtime
    const control = new LiveControl(session, preparation)
    const api = await openApi(address, control, session.log, apiToken)
    if (api !== null) session.control = control
    const closeApi = async (): Promise<void> => api?.close()
    session.onClose(closeApi)
    const { place } = session.engine
    printBanner(plan, request, host, { execution: place, outputs: verdict.outputs.description })
    await verdict.outputs.start()
    session.onClose(() => verdict.outputs.stop())
    const view = showProgress(session, preparation)
    session.onClose(() => view.stop())
    return new RunningTest(session, preparation, view, closeApi)
  }

  async run(): Promise<EndedTest> {
    const { request, status, stop } = this.#session
    const stopTicking = this.#keepTicking()
    this.#session.onClose(stopTicking)
    const ranScenarios = await this.#goThroughSteps()
    status.end(stop.isStopped ? RunPhase.interrupted : stop.isMarkedAsFailed ? RunPhase.markedAsFailed : RunPhase.ended)
    if (request.runtime.linger) await this.#waitForUser()
    stopTicking()
    return { ranScenarios, closeApi: this.#closeApi, closeView: () => this.#closeView() }
  }

  /** Returns whether the test came to its scenarios. */
  async #goThroughSteps(): Promise<boolean> {
    const { stop, time } = this.#session
    if (!(await this.#initialiseVus())) return false
    if (!(await this.#waitAtGate())) return false
    this.#begin()
    if (!(await this.#setup())) return false
    await this.#runScenarios()
    if (!stop.skipsTeardown) await this.#teardown()
    time.end()
    return true
  }

  async #initialiseVus(): Promise<boolean> {
    const { engine, status, stop } = this.#session
    const { workload, verdict } = this.#preparation
    this.#step('Init', INITIALIZING)
    status.enter(RunPhase.initialisingVus)
    await Promise.race([engine.prepare(workload, verdict), stop.stopped])
    return !stop.isStopped
  }

  async #waitAtGate(): Promise<boolean> {
    const { status, stop } = this.#session
    status.enter(RunPhase.initialised)
    if (status.isPaused) this.#preparation.progress.pause()
    await status.waitAtGate(stop.stopped)
    return !stop.isStopped
  }

  #begin(): void {
    const { engine, status, time } = this.#session
    time.begin()
    status.enter(RunPhase.started)
    engine.begin()
  }

  /** Runs setup. False when the test ends with it, because it failed or was interrupted. */
  async #setup(): Promise<boolean> {
    const { calls, status, stop } = this.#session
    const { plan, script } = this.#preparation
    if (plan.options.noSetup || !script.functions.includes('setup')) return !stop.isStopped
    this.#step('Run', 'setup()')
    status.enter(RunPhase.setup)
    const { setupTimeout } = plan.options
    const result = await calls.call('setup', undefined, setupTimeout)
    if (result.outcome === 'returned' && result.value.kind === 'json') calls.setupData = result.value.json
    else this.#reportCall('setup', result, setupTimeout, ExitCode.setupTimeout)
    return !stop.isStopped
  }

  async #runScenarios(): Promise<void> {
    const { calls, engine, status } = this.#session
    const { progress } = this.#preparation
    progress.begin(monotonicClock.now() + engine.startLead)
    status.enter(RunPhase.running)
    await engine.start(calls.setupData)
    this.#gaugeVus()
    progress.end()
  }

  /** Sets the gauges of VUs in a test that is over before the first tick, from the number of iterations. */
  #gaugeVus(): void {
    const { vus, iterations } = this.#session.engine.progress()
    const { measurements } = this.#preparation.verdict
    if (measurements.hasVus) return
    measurements.gauge(Math.min(vus.initialized, iterations.complete + iterations.interrupted), vus.initialized)
  }

  async #teardown(): Promise<void> {
    const { calls, status } = this.#session
    const { plan, progress, script } = this.#preparation
    if (plan.options.noTeardown || !script.functions.includes('teardown')) return
    this.#step('Run', 'teardown()')
    status.enter(RunPhase.teardown)
    const { teardownTimeout } = plan.options
    const result = await calls.call('teardown', calls.setupData, teardownTimeout)
    progress.conclude()
    if (result.outcome !== 'returned') this.#reportCall('teardown', result, teardownTimeout, ExitCode.teardownTimeout)
  }

  #reportCall(name: 'setup' | 'teardown', result: CallResult, timeout: number, timeoutCode: number): void {
    const { stop } = this.#session
    switch (result.outcome) {
      case 'timed out':
        return stop.stop({
          exitCode: timeoutCode,
          code: name === 'setup' ? 'ERR_SETUP_TIMEOUT' : 'ERR_TEARDOWN_TIMEOUT',
          message: `${name}() execution timed out after ${timeout / 1000} seconds`,
          hint: `You can increase the time limit via the ${name}Timeout option`,
        })
      case 'invalid':
        return stop.stop({
          exitCode: ExitCode.scriptException,
          code: ReasonCode.scriptException,
          message: result.message,
        })
      case 'threw':
        // The exception itself has been logged where it happened.
        return stop.stop({ exitCode: ExitCode.scriptException, code: ReasonCode.scriptException, message: '' })
      default:
        return undefined
    }
  }

  /** `--linger`: the control API goes on answering until Ctrl+C, unless the test never began or the user has already asked for its end. */
  async #waitForUser(): Promise<void> {
    const { host, linger, request, stop, time } = this.#session
    if (!time.hasBegun || stop.wasSignalled) return
    time.end()
    this.#preparation.verdict.evaluate(time.duration)
    this.#closeView()
    const text = 'The test is done, but --linger was enabled, so sockeye is waiting for Ctrl+C to continue...\n'
    if (!request.runtime.quiet) host.stdout.write(text)
    await linger.wait()
  }

  #closeView(): void {
    this.#view.stop()
    this.#session.logging.writeThrough(undefined)
  }

  #step(label: 'Init' | 'Run', text: string): void {
    this.#preparation.progress.status = { kind: 'step', label, fraction: label === 'Run' ? 1 : 0, text }
  }

  /** Outputs and thresholds get their turns until the function that is returned is called. */
  #keepTicking(): () => void {
    const { engine, time } = this.#session
    const { verdict } = this.#preparation
    const ticks = setInterval(() => {
      verdict.tick(engine.progress(), time.duration)
      this.#keepStanding()
    }, TICK_INTERVAL)
    const evaluations = setInterval(() => this.#evaluate(), EVALUATION_INTERVAL_MS)
    return () => {
      clearInterval(ticks)
      clearInterval(evaluations)
    }
  }

  /** Keeps the state of the test for the process that outlives this one when it crashes. */
  #keepStanding(): void {
    const { calls, engine, host, time } = this.#session
    if (host.keep === undefined || !time.isRunning) return
    const now = monotonicClock.now()
    if (now < this.#nextStanding) return
    const { iterations } = engine.progress()
    const { setupData } = calls
    const { losses } = engine
    host.keep(this.#preparation.verdict.standing({ durationMs: time.duration, setupData, iterations, losses }))
    const end = monotonicClock.now()
    this.#nextStanding = end + (end - now) * STANDING_SHARE
  }

  #evaluate(): void {
    const { engine, time, stop } = this.#session
    const { verdict } = this.#preparation
    const judge = (): void => {
      if (time.isRunning && !stop.isStopped) verdict.judge(time.duration)
    }
    if (!time.isRunning || !verdict.evaluator.mayAbort) return judge()
    // Asks for fresh reports: the last ones may be a second old.
    engine.report()
    setTimeout(judge, REPORT_LIMIT).unref()
  }
}

/** More threads than cores wait for each other, and measure that wait. */
function warnOfShards({ host, log, request }: RunSession, maxVUs: number): void {
  const { shards = 0 } = request.runtime
  if (Math.min(shards, maxVUs) <= host.cores) return
  const hint =
    'leave --shards out for one per core: more make no more load, and times measured include waiting for a core'
  log.warning(`${shards} shards share ${host.cores} ${host.cores === 1 ? 'core' : 'cores'}`, { hint })
}

function showProgress({ host, logging, request }: RunSession, { progress, verdict }: Preparation): ProgressView {
  const { runtime } = request
  const view = createProgressView({
    stream: host.stdout,
    state: () => progress.state(verdict.notice, (iterations) => verdict.figures.figures(iterations)),
    colors: colorsFor(host, runtime),
    quiet: runtime.quiet,
    smartTerminal: host.env['TERM'] !== 'dumb',
  })
  logging.writeThrough((text, stream) => view.writeAbove(text, stream))
  view.start()
  return view
}
