/**
 * One established TCP, TLS or Unix connection, as the modules see it: bytes in, bytes out in call order, one close.
 *
 * Events   onData*, onEnd?, onError?, onClose; onClose exactly once and last. Nothing arrives before a listener is set.
 * Buffers  `chunk` in onData is borrowed: copy what you keep. What is given to write() must not change until `done`.
 * Writes   `done` is called in call order, never inside write(): when the kernel has accepted all bytes, or, before
 *          onClose, with an error and the number of bytes that were accepted
 * Units    bytes; traffic counts what is on the wire (below TLS), bytes given to write() are above it
 * Errors   ConnectionError with Go's wording: `read tcp 127.0.0.1:5000->127.0.0.1:80: read: connection reset by peer`
 */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { systemErrorText } from '../base/system-error.js'
import { endpointText, networkOf } from './address.js'
import { ConnectionError } from './errors.js'
import { recordFailureText } from './tls-errors.js'
import { NOBODY, type SocketOwner, type WireSocket } from './wire-socket.js'
import { type WriteDone, WriteQueue } from './write-queue.js'

export type { WriteDone } from './write-queue.js'

export interface ConnectionListener {
  /** Bytes arrived. `chunk` is valid during the call only. */
  onData(chunk: Buffer): void
  /** The peer has sent FIN; this side may still write. */
  onEnd(): void
  /** The connection broke; onClose follows. */
  onError(error: ConnectionError): void
  onClose(): void
}

export interface Traffic {
  sent: number
  received: number
}

/** What a connection leaves to the TLS connection that is put on top of it. */
export interface Surrendered {
  readonly stream: Socket
  readonly wire: WireSocket
  /** Bytes that takeTraffic() of the connection below has already given. */
  readonly counted: Readonly<Traffic>
  /** The socket has closed: tells the connection's listener. */
  readonly closed: () => void
}

const EMPTY = Buffer.alloc(0)

export class Connection implements SocketOwner {
  readonly localAddress: string
  readonly localPort: number
  /** For a Unix socket: its path, and both ports are 0. */
  readonly remoteAddress: string
  readonly remotePort: number
  readonly encrypted: boolean
  /** What we read and write: the wire itself, or the TLS socket on top of it. */
  #stream: Socket
  #wire: WireSocket
  #listener: ConnectionListener | null = null
  /** There is a listener, it has been told all that happened before, and it wants more. */
  #live = false
  #paused = false
  /** Bytes read beyond what the dial needed (behind a proxy's answer); delivered first. */
  #early: Buffer
  #writes: WriteQueue | null = null
  /** Bytes given to the wire so far; what a proxy was told comes first. */
  #written: number
  #writable = true
  /** What has happened, but the listener does not know yet. */
  #endMissed = false
  #errorMissed = false
  #closeMissed = false
  #error: ConnectionError | null = null
  #destroyed = false
  #closed = false
  #surrendered = false
  /** True once the turn is over in which the TLS handshake ended: Node 24.22.3 tells of its end before it sends the last message of it. */
  #isHandshakeSent: boolean
  /** The connection that this one was put on by Dialer.upgrade. */
  readonly #below: Surrendered | null
  #sentTaken: number
  #receivedTaken: number

  /** Called by the dialer; the owner of the socket's events becomes this connection. Reading starts with a listener. */
  constructor(
    wire: WireSocket,
    stream: Socket,
    remoteAddress: string,
    remotePort: number,
    early: Buffer = EMPTY,
    below: Surrendered | null = null,
  ) {
    this.localAddress = wire.localAddress ?? ''
    this.localPort = wire.localPort ?? 0
    this.remoteAddress = remoteAddress
    this.remotePort = remotePort
    this.encrypted = stream !== wire
    this.#isHandshakeSent = !this.encrypted
    if (this.encrypted) setImmediate(handshakeSent, this)
    this.#stream = stream
    this.#wire = wire
    this.#early = early
    this.#written = wire.bytesWritten
    this.#below = below
    this.#sentTaken = below?.counted.sent ?? 0
    this.#receivedTaken = below?.counted.received ?? 0
  }

  /** For questions about certificate, cipher and session; null without TLS. Whoever reads, writes or ends it breaks the connection. */
  get tlsSocket(): TLSSocket | null {
    return this.#stream instanceof TLSSocket ? this.#stream : null
  }

  /** What ALPN agreed on; `''` when nothing was, or without TLS. */
  get alpnProtocol(): string {
    return this.tlsSocket?.alpnProtocol || ''
  }

  get pendingBytes(): number {
    return this.#stream.writableLength
  }

  /** Local and remote address as error texts have them: `127.0.0.1:5000->127.0.0.1:80`. */
  get endpoints(): string {
    return `${this.#localText}->${endpointText(this.remoteAddress, this.remotePort)}`
  }

  setListener(listener: ConnectionListener): void {
    const first = this.#listener === null
    this.#listener = listener
    if (first && !this.#paused) this.#goLive()
  }

  /** False when the kernel did not take everything at once; `done` tells when it has. Strings are sent as UTF-8. */
  write(data: Uint8Array | string, done?: WriteDone): boolean {
    const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length
    if (!this.#writable) {
      if (done !== undefined) process.nextTick(done, this.#closedError(), 0)
      return false
    }
    this.#written += length
    if (done === undefined) return this.#stream.write(data)
    this.#writes ??= new WriteQueue(this.#stream)
    this.#writes.push(done, this.#written, length)
    return this.#stream.write(data, this.#writes.onWritten)
  }

  /**
   * Hot. As write(), for data of that many bytes, but true says that the kernel has accepted all of it already. After false
   * the caller gives what `done` is in `whenWritten`, at once.
   */
  writeNow(data: Uint8Array | string, length: number): boolean {
    if (!this.#writable) return false
    const stream = this.#stream
    this.#written += length
    this.#writes ??= new WriteQueue(stream)
    stream.write(data, this.#writes.onWritten)
    // Node empties its buffer inside write() when the kernel takes everything, and only then.
    if (stream.writableLength > 0 || stream.errored !== null) return false
    this.#writes.noteAccepted()
    return true
  }

  whenWritten(length: number, done: WriteDone): void {
    if (this.#writable) this.#writes!.push(done, this.#written, length)
    else process.nextTick(done, this.#closedError(), 0)
  }

  cork(): void {
    this.#stream.cork()
  }

  uncork(): void {
    this.#stream.uncork()
  }

  pause(): void {
    this.#paused = true
    this.#live = false
    this.#stream.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    if (this.#listener !== null) this.#goLive()
  }

  /** FIN (after TLS's close_notify) once all pending writes are out. Receiving goes on. */
  end(): void {
    if (!this.#writable) return
    this.#writable = false
    this.#stream.end()
  }

  /** Closes the descriptor now; pending writes fail. The peer sees a FIN unless unread data forces a reset. */
  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    if (this.#surrendered) {
      // The TLS connection on top of this socket closes with it.
      this.#wire.destroy()
      return
    }
    // Without pending writes this sends TLS's close_notify at once, so the peer does not take it for a truncation.
    if (this.encrypted && this.#writable) this.#stream.end()
    this.#writable = false
    if (this.#isHandshakeSent) this.#stream.destroy()
    else setImmediate(destroyStream, this.#stream)
  }

  /** Called once, in the turn after the handshake. */
  handshakeSent(): void {
    this.#isHandshakeSent = true
  }

  /** Bytes on the wire since the last call. Works after the close, too. */
  takeTraffic(): Traffic {
    if (this.#surrendered) return { sent: 0, received: 0 }
    const sent = this.#wire.acceptedBytes
    const received = this.#wire.bytesRead
    const traffic = { sent: sent - this.#sentTaken, received: received - this.#receivedTaken }
    this.#sentTaken = sent
    this.#receivedTaken = received
    return traffic
  }

  /** For Dialer.upgrade: the socket goes to a connection on top. This one's listener hears only of the close. */
  surrender(): Surrendered {
    if (this.#destroyed || this.#closed) throw new Error('a connection that is closed cannot be upgraded')
    const counted = { sent: this.#sentTaken, received: this.#receivedTaken }
    this.#surrendered = true
    this.#writable = false
    ;(this.#stream as Socket & { owner: SocketOwner }).owner = NOBODY
    return { stream: this.#stream, wire: this.#wire, counted, closed: () => this.socketClosed() }
  }

  // ---- called by the socket -----------------------------------------------------------------------------------

  socketConnected(): void {}

  /** Hot: once per read. */
  socketData(chunk: Buffer): void {
    if (this.#destroyed) return
    if (this.#live) {
      this.#listener!.onData(chunk)
      return
    }
    this.#early = Buffer.concat([this.#early, chunk])
    // Node reads once more when pause() comes in the same turn as resume().
    if (this.#paused) this.#stream.pause()
  }

  /**
   * libuv calls it the peer's FIN, too, when a reset comes together with the last bytes. Writing nothing asks the kernel which it was: it
   * puts nothing on the wire, and fails when the connection was reset.
   */
  socketEnded(): void {
    if (this.#destroyed) return
    if (!this.#writable || this.#stream.writableLength > 0) this.#peerEnded()
    else this.#wire.write(EMPTY, (error) => this.#endJudged(error))
  }

  #endJudged(error: NodeJS.ErrnoException | null | undefined): void {
    if (error?.code === 'ECONNRESET') this.socketFailed(Object.assign(error, { syscall: 'read' }))
    else this.#peerEnded()
  }

  #peerEnded(): void {
    if (this.#destroyed || this.#closed) return
    if (this.#live) this.#listener!.onEnd()
    else this.#endMissed = true
  }

  socketFailed(error: NodeJS.ErrnoException): void {
    this.#writable = false
    if (this.#destroyed || this.#error !== null) return
    this.#error = this.#translate(error)
    if (this.#isTold) this.#listener!.onError(this.#error)
    else this.#errorMissed = true
    // Node leaves a TLS socket open behind an alert of the peer.
    this.#stream.destroy()
  }

  socketClosed(): void {
    if (this.#closed) return
    this.#closed = true
    this.#writable = false
    this.#wire.owner = NOBODY
    this.#below?.closed()
    if (this.#writes?.isEmpty === false) this.#failWrites(this.#writes)
    if (this.#isTold) this.#listener!.onClose()
    else this.#closeMissed = true
  }

  #failWrites(writes: WriteQueue): void {
    const error = this.#error === null ? this.#closedError() : this.#writeError(this.#error)
    // Under TLS the kernel's count says nothing about our bytes.
    writes.fail(error, this.encrypted ? 0 : this.#wire.acceptedBytes)
  }

  /** A failure and the close reach the listener also while it is paused; what it has not read then is lost. */
  get #isTold(): boolean {
    return this.#live || (this.#paused && this.#listener !== null)
  }

  #goLive(): void {
    if (this.#early.length > 0 || this.#endMissed || this.#errorMissed || this.#closeMissed) {
      process.nextTick(deliverMissed, this)
    } else {
      this.#live = true
      this.#stream.resume()
    }
  }

  /** Replays what happened while nobody listened. Each call of the listener may pause or destroy. */
  deliverMissed(): void {
    if (this.#paused || this.#live) return
    const listener = this.#listener!
    const early = this.#early
    this.#early = EMPTY
    this.#live = true
    if (early.length > 0 && !this.#destroyed) listener.onData(early)
    if (this.#endMissed && this.#live && !this.#destroyed) {
      this.#endMissed = false
      listener.onEnd()
    }
    if (this.#errorMissed && !this.#destroyed) listener.onError(this.#error!)
    this.#errorMissed = false
    if (this.#closeMissed) listener.onClose()
    else if (this.#live && !this.#destroyed) this.#stream.resume()
    this.#closeMissed = false
  }

  #translate(error: NodeJS.ErrnoException): ConnectionError {
    const operation = error.syscall === 'write' ? 'write' : 'read'
    const code = error.code ?? 'ERR_UNKNOWN'
    const record = recordFailureText(error)
    if (record !== null) return new ConnectionError(code, operation, record, error)
    return new ConnectionError(
      code,
      operation,
      `${operation} ${this.#network} ${this.endpoints}: ${operation}: ${systemErrorText(error)}`,
      error,
    )
  }

  get #network(): string {
    return networkOf(this.remoteAddress)
  }

  /** A client's end of a Unix socket has no name, which Go writes as `@`. */
  get #localText(): string {
    return this.localAddress === '' ? '@' : endpointText(this.localAddress, this.localPort)
  }

  /** The failure of the connection, as the writes that it ended report it. */
  #writeError({ code, message, cause }: ConnectionError): ConnectionError {
    const text = message.replace(/^read (tcp|unix) /, 'write $1 ').replace(': read: ', ': write: ')
    return new ConnectionError(code, 'write', text, cause)
  }

  #closedError(): ConnectionError {
    const message = `write ${this.#network} ${this.endpoints}: use of closed network connection`
    return new ConnectionError('ERR_CLOSED', 'write', message)
  }
}

function deliverMissed(connection: Connection): void {
  connection.deliverMissed()
}

function handshakeSent(connection: Connection): void {
  connection.handshakeSent()
}

function destroyStream(stream: Socket): void {
  stream.destroy()
}
