/**
 * Sends results over a network at intervals, several jobs at a time, with back-off and bounded memory, and counts what was delivered and lost.
 *
 *   every interval: collect() ─► queue ─► send() ─► delivered
 *                                  ▲         │ fails, may be tried again: wait 0.5 s, 1 s, … 30 s (or as the receiver says)
 *                                  └─────────┘
 *
 * What is tried again depends on the results. Samples: the same job. Totals since the start: the next job has newer values of the same series,
 * so a failed job is dropped ({@link PushTarget.restore} marks its series as changed again).
 *
 * At the end there are {@link STOP_LIMIT_MS} for what is left; the rest is lost.
 *
 * Units   ms
 */
import type { Log } from '../../log/log.js'
import type { Delivery } from '../output.js'
import { ErrorLog } from './error-log.js'

/** Why results did not reach their receiver this time. */
export class PushError extends Error {
  readonly isRetryable: boolean
  /** How long the receiver wants to be left alone. */
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    { isRetryable, retryAfterMs, cause }: { isRetryable: boolean; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'PushError'
    this.isRetryable = isRetryable
    this.retryAfterMs = retryAfterMs
  }
}

export interface PushTarget<Job> {
  /** What has come since the last time, as jobs of a size that the receiver takes. */
  collect(isLast: boolean): Job[]
  /** Sends one job. Rejects with a PushError. */
  send(job: Job, signal: AbortSignal): Promise<void>
  /** How many units a job holds: samples, points. */
  sizeOf(job: Job): number
  /** For totals since the start: the job is not tried again, and the next job must hold its series. */
  restore?(job: Job): void
}

export interface PusherOptions {
  /** The name of the output, for messages. */
  readonly name: string
  readonly log: Log
  readonly unit: string
  readonly intervalMs: number
  readonly concurrency?: number
  /** How many units may wait while the receiver is away. More are dropped. */
  readonly mostQueued?: number
  readonly clock?: () => number
}

const FIRST_BACK_OFF_MS = 500
const LONGEST_BACK_OFF_MS = 30_000
/** The back-off at the end of the test. */
const LAST_BACK_OFF_MS = 500
/** Less than the time that outputs have to stop, so that what is given up is counted. */
const STOP_LIMIT_MS = 4000

export class Pusher<Job> {
  readonly #target: PushTarget<Job>
  readonly #options: PusherOptions
  readonly #errors: ErrorLog
  readonly #abort = new AbortController()
  #queue: Job[] = []
  #queued = 0
  readonly #inFlight = new Set<Job>()
  #failures = 0
  #retryAt = 0
  #delivered = 0
  #lost = 0
  #lastError: string | undefined
  #interval: NodeJS.Timeout | undefined
  #retry: NodeJS.Timeout | undefined
  #isStopping = false
  #onIdle: () => void = () => {}

  constructor(target: PushTarget<Job>, options: PusherOptions) {
    this.#target = target
    this.#options = options
    this.#errors = new ErrorLog(options.log, options.name)
  }

  start(): void {
    this.#interval = setInterval(() => this.tick(), this.#options.intervalMs)
  }

  /** Called at every interval: sends what has come since. */
  tick(): void {
    // Totals that wait would be old when their turn comes.
    if (this.#sendsTotals && (this.#isBusy || Date.now() < this.#retryAt)) return
    this.#enqueue(this.#target.collect(false))
    this.#pump()
  }

  /** Sends what is left, within a few seconds. */
  async stop(): Promise<void> {
    clearInterval(this.#interval)
    const timer = setTimeout(() => this.#giveUp(), STOP_LIMIT_MS)
    this.#isStopping = true
    this.#retryAt = 0
    // Only the last totals matter, and they must not be overtaken by older ones.
    if (this.#sendsTotals && this.#isBusy) await this.#idle()
    if (!this.#abort.signal.aborted) {
      this.#enqueue(this.#target.collect(true))
      this.#pump()
      if (this.#isBusy) await this.#idle()
    }
    clearTimeout(timer)
    clearTimeout(this.#retry)
  }

  /** Something could not be sent for a reason that no further attempt would change. */
  lose(units: number, reason: string): void {
    this.#lost += units
    this.#lastError = reason
    this.#errors.report(reason)
  }

  delivery(): Delivery {
    return {
      unit: this.#options.unit,
      delivered: this.#delivered,
      lost: this.#lost,
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
    }
  }

  get #sendsTotals(): boolean {
    return this.#target.restore !== undefined
  }

  get #isBusy(): boolean {
    return this.#queue.length > 0 || this.#inFlight.size > 0
  }

  #idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve
    })
  }

  #enqueue(jobs: readonly Job[]): void {
    for (const job of jobs) {
      const size = this.#target.sizeOf(job)
      if (this.#queued + size > (this.#options.mostQueued ?? Number.POSITIVE_INFINITY)) {
        this.#lost += size
        continue
      }
      this.#queue.push(job)
      this.#queued += size
    }
  }

  #pump(): void {
    const wait = this.#retryAt - Date.now()
    if (wait > 0) {
      clearTimeout(this.#retry)
      if (this.#queue.length > 0) this.#retry = setTimeout(() => this.#pump(), wait)
      return
    }
    while (this.#queue.length > 0 && this.#inFlight.size < (this.#options.concurrency ?? 1)) {
      const job = this.#queue.shift() as Job
      this.#queued -= this.#target.sizeOf(job)
      void this.#run(job)
    }
    if (!this.#isBusy) this.#onIdle()
  }

  async #run(job: Job): Promise<void> {
    this.#inFlight.add(job)
    try {
      await this.#target.send(job, this.#abort.signal)
      this.#delivered += this.#target.sizeOf(job)
      this.#failures = 0
      this.#retryAt = 0
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#failed(job, error)
    }
    // #giveUp has counted this job.
    if (this.#abort.signal.aborted) return
    this.#inFlight.delete(job)
    this.#pump()
  }

  #failed(job: Job, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.#lastError = message
    this.#errors.report(message)
    const isRetryable = error instanceof PushError && error.isRetryable
    if (!isRetryable) {
      this.#lost += this.#target.sizeOf(job)
      return
    }
    this.#retryAt = Date.now() + this.#backOff(error.retryAfterMs)
    this.#failures++
    if (this.#sendsTotals && !this.#isStopping) this.#target.restore?.(job)
    else this.#putBack(job)
  }

  #putBack(job: Job): void {
    this.#queue.unshift(job)
    this.#queued += this.#target.sizeOf(job)
  }

  #backOff(wanted: number | undefined): number {
    if (this.#isStopping) return LAST_BACK_OFF_MS
    const own = FIRST_BACK_OFF_MS * 2 ** this.#failures * (0.75 + Math.random() / 2)
    return Math.min(wanted ?? own, LONGEST_BACK_OFF_MS)
  }

  #giveUp(): void {
    for (const job of [...this.#inFlight, ...this.#queue]) this.#lost += this.#target.sizeOf(job)
    this.#inFlight.clear()
    this.#queue = []
    this.#lastError ??= 'it did not answer in time at the end of the test'
    this.#abort.abort()
    this.#onIdle()
  }
}
