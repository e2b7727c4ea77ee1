/**
 * What promises have settled while the VU is paused. Nothing of that may run in the script before the pause is over: continuations of async
 * functions and callbacks given to `then` wait here, and then follow in their order.
 */
type Deferred = [run: (value: unknown) => void, value: unknown]

export class PauseGate {
  /** How many pauses the VU is in; a handler that runs during a pause may pause again. */
  held = 0
  private deferred: Deferred[] = []
  /** What is deferred from the end of a pause until what waited during it follows; null at other times. */
  private late: Deferred[] | null = null

  /** A pause begins. */
  hold(): void {
    this.held++
  }

  /** Whether what a promise has settled must wait: the VU is paused, or what has waited longer has not begun to follow yet. */
  get isGated(): boolean {
    return this.held > 0 || this.late !== null
  }

  /**
   * A pause ends. What waited follows as jobs, so after the code that the pause interrupted. Handlers of a session may have
   * run just before, so jobs of theirs may be in the queue already. These must not overtake what waited:
   *
   *   queue   their jobs ─► what waited, one job each ─► their jobs again ─► what the script settles from here on
   */
  release(): void {
    if (--this.held > 0 || this.deferred.length === 0) return
    const waiting = this.deferred
    const late: Deferred[] = []
    this.deferred = []
    this.late = late
    for (const entry of waiting) {
      Promise.resolve().then(() => {
        if (this.late === late) this.late = null
        this.follow(entry)
      })
    }
    Promise.resolve().then(() => {
      for (const entry of late) this.follow(entry)
    })
  }

  /** Calls `run` with the value after the pause. */
  defer(run: (value: unknown) => void, value: unknown): void {
    const queue = this.late ?? this.deferred
    queue.push([run, value])
  }

  /** An iteration was interrupted: its pauses, and all that waits for their end, are forgotten. */
  reset(): void {
    this.held = 0
    this.deferred = []
    this.late = null
  }

  /** By then the VU may be paused again. */
  private follow([run, value]: Deferred): void {
    if (this.held > 0) this.defer(run, value)
    else run(value)
  }
}
