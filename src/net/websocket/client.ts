/**
 * A WebSocket client on the dialer's connections: opening, messages, pings, both kinds of close.
 *
 * States   CONNECTING → OPEN → CLOSING → CLOSED. CLOSING is "our close frame is sent, the peer's is awaited" (close()), for
 *          the limit closeMs at most; closeNow(), a close frame of the peer, a violation or the end of the connection lead to CLOSED at once.
 *          A CLOSED client lingers: it discards what comes until the peer's FIN, or for a second. After closeNow() and violations
 *          it has sent FIN, and closing a descriptor with unread data would reset the connection and could lose our close
 *          frame. After a full closing handshake the server's FIN should come first (RFC 6455 §7.1.1): whoever sends the
 *          first FIN keeps the port in TIME_WAIT, and a load generator soon runs out of ports.
 * Events   see listener.ts; none after closeNow() or destroy()
 * Buffers  what is given to send is copied before the call returns
 * Source   RFC 6455 §5.5, §7; docs/spec/sockets.md §2.6, §2.7, §3.5–§3.7
 */
import type { Connection, ConnectionListener, Traffic } from '../connection.js'
import type { Dialer } from '../dialer.js'
import type { ConnectionError } from '../errors.js'
import { DEFAULT_LIMITS, type SocketLimits } from '../limits.js'
import { CLOSE_NORMAL, CLOSE_PROTOCOL_ERROR, decodeClose, encodeClose, MAX_CLOSE_REASON_BYTES } from './close-code.js'
import { deflateMessage } from './deflate.js'
import { BINARY, CLOSE, PING, PONG, RSV1, TEXT } from './frame.js'
import { FrameReader, type FrameSink } from './frame-reader.js'
import type { Compression, Handshake, HandshakeResponse } from './handshake.js'
import { Intake, type IntakeOwner } from './intake.js'
import type { SessionEnd, WebSocketListener } from './listener.js'
import { type OpeningOwner, type Route, WebSocketOpening } from './opening.js'
import { type FrameSender, outbox } from './outbox.js'

export interface WebSocketSettings extends Route {
  readonly limits: SocketLimits
  /** Refuse invalid UTF-8 with close code 1007; otherwise it becomes U+FFFD as in k6. */
  readonly strictUtf8: boolean
}

const DEFAULT_SETTINGS: WebSocketSettings = { limits: DEFAULT_LIMITS, strictUtf8: false }

export const CONNECTING = 0
export const OPEN = 1
export const CLOSING = 2
export const CLOSED = 3

const LINGER_MS = 1000
/** What may wait for the peer when it asks for more: pings are answered. */
const MOST_UNREAD_BYTES = 1024 * 1024
const NOTHING = Buffer.alloc(0)

export class WebSocketClient implements OpeningOwner, ConnectionListener, IntakeOwner, FrameSink, FrameSender {
  readonly #listener: WebSocketListener
  readonly #settings: WebSocketSettings
  #state: number = CONNECTING
  #opening: WebSocketOpening | null = null
  /** The opening that failed, kept because its bytes are still to be counted. */
  #failedOpening: WebSocketOpening | null = null
  #connection: Connection | null = null
  #intake: Intake | null = null
  #deflate = false
  #ip = ''
  /** Payload bytes given to send since everything was last written. */
  #accepted = 0
  /** Payload bytes of all messages given to send. */
  #sent = 0
  /** What `#sent` was when the turn of the event loop began in which something was last sent. */
  #sentBeforeTurn = 0
  #turn = 0
  #drainAwaited = false
  /** True while the listener has paused the connection. */
  #isPaused = false
  /** Too many of our answers have not been read. */
  #isHeldByPeer = false
  /** What ended the connection while received bytes were still to be read. */
  #endToReport: SessionEnd | null = null
  /** CLOSING: for the peer's answer. CLOSED: for the lingering. */
  #closeTimer: NodeJS.Timeout | null = null

  constructor(listener: WebSocketListener, settings: WebSocketSettings = DEFAULT_SETTINGS) {
    this.#listener = listener
    this.#settings = settings
  }

  /** CONNECTING, OPEN, CLOSING or CLOSED; the numbers of the standard. */
  get readyState(): number {
    return this.#state
  }

  /** Of the server; `''` until the name is resolved. */
  get ip(): string {
    return this.#opening?.ip ?? this.#ip
  }

  /** For its addresses and its traffic; null until it is established. */
  get connection(): Connection | null {
    return this.#opening?.connection ?? this.#connection
  }

  /** Payload bytes that the kernel has not accepted yet, or that were sent in the present turn of the event loop. */
  get bufferedAmount(): number {
    if (this.#connection === null) return 0
    const pending = Math.min(this.#accepted, outbox.unwritten(this) + this.#connection.pendingBytes)
    return this.#turn === outbox.turn ? Math.max(pending, this.#sent - this.#sentBeforeTurn) : pending
  }

  /** Payload bytes of all messages sent so far, before compression. */
  get sentPayloadBytes(): number {
    return this.#sent
  }

  /** Bytes on the wire since the last call, also of an attempt that failed. */
  takeTraffic(): Traffic {
    const opening = this.#opening ?? this.#failedOpening
    return opening === null ? (this.#connection?.takeTraffic() ?? { sent: 0, received: 0 }) : opening.takeTraffic()
  }

  open(dialer: Dialer, handshake: Handshake): void {
    this.#opening = new WebSocketOpening(this, handshake)
    this.#opening.start(dialer, this.#settings.limits, this.#settings)
  }

  /** Hot. False when the client is not open. */
  sendText(text: string): boolean {
    if (this.#state !== OPEN) return false
    if (this.#deflate) {
      outbox.appendBytes(this, TEXT | RSV1, deflateMessage(text))
      this.#count(Buffer.byteLength(text))
    } else {
      this.#count(outbox.appendText(this, TEXT, text))
    }
    return true
  }

  /** Hot. False when the client is not open. */
  sendBinary(data: Uint8Array): boolean {
    if (this.#state !== OPEN) return false
    if (this.#deflate) outbox.appendBytes(this, BINARY | RSV1, deflateMessage(data))
    else outbox.appendBytes(this, BINARY, data)
    this.#count(data.length)
    return true
  }

  /** At most 125 bytes. False when the client is not open. */
  ping(payload: string): boolean {
    if (this.#state !== OPEN) return false
    outbox.appendText(this, PING, payload)
    return true
  }

  /**
   * Sends a close frame behind what was sent before and waits for the peer's; onEnded follows. False when not open.
   * RangeError when the reason is longer than 123 bytes.
   */
  close(code = CLOSE_NORMAL, reason = ''): boolean {
    if (this.#state !== OPEN) return false
    this.#sendClose(code, reason)
    // The peer's close frame is among what was not read yet, so reading goes on.
    this.#isHeldByPeer = false
    this.resume()
    const { closeMs } = this.#settings.limits
    if (Number.isFinite(closeMs)) this.#closeTimer = setTimeout(closeIsOver, closeMs, this)
    return true
  }

  #sendClose(code: number, reason: string): void {
    outbox.appendBytes(this, CLOSE, encodeClose(code, reason))
    this.#state = CLOSING
  }

  /** Sends a close frame unless one was sent, then FIN. Before the session is open: gives the attempt up. */
  closeNow(code = CLOSE_NORMAL, reason = ''): void {
    if (this.#state === CONNECTING) this.destroy()
    if (this.#state === CLOSED) return
    if (this.#state === OPEN) this.#sendClose(code, reason)
    this.#linger()
    this.#connection!.end()
  }

  /** Drops the connection, or the attempt to open one, as it is. */
  destroy(): void {
    this.#state = CLOSED
    this.#opening?.cancel()
    this.#release()
  }

  /** Nothing is delivered until resume(). */
  pause(): void {
    this.#isPaused = true
    this.#intake?.hold()
  }

  resume(): void {
    this.#isPaused = false
    if (!this.#isHeldByPeer) this.#intake?.resume()
  }

  // ---- called by the opening ----------------------------------------------------------------------------------

  opened(connection: Connection, response: HandshakeResponse, compression: Compression | null, rest: Buffer): void {
    const { strictUtf8 } = this.#settings
    const { maxMessageBytes } = this.#settings.limits
    const intake = new Intake(this, connection, new FrameReader(this, { maxMessageBytes, strictUtf8, compression }))
    this.#ip = this.#opening!.ip
    this.#opening = null
    this.#connection = connection
    this.#intake = intake
    this.#deflate = compression !== null
    this.#state = OPEN
    connection.setListener(this)
    outbox.hold()
    this.#listener.onOpen(response)
    intake.receive(rest)
    outbox.release()
  }

  openingFailed(error: Error, response: HandshakeResponse | null): void {
    this.#ip = this.#opening!.ip
    this.#connection = this.#opening!.connection
    this.#failedOpening = this.#opening
    this.#opening = null
    this.#state = CLOSED
    this.#listener.onFailed(error, response)
  }

  // ---- called by the connection -------------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    this.#intake!.receive(chunk)
  }

  onEnd(): void {
    this.#connectionEnded({ cause: 'end' })
  }

  onError(error: ConnectionError): void {
    this.#connectionEnded({ cause: error.operation === 'write' ? 'write-error' : 'read-error', error })
  }

  onClose(): void {
    this.#connectionEnded({ cause: 'end' })
  }

  // ---- called by the intake and its reader --------------------------------------------------------------------

  onText(text: string, bytes: number): void {
    if (this.#state === OPEN) this.#listener.onMessage(text, bytes)
  }

  onBinary(data: ArrayBuffer): void {
    if (this.#state === OPEN) this.#listener.onMessage(data, data.byteLength)
  }

  onControl(opcode: number, payload: Buffer): void {
    if (opcode === CLOSE) {
      this.#peerCloses(payload)
    } else if (this.#state === OPEN) {
      if (opcode === PING) this.#answerPing(payload)
      else this.#listener.onPong(payload)
    }
  }

  #answerPing(payload: Buffer): void {
    outbox.appendBytes(this, PONG, payload)
    if (this.#connection!.pendingBytes > MOST_UNREAD_BYTES) this.#holdReading()
    this.#listener.onPing(payload)
  }

  /** A peer that does not read what we answer is not read either. */
  #holdReading(): void {
    if (this.#isHeldByPeer) return
    this.#isHeldByPeer = true
    if (!this.#isPaused) this.#intake!.hold()
    this.#awaitDrain(this.#connection!)
  }

  onViolation(code: number, reason: string): void {
    this.#endSession({ cause: 'violation', code, reason }, code, reason.slice(0, MAX_CLOSE_REASON_BYTES))
  }

  intakeEmptied(): void {
    if (this.#endToReport !== null) this.#connectionEnded(this.#endToReport)
  }

  // ---- called by the outbox -----------------------------------------------------------------------------------

  writeFrames(frames: Uint8Array): boolean {
    const connection = this.#connection!
    connection.write(frames)
    if (connection.pendingBytes > 0) {
      this.#awaitDrain(connection)
      return false
    }
    this.#accepted = 0
    return true
  }

  /** Called by the timer. */
  closeIsOver(): void {
    const isAwaited = this.#state === CLOSING
    this.#state = CLOSED
    this.#release()
    if (isAwaited) this.#listener.onEnded({ cause: 'no-answer' })
  }

  #count(size: number): void {
    if (this.#turn !== outbox.turn) {
      this.#turn = outbox.turn
      this.#sentBeforeTurn = this.#sent
    }
    this.#sent += size
    // A large message may be gone already.
    if (outbox.unwritten(this) > 0 || this.#connection!.pendingBytes > 0) this.#accepted += size
  }

  #awaitDrain(connection: Connection): void {
    if (this.#drainAwaited) return
    this.#drainAwaited = true
    // Only now is a callback needed; an empty write behind the others brings it.
    connection.write(NOTHING, (error) => this.#written(error, connection))
  }

  #written(error: Error | null, connection: Connection): void {
    this.#drainAwaited = false
    if (error !== null || this.#state === CLOSED) return
    if (connection.pendingBytes > 0) {
      this.#awaitDrain(connection)
      return
    }
    if (outbox.unwritten(this) === 0) this.#accepted = 0
    if (this.#isHeldByPeer) {
      this.#isHeldByPeer = false
      if (!this.#isPaused) this.#intake!.resume()
    }
    this.#listener.onDrain()
  }

  #peerCloses(payload: Buffer): void {
    const close = decodeClose(payload)
    if (typeof close === 'string') this.onViolation(CLOSE_PROTOCOL_ERROR, close)
    else this.#endSession({ cause: 'close-frame', ...close }, close.code, '')
  }

  /** Sends a close frame unless one was sent, and tells the listener. */
  #endSession(end: SessionEnd, code: number, reason: string): void {
    if (this.#state === CLOSED) return
    if (this.#state === OPEN) this.#sendClose(code, reason)
    this.#linger()
    if (end.cause === 'violation') this.#connection!.end()
    this.#listener.onEnded(end)
  }

  #connectionEnded(end: SessionEnd): void {
    if (this.#state === CLOSED) {
      this.#release()
    } else if (!this.#intake!.isEmpty) {
      this.#endToReport ??= end
    } else {
      this.#state = CLOSED
      this.#release()
      this.#listener.onEnded(end)
    }
  }

  #linger(): void {
    this.#state = CLOSED
    this.#intake!.stop()
    if (outbox.unwritten(this) > 0) outbox.flush()
    this.#connection!.resume()
    this.#stopTimer()
    this.#closeTimer = setTimeout(closeIsOver, LINGER_MS, this)
  }

  #release(): void {
    outbox.discard(this)
    this.#intake?.stop()
    this.#stopTimer()
    this.#connection?.destroy()
  }

  #stopTimer(): void {
    if (this.#closeTimer !== null) clearTimeout(this.#closeTimer)
    this.#closeTimer = null
  }
}

function closeIsOver(client: WebSocketClient): void {
  client.closeIsOver()
}
