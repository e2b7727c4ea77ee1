/**
 * What the control API and the run have to do with each other: status, changes while it runs, results so far, and setup and
 * teardown on demand.
 *
 * A run can be paused only before its start. Externally controlled scenarios are the exception: when a test has nothing else, it
 * pauses and resumes at any time, and their VUs can be scaled.
 *
 * Errors  ControlError with k6's titles and texts
 * Source  docs/spec/metrics-and-modules.md §6.1, §6.4; docs/spec/runner.md §3.9
 */
import {
  API_TREND_STATS,
  ControlError,
  type ControlledRun,
  type StatusAttributes,
  type StatusChange,
} from '../api/controlled-run.js'
import type { TestPlan } from '../config/plan.js'
import type { CallResult } from '../engine/calls.js'
import type { Engine } from '../engine/engine.js'
import { refuseScale } from '../executor/externally-controlled.js'
import { scenarioSteps } from '../plan/requirements.js'
import type { ExternallyControlledScenario, Scenario } from '../plan/scenario.js'
import { Share } from '../plan/share.js'
import { buildResults } from '../summary/build.js'
import type { RunResults } from '../summary/results.js'
import type { ThresholdEvaluator } from '../threshold/evaluator.js'
import type { ParsedThresholds } from '../threshold/parse.js'
import { ExitCode } from './exit-codes.js'
import type { LifecycleCalls } from './lifecycle-calls.js'
import type { Measurements } from './measurements.js'
import type { ProgressSource } from './progress-source.js'
import type { RunStatus } from './run-status.js'
import type { StopControl } from './stop-control.js'

export interface LiveControlParts {
  readonly plan: TestPlan
  readonly thresholds: ParsedThresholds
  readonly evaluator: ThresholdEvaluator
  readonly measurements: Measurements
  readonly status: RunStatus
  readonly stop: StopControl
  readonly engine: Engine
  readonly calls: LifecycleCalls
  readonly progress: ProgressSource
  readonly durationMs: () => number
  /** The test is over and waits for the user; ends that. */
  readonly endLinger: () => boolean
}

interface VuNumbers {
  readonly vus: number
  readonly maxVUs: number
}

export class LiveControl implements ControlledRun {
  readonly #parts: LiveControlParts
  /** By scenario: what was last asked for. */
  readonly #scaled = new Map<number, VuNumbers>()

  constructor(parts: LiveControlParts) {
    this.#parts = parts
  }

  status(): StatusAttributes {
    const { status, stop, evaluator, engine } = this.#parts
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

  change(change: StatusChange): void {
    if (change.stopped === true) return this.#stop()
    if (change.paused !== undefined) this.#setPaused(change.paused)
    if (change.vus !== undefined || change['vus-max'] !== undefined) this.#scale(change)
  }

  results(): RunResults {
    const { thresholds, evaluator, measurements, durationMs } = this.#parts
    return buildResults({
      registry: measurements.registry,
      checks: measurements.checks,
      thresholds,
      evaluator,
      durationMs: durationMs(),
      options: { mode: 'compact', trendStats: API_TREND_STATS, timeUnit: null },
    })
  }

  get setupData(): string | undefined {
    return this.#parts.calls.setupData
  }

  set setupData(json: string | undefined) {
    this.#parts.calls.setupData = json
  }

  async runSetup(): Promise<void> {
    const { calls, plan } = this.#parts
    await this.#untilCallable()
    const result = await calls.call('setup', undefined, plan.options.setupTimeout)
    this.#assertNoLoss('setup', ExitCode.setupTimeout)
    assertReturned('setup', result, plan.options.setupTimeout)
    if (result.value.kind === 'json') calls.setupData = result.value.json
  }

  async runTeardown(): Promise<void> {
    const { calls, plan } = this.#parts
    await this.#untilCallable()
    const result = await calls.call('teardown', calls.setupData, plan.options.teardownTimeout)
    this.#assertNoLoss('teardown', ExitCode.teardownTimeout)
    assertReturned('teardown', result, plan.options.teardownTimeout)
  }

  /** Shards take calls once their VUs are initialised. */
  async #untilCallable(): Promise<void> {
    const { status } = this.#parts
    await status.initialised
    if (status.hasEnded && !status.hasStarted) throw new Error('the run has ended before its virtual users were ready')
  }

  /** Code that never yields takes its thread with it, and so the virtual users that wait there for the start. */
  #assertNoLoss(name: 'setup' | 'teardown', exitCode: number): void {
    const { engine, status, stop } = this.#parts
    if (status.hasEnded || stop.isStopped || engine.isComplete) return
    stop.stop({
      exitCode,
      code: 'ERR_STUCK',
      message: `${name}() never yielded, and the virtual users of its thread ended with it`,
    })
  }

  #stop(): void {
    if (this.#parts.endLinger()) return
    if (this.#parts.status.hasEnded || this.#parts.stop.isStopped) return
    this.#parts.stop.stop({
      exitCode: ExitCode.stoppedByApi,
      code: 'ERR_STOPPED_BY_API',
      message: 'test run stopped from REST API',
    })
  }

  #setPaused(wanted: boolean): void {
    const { status } = this.#parts
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
    const { status } = this.#parts
    const fixed = this.#scenarios().find(({ executor }) => executor !== 'externally-controlled')
    if (fixed !== undefined) {
      const what = `${fixed.executor} executor '${fixed.name}'`
      throw pauseError(`${what} doesn't support pause and resume operations after its start`)
    }
    if (status.hasEnded) throw pauseError('the test is over')
  }

  /** Those that have work in this instance. */
  #scenarios(): Scenario[] {
    const { scenarios, segment } = this.#parts.plan
    const share = Share.parse(segment.segment, segment.sequence)
    const working = scenarios.filter((scenario) => scenarioSteps(scenario, share).length > 0)
    return working.length > 0 ? working : [...scenarios]
  }

  #pauseScenarios(): void {
    const { status, engine, progress } = this.#parts
    status.pause()
    engine.pause()
    progress.pause()
  }

  #resumeScenarios(): void {
    const { status, engine, progress } = this.#parts
    status.release()
    engine.resume()
    progress.resume()
  }

  #scale(change: StatusChange): void {
    const { plan, engine, status } = this.#parts
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
    const scalable = this.#parts.plan.scenarios.filter((scenario) => scenario.executor === 'externally-controlled')
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
