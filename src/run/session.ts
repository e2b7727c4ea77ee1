/**
 * What a run has in all its phases: the request and the world around it, the engine, whether and why it stops, and what must be closed at the
 * end. It handles what may happen at any time: signals, and events of the engine.
 */
import type { ControlledRun } from '../api/controlled-run.js'
import { epochOrigin } from '../base/clock.js'
import type { Engine, EngineEvents } from '../engine/engine.js'
import type { Log } from '../log/log.js'
import type { Logging } from '../log/logging.js'
import type { LogBatch } from '../log/relay.js'
import type { CreateEngine } from './create-engine.js'
import { ExitCode, ReasonCode } from './exit-codes.js'
import { LifecycleCalls } from './lifecycle-calls.js'
import type { RunHost, RunRequest } from './request.js'
import { RunPhase, RunStatus } from './run-status.js'
import { StopControl } from './stop-control.js'
import { abortedBy } from './test-loading.js'
import { TestTime } from './test-time.js'

export class RunSession implements EngineEvents {
  readonly request: RunRequest
  readonly host: RunHost
  readonly logging: Logging
  readonly log: Log
  readonly engine: Engine
  readonly stop: StopControl
  readonly calls: LifecycleCalls
  readonly status = new RunStatus()
  readonly linger = new Linger()
  readonly time = new TestTime()
  /** The page of the dashboard changes the run through this; undefined without a control API. */
  control: ControlledRun | undefined
  /** Epoch milliseconds of moment 0 of the run's clock. */
  readonly epochOrigin = epochOrigin()
  readonly #closers: (() => unknown)[] = []
  #isClosed = false

  constructor(request: RunRequest, host: RunHost, logging: Logging, createEngine: CreateEngine) {
    this.request = request
    this.host = host
    this.logging = logging
    this.log = logging.log
    const shards = request.runtime.shards ?? host.cores
    this.engine = createEngine({ events: this, log: this.log, shards, epochOrigin: this.epochOrigin })
    this.calls = new LifecycleCalls(this.engine)
    this.stop = new StopControl(this.log, () => {
      this.status.enter(RunPhase.interrupted)
      this.engine.interrupt()
    })
    this.onClose(() => this.engine.close())
    this.onClose(host.onSignal((signal) => this.#onSignal(signal)))
  }

  /** Calls `close` when the session ends, for whatever reason; at once when it has ended. `close` may have been called elsewhere before. */
  onClose(close: () => unknown): void {
    if (this.#isClosed) close()
    else this.#closers.push(close)
  }

  /** Closes what was opened last first. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#closers.reverse().map((close) => close()))
  }

  #onSignal(signal: 'interrupt' | 'terminated'): void {
    if (this.linger.end()) return
    if (this.stop.wasSignalled) {
      this.log.error('Aborting in response to signal: no teardown, the summary follows')
      this.stop.hurry()
      void this.engine.close()
      return
    }
    const message = `test run was aborted because sockeye received a '${signal}' signal`
    this.stop.signal({ exitCode: ExitCode.signal, code: 'ERR_INTERRUPTED', message })
  }

  onLog(batch: LogBatch, acknowledge: () => void): void {
    this.logging.receive(batch, acknowledge)
  }

  onAbort(message: string, place: string): void {
    // handleSummary called it: nothing is left to abort, and the verdict stands.
    if (this.status.hasEnded) return this.log.failure(abortedBy(message, place))
    this.stop.stop({ exitCode: ExitCode.testAborted, ...abortedBy(message, place) })
  }

  onFail(message: string): void {
    this.log.failure({
      code: 'ERR_TEST_FAILED',
      message: message === '' ? 'test marked as failed' : `test marked as failed: ${message}`,
    })
    this.stop.markAsFailed()
  }

  onInitFailed(vu: number): void {
    if (this.stop.isStopped) return
    const message = vu === 0 ? '' : `error while initializing VU #${vu} (script exception)`
    this.stop.stop(
      { exitCode: ExitCode.scriptException, code: ReasonCode.scriptException, message },
      { skipsTeardown: true },
    )
  }

  onLost(part: string, reason: string, goesOn = false): void {
    const failure = {
      code: ReasonCode.shardDied,
      message: `${part} died: ${reason}`,
      hint: 'what it had measured since its last report, at most a second, is missing from the results',
    }
    if (goesOn) this.log.failure(failure)
    else this.stop.stop({ exitCode: ExitCode.internalError, ...failure })
  }
}

/** The wait of `--linger`: from the end of the test until Ctrl+C, or until the control API is told to stop. */
class Linger {
  #end: (() => void) | null = null

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** Ends the wait for the user. False when nothing waits. */
  end(): boolean {
    if (this.#end === null) return false
    this.#end()
    this.#end = null
    return true
  }
}
