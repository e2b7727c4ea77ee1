/** The time of a test: from its start, before setup, to its end, after teardown. */
import { monotonicClock } from '../base/clock.js'

export class TestTime {
  #startedAt: number | undefined
  #endedAt: number | undefined

  begin(): void {
    this.#startedAt = monotonicClock.now()
  }

  /** Only the first call counts. */
  end(): void {
    this.#endedAt ??= monotonicClock.now()
  }

  /** The start, on the run's clock. */
  get startedAt(): number | undefined {
    return this.#startedAt
  }

  get hasBegun(): boolean {
    return this.#startedAt !== undefined
  }

  get isRunning(): boolean {
    return this.#startedAt !== undefined && this.#endedAt === undefined
  }

  /** Milliseconds so far; 0 before the start. */
  get duration(): number {
    return this.#startedAt === undefined ? 0 : (this.#endedAt ?? monotonicClock.now()) - this.#startedAt
  }
}
