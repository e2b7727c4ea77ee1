/**
 * A connection that speaks HTTP/1.1: one exchange at a time, and kept for the next one when both sides allow it.
 *
 * States   idle ── send() ──► busy ── response complete ──► idle, or closed
 *          an idle connection that the server closes, or on which it speaks, is closed at once
 */
import type { Connection, ConnectionListener } from '../connection.js'
import type { ConnectionError } from '../errors.js'
import { closedWhileSending, connectionFailure, HttpError, httpError } from './errors.js'
import type { Carrier, Exchange, PeerFacts } from './exchange.js'
import { requestHead } from './request.js'
import type { ResponseHead } from './response-parser.js'
import { ResponseParser, type ResponseReceiver } from './response-parser.js'

/** The pool, as its connections see it. */
export interface ConnectionKeeper {
  /** Bytes were moved: count them. */
  account(connection: Connection): void
  /** The connection is free for the next exchange. */
  keep(connection: Http1Connection): void
  forget(connection: Http1Connection): void
  /** The exchange failed on a connection that was dead already: it goes out again. */
  again(exchange: Exchange): void
}

/** Text and body up to this length are sent in one piece. */
const SMALL_BODY_BYTES = 16 * 1024

export class Http1Connection implements ConnectionListener, Carrier, ResponseReceiver {
  readonly connection: Connection
  readonly peer: PeerFacts
  /** The key under which the pool keeps the connection. */
  readonly key: string
  readonly #keeper: ConnectionKeeper
  readonly #parser: ResponseParser
  #exchange: Exchange | null = null
  #wasUsed = false
  #isClosed = false
  #isPaused = false

  constructor(connection: Connection, peer: PeerFacts, key: string, keeper: ConnectionKeeper) {
    this.connection = connection
    this.peer = peer
    this.key = key
    this.#keeper = keeper
    this.#parser = new ResponseParser(this)
    connection.setListener(this)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  send(exchange: Exchange): void {
    const { request } = exchange
    this.#exchange = exchange
    exchange.connected(this, this.peer, this.#wasUsed)
    this.#wasUsed = true
    this.#parser.begin(request.method === 'HEAD')
    const head = requestHead(request)
    const { body } = request
    if (body === null) this.#write(exchange, head)
    else if (typeof body === 'string') this.#write(exchange, head + body)
    else if (body.length <= SMALL_BODY_BYTES) this.#write(exchange, Buffer.concat([Buffer.from(head), body]))
    else {
      this.connection.write(head)
      this.#write(exchange, body)
    }
  }

  #write(exchange: Exchange, data: string | Uint8Array): void {
    const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length
    if (this.connection.writeNow(data, length)) exchange.sent()
    else this.connection.whenWritten(length, (error) => this.#written(exchange, error))
  }

  #written(exchange: Exchange, error: ConnectionError | null): void {
    if (exchange !== this.#exchange) return
    if (error === null) exchange.sent()
    else this.#fail(connectionFailure(error))
  }

  /** Closes it; an exchange on it is told nothing. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#keeper.forget(this)
    this.connection.destroy()
    this.#keeper.account(this.connection)
  }

  abandon(): void {
    this.#exchange = null
    this.close()
  }

  setReading(_exchange: Exchange, isReading: boolean): void {
    this.#isPaused = !isReading
    if (isReading) this.connection.resume()
    else this.connection.pause()
  }

  // ---- called by the parser ---------------------------------------------------------------------------------------

  onHead(head: ResponseHead): void {
    this.#exchange?.onHead(head)
  }

  onBody(chunk: Buffer, isWhole: boolean): void {
    this.#exchange?.onBody(chunk, isWhole)
  }

  // ---- called by the connection -----------------------------------------------------------------------------------

  /** Hot. */
  onData(chunk: Buffer): void {
    const exchange = this.#exchange
    if (exchange === null) {
      this.close()
      return
    }
    exchange.answered()
    let isComplete: boolean
    try {
      isComplete = this.#parser.push(chunk)
    } catch (error) {
      this.#fail(error as HttpError)
      return
    }
    // A receiver may have cancelled the exchange.
    if (isComplete && this.#exchange === exchange) this.#complete(exchange, true)
  }

  onEnd(): void {
    const exchange = this.#exchange
    if (exchange === null) this.close()
    else if (exchange.isSent || exchange.hasResponse) this.#ended(exchange)
    else this.#fail(closedWhileSending(`write tcp ${this.connection.endpoints}: use of closed network connection`))
  }

  onError(error: ConnectionError): void {
    if (this.#exchange === null) this.close()
    else this.#fail(connectionFailure(error))
  }

  onClose(): void {
    const exchange = this.#exchange
    if (exchange === null) this.close()
    else this.#ended(exchange)
  }

  // -----------------------------------------------------------------------------------------------------------------

  #ended(exchange: Exchange): void {
    try {
      this.#parser.end()
    } catch (error) {
      this.#fail(error as HttpError)
      return
    }
    this.#complete(exchange, false)
  }

  #complete(exchange: Exchange, isImmediate: boolean): void {
    this.#exchange = null
    if (this.#isPaused) this.setReading(exchange, true)
    const mayStay = this.#parser.keepsAlive && this.#parser.surplus === 0 && !exchange.request.closes && exchange.isSent
    if (mayStay) {
      this.#keeper.keep(this)
      this.#keeper.account(this.connection)
    } else this.close()
    // The last act: the script may go on within this call, and use this connection again.
    exchange.complete(isImmediate)
  }

  #fail(error: HttpError): void {
    const exchange = this.#exchange!
    this.#exchange = null
    this.close()
    if (exchange.isOnReused && exchange.request.isRepeatable && !this.#parser.hasStarted && isDeadConnection(error)) {
      this.#keeper.again(exchange)
    } else {
      exchange.fail(error instanceof HttpError ? error : httpError(String(error)))
    }
  }
}

function isDeadConnection({ message }: HttpError): boolean {
  return message === 'EOF' || message.endsWith('connection reset by peer') || message.startsWith('write: ')
}
