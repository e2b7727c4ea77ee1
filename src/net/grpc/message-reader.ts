/**
 * Messages in the stream of a call: a flag, a length, the bytes.
 *
 *   message := compressed(1) length(4, big endian) bytes(length)
 *
 * Limits  a message that is longer than `maxBytes` is refused when its length is known: nothing of it is kept
 * Errors  push() throws a MessageError; the reader is of no use behind it
 */
import { Code, failure, type GrpcStatus } from './status.js'

const HEAD_BYTES = 5
const EMPTY = Buffer.alloc(0)

/** The server's stream of messages is broken; the call fails with that status. */
export class MessageError extends Error {
  readonly status: GrpcStatus

  constructor(code: number, message: string) {
    super(message)
    this.status = failure(code, message)
  }
}

export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEAD_BYTES + message.length)
  frame[0] = 0
  frame.writeUInt32BE(message.length, 1)
  frame.set(message, HEAD_BYTES)
  return frame
}

export class MessageReader {
  readonly #maxBytes: number
  readonly #onMessage: (message: Buffer) => void
  #chunks: Buffer[] = []
  #bytes = 0
  /** Of the message that is being read; -1 while its head is incomplete. */
  #length = -1

  constructor(maxBytes: number, onMessage: (message: Buffer) => void) {
    this.#maxBytes = maxBytes
    this.#onMessage = onMessage
  }

  /** It ends between two messages. */
  get isComplete(): boolean {
    return this.#bytes === 0 && this.#length < 0
  }

  /** Keeps `chunk`. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    for (;;) {
      if (this.#length < 0) {
        if (this.#bytes < HEAD_BYTES) return
        this.#readHead(this.#take(HEAD_BYTES))
      }
      if (this.#bytes < this.#length) return
      const message = this.#take(this.#length)
      this.#length = -1
      this.#onMessage(message)
    }
  }

  #readHead(head: Buffer): void {
    const length = head.readUInt32BE(1)
    if (head[0] === 1) {
      throw new MessageError(Code.Internal, 'grpc: compressed flag set with identity or empty encoding')
    }
    if (head[0] !== 0) {
      throw new MessageError(Code.Internal, `grpc: received unexpected payload format ${head[0]}`)
    }
    if (length > this.#maxBytes) {
      const message = `grpc: received message larger than max (${length} vs. ${this.#maxBytes})`
      throw new MessageError(Code.ResourceExhausted, message)
    }
    this.#length = length
  }

  #take(length: number): Buffer {
    if (length === 0) return EMPTY
    const first = this.#chunks[0]!
    this.#bytes -= length
    if (first.length >= length) {
      if (first.length === length) this.#chunks.shift()
      else this.#chunks[0] = first.subarray(length)
      return first.subarray(0, length)
    }
    const all = Buffer.concat(this.#chunks)
    this.#chunks = all.length === length ? [] : [all.subarray(length)]
    return all.subarray(0, length)
  }
}
