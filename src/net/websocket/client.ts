/**
 * A WebSocket client on the dialer's connections: opening, messages, pings, both kinds of close.
 *
 * States   CONNECTING → OPEN → CLOSING → CLOSED; CLOSING is "our close frame is sent, the peer's is awaited" (close());
 *          closeNow(), a close frame of the peer, a violation or the end of the connection lead to CLOSED at once.
 *          A CLOSED client may still linger: it has sent FIN and discards what comes until the peer's FIN or for a second, because
 *          closing a descriptor with unread data would reset the connection and could lose our close frame.
 * Events   onFailed, or onOpen (messages, pings, pongs, drains) onEnded; nothing after closeNow() or destroy()
 * Buffers  what is given to send is copied before the call returns; payloads of pings and pongs are borrowed
 * Units    bytes, ms
 * Source   RFC 6455 §5.5, §7; reference §2.6, §2.7, §3.5–§3.7
 */
import {
  CLOSE_NORMAL,
  CLOSE_PROTOCOL_ERROR,
  decodeClose,
  encodeClose,
  MAX_CLOSE_REASON_BYTES,
} from './close-code.js'
import { deflateMessage } from './deflate.js'
import { BINARY, CLOSE, PING, PONG, RSV1, TEXT } from './frame.js'
import { FrameReader, type FrameSink } from './frame-reader.js'
import type { Handshake, HandshakeResponse } from './handshake.js'
import { Opening, type OpeningOwner } from './opening.js'
import { type FrameSender, outbox } from './outbox.js'
import type { Transport, TransportDialer, TransportListener } from './transport.js'
import { currentTurn } from './turn.js'

/** How an open session ended. */
export type SessionEnd =
  /** The peer's close frame: its own, or its answer to ours. Code 1005 when it had none. */
  | { readonly cause: 'close-frame'; readonly code: number; readonly reason: string }
  /** FIN without a close frame. */
  | { readonly cause: 'end' }
  /** The peer broke the protocol; it was sent a close frame with this code and reason. */
  | { readonly cause: 'violation'; readonly code: number; readonly reason: string }
  /** The connection broke: usually a reset by the peer. */
  | { readonly cause: 'read-error'; readonly error: Error }
  | { readonly cause: 'write-error'; readonly error: Error }

/** Called by one client, never from inside its own methods. The methods must not throw. */
export interface WebSocketListener {
  onOpen(response: HandshakeResponse): void
  /** There was no session. `response` if the server answered in HTTP. */
  onFailed(error: Error, response: HandshakeResponse | null): void
  /** Text as a string, binary as an ArrayBuffer that belongs to the listener. Only while the client is OPEN. */
  onMessage(data: string | ArrayBuffer): void
  /** The pong has been sent. */
  onPing(payload: Buffer): void
  onPong(payload: Buffer): void
  /** Everything that was sent is with the kernel, after some of it had to wait. */
  onDrain(): void
  onEnded(end: SessionEnd): void
}

export interface WebSocketSettings {
  readonly maxMessageBytes: number
  readonly strictUtf8: boolean
  /** Dial and handshake together. */
  readonly openTimeoutMs: number
  readonly localAddress?: string
}

export const DEFAULT_SETTINGS: WebSocketSettings = {
  maxMessageBytes: 256 * 1024 * 1024,
  strictUtf8: false,
  openTimeoutMs: 60_000,
}

export const CONNECTING = 0
export const OPEN = 1
export const CLOSING = 2
export const CLOSED = 3
export type ReadyState = typeof CONNECTING | typeof OPEN | typeof CLOSING | typeof CLOSED

/** After so many frames, or bytes in large chunks, of one connection the other connections have their turn. */
const FRAMES_PER_TURN = 256
const BYTES_PER_TURN = 512 * 1024
/** Only a flood fills chunks like this. */
const LARGE_CHUNK = 16 * 1024
const LINGER_MS = 1000
const NOTHING = Buffer.alloc(0)

export class WebSocketClient implements OpeningOwner, TransportListener, FrameSink, FrameSender {
  readonly #listener: WebSocketListener
  readonly #settings: WebSocketSettings
  #state: ReadyState = CONNECTING
  #opening: Opening | null = null
  #connection: Transport | null = null
  #reader: FrameReader | null = null
  #deflate = false
  /** Of the server, `''` until it is known. */
  #ip = ''
  /** Payload bytes given to send since everything was last written. */
  #accepted = 0
  #drainAwaited = false
  #held = false
  /** Received bytes that are still to be read, from #leftoverAt on. */
  #leftover: Buffer | null = null
  #leftoverAt = 0
  #continuing = false
  #turn = 0
  #turnBytes = 0
  /** What ended the connection while received bytes were still to be read. */
  #endAfterLeftover: SessionEnd | null = null
  #lingerTimer: NodeJS.Timeout | null = null

  constructor(listener: WebSocketListener, settings: WebSocketSettings = DEFAULT_SETTINGS) {
    this.#listener = listener
    this.#settings = settings
  }

  get readyState(): ReadyState {
    return this.#state
  }

  get ip(): string {
    return this.#opening?.ip ?? this.#ip
  }

  /** Payload bytes that the kernel has not accepted yet. */
  get bufferedAmount(): number {
    if (this.#connection === null) return 0
    return Math.min(this.#accepted, outbox.unwritten(this) + this.#connection.pendingBytes)
  }

  open(dialer: TransportDialer, handshake: Handshake): void {
    this.#opening = new Opening(this, handshake)
    this.#opening.start(dialer, this.#settings.openTimeoutMs, this.#settings.localAddress)
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

  /** Sends a close frame behind what was sent before and waits for the peer's; onEnded follows. False when not open. */
  close(code = CLOSE_NORMAL, reason = ''): boolean {
    if (this.#state !== OPEN) return false
    outbox.appendBytes(this, CLOSE, encodeClose(code, reason))
    this.#state = CLOSING
    return true
  }

  /** Sends a close frame unless one was sent, then FIN. Before the session is open: gives the attempt up. No event follows. */
  closeNow(code = CLOSE_NORMAL, reason = ''): void {
    if (this.#state === CONNECTING) this.destroy()
    if (this.#state === CLOSED) return
    this.close(code, reason)
    this.#linger()
  }

  /** Drops the connection, or the attempt, without a close frame. No event follows. */
  destroy(): void {
    if (this.#lingerTimer === null && this.#state === CLOSED) return
    this.#state = CLOSED
    this.#opening?.cancel()
    this.#release()
  }

  /** Messages wait until resume(). */
  pause(): void {
    if (this.#held || this.#state === CLOSED) return
    this.#held = true
    this.#reader?.stop()
    this.#connection?.pause()
  }

  resume(): void {
    if (!this.#held) return
    this.#held = false
    if (this.#state !== CLOSED && this.#connection !== null) this.#continueLater()
  }

  // ---- called by the opening ----------------------------------------------------------------------------------

  opened(connection: Transport, response: HandshakeResponse, deflate: boolean, rest: Buffer): void {
    const { maxMessageBytes, strictUtf8 } = this.#settings
    this.#ip = this.#opening!.ip
    this.#opening = null
    this.#connection = connection
    this.#deflate = deflate
    this.#reader = new FrameReader(this, { maxMessageBytes, strictUtf8, deflate })
    this.#state = OPEN
    connection.setListener(this)
    outbox.hold()
    this.#listener.onOpen(response)
    this.onData(rest)
    outbox.release()
  }

  openingFailed(error: Error, response: HandshakeResponse | null): void {
    this.#ip = this.#opening!.ip
    this.#opening = null
    this.#state = CLOSED
    this.#listener.onFailed(error, response)
  }

  // ---- called by the connection -------------------------------------------------------------------------------

  /** Hot: once per chunk. */
  onData(chunk: Buffer): void {
    if (this.#state === CLOSED) return
    if (this.#leftover !== null || this.#held) {
      this.#keep(chunk)
      return
    }
    // One write for all that is sent while the chunk is read.
    outbox.hold()
    const next = this.#reader!.read(chunk, 0, FRAMES_PER_TURN)
    if (next < chunk.length) this.#keep(chunk.subarray(next))
    else if (chunk.length >= LARGE_CHUNK && this.#isTurnOver(chunk.length)) this.#continueLater()
    outbox.release()
  }

  onEnd(): void {
    this.#connectionEnded({ cause: 'end' })
  }

  onError(error: Error & { readonly operation?: string }): void {
    this.#connectionEnded({ cause: error.operation === 'write' ? 'write-error' : 'read-error', error })
  }

  onClose(): void {
    this.#connectionEnded({ cause: 'end' })
  }

  // ---- called by the reader -----------------------------------------------------------------------------------

  onText(text: string): void {
    if (this.#state === OPEN) this.#listener.onMessage(text)
  }

  onBinary(data: ArrayBuffer): void {
    if (this.#state === OPEN) this.#listener.onMessage(data)
  }

  onControl(opcode: number, payload: Buffer): void {
    if (opcode === CLOSE) {
      this.#peerCloses(payload)
    } else if (this.#state === OPEN) {
      if (opcode === PING) outbox.appendBytes(this, PONG, payload)
      if (opcode === PING) this.#listener.onPing(payload)
      else this.#listener.onPong(payload)
    }
  }

  onViolation(code: number, reason: string): void {
    this.#endSession({ cause: 'violation', code, reason }, code, reason.slice(0, MAX_CLOSE_REASON_BYTES))
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

  // ---- called by the event loop -------------------------------------------------------------------------------

  /** Reads on where the last turn left off. */
  continueReading(): void {
    this.#continuing = false
    if (this.#state === CLOSED || this.#held) return
    const leftover = this.#leftover
    if (leftover !== null) {
      outbox.hold()
      this.#leftoverAt = this.#reader!.read(leftover, this.#leftoverAt, FRAMES_PER_TURN)
      const finished = this.#leftoverAt === leftover.length
      if (finished) this.#leftover = null
      outbox.release()
      if (this.#state === CLOSED || this.#held) return
      if (!finished) {
        this.#continueLater()
        return
      }
    }
    if (this.#endAfterLeftover !== null) this.#connectionEnded(this.#endAfterLeftover)
    else this.#connection!.resume()
  }

  lingerIsOver(): void {
    this.#release()
  }

  #count(size: number): void {
    // A large message may be gone already.
    if (outbox.unwritten(this) > 0 || this.#connection!.pendingBytes > 0) this.#accepted += size
  }

  #awaitDrain(connection: Transport): void {
    if (this.#drainAwaited) return
    this.#drainAwaited = true
    // Only now is a callback needed; an empty write behind the others brings it.
    connection.write(NOTHING, (error) => {
      this.#drainAwaited = false
      if (error !== null || this.#state === CLOSED) return
      if (connection.pendingBytes > 0) {
        this.#awaitDrain(connection)
        return
      }
      if (outbox.unwritten(this) === 0) this.#accepted = 0
      this.#listener.onDrain()
    })
  }

  /** Copies borrowed bytes to read them later. */
  #keep(chunk: Buffer): void {
    const leftover = this.#leftover
    if (chunk.length === 0) return
    this.#leftover = leftover === null ? Buffer.from(chunk) : Buffer.concat([leftover.subarray(this.#leftoverAt), chunk])
    this.#leftoverAt = 0
    this.#continueLater()
  }

  #continueLater(): void {
    this.#connection!.pause()
    if (this.#continuing || this.#held) return
    this.#continuing = true
    setImmediate(continueReading, this)
  }

  #isTurnOver(bytes: number): boolean {
    const turn = currentTurn()
    if (this.#turn !== turn) {
      this.#turn = turn
      this.#turnBytes = 0
    }
    this.#turnBytes += bytes
    return this.#turnBytes >= BYTES_PER_TURN
  }

  #peerCloses(payload: Buffer): void {
    const close = decodeClose(payload)
    if (typeof close === 'string') this.onViolation(CLOSE_PROTOCOL_ERROR, close)
    else this.#endSession({ cause: 'close-frame', ...close }, close.code, '')
  }

  /** Sends a close frame unless one was sent, and tells the listener. */
  #endSession(end: SessionEnd, code: number, reason: string): void {
    if (this.#state === CLOSED) return
    this.close(code, reason)
    this.#linger()
    this.#listener.onEnded(end)
  }

  #connectionEnded(end: SessionEnd): void {
    if (this.#state === CLOSED) {
      this.#release()
    } else if (this.#leftover !== null) {
      this.#endAfterLeftover ??= end
    } else {
      this.#state = CLOSED
      this.#release()
      this.#listener.onEnded(end)
    }
  }

  #linger(): void {
    const connection = this.#connection!
    this.#state = CLOSED
    this.#reader!.stop()
    this.#leftover = null
    if (outbox.unwritten(this) > 0) outbox.flush()
    connection.end()
    connection.resume()
    this.#lingerTimer = setTimeout(lingerIsOver, LINGER_MS, this)
  }

  #release(): void {
    outbox.discard(this)
    this.#reader?.stop()
    this.#leftover = null
    if (this.#lingerTimer !== null) clearTimeout(this.#lingerTimer)
    this.#lingerTimer = null
    this.#connection?.destroy()
  }
}

function continueReading(client: WebSocketClient): void {
  client.continueReading()
}

function lingerIsOver(client: WebSocketClient): void {
  client.lingerIsOver()
}
