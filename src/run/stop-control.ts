/**
 * Whether and why a run is being stopped. The first reason wins; later ones are logged and change nothing.
 */
import type { Log } from '../log/log.js'
import { ExitCode, type StopReason } from './exit-codes.js'

export class StopControl {
  /** Resolves when the run is told to stop. */
  readonly stopped: Promise<void>
  readonly #log: Log
  readonly #interrupt: () => void
  #resolve!: () => void
  #reason: StopReason | null = null
  #isMarkedAsFailed = false
  #wasSignalled = false
  #skipsTeardown = false

  /** `interrupt` ends what runs. It is called once. */
  constructor(log: Log, interrupt: () => void) {
    this.#log = log
    this.#interrupt = interrupt
    this.stopped = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  get isStopped(): boolean {
    return this.#reason !== null
  }

  get wasSignalled(): boolean {
    return this.#wasSignalled
  }

  get skipsTeardown(): boolean {
    return this.#skipsTeardown
  }

  get exitCode(): number {
    if (this.#reason !== null) return this.#reason.exitCode
    return this.#isMarkedAsFailed ? ExitCode.markedAsFailed : ExitCode.success
  }

  /** Why the run stopped; undefined while it has not, or when that was logged as something else. */
  get message(): string | undefined {
    return this.#reason === null || this.#reason.message === '' ? undefined : this.#reason.message
  }

  /** Stops what runs. */
  stop(reason: StopReason, { skipsTeardown = false } = {}): void {
    const isFirst = this.#reason === null
    this.#report(reason)
    if (!isFirst) return
    if (skipsTeardown) this.#skipsTeardown = true
    this.#interrupt()
    this.#resolve()
  }

  signal(reason: StopReason): void {
    this.#wasSignalled = true
    this.stop(reason)
  }

  /** After a second Ctrl+C no code of the script runs any more. */
  hurry(): void {
    this.#skipsTeardown = true
  }

  /** Adds a reason that is found at the end, when nothing runs any more. Its message is empty when it has been logged. */
  conclude(reason: StopReason): void {
    // Thresholds that aborted the run have been logged.
    const { thresholdsFailed } = ExitCode
    if (this.#reason?.exitCode === thresholdsFailed && reason.exitCode === thresholdsFailed) return
    if (!this.#isMarkedAsFailed) this.#report(reason)
    else if (reason.message !== '') this.#log.failure(reason)
  }

  /** `exec.test.fail()`. The test goes on. */
  markAsFailed(): void {
    this.#isMarkedAsFailed = true
  }

  /** Says again at the end why the exit code is not 0: the line about exec.test.fail() may be far up. */
  repeatMark(): void {
    if (this.exitCode !== ExitCode.markedAsFailed) return
    this.#log.failure({ code: 'ERR_TEST_FAILED', message: 'test run was marked as failed' })
  }

  get isMarkedAsFailed(): boolean {
    return this.#isMarkedAsFailed
  }

  #report(reason: StopReason): void {
    // Many VUs may call test.abort() at once.
    const isRepeated = reason.message === this.#reason?.message
    if (reason.message !== '' && !isRepeated) this.#log.failure(reason)
    this.#reason ??= reason
  }
}
