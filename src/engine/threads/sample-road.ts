/**
 * How many batches of samples a shard has on the road to the outputs. When there are too many the shard stands still: a wait without
 * the event loop, because samples are made in the middle of a script.
 *
 *   shard ── sent() ─► [ at most MOST_BATCHES ] ─► main thread ─► outputs
 *                              ▲                       │
 *                              └──── batchesTaken ◄────┘
 */

/** With batches of 65,536 samples about 8 MB per shard, and seconds of work for a slow disk. */
const MOST_BATCHES = 4
/** The shard shows that it lives so often, in ms. */
const PATIENCE = 100

export class SampleRoad {
  readonly #taken: Int32Array
  readonly #shard: number
  #sent: number

  /** `taken` is shared; whoever takes a batch adds one and notifies. */
  constructor(taken: Int32Array, shard: number) {
    this.#taken = taken
    this.#shard = shard
    this.#sent = Atomics.load(taken, shard)
  }

  sent(): void {
    this.#sent++
  }

  get isFull(): boolean {
    return this.#sent - Atomics.load(this.#taken, this.#shard) >= MOST_BATCHES
  }

  /** Returns when there is room, with the milliseconds that it took. */
  wait(onPatience: () => void): number {
    const from = performance.now()
    for (;;) {
      const taken = Atomics.load(this.#taken, this.#shard)
      if (this.#sent - taken < MOST_BATCHES) return performance.now() - from
      Atomics.wait(this.#taken, this.#shard, taken, PATIENCE)
      onPatience()
    }
  }
}
