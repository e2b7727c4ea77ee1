/**
 * The body of a response of `fetch`: a stream that the script reads, and that the socket fills outside of the VU's turns.
 *
 * Pace    a body that nobody reads is received completely, so that the iteration can end. When the script reads it, at most 1 MiB waits for the
 *         script; then the server has to wait
 * Errors  the stream fails with TypeError `terminated` when a content coding is broken or the body too large, as in Node
 */
import type { Transform } from 'node:stream'
import { bodyTooLarge, MOST_BODY_BYTES } from '../../net/http/body-sink.js'
import { codingsOf, decoderOf } from '../../net/http/content-coding.js'
import type { ResponseHead } from '../../net/http/response-parser.js'
import type { HoldToken, VirtualUser } from '../../vu/virtual-user.js'

/** The call whose response has the body. */
interface BodySource {
  setReading(isReading: boolean): void
  bodyCancelled(): void
}

/** The most bytes that wait for a script that reads the body, in the stream and before it. */
const WAITING_BYTES = 1024 * 1024

export class BodyFeed {
  readonly stream: ReadableStream<Uint8Array>
  readonly #vu: VirtualUser
  readonly #source: BodySource
  /** Pieces that wait for the VU's turn. They are collected, because a server may send a byte at a time. */
  #arrived: Buffer[] = []
  /** The bytes of `#arrived`. */
  #posted = 0
  #isPaused = false
  #controller!: ReadableStreamDefaultController<Uint8Array>
  /** The first decoder of the response's content codings, which gets the received bytes; null without codings. */
  readonly #decoder: Transform | null
  /** The last decoder, whose output is the body. */
  #lastDecoder: Transform | null = null
  /** Holds the iteration while decoders work in the background. */
  #hold: HoldToken | null = null
  #hasInput = false
  #decoded = 0
  #isOver = false
  /** Removes the listener of the script's signal. */
  #stopListening: (() => void) | null = null

  constructor(vu: VirtualUser, { headers }: ResponseHead, source: BodySource) {
    this.#vu = vu
    this.#source = source
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#readOn(),
        cancel: () => {
          this.#isOver = true
          this.#decoder?.destroy()
          this.#release()
          source.bodyCancelled()
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: WAITING_BYTES }),
    )
    this.#decoder = this.#chain(codingsOf(headers['Content-Encoding']).reverse().map(decoderOf))
  }

  #chain(decoders: readonly Transform[]): Transform | null {
    const [first] = decoders
    const last = decoders.at(-1)
    if (first === undefined || last === undefined) return null
    this.#hold = this.#vu.hold()
    this.#lastDecoder = last
    decoders.forEach((decoder, i) => {
      decoder.on('error', (error) => this.fail(terminated(error)))
      if (decoder !== last) decoder.pipe(decoders[i + 1]!)
    })
    last.on('data', (piece: Buffer) => this.#decodedPiece(piece))
    last.on('end', () => this.#close())
    return first
  }

  #decodedPiece(piece: Buffer): void {
    this.#decoded += piece.length
    if (this.#decoded > MOST_BODY_BYTES) this.fail(terminated(bodyTooLarge()))
    else this.#post(piece)
  }

  #post(bytes: Buffer): void {
    this.#posted += bytes.length
    if (this.#arrived.push(bytes) === 1) this.#vu.post(enqueue, this, undefined)
    if (this.#isFull && !this.#isPaused) {
      this.#isPaused = true
      this.#setReading(false)
    }
  }

  get #isFull(): boolean {
    return this.stream.locked && WAITING_BYTES - (this.#controller.desiredSize ?? 0) + this.#posted >= WAITING_BYTES
  }

  #readOn(): void {
    if (!this.#isPaused || this.#isFull) return
    this.#isPaused = false
    this.#setReading(true)
  }

  /** With decoders the last one is stopped; when their buffers are full, push() stops the server. */
  #setReading(isReading: boolean): void {
    if (this.#lastDecoder === null) this.#source.setReading(isReading)
    else if (isReading) this.#lastDecoder.resume()
    else this.#lastDecoder.pause()
  }

  push(chunk: Buffer): void {
    this.#hasInput = true
    const decoder = this.#decoder
    if (decoder === null) this.#post(Buffer.from(chunk))
    else if (!decoder.destroyed && !decoder.write(Buffer.from(chunk))) {
      this.#source.setReading(false)
      decoder.once('drain', () => this.#source.setReading(true))
    }
  }

  end(): void {
    if (this.#decoder === null || !this.#hasInput) this.#close()
    else if (!this.#decoder.destroyed) this.#decoder.end()
  }

  /** All bytes have been received. Until they are decoded the signal of the request can still end the body. */
  obeySignal(request: Request): void {
    if (this.#decoder === null || this.#isOver) return
    const fail = (): void => this.fail(request.signal.reason)
    request.signal.addEventListener('abort', fail)
    this.#stopListening = () => request.signal.removeEventListener('abort', fail)
  }

  fail(reason: unknown): void {
    this.#decoder?.destroy()
    this.#vu.post(failStream, this, reason)
    this.#release()
  }

  #close(): void {
    this.#vu.post(closeStream, this, undefined)
    this.#release()
  }

  #release(): void {
    this.#stopListening?.()
    this.#stopListening = null
    if (this.#hold !== null) this.#vu.post(release, this.#vu, this.#hold)
    this.#hold = null
  }

  // ---- tasks of the VU ----------------------------------------------------------------------------------------------

  enqueue(): void {
    const pieces = this.#arrived
    this.#arrived = []
    this.#posted = 0
    if (this.#isOver) return
    this.#controller.enqueue(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces))
    this.#readOn()
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#controller.close()
  }

  error(reason: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#controller.error(reason)
  }
}

function terminated(cause: Error): TypeError {
  return new TypeError('terminated', { cause })
}

function enqueue(feed: BodyFeed): void {
  feed.enqueue()
}

function closeStream(feed: BodyFeed): void {
  feed.close()
}

function failStream(feed: BodyFeed, reason: unknown): void {
  feed.error(reason)
}

function release(vu: VirtualUser, hold: HoldToken): void {
  vu.release(hold)
}
