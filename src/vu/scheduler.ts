/**
 * Gives virtual users their turns: one turn of one VU per macrotask.
 *
 * Node drains microtasks and reports unhandled rejections after every setImmediate callback. One turn per callback therefore
 * means that all promise reactions of a turn have run before the next turn, and that a rejection belongs to the VU that ran
 * last.
 *
 * While there is work, several immediates are scheduled at once. An immediate that is scheduled while others run waits for the next turn of
 * Node's loop, and each turn of the loop costs a system call.
 *
 * Node looks at timers and sockets only after all these immediates have run. When the turns of VUs take long, the immediates that are left after
 * a slice of time do nothing and are scheduled again, for the next turn of the loop.
 */
import { monotonicClock } from '../base/clock.js'

export interface Turn {
  /** Set while the VU waits for its turn; kept by the scheduler. */
  isScheduled: boolean
  takeTurn(): void
}

/** The most turns between two looks at the sockets. */
const LARGEST_BURST = 64
/** The slice: so many milliseconds all turns may take before Node looks at timers and sockets again. One turn always runs. */
const LONGEST_SLICE = 10

export class Scheduler {
  #ready: Turn[] = []
  #head = 0
  /** Immediates that have yet to run. */
  #immediates = 0
  /** How many are scheduled together; twice as many when all of them found work, half as many for each that found none. */
  #burst = 1
  #isInTurn = false
  /** Immediates yet to run of those that Node runs in this turn of its loop; all that are scheduled meanwhile come in the next. */
  #inSlice = 0
  /** Milliseconds of the clock. */
  #sliceStartedAt = 0
  #lastLook = 0

  /** Queues a turn; does nothing when one is queued already. */
  schedule(turn: Turn): void {
    if (turn.isScheduled) return
    turn.isScheduled = true
    this.#ready.push(turn)
    if (!this.#isInTurn) this.#request(1)
  }

  /** Schedules at least so many immediates in all, and one for each queued turn. */
  #request(least: number): void {
    const wanted = Math.min(LARGEST_BURST, Math.max(least, this.#ready.length - this.#head))
    while (this.#immediates < wanted) {
      this.#immediates++
      setImmediate(this.#next)
    }
  }

  readonly #next = (): void => {
    if (this.#isSliceOver()) {
      this.#immediates--
      if (this.#immediates === 0) this.#request(this.#burst)
      return
    }
    this.#immediates--
    const ready = this.#ready
    if (this.#head === ready.length) {
      this.#burst = Math.max(1, this.#burst >> 1)
      return
    }
    const turn = ready[this.#head] as Turn
    this.#head++
    if (this.#head === ready.length) {
      ready.length = 0
      this.#head = 0
    } else if (this.#head > 1024 && this.#head * 2 > ready.length) {
      this.#ready = ready.slice(this.#head)
      this.#head = 0
    }
    turn.isScheduled = false
    this.#isInTurn = true
    try {
      turn.takeTurn()
    } finally {
      // The script may have thrown this; the other virtual users must go on.
      this.#isInTurn = false
      this.#requestMore()
    }
  }

  /** All scheduled immediates found a VU that waited. */
  #requestMore(): void {
    if (this.#immediates > 0 || this.#ready.length === this.#head) return
    this.#burst = Math.min(LARGEST_BURST, this.#burst * 2)
    this.#request(this.#burst)
  }

  /** The first immediate of a slice counts those that are to follow. The clock is read only where there is something to put off. */
  #isSliceOver(): boolean {
    if (this.#inSlice === 0) {
      this.#inSlice = this.#immediates - 1
      if (this.#inSlice > 0) {
        this.#lastLook = monotonicClock.now()
        this.#sliceStartedAt = this.#lastLook
      }
      return false
    }
    this.#inSlice--
    // The turn before this one may have read the clock to measure an iteration: that value is used.
    if (monotonicClock.latest === this.#lastLook) monotonicClock.now()
    this.#lastLook = monotonicClock.latest
    return this.#lastLook - this.#sliceStartedAt > LONGEST_SLICE
  }
}
