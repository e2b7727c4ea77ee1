/**
 * Turns the bytes of a WebSocket client into the bytes of its echo, in place: without the four bytes of its mask, an echoed frame is shorter
 * than the frame it came from. A frame need not arrive as a whole: its parts are echoed as they come.
 *
 *   client   FIN RSV opcode | 1 length | [extended length] | mask | payload xor mask
 *   echo     FIN RSV opcode | 0 length | [extended length] | payload
 *
 * A ping becomes a pong, a pong is swallowed, a close is echoed and ends the connection.
 *
 * States  header ─complete─► payload ─all of it─► header          (bytes of an incomplete header wait in `rest`)
 *         header ─against the protocol─► closed with 1002         payload of a close ─all of it─► closed
 * Errors  none are thrown; a violation of the protocol is answered with a close frame. Texts are not checked to be UTF-8
 * Source  RFC 6455, section 5
 */
const CLOSE = 0x8
const PING = 0x9
const PONG = 0xa
const EMPTY = Buffer.alloc(0)
const PROTOCOL_ERROR = Buffer.from([0x88, 2, 0x03, 0xea])
const TOO_BIG = Buffer.from([0x88, 2, 0x03, 0xf1])

export class FrameEcho {
  /** Nothing more is to be read; the caller ends the connection after writing what it got. */
  closed = false
  #rest: Buffer = EMPTY
  #payloadLeft = 0
  #opcode = 0
  /** A fragmented message has begun: the next data frame must continue it. */
  #fragmented = false
  readonly #mask = new Uint8Array(4)
  #maskAt = 0

  /** The echo of a chunk, as a view of the chunk itself, which belongs to us from here on. May be empty. */
  transform(input: Buffer): Buffer {
    const chunk = this.#rest.length === 0 ? input : Buffer.concat([this.#rest, input])
    this.#rest = EMPTY
    let read = 0
    let written = 0
    while (!this.closed) {
      if (this.#payloadLeft > 0) {
        const take = Math.min(this.#payloadLeft, chunk.length - read)
        if (take === 0) break
        if (this.#opcode !== PONG) {
          this.#unmask(chunk, read, written, take)
          written += take
        }
        read += take
        this.#payloadLeft -= take
        if (this.#payloadLeft > 0) break
        this.closed = this.#opcode === CLOSE
        continue
      }
      const size = headerSize(chunk, read)
      if (read + size > chunk.length) {
        this.#rest = chunk.subarray(read)
        break
      }
      const refusal = this.#readHeader(chunk, read, size)
      if (refusal !== undefined) return this.#refuse(chunk.subarray(0, written), refusal)
      if (this.#opcode !== PONG) written = this.#writeHeader(chunk, read, size, written)
      read += size
      if (this.#payloadLeft === 0) this.closed = this.#opcode === CLOSE
    }
    return chunk.subarray(0, written)
  }

  /** Takes in a complete header, or returns the close frame that answers it. */
  #readHeader(chunk: Buffer, at: number, size: number): Buffer | undefined {
    const first = chunk[at] as number
    const second = chunk[at + 1] as number
    const opcode = first & 0x0f
    const final = (first & 0x80) !== 0
    const length = payloadLength(chunk, at)
    if ((first & 0x70) !== 0 || (second & 0x80) === 0) return PROTOCOL_ERROR
    if (opcode >= CLOSE) {
      if (opcode > PONG || !final || length > 125 || (opcode === CLOSE && length === 1)) return PROTOCOL_ERROR
    } else {
      if (opcode > 2 || (opcode === 0) !== this.#fragmented) return PROTOCOL_ERROR
      this.#fragmented = !final
    }
    if (length > Number.MAX_SAFE_INTEGER) return TOO_BIG
    this.#opcode = opcode
    this.#payloadLeft = length
    for (let i = 0; i < 4; i++) this.#mask[i] = chunk[at + size - 4 + i] as number
    this.#maskAt = 0
    return undefined
  }

  /** Copies a header without its mask from `at` to `to`, which is never behind it. Returns where it ends. */
  #writeHeader(chunk: Buffer, at: number, size: number, to: number): number {
    const first = chunk[at] as number
    chunk[to] = this.#opcode === PING ? (first & 0xf0) | PONG : first
    chunk[to + 1] = (chunk[at + 1] as number) & 0x7f
    for (let i = 2; i < size - 4; i++) chunk[to + i] = chunk[at + i] as number
    return to + size - 4
  }

  #unmask(chunk: Buffer, from: number, to: number, count: number): void {
    const mask = this.#mask
    let at = this.#maskAt
    for (let i = 0; i < count; i++) {
      chunk[to + i] = (chunk[from + i] as number) ^ (mask[at & 3] as number)
      at++
    }
    this.#maskAt = at & 3
  }

  #refuse(before: Buffer, closeFrame: Buffer): Buffer {
    this.closed = true
    return before.length === 0 ? closeFrame : Buffer.concat([before, closeFrame])
  }
}

/** Size of the header that starts at `at`, as far as it can be seen; more than there is while it is incomplete. */
function headerSize(chunk: Buffer, at: number): number {
  if (chunk.length - at < 2) return 2
  const second = chunk[at + 1] as number
  const length = second & 0x7f
  const mask = (second & 0x80) === 0 ? 0 : 4
  return (length === 127 ? 10 : length === 126 ? 4 : 2) + mask
}

function payloadLength(chunk: Buffer, at: number): number {
  const length = (chunk[at + 1] as number) & 0x7f
  if (length < 126) return length
  return length === 126 ? chunk.readUInt16BE(at + 2) : chunk.readUInt32BE(at + 2) * 2 ** 32 + chunk.readUInt32BE(at + 6)
}
