/**
 * What a connection has received and its virtual user has not handled yet: bounded per connection and per shard. A target that
 * floods a VU that sleeps fills the kernel's buffers, not ours: reading pauses, and goes on when the VU has caught up.
 *
 * Bounds  1 MiB for a connection, or one chunk or message more; when all connections of the shard together have 64 MiB waiting,
 *         each that has anything waiting is read no more
 * Units   bytes of payload, and a bit for each item, which also bounds empty ones
 */

/** Who can be told to read or not to read. */
export interface Reader {
  pause(): void
  resume(): void
}

const MOST_BYTES = 1024 * 1024
const FEW_BYTES = MOST_BYTES / 4
const MOST_BYTES_OF_SHARD = 64 * 1024 * 1024
/** What one waiting item costs beside its payload. */
const ITEM_BYTES = 128

let bytesOfShard = 0

/** For tests. */
export function waitingBytesOfShard(): number {
  return bytesOfShard
}

export class Backlog {
  readonly #reader: Reader
  #bytes = 0
  #isFull = false
  #isOver = false

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** Reading is paused until the VU has caught up. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** Hot. Something was received and waits for the VU. */
  add(bytes: number): void {
    if (this.#isOver) return
    this.#bytes += bytes + ITEM_BYTES
    bytesOfShard += bytes + ITEM_BYTES
    if (this.#bytes >= MOST_BYTES || bytesOfShard >= MOST_BYTES_OF_SHARD) this.#pause()
  }

  /** Hot. The VU has got to it. */
  taken(bytes: number): void {
    if (this.#isOver) return
    this.#bytes -= bytes + ITEM_BYTES
    bytesOfShard -= bytes + ITEM_BYTES
    if (this.#isFull && this.#isLow) this.#resume()
  }

  /** The connection is over, or nobody will handle what waits. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    bytesOfShard -= this.#bytes
  }

  get #isLow(): boolean {
    return this.#bytes === 0 || (this.#bytes <= FEW_BYTES && bytesOfShard < MOST_BYTES_OF_SHARD)
  }

  /** Also when it is full already: somebody else may have had it read in between. */
  #pause(): void {
    this.#isFull = true
    this.#reader.pause()
  }

  #resume(): void {
    this.#isFull = false
    this.#reader.resume()
  }
}
