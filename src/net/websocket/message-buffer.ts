/**
 * Collects the payload of a message that does not lie whole in one received chunk: split frames and fragmented messages.
 *
 * Buffers  every byte is copied once when the message is one frame (its length is known from the header), and on average
 *          at most twice when it comes in fragments (the memory grows by doubling)
 */
export class MessageBuffer {
  #bytes: Buffer | null = null
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Announces `size` more bytes. With `last`, nothing is announced after them, so that the memory can fit exactly. */
  reserve(size: number, last: boolean): void {
    const needed = this.#length + size
    const bytes = this.#bytes
    if (bytes !== null && bytes.length >= needed) return
    const capacity = last || bytes === null ? needed : Math.max(needed, bytes.length * 2)
    const grown = Buffer.allocUnsafeSlow(capacity)
    if (bytes !== null) bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }

  /** Hot for large messages. Room must have been reserved. */
  append(chunk: Buffer, start: number, end: number): void {
    chunk.copy(this.#bytes!, this.#length, start, end)
    this.#length += end - start
  }

  /** What was collected; the memory is the caller's. */
  bytes(): Buffer {
    const bytes = this.#bytes!
    return bytes.length === this.#length ? bytes : bytes.subarray(0, this.#length)
  }
}
