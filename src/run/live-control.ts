/**
 * The running test as the control API sees it: status, changes while it runs, results so far, and setup and teardown on demand.
 *
 * A run can be paused only before its start. Externally controlled scenarios are the exception: when a test has nothing else, it
 * pauses and resumes at any time, and their VUs can be scaled.
 *
 * Errors  ControlError with k6's titles and texts
 * Source  docs/spec/metrics-and-modules.md §6.1, §6.4; docs/spec/runner.md §3.9
 */
import {
  API_TREND_STATS,
  type Changeable,
  ControlError,
  type ControlledRun,
  type StatusAttributes,
  type StatusChange,
} from '../api/controlled-run.js'
import type { CallResult } from '../engine/calls.js'
import { refuseScale } from '../executor/externally-controlled.js'
import { scenarioSteps } from '../plan/requirements.js'
import type { ExternallyControlledScenario, Scenario } from '../plan/scenario.js'
import { Share } from '../plan/share.js'
import { buildResults } from '../summary/build.js'
import type { RunResults } from '../summary/results.js'
import { ExitCode } from './exit-codes.js'
import type { Preparation } from './preparation.js'
import type { RunSession } from './session.js'

interface VuNumbers {
  readonly vus: number
  readonly maxVUs: number
}

export class LiveControl implements ControlledRun {
  readonly #session: RunSession
  readonly #preparation: Preparation
  /** The numbers that were last asked for, by the index of the scenario. */
  readonly #scaled = new Map<number, VuNumbers>()

  constructor(session: RunSession, preparation: Preparation) {
    this.#session = session
    this.#preparation = preparation
  }

  status(): StatusAttributes {
    const { status, stop, engine } = this.#session
    const { evaluator } = this.#preparation.verdict
    const { vus } = engine.progress()
    return {
      status: status.phase,
      paused: status.isPaused,
      vus: vus.active,
      'vus-max': vus.initialized,
      stopped: status.hasEnded || stop.isStopped,
      running: status.hasStarted && !status.hasEnded,
      tainted: evaluator.crossed.length > 0,
    }
  }

  changeable(): Changeable {
    const { status, stop } = this.#session
    if (status.hasEnded || stop.isStopped) return { canPause: false, scalable: [] }
    const { scenarios } = this.#preparation.plan
    return {
      canPause: status.hasStarted ? this.#fixedScenario() === undefined : true,
      scalable: scenarios.flatMap((scenario, index) =>
        scenario.executor === 'externally-controlled'
          ? [{ name: scenario.name, vus: scenario.vus, maxVUs: scenario.maxVUs, ...this.#scaled.get(index) }]
          : [],
      ),
    }
  }

  change(change: StatusChange): void {
    if (change.stopped === true) return this.#stop()
    if (change.paused !== undefined) this.#setPaused(change.paused)
    if (change.vus !== undefined || change['vus-max'] !== undefined) this.#scale(change)
  }

  results(): RunResults {
    const { progress, verdict } = this.#preparation
    const { thresholds, evaluator, measurements } = verdict
    return buildResults({
      registry: measurements.registry,
      checks: measurements.checks,
      thresholds,
      evaluator,
      durationMs: this.#session.time.duration,
      scenariosMs: progress.scenariosMs,
      options: { mode: 'compact', trendStats: API_TREND_STATS, timeUnit: null },
    })
  }

  get setupData(): string | undefined {
    return this.#session.calls.setupData
  }

  set setupData(json: string | undefined) {
    this.#session.calls.setupData = json
  }

  async runSetup(): Promise<void> {
    const { calls } = this.#session
    const { plan } = this.#preparation
    await this.#untilCallable()
    const result = await calls.call('setup', undefined, plan.options.setupTimeout)
    this.#assertNoLoss('setup', ExitCode.setupTimeout)
    assertReturned('setup', result, plan.options.setupTimeout)
    if (result.value.kind === 'json') calls.setupData = result.value.json
  }

  async runTeardown(): Promise<void> {
    const { calls } = this.#session
    const { plan } = this.#preparation
    await this.#untilCallable()
    const result = await calls.call('teardown', calls.setupData, plan.options.teardownTimeout)
    this.#assertNoLoss('teardown', ExitCode.teardownTimeout)
    assertReturned('teardown', result, plan.options.teardownTimeout)
  }

  /** Shards take calls once their VUs are initialised. */
  async #untilCallable(): Promise<void> {
    const { status } = this.#session
    await status.initialised
    if (status.hasEnded && !status.hasStarted) throw new Error('the run has ended before its virtual users were ready')
  }

  /** Code that never yields ends its thread, and with it the virtual users that wait there for the start. */
  #assertNoLoss(name: 'setup' | 'teardown', exitCode: number): void {
    const { engine, status, stop } = this.#session
    if (status.hasEnded || stop.isStopped || engine.isComplete) return
    stop.stop({
      exitCode,
      code: 'ERR_STUCK',
      message: `${name}() never yielded, and the virtual users of its thread ended with it`,
    })
  }

  #stop(): void {
    if (this.#session.linger.end()) return
    if (this.#session.status.hasEnded || this.#session.stop.isStopped) return
    this.#session.stop.stop({
      exitCode: ExitCode.stoppedByApi,
      code: 'ERR_STOPPED_BY_API',
      message: 'test run stopped from REST API',
    })
  }

  #setPaused(wanted: boolean): void {
    const { status } = this.#session
    if (!status.hasStarted && status.isPaused) {
      if (wanted) throw pauseError('execution is already paused')
      return status.release()
    }
    this.#assertPausable()
    if (wanted === status.isPaused) {
      if (wanted) throw pauseError('execution is already paused')
      return
    }
    if (!status.hasStarted) return status.pause()
    if (wanted) this.#pauseScenarios()
    else this.#resumeScenarios()
  }

  #assertPausable(): void {
    const { status } = this.#session
    const fixed = this.#fixedScenario()
    if (fixed !== undefined) {
      const what = `${fixed.executor} executor '${fixed.name}'`
      throw pauseError(`${what} doesn't support pause and resume operations after its start`)
    }
    if (status.hasEnded) throw pauseError('the test is over')
  }

  /** A scenario that cannot be paused once it has started. */
  #fixedScenario(): Scenario | undefined {
    return this.#scenarios().find(({ executor }) => executor !== 'externally-controlled')
  }

  /** The scenarios that have work in this instance. */
  #scenarios(): Scenario[] {
    const { scenarios, segment } = this.#preparation.plan
    const share = Share.parse(segment.segment, segment.sequence)
    const working = scenarios.filter((scenario) => scenarioSteps(scenario, share).length > 0)
    return working.length > 0 ? working : [...scenarios]
  }

  #pauseScenarios(): void {
    const { status, engine } = this.#session
    status.pause()
    engine.pause()
    this.#preparation.progress.pause()
  }

  #resumeScenarios(): void {
    const { status, engine } = this.#session
    status.release()
    engine.resume()
    this.#preparation.progress.resume()
  }

  #scale(change: StatusChange): void {
    const { engine, status } = this.#session
    const { plan } = this.#preparation
    const scenario = this.#scalable(change.scenario)
    if (status.hasEnded) throw scaleError('the test is over')
    const index = plan.scenarios.indexOf(scenario)
    const before = this.#scaled.get(index) ?? scenario
    const vus = change.vus ?? before.vus
    const maxVUs = change['vus-max'] ?? before.maxVUs
    const reason = refuseScale(scenario, vus, maxVUs)
    if (reason !== undefined) throw scaleError(reason)
    this.#scaled.set(index, { vus, maxVUs })
    engine.scale(index, vus, maxVUs)
  }

  #scalable(name: string | undefined): ExternallyControlledScenario {
    const scalable = this.#preparation.plan.scenarios.filter(
      (scenario) => scenario.executor === 'externally-controlled',
    )
    if (scalable.length === 0) throw scaleError('live VU configuration updates are not supported')
    const names = scalable.map((scenario) => scenario.name).join(', ')
    if (name === undefined && scalable.length > 1) {
      throw scaleError(`several scenarios are externally controlled: name one of ${names} in the attribute scenario`)
    }
    const found = name === undefined ? scalable[0] : scalable.find((scenario) => scenario.name === name)
    if (found !== undefined) return found
    throw scaleError(`no externally controlled scenario is called ${JSON.stringify(name)}: name one of ${names}`)
  }
}

function pauseError(detail: string): ControlError {
  return new ControlError(500, 'Pause error', detail)
}

function scaleError(detail: string): ControlError {
  return new ControlError(500, 'Execution config error', detail)
}

type Returned = Extract<CallResult, { outcome: 'returned' }>

function assertReturned(name: 'setup' | 'teardown', result: CallResult, timeout: number): asserts result is Returned {
  switch (result.outcome) {
    case 'returned':
      return
    case 'threw':
      throw new Error(`${name}() threw an exception, which is in the log of the test`)
    case 'timed out':
      throw new Error(`${name}() execution timed out after ${timeout / 1000} seconds`)
    case 'invalid':
      throw new Error(result.message)
    default:
      throw new Error(`${name}() was interrupted, because the test is being stopped`)
  }
}
