/**
 * A Connection as the Duplex stream that libraries expect of a socket. What happens on the connection reaches the stream, and
 * with it the library, in tasks of the owner.
 *
 * Reading    what waits for the owner's tasks and what waits in the stream are bounded by highWaterMark each; then the connection
 *            reads no more until the library has read
 * Writing    a write is done when the kernel has accepted it; write() returns false while highWaterMark bytes wait
 * Ending     the peer's FIN is 'end'; without allowHalfOpen (the default, as in net.Socket) this side then ends, too
 * Errors     Node's own, with code, errno and syscall
 */
import { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Connection, ConnectionListener } from './connection.js'
import type { ConnectionError } from './errors.js'

export interface DuplexOptions {
  /**
   * Runs the function as a task of the owner: later, in call order, each once. A VU that runs nothing any more need not run
   * them; it then destroys the connection itself.
   */
  readonly post: (task: () => void) => void
  readonly allowHalfOpen?: boolean
  readonly highWaterMark?: number
}

type Callback = (error?: Error | null) => void

const HIGH_WATER_MARK = 64 * 1024

export class ConnectionDuplex extends Duplex implements ConnectionListener {
  readonly connection: Connection
  readonly connecting = false
  readonly pending = false
  bytesRead = 0
  bytesWritten = 0
  readonly #post: (task: () => void) => void
  /** Bytes that have been posted and not yet pushed. */
  #posted = 0
  #isStreamFull = false
  readonly #highWaterMark: number
  #hasEnded = false
  #isClosed = false
  #destroyDone: (() => void) | null = null

  constructor(connection: Connection, options: DuplexOptions) {
    const { allowHalfOpen = false, highWaterMark = HIGH_WATER_MARK } = options
    super({ allowHalfOpen, highWaterMark, decodeStrings: true, emitClose: true, autoDestroy: true })
    this.connection = connection
    this.#post = options.post
    this.#highWaterMark = highWaterMark
    connection.setListener(this)
  }

  get localAddress(): string {
    return this.connection.localAddress
  }

  get localPort(): number {
    return this.connection.localPort
  }

  get remoteAddress(): string {
    return this.connection.remoteAddress
  }

  get remotePort(): number {
    return this.connection.remotePort
  }

  get remoteFamily(): 'IPv4' | 'IPv6' {
    return this.connection.remoteAddress.includes(':') ? 'IPv6' : 'IPv4'
  }

  get encrypted(): boolean {
    return this.connection.encrypted
  }

  /** As TLSSocket has it: false when nothing was agreed on. */
  get alpnProtocol(): string | false {
    return this.connection.alpnProtocol || false
  }

  /** Only to be asked about certificate and cipher. */
  get tlsSocket(): TLSSocket | null {
    return this.connection.tlsSocket
  }

  /** Nagle's algorithm is off and keep-alive on for every connection; nothing here keeps the process alive. */
  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  // ---- called by the connection -------------------------------------------------------------------------------

  onData(chunk: Buffer): void {
    const bytes = Buffer.from(chunk)
    this.bytesRead += bytes.length
    this.#posted += bytes.length
    if (this.#posted >= this.#highWaterMark) this.connection.pause()
    this.#post(() => this.#push(bytes))
  }

  onEnd(): void {
    this.#post(() => {
      this.#hasEnded = true
      if (!this.destroyed) this.push(null)
    })
  }

  onError(error: ConnectionError): void {
    const cause = error.cause instanceof Error ? error.cause : error
    this.#post(() => this.destroy(cause))
  }

  onClose(): void {
    this.#isClosed = true
    this.#post(() => {
      if (this.#destroyDone !== null) this.#destroyDone()
      else this.#peerGone()
    })
  }

  /** Closed without an error, and not by us. What came before the peer's FIN is still the reader's. */
  #peerGone(): void {
    if (this.#hasEnded && !this.readableEnded) this.once('end', () => this.destroy())
    else this.destroy()
  }

  #push(bytes: Buffer): void {
    this.#posted -= bytes.length
    if (this.destroyed) return
    this.#isStreamFull = !this.push(bytes)
    this.#resumeIfWanted()
  }

  #resumeIfWanted(): void {
    if (this.#isStreamFull) this.connection.pause()
    else if (this.#posted < this.#highWaterMark) this.connection.resume()
  }

  // ---- called by the stream -----------------------------------------------------------------------------------

  override _read(): void {
    this.#isStreamFull = false
    this.#resumeIfWanted()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.connection.write(chunk, (error, bytes) => this.#written(error, bytes, callback))
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], callback: Callback): void {
    const { connection } = this
    connection.cork()
    const last = chunks.length - 1
    let bytesBefore = 0
    for (let i = 0; i < last; i++) {
      bytesBefore += chunks[i]!.chunk.length
      connection.write(chunks[i]!.chunk)
    }
    connection.write(chunks[last]!.chunk, (error, bytes) =>
      this.#written(error, error === null ? bytesBefore + bytes : 0, callback),
    )
    connection.uncork()
  }

  #written(error: ConnectionError | null, bytes: number, callback: Callback): void {
    this.bytesWritten += bytes
    this.#post(() => callback(error === null ? null : nodeError(error)))
  }

  override _final(callback: Callback): void {
    this.connection.end()
    callback()
  }

  override _destroy(error: Error | null, callback: Callback): void {
    if (this.#isClosed) {
      callback(error)
      return
    }
    this.#destroyDone = () => callback(error)
    this.connection.destroy()
  }
}

/** A write that this side's close cut off is told as Node tells it. */
function nodeError(error: ConnectionError): Error {
  if (error.cause instanceof Error) return error.cause
  return Object.assign(new Error('write ECANCELED'), { code: 'ECANCELED', syscall: 'write' })
}
