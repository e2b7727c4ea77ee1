/**
 * `Socket` of `k6/x/tcp`.
 *
 * States
 *   disconnected ── connect() ──► opening ── established ──► open
 *   opening      ── failed ──► disconnected               (may be connected again)
 *   any          ── destroy(), peer FIN, read error, end of the iteration ──► destroyed
 *
 * Every event and every settled promise is a task of the VU, in this order: promise reactions, then the event in a later turn;
 * `data` in byte order after `connect`; `error` before `close`; `close` last and once.
 *
 * Source  reference/sockets.md §1
 */
import type { Connection, ConnectionListener } from '../../net/connection.js'
import { conversionError, HostError } from '../../vu/host-error.js'
import type { Twin } from '../../vu/pause.js'
import type { Timer } from '../../vu/timer-queue.js'
import { callScript, type HoldToken, type Resource, type VirtualUser } from '../../vu/virtual-user.js'
import { type ConnectTarget, connectTarget, socketTags, timeoutOf, writeData, writeOptions } from './arguments.js'
import { ConnectAttempt } from './connect-attempt.js'
import { SocketMetrics } from './metrics.js'
import { TCPError } from './tcp-error.js'

export type SocketState = 'disconnected' | 'opening' | 'open' | 'destroyed'
type SocketEvent = 'connect' | 'data' | 'close' | 'error' | 'timeout'
type Listener = (...args: never[]) => unknown

const FIELDS = { module: 'tcp' }

/** Each VU's `Socket` class extends this one with the VU filled in. */
export class TcpSocket {
  // Own, enumerable methods, bound to the socket, as scripts find them on k6.
  readonly connect: (first?: unknown, second?: unknown) => Promise<void>
  readonly write: (data?: unknown, options?: unknown) => Promise<void>
  readonly destroy: () => void
  readonly setTimeout: (ms?: unknown) => this
  readonly on: (event?: unknown, listener?: unknown) => void
  readonly #core: SocketCore

  constructor(vu: VirtualUser, options: unknown) {
    if (vu.phase === 'init') throw new HostError('using TCP sockets in the init context is not supported')
    const core = new SocketCore(vu, socketTags(options))
    this.#core = core
    this.connect = (first, second) => core.connect(first, second)
    this.write = (data, writeOptions) => core.write(data, writeOptions)
    this.destroy = () => core.destroy()
    this.setTimeout = (ms) => {
      core.setTimeout(timeoutOf(ms))
      return this
    }
    this.on = (event, listener) => core.on(event, listener)
  }

  static {
    const readOnly = (name: string, get: (core: SocketCore) => unknown): void => {
      Object.defineProperty(TcpSocket.prototype, name, {
        get(this: TcpSocket) {
          return get(this.#core)
        },
        set() {
          throw new TypeError(`Cannot assign to read only property '${name}'`)
        },
        configurable: false,
        enumerable: false,
      })
    }
    readOnly('ready_state', (core) => core.state)
    readOnly('connected', (core) => core.state === 'open')
    readOnly('local_ip', (core) => core.connection?.localAddress)
    readOnly('local_port', (core) => core.connection?.localPort)
    readOnly('remote_ip', (core) => core.connection?.remoteAddress)
    readOnly('remote_port', (core) => core.connection?.remotePort)
    readOnly('bytes_written', (core) => core.bytesWritten)
    readOnly('bytes_read', (core) => core.bytesRead)
  }
}

/** What happens behind a socket object; scripts cannot reach it. */
export class SocketCore implements ConnectionListener, Resource {
  readonly vu: VirtualUser
  readonly metrics: SocketMetrics
  state: SocketState = 'disconnected'
  connection: Connection | null = null
  bytesWritten = 0
  bytesRead = 0
  #attempt: ConnectAttempt | null = null
  #hold: HoldToken | null = null
  #pendingWrites = 0
  #openedAt = 0
  #timeout = 0
  #timer: Timer | null = null
  #lastRead = 0
  #isCloseFired = false
  /** The run that the socket belonged to is over: nothing is delivered any more. */
  #isAborted = false
  #onConnect: Listener | null = null
  #onData: Listener | null = null
  #onClose: Listener | null = null
  #onError: Listener | null = null
  #onTimeout: Listener | null = null

  constructor(vu: VirtualUser, tags: Readonly<Record<string, string>>) {
    this.vu = vu
    this.metrics = new SocketMetrics(vu, tags)
  }

  connect(first: unknown, second: unknown): Promise<void> {
    let target: ConnectTarget
    try {
      target = connectTarget(first, second)
      this.#assertConnectable()
    } catch (error) {
      return this.#reject(error as TCPError, {})
    }
    this.state = 'opening'
    this.metrics.setTarget(target)
    this.#hold ??= this.vu.hold()
    this.vu.addResource(this)
    return new Promise((resolve, reject) => {
      this.#attempt = new ConnectAttempt(this, resolve, reject)
      this.#attempt.dial(target)
    })
  }

  #assertConnectable(): void {
    if (this.state === 'destroyed') throw TCPError.during('connect', 'socket is destroyed')
    if (this.state === 'open') throw TCPError.during('connect', 'socket is already connected')
    if (this.state === 'opening') throw TCPError.during('connect', 'socket is already connecting')
  }

  /** A failure of validation: rejected, counted, and told to the error listener in a later turn. */
  #reject(error: TCPError, tags: Readonly<Record<string, string>>): Promise<never> {
    this.reportError(error, tags)
    this.vu.post(emitError, this, error)
    return Promise.reject(error)
  }

  reportError(error: TCPError, tags: Readonly<Record<string, string>> = {}): void {
    this.metrics.addTagged('tcp_errors', 1, tags)
    this.vu.shard.log.error('Handling TCP error', { ...FIELDS, error: error.message, method: error.method })
  }

  /** The attempt succeeded. Runs as a task of the VU. */
  established(connection: Connection): void {
    this.#attempt = null
    this.connection = connection
    this.state = 'open'
    this.#openedAt = this.#lastRead = this.vu.shard.clock.now()
    this.metrics.add('tcp_sockets', 1)
    this.#armTimeout()
    this.vu.post(emitConnect, this, undefined)
    connection.setListener(this)
  }

  /** The attempt failed. Runs as a task of the VU, after which the socket may connect again. */
  failed(error: TCPError): void {
    this.#attempt = null
    this.state = 'disconnected'
    this.vu.removeResource(this)
    this.reportError(error)
    this.vu.post(emitError, this, error)
    this.vu.post(releaseHold, this, undefined)
  }

  write(data: unknown, options: unknown): Promise<void> {
    const { encoding, tags } = writeOptions(options)
    let bytes: Buffer | string
    try {
      bytes = writeData(data, encoding)
    } catch (error) {
      return this.#reject(error as TCPError, tags)
    }
    const { connection } = this
    if (connection === null || this.state !== 'open') {
      return Promise.reject(TCPError.ofTransport('no active connection'))
    }
    const size = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length
    return new Promise((resolve, reject) => {
      const hold = this.vu.hold()
      this.#pendingWrites++
      connection.write(bytes, (error, written) => {
        if (this.#isAborted) return
        this.#pendingWrites--
        if (error === null) {
          this.bytesWritten += size
          this.#countWrite(tags)
          this.vu.dispatch(settle, resolve, undefined)
        } else {
          this.#countWrite(tags)
          if (written > 0 && written < size) this.metrics.addTagged('tcp_partial_writes', 1, tags)
          this.vu.shard.log.error('TCP write failed', { ...FIELDS, error: error.message })
          const failure = TCPError.ofTransport(`failed to write data after ${written} bytes: ${error.message}`)
          this.vu.post(settle, reject as (value: unknown) => void, failure)
        }
        this.vu.release(hold)
      })
    })
  }

  #countWrite(tags: Readonly<Record<string, string>>): void {
    for (const _ in tags) return this.metrics.addTagged('tcp_writes', 1, tags)
    this.metrics.countWrite()
  }

  destroy(): void {
    if (this.state === 'destroyed') return
    const attempt = this.#attempt
    this.#attempt = null
    this.#shutDown()
    attempt?.cancel(TCPError.during('connect', 'socket destroyed before connection was established'))
    this.vu.post(emitClose, this, undefined)
  }

  /** Closes the connection, whoever asked for it. */
  #shutDown(): void {
    const { connection } = this
    this.state = 'destroyed'
    this.connection = null
    this.#stopTimeout()
    if (connection === null) return
    this.metrics.add('tcp_socket_duration', this.vu.shard.clock.now() - this.#openedAt)
    connection.destroy()
    this.countTraffic(connection)
  }

  countTraffic(connection: Connection): void {
    const { sent, received } = connection.takeTraffic()
    this.vu.bytesSent += sent
    this.vu.bytesReceived += received
  }

  setTimeout(ms: number): void {
    this.#timeout = ms
    this.#stopTimeout()
    if (this.state !== 'open') return
    this.#lastRead = this.vu.shard.clock.now()
    this.#armTimeout()
  }

  #armTimeout(): void {
    if (this.#timeout > 0) this.#timer = this.vu.shard.timers.at(this.#lastRead + this.#timeout, timeoutDue, this)
  }

  #stopTimeout(): void {
    if (this.#timer !== null) this.vu.shard.timers.cancel(this.#timer)
    this.#timer = null
  }

  /** Reads only note their time, so the timer finds out here whether the period really passed in silence. */
  timeoutDue(): void {
    this.#timer = null
    if (this.state !== 'open') return
    const now = this.vu.shard.clock.now()
    if (now >= this.#lastRead + this.#timeout) {
      this.metrics.add('tcp_timeouts', 1)
      this.vu.post(emitTimeout, this, undefined)
      this.#lastRead = now
    }
    this.#armTimeout()
  }

  on(event: unknown, listener: unknown): void {
    if (!isEvent(event)) {
      this.vu.shard.log.warning('Unknown event type', { ...FIELDS, event: String(event) })
      return
    }
    const isEmpty = listener === undefined || listener === null
    if (!isEmpty && typeof listener !== 'function') throw conversionError(1, listener, 'a function')
    if (this.listener(event) !== null && !isEmpty) {
      this.vu.shard.log.warning('Event handler already registered, overriding', { ...FIELDS, event })
    }
    const value = isEmpty ? null : (listener as Listener)
    if (event === 'data') this.#onData = value
    else if (event === 'connect') this.#onConnect = value
    else if (event === 'close') this.#onClose = value
    else if (event === 'error') this.#onError = value
    else this.#onTimeout = value
  }

  listener(event: SocketEvent): Listener | null {
    if (event === 'data') return this.#onData
    if (event === 'connect') return this.#onConnect
    if (event === 'close') return this.#onClose
    return event === 'error' ? this.#onError : this.#onTimeout
  }

  /** Hot path. */
  onData(chunk: Buffer): void {
    if (this.state !== 'open') return
    this.bytesRead += chunk.length
    if (this.#timeout > 0) this.#lastRead = this.vu.shard.clock.now()
    this.metrics.countRead()
    if (this.#onData !== null) this.vu.dispatch(emitData, this, new Uint8Array(chunk))
  }

  onEnd(): void {
    if (this.state === 'open') this.vu.dispatch(closedByPeer, this, null)
  }

  onError(error: Error): void {
    if (this.state === 'open') this.vu.dispatch(closedByPeer, this, TCPError.during('read', error.message))
  }

  onClose(): void {
    if (this.state === 'open') this.vu.dispatch(closedByPeer, this, null)
  }

  /** The peer ended or reset the connection; all data before that has been delivered. */
  closedByPeer(error: TCPError | null): void {
    if (this.state !== 'open') return
    this.#shutDown()
    if (error !== null) {
      this.reportError(error)
      this.vu.post(emitError, this, error)
    }
    this.vu.post(emitClose, this, undefined)
  }

  /** The `close` event is the last; after it the socket no longer holds the iteration. */
  closed(): void {
    this.#isCloseFired = true
    this.vu.removeResource(this)
    this.releaseHold()
  }

  get isCloseFired(): boolean {
    return this.#isCloseFired
  }

  releaseHold(): void {
    if (this.#hold === null || this.state === 'open' || this.state === 'opening') return
    this.vu.release(this.#hold)
    this.#hold = null
  }

  get isAborted(): boolean {
    return this.#isAborted
  }

  abort(reason: 'failed' | 'interrupted'): void {
    const { connection } = this
    this.#isAborted = true
    this.state = 'destroyed'
    this.connection = null
    this.#stopTimeout()
    this.#attempt?.abandon()
    this.#attempt = null
    if (connection !== null) {
      connection.destroy()
      this.countTraffic(connection)
    }
    if (reason === 'interrupted' || this.#hold === null) return
    const token = this.#hold
    this.#hold = null
    for (let holds = this.#pendingWrites + 1; holds > 0; holds--) this.vu.release(token)
    this.vu.removeResource(this)
  }
}

function isEvent(value: unknown): value is SocketEvent {
  return value === 'connect' || value === 'data' || value === 'close' || value === 'error' || value === 'timeout'
}

/** The last step of a promise: settled inside a task, so that its reactions belong to the VU's turn. */
function settle(resolveOrReject: (value: never) => void, value: unknown): void {
  resolveOrReject(value as never)
}

function emitData(socket: SocketCore, data: Uint8Array): Twin | undefined {
  if (socket.state !== 'open') return undefined
  const listener = socket.listener('data')
  return listener === null ? undefined : callScript(listener, undefined, [data])
}

function emitConnect(socket: SocketCore): Twin | undefined {
  const listener = socket.listener('connect')
  return listener === null || socket.state !== 'open' ? undefined : callScript(listener, undefined, [])
}

function emitTimeout(socket: SocketCore): Twin | undefined {
  const listener = socket.listener('timeout')
  return listener === null || socket.state !== 'open' ? undefined : callScript(listener, undefined, [])
}

function emitError(socket: SocketCore, error: TCPError): Twin | undefined {
  if (socket.isAborted) return undefined
  const listener = socket.listener('error')
  if (listener !== null) return callScript(listener, undefined, [error])
  if (error.method === 'read') {
    socket.vu.shard.log.error('error in error handler', { ...FIELDS, error: error.message })
  }
  return undefined
}

function emitClose(socket: SocketCore): Twin | undefined {
  if (socket.isAborted || socket.isCloseFired) return undefined
  socket.closed()
  const listener = socket.listener('close')
  return listener === null ? undefined : callScript(listener, undefined, [])
}

function releaseHold(socket: SocketCore): void {
  socket.releaseHold()
}

function closedByPeer(socket: SocketCore, error: TCPError | null): void {
  socket.closedByPeer(error)
}

function timeoutDue(socket: SocketCore): void {
  socket.timeoutDue()
}
