/**
 * One request and its response, over whatever connection the pool finds for it.
 *
 * Phases   waiting for a connection ─► sending ─► waiting ─► receiving ─► done; it can fail in each
 * Events   the owner hears exchangeDone exactly once, never inside HttpPool.send(), never after cancel(). Where possible it
 *          is called by the socket's own callback, with nothing else of ours below it.
 * Units    milliseconds on the dialer's clock
 */
import type { BodySink } from './body-sink.js'
import type { HttpError } from './errors.js'
import type { OutgoingRequest } from './request.js'
import type { ResponseHead, ResponseReceiver } from './response-parser.js'

export interface ExchangeOwner {
  /** `exchange.error` says whether it has failed. */
  exchangeDone(exchange: Exchange): void
}

/** Who works for an exchange at present: a dial, a connection, a stream. */
export interface Carrier {
  /** The exchange was cancelled: nothing may be told to it any more. */
  abandon(exchange: Exchange): void
  /** The body of its response is to be received, or not for the present. Those that have no response yet need not know it. */
  setReading?(exchange: Exchange, isReading: boolean): void
}

/** What is known of a connection's other end. */
export interface PeerFacts {
  readonly remoteAddress: string
  readonly remotePort: number
  /** `tls1.3`; empty without TLS. */
  readonly tlsVersion: string
  /** The cipher suite, by its IANA name. */
  readonly cipherSuite: string
}

export interface Timings {
  readonly blocked: number
  readonly connecting: number
  readonly tlsHandshaking: number
  readonly sending: number
  readonly waiting: number
  readonly receiving: number
}

export class Exchange implements ResponseReceiver {
  readonly request: OutgoingRequest
  /** Told of the head and given the body. */
  readonly sink: BodySink
  readonly owner: ExchangeOwner
  readonly #now: () => number
  carrier: Carrier | null = null
  head: ResponseHead | null = null
  error: HttpError | null = null
  peer: PeerFacts | null = null
  /** On a connection that had carried another exchange before. */
  isOnReused = false
  /** How often it has gone out again, after a server refused to look at it. */
  retries = 0
  isDone = false
  /** It was completed by a socket's callback, with nothing of a virtual user on the stack. */
  isImmediate = false
  #startedAt: number
  /** 0 while it has not come to that. */
  #connectedAt = 0
  #sentAt = 0
  #firstByteAt = 0
  #endedAt = 0
  #connecting = 0
  #tlsHandshaking = 0

  constructor(request: OutgoingRequest, sink: BodySink, owner: ExchangeOwner, now: () => number) {
    this.request = request
    this.sink = sink
    this.owner = owner
    this.#now = now
    this.#startedAt = now()
  }

  get hasResponse(): boolean {
    return this.#firstByteAt > 0
  }

  get isSent(): boolean {
    return this.#sentAt > 0
  }

  /** Nothing happens any more. What was measured so far stays. */
  cancel(): void {
    if (this.isDone) return
    this.#end()
    this.carrier?.abandon(this)
    this.carrier = null
  }

  /** What was measured so far; all of it once the exchange is done. */
  timings(): Timings {
    const end = this.#endedAt > 0 ? this.#endedAt : this.#now()
    const connectedAt = this.#connectedAt
    if (connectedAt === 0) {
      return { blocked: 0, connecting: 0, tlsHandshaking: 0, sending: 0, waiting: 0, receiving: 0 }
    }
    const sentAt = this.#sentAt > 0 ? this.#sentAt : end
    const firstByteAt = this.#firstByteAt > 0 ? Math.max(this.#firstByteAt, sentAt) : end
    return {
      blocked: connectedAt - this.#startedAt,
      connecting: this.#connecting,
      tlsHandshaking: this.#tlsHandshaking,
      sending: Math.max(0, sentAt - connectedAt),
      waiting: Math.max(0, firstByteAt - sentAt),
      receiving: Math.max(0, end - firstByteAt),
    }
  }

  /** False: the server has to wait until it is true again. */
  setReading(isReading: boolean): void {
    this.carrier?.setReading?.(this, isReading)
  }

  // ---- called by carriers -----------------------------------------------------------------------------------------

  dialled(connecting: number, tlsHandshaking: number): void {
    this.#connecting = connecting
    this.#tlsHandshaking = tlsHandshaking
  }

  /** A connection is there; the request goes out now. */
  connected(carrier: Carrier, peer: PeerFacts, isReused: boolean): void {
    this.carrier = carrier
    this.peer = peer
    this.isOnReused = isReused
    this.#connectedAt = this.#now()
    this.#sentAt = 0
    this.#firstByteAt = 0
  }

  sent(): void {
    if (this.#sentAt === 0) this.#sentAt = this.#now()
  }

  /** Bytes of the response arrive. */
  answered(): void {
    if (this.#firstByteAt === 0) this.#firstByteAt = this.#now()
  }

  onHead(head: ResponseHead): void {
    this.head = head
    this.sink.begin(head)
  }

  onBody(chunk: Buffer, isWhole: boolean): void {
    this.sink.add(chunk, isWhole)
  }

  complete(isImmediate = false): void {
    if (this.isDone) return
    this.isImmediate = isImmediate
    this.#end()
    this.carrier = null
    this.owner.exchangeDone(this)
  }

  fail(error: HttpError): void {
    if (this.isDone) return
    this.error = error
    this.complete()
  }

  #end(): void {
    this.isDone = true
    this.#endedAt = this.#now()
  }
}
