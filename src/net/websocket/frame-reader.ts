/**
 * Server frames in, messages out: a state machine over borrowed chunks that may end anywhere.
 *
 * States   FIRST_BYTE → SECOND_BYTE → [LENGTH_BYTES] → PAYLOAD → FIRST_BYTE …; FAILED is final
 *          Fragments add up in between: #message is the opcode of the message under way, 0 between messages. Control frames may
 *          come between fragments and leave the message alone.
 * Buffers  a payload that lies whole in the chunk is decoded from there; otherwise it is collected (message-buffer.ts).
 *          Binary messages are given away in an ArrayBuffer of their own. Control payloads are borrowed: valid during the call
 * Errors   onViolation once, with the close code to answer and the reason; nothing is read after it
 * Text     invalid UTF-8 becomes U+FFFD as in k6, or is a violation (1007) with `strictUtf8`
 * Source   RFC 6455 §5, RFC 7692 §6 (RSV1)
 */
import { isUtf8 } from 'node:buffer'
import { CLOSE_INVALID_PAYLOAD, CLOSE_PROTOCOL_ERROR, CLOSE_TOO_BIG } from './close-code.js'
import { COMPRESSED_TAIL, InflateContext, inflateMessage, isTooBig } from './deflate.js'
import { BINARY, CLOSE, CONTINUATION, FIN, MASKED, PONG, RSV1, RSV2, RSV3, TEXT } from './frame.js'
import type { Compression } from './handshake.js'
import { MessageBuffer } from './message-buffer.js'

/** Called by the reader only, from inside read(). */
export interface FrameSink {
  /** `bytes`: size of the message, after decompression. */
  onText(text: string, bytes: number): void
  onBinary(data: ArrayBuffer): void
  /** A close, ping or pong frame. `payload` is borrowed. */
  onControl(opcode: number, payload: Buffer): void
  onViolation(code: number, reason: string): void
}

export interface ReaderOptions {
  /** Largest message, after decompression, in bytes. */
  readonly maxMessageBytes: number
  readonly strictUtf8: boolean
  /** The parameters of permessage-deflate; null when it was not negotiated. */
  readonly compression: Compression | null
}

const FIRST_BYTE = 0
const SECOND_BYTE = 1
const LENGTH_BYTES = 2
const PAYLOAD = 3
const FAILED = 4

const WHOLE_TEXT = FIN | TEXT
const WHOLE_BINARY = FIN | BINARY
const NOTHING = Buffer.alloc(0)

export class FrameReader {
  readonly #sink: FrameSink
  readonly #maxMessageBytes: number
  readonly #strictUtf8: boolean
  readonly #deflate: boolean
  readonly #context: InflateContext | null
  #state = FIRST_BYTE
  /** The first byte of the frame that is being read. */
  #first = 0
  #lengthBytesLeft = 0
  /** Payload length while its bytes are read; then the payload bytes that are still to come. */
  #remaining = 0
  /** Opcode of the message under way; CONTINUATION between messages. */
  #message = CONTINUATION
  #compressed = false
  /** How many more frames this call of read() may complete. */
  #framesLeft = 0
  /** Both are made when first needed: an idle connection has neither. */
  #collected: MessageBuffer | null = null
  #control: MessageBuffer | null = null

  constructor(sink: FrameSink, options: ReaderOptions) {
    this.#sink = sink
    this.#maxMessageBytes = options.maxMessageBytes
    this.#strictUtf8 = options.strictUtf8
    this.#deflate = options.compression !== null
    this.#context = options.compression?.serverKeepsContext ? new InflateContext() : null
  }

  /** Makes read() return after the present frame; for use inside the sink's methods. */
  stop(): void {
    this.#framesLeft = 0
  }

  /**
   * Hot. Reads chunk[from…] until it ends, `frames` frames are complete, or stop() is called; returns where it stopped.
   */
  read(chunk: Buffer, from: number, frames: number): number {
    const end = chunk.length
    let at = from
    this.#framesLeft = frames
    while (at < end && this.#framesLeft > 0) {
      switch (this.#state) {
        case FIRST_BYTE: {
          const first = chunk[at] as number
          // Nearly every frame: a whole, small, uncompressed message that lies in the chunk.
          if ((first === WHOLE_TEXT || first === WHOLE_BINARY) && this.#message === CONTINUATION && at + 1 < end) {
            const size = chunk[at + 1] as number
            const start = at + 2
            if (size < 126 && start + size <= end && size <= this.#maxMessageBytes) {
              at = start + size
              this.#framesLeft--
              if (first === WHOLE_TEXT) this.#deliverText(chunk, start, at)
              else this.#deliverBinary(chunk, start, at, false)
              break
            }
          }
          at++
          this.#readFirstByte(first)
          break
        }
        case SECOND_BYTE:
          this.#readSecondByte(chunk[at++] as number)
          break
        case LENGTH_BYTES:
          this.#remaining = this.#remaining * 256 + (chunk[at++] as number)
          if (--this.#lengthBytesLeft === 0) this.#beginPayload()
          break
        case PAYLOAD: {
          const start = at
          const whole = end - at >= this.#remaining
          at = whole ? at + this.#remaining : end
          if (whole) this.#completeFrame(chunk, start, at)
          else this.#collect(chunk, start, at)
          break
        }
        default:
          return end
      }
    }
    return at
  }

  #readFirstByte(first: number): void {
    const violation = this.#violationOf(first)
    if (violation !== null) {
      this.#fail(CLOSE_PROTOCOL_ERROR, violation)
      return
    }
    const opcode = first & 0x0f
    this.#first = first
    this.#state = SECOND_BYTE
    if (opcode !== TEXT && opcode !== BINARY) return
    this.#message = opcode
    this.#compressed = (first & RSV1) !== 0
  }

  #violationOf(first: number): string | null {
    const opcode = first & 0x0f
    if (first & RSV2) return 'RSV2 set'
    if (first & RSV3) return 'RSV3 set'
    if ((opcode > BINARY && opcode < CLOSE) || opcode > PONG) return `bad opcode ${opcode}`
    if (opcode >= CLOSE) {
      if (first & RSV1) return 'RSV1 set on control'
      return first & FIN ? null : 'FIN not set on control'
    }
    if (first & RSV1 && (opcode === CONTINUATION || !this.#deflate)) return 'RSV1 set'
    if (opcode === CONTINUATION) return this.#message === CONTINUATION ? 'continuation after FIN' : null
    return this.#message === CONTINUATION ? null : 'data before FIN'
  }

  #readSecondByte(second: number): void {
    const size = second & 0x7f
    if (second & MASKED) {
      this.#fail(CLOSE_PROTOCOL_ERROR, 'bad MASK')
    } else if (size < 126) {
      this.#remaining = size
      this.#beginPayload()
    } else if (this.#isControl()) {
      this.#fail(CLOSE_PROTOCOL_ERROR, 'len > 125 for control')
    } else {
      this.#remaining = 0
      this.#lengthBytesLeft = size === 126 ? 2 : 8
      this.#state = LENGTH_BYTES
    }
  }

  #beginPayload(): void {
    this.#state = PAYLOAD
    const total = this.#remaining + (this.#isControl() ? 0 : (this.#collected?.length ?? 0))
    const limit = this.#maxMessageBytes
    if (total > limit && !this.#isControl()) {
      this.#fail(CLOSE_TOO_BIG, `message of at least ${total} bytes, the limit is ${limit}`)
    } else if (this.#remaining === 0) {
      this.#completeFrame(NOTHING, 0, 0)
    }
  }

  #collect(chunk: Buffer, start: number, end: number): void {
    const buffer = this.#bufferOfFrame()
    // The same total each time, so only the first part of a frame allocates.
    buffer.reserve(this.#remaining + this.#tailBytes(), (this.#first & FIN) !== 0)
    buffer.append(chunk, start, end)
    this.#remaining -= end - start
  }

  /** chunk[start, end) is the payload, or the rest of it when a part has been collected. */
  #completeFrame(chunk: Buffer, start: number, end: number): void {
    this.#state = FIRST_BYTE
    this.#framesLeft--
    if (this.#isControl()) this.#completeControl(chunk, start, end)
    else if (!this.#compressed && this.#collected === null && this.#first & FIN) this.#deliver(chunk, start, end, false)
    else this.#completePart(chunk, start, end)
  }

  /** The end of a frame that belongs to something collected: a split frame, a fragment, a compressed message. */
  #completePart(chunk: Buffer, start: number, end: number): void {
    const final = (this.#first & FIN) !== 0
    const buffer = this.#bufferOfFrame()
    buffer.reserve(end - start + this.#tailBytes(), final)
    buffer.append(chunk, start, end)
    if (!final) return
    if (this.#compressed) buffer.append(COMPRESSED_TAIL, 0, COMPRESSED_TAIL.length)
    this.#collected = null
    const payload = buffer.bytes()
    if (this.#compressed) this.#inflate(payload)
    else this.#deliver(payload, 0, payload.length, true)
  }

  #completeControl(chunk: Buffer, start: number, end: number): void {
    const opcode = this.#first & 0x0f
    const control = this.#control
    if (control === null) {
      this.#sink.onControl(opcode, chunk.subarray(start, end))
      return
    }
    control.append(chunk, start, end)
    this.#control = null
    this.#sink.onControl(opcode, control.bytes())
  }

  #inflate(payload: Buffer): void {
    const limit = this.#maxMessageBytes
    let message: Buffer
    try {
      message = this.#context === null ? inflateMessage(payload, limit) : this.#context.inflate(payload, limit)
    } catch (error) {
      if (isTooBig(error)) this.#fail(CLOSE_TOO_BIG, `decompressed message exceeds the limit of ${limit} bytes`)
      else this.#fail(CLOSE_INVALID_PAYLOAD, 'invalid compressed data')
      return
    }
    this.#deliver(message, 0, message.length, true)
  }

  #deliver(bytes: Buffer, start: number, end: number, owned: boolean): void {
    const opcode = this.#message
    this.#message = CONTINUATION
    if (opcode === TEXT) this.#deliverText(bytes, start, end)
    else this.#deliverBinary(bytes, start, end, owned)
  }

  #deliverText(bytes: Buffer, start: number, end: number): void {
    if (this.#strictUtf8 && !isUtf8(bytes.subarray(start, end))) {
      this.#fail(CLOSE_INVALID_PAYLOAD, 'invalid UTF-8 in text message')
      return
    }
    this.#sink.onText(bytes.toString('utf8', start, end), end - start)
  }

  /** Memory of our own that fits exactly is given away; everything else is copied. */
  #deliverBinary(bytes: Buffer, start: number, end: number, owned: boolean): void {
    const memory = bytes.buffer as ArrayBuffer
    const whole = owned && memory.byteLength === end - start
    this.#sink.onBinary(whole ? memory : memory.slice(bytes.byteOffset + start, bytes.byteOffset + end))
  }

  #isControl(): boolean {
    return (this.#first & 0x08) !== 0
  }

  /** Room to keep for what inflating needs behind the payload. */
  #tailBytes(): number {
    return this.#compressed && !this.#isControl() ? COMPRESSED_TAIL.length : 0
  }

  #bufferOfFrame(): MessageBuffer {
    if (this.#isControl()) {
      this.#control ??= new MessageBuffer()
      return this.#control
    }
    this.#collected ??= new MessageBuffer()
    return this.#collected
  }

  #fail(code: number, reason: string): void {
    this.#state = FAILED
    this.#collected = null
    this.#control = null
    this.#sink.onViolation(code, reason)
  }
}
