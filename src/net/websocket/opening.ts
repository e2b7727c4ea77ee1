/**
 * A WebSocket before it is open: dial, send the request, read and judge the answer, all within one time limit.
 *
 * States   dialling → answering → done; cancel() leads to done without a call
 * Events   exactly one of opened() and openingFailed(), unless cancelled
 * Errors   of the dialer, of the connection, WebSocketError; `dial tcp IP:PORT: i/o timeout` when the time is over
 */
import { joinHostPort } from '../address.js'
import type { Connection, ConnectionListener, Traffic } from '../connection.js'
import type { Dialer, Dialing, DialListener, DialRequest } from '../dialer.js'
import type { SocketLimits } from '../limits.js'
import { WebSocketError } from './error.js'
import {
  type Compression,
  type Handshake,
  type HandshakeResponse,
  toHandshakeResponse,
  verifyResponse,
} from './handshake.js'
import { HandshakeParser, type HttpResponse } from './handshake-parser.js'

/** Called by the opening only. */
export interface OpeningOwner {
  /** `rest` is borrowed: what the server sent behind its answer. The connection's listener is the owner's to set. */
  opened(connection: Connection, response: HandshakeResponse, compression: Compression | null, rest: Buffer): void
  openingFailed(error: Error, response: HandshakeResponse | null): void
}

/** The ways of dialling that are not in the URL. */
export type Route = Pick<DialRequest, 'localAddress' | 'proxy'>

const NOTHING = Buffer.alloc(0)

export class WebSocketOpening implements DialListener, ConnectionListener {
  readonly #owner: OpeningOwner
  readonly #handshake: Handshake
  readonly #parser = new HandshakeParser()
  #dialing: Dialing | null = null
  #connection: Connection | null = null
  #timer: NodeJS.Timeout | null = null
  #done = false
  /** The IP address of the server; empty until it is known. */
  ip = ''

  constructor(owner: OpeningOwner, handshake: Handshake) {
    this.#owner = owner
    this.#handshake = handshake
  }

  get connection(): Connection | null {
    return this.#connection
  }

  /** Bytes on the wire since the last call, whatever became of the attempt. */
  takeTraffic(): Traffic {
    return this.#connection?.takeTraffic() ?? this.#dialing?.takeTraffic() ?? { sent: 0, received: 0 }
  }

  start(dialer: Dialer, { connectMs, handshakeMs }: SocketLimits, { localAddress, proxy }: Route): void {
    const { host, port, tls } = this.#handshake.target
    if (Number.isFinite(handshakeMs)) this.#timer = setTimeout(expire, handshakeMs, this)
    const limits = { connectMs, tlsMs: handshakeMs }
    this.#dialing = dialer.dial({ host, port, tls, localAddress, proxy, limits }, this)
  }

  /** Ends the attempt; nothing is called any more. */
  cancel(): void {
    if (this.#done) return
    this.#finish()
    if (this.#connection === null) this.#dialing?.cancel()
    else this.#connection.destroy()
  }

  // ---- called by the dialer -----------------------------------------------------------------------------------

  onResolved(ip: string): void {
    this.ip = ip
  }

  onConnected(connection: Connection): void {
    if (this.#done) {
      connection.destroy()
      return
    }
    this.#connection = connection
    connection.setListener(this)
    connection.write(this.#handshake.request)
  }

  onFailed(error: Error): void {
    this.#fail(error, null)
  }

  // ---- called by the connection -------------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    if (this.#done) return
    let used: number
    try {
      used = this.#parser.push(chunk)
    } catch (error) {
      this.#fail(error as Error, null)
      return
    }
    if (this.#parser.response !== null) this.#judge(this.#parser.response, chunk.subarray(used))
  }

  onEnd(): void {
    this.#endOfAnswer(null)
  }

  onError(error: Error): void {
    this.#endOfAnswer(error)
  }

  onClose(): void {
    this.#endOfAnswer(null)
  }

  /** Called by the timer. */
  expire(): void {
    const { host, port } = this.#handshake.target
    const dialled = joinHostPort(this.ip === '' ? host : this.ip, port)
    const where = this.#connection === null ? `dial tcp ${dialled}` : `read tcp ${this.#connection.endpoints}`
    if (this.#connection === null) this.#dialing?.cancel()
    this.#fail(new WebSocketError('ERR_WEBSOCKET_TIMEOUT', `${where}: i/o timeout`), null)
  }

  /** A body may end with the connection; a head may not. */
  #endOfAnswer(error: Error | null): void {
    if (this.#done) return
    try {
      this.#parser.end()
    } catch (unexpectedEnd) {
      this.#fail(error ?? (unexpectedEnd as Error), null)
      return
    }
    this.#judge(this.#parser.response!, NOTHING)
  }

  #judge(answer: HttpResponse, rest: Buffer): void {
    const response = toHandshakeResponse(answer)
    let compression: Compression | null
    try {
      compression = verifyResponse(this.#handshake, response)
    } catch (error) {
      this.#fail(error as Error, response)
      return
    }
    this.#finish()
    this.#owner.opened(this.#connection!, response, compression, rest)
  }

  #fail(error: Error, response: HandshakeResponse | null): void {
    if (this.#done) return
    this.#finish()
    this.#connection?.destroy()
    this.#owner.openingFailed(error, response)
  }

  #finish(): void {
    this.#done = true
    clearTimeout(this.#timer!)
  }
}

function expire(opening: WebSocketOpening): void {
  opening.expire()
}
