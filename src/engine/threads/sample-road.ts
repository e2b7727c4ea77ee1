/**
 * Counts the batches of samples of a shard that outputs have not taken yet. When there are too many, the shard stands still. It blocks its
 * thread to wait, because samples are made in the middle of a script.
 *
 *   shard ── sent() ─► [ at most MOST_BATCHES ] ─► main thread ─► outputs
 *                              ▲                       │
 *                              └──── batchesTaken ◄────┘
 */

/** Four batches of 65,536 samples take about 8 MB, and a slow disk needs seconds for them. */
const MOST_BATCHES = 4
/** In ms: how often a waiting shard calls `onPatience`, which sends its heartbeat. */
const PATIENCE = 100

export class SampleRoad {
  readonly #taken: Int32Array
  readonly #shard: number
  #sent: number

  /** `taken` is shared memory. Whoever takes a batch adds 1 at index `shard` and calls Atomics.notify. */
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

  /** Blocks until there is room; returns how many ms that took. */
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
