/**
 * Messages with their length in front: four bytes, most significant first, then that many bytes.
 * TCP keeps no boundaries between messages, so a reader puts them together again from whatever pieces arrive.
 */
const HEADER_SIZE = 4

export function encodeFrame(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_SIZE + payload.length)
  new DataView(frame.buffer).setUint32(0, payload.length)
  frame.set(payload, HEADER_SIZE)
  return frame
}

export class FrameReader {
  #pending = new Uint8Array(0)

  /** Takes the bytes of one read; returns the messages that are now complete. */
  push(chunk: Uint8Array): Uint8Array[] {
    const bytes = new Uint8Array(this.#pending.length + chunk.length)
    bytes.set(this.#pending)
    bytes.set(chunk, this.#pending.length)

    const messages: Uint8Array[] = []
    const view = new DataView(bytes.buffer)
    let start = 0
    while (bytes.length - start >= HEADER_SIZE) {
      const end = start + HEADER_SIZE + view.getUint32(start)
      if (end > bytes.length) break
      messages.push(bytes.slice(start + HEADER_SIZE, end))
      start = end
    }
    this.#pending = bytes.slice(start)
    return messages
  }
}
