/**
 * Gives virtual users their turns: one turn of one VU per macrotask.
 *
 * Node drains microtasks and reports unhandled rejections after every setImmediate callback. One turn per callback therefore
 * means that all promise reactions of a turn have run before the next turn, and that a rejection belongs to the VU that ran
 * last.
 *
 * Several immediates are kept scheduled while there is work, because those scheduled while immediates run wait for the next
 * turn of Node's loop, and a turn of the loop costs a system call.
 */
export interface Turn {
  /** Set while the VU waits for its turn; kept by the scheduler. */
  isScheduled: boolean
  takeTurn(): void
}

/** The most turns between two looks at the sockets. */
const LARGEST_BURST = 64

export class Scheduler {
  #ready: Turn[] = []
  #head = 0
  /** Immediates that have yet to run. */
  #immediates = 0
  /** How many are scheduled together; twice as many when all of them found work, half as many for each that found none. */
  #burst = 1
  #isInTurn = false

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
    turn.takeTurn()
    this.#isInTurn = false
    if (this.#immediates > 0 || this.#ready.length === this.#head) return
    this.#burst = Math.min(LARGEST_BURST, this.#burst * 2)
    this.#request(this.#burst)
  }
}
