/**
 * What happens behind a `Socket`, where scripts cannot reach it: its states, its connection, and when its events are due.
 *
 * States
 *   disconnected ── connect() ──► opening ── established ──► open
 *   opening      ── failed ──► disconnected               (may be connected again)
 *   any          ── destroy(), peer FIN, read error, end of the iteration ──► destroyed
 *
 * Every event is a task of the VU. A promise is settled before the event of the same kind, for example that of connect() before `connect`. `connect` comes
 * before `data`, `error` before `close`, and `close` once, at the end.
 *
 * Source  docs/spec/sockets.md §1.4 to §1.8, §1.16
 */
import { placeInStack } from '../../base/errors.js'
import { withHint } from '../../log/error-hints.js'
import type { Connection, ConnectionListener, Traffic } from '../../net/connection.js'
import type { SocketLimits } from '../../net/limits.js'
import { Backlog } from '../../vu/backlog.js'
import { CallSite } from '../../vu/call-site.js'
import { conversionError } from '../../vu/host-error.js'
import { Lease, type Leased, type Revocation } from '../../vu/lease.js'
import type { Timer } from '../../vu/timer-queue.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { callLimits } from '../call-params.js'
import { type ConnectTarget, connectTarget, NO_TAGS, type TcpTags, writeData, writeOptions } from './arguments.js'
import { ConnectAttempt } from './connect-attempt.js'
import {
  emitClose,
  emitConnect,
  emitData,
  emitError,
  emitTimeout,
  FIELDS,
  type Listener,
  type SocketEvent,
} from './events.js'
import { TcpSocketMetrics } from './metrics.js'
import { PendingWrite } from './pending-write.js'
import type { SocketClass } from './socket.js'
import { TCPError } from './tcp-error.js'

const NO_TRAFFIC: Traffic = { sent: 0, received: 0 }

export type SocketState = 'disconnected' | 'opening' | 'open' | 'destroyed'

export class SocketCore implements ConnectionListener, Leased {
  readonly vu: VirtualUser
  /** The VU's class `Socket`, which is the value of `socket.constructor`. */
  readonly socketClass: SocketClass
  readonly metrics: TcpSocketMetrics
  /** The path of the group in which the script made the socket. Its listeners run in that group. */
  readonly group: string
  state: SocketState = 'disconnected'
  connection: Connection | null = null
  bytesWritten = 0
  bytesRead = 0
  /** One for each event, as on k6: another one takes its place. */
  readonly listeners: Record<SocketEvent, Listener | null> = {
    connect: null,
    data: null,
    close: null,
    error: null,
    timeout: null,
  }
  #attempt: ConnectAttempt | null = null
  /** Lasts from the first connect() until the `close` event, or until the attempt has failed. */
  #lease: Lease | null = null
  /** The last connection. It is kept after its close, for its traffic. */
  #lastConnection: Connection | null = null
  #lastAttempt: ConnectAttempt | null = null
  #openedAt = 0
  #backlog: Backlog | null = null
  #timeout = 0
  #timer: Timer | null = null
  #lastRead = 0
  /** The `close` event was delivered, or is being delivered. */
  isCloseFired = false
  /** The run that the socket belongs to is over: no event is delivered any more. */
  isAborted = false

  constructor(vu: VirtualUser, socketClass: SocketClass, tags: TcpTags) {
    this.vu = vu
    this.socketClass = socketClass
    this.metrics = new TcpSocketMetrics(vu, tags)
    this.group = vu.groupPath
  }

  /** `site`: where the script called. */
  connect(first: unknown, second: unknown, site: CallSite): Promise<void> {
    let target: ConnectTarget
    let limits: SocketLimits
    try {
      target = connectTarget(first, second)
      limits = limitsOf(this.vu, target)
      this.#assertConnectable()
    } catch (error) {
      return this.#reject(error as TCPError, NO_TAGS)
    }
    // The iteration has failed and is ending; a new connection would keep it from that.
    if (this.vu.isFailing) return Promise.reject(TCPError.during('connect', 'operation was canceled'))
    this.state = 'opening'
    this.metrics.setTarget(target)
    this.#lease ??= new Lease(this.vu, this)
    // Counts the bytes of an earlier attempt before they are forgotten.
    this.#lease.countTraffic()
    return new Promise((resolve, reject) => {
      this.#attempt = this.#lastAttempt = new ConnectAttempt(this, site, resolve, reject)
      this.#attempt.dial(target, limits)
      this.#restartTimeout()
    })
  }

  #assertConnectable(): void {
    if (this.state === 'destroyed') throw TCPError.during('connect', 'socket is destroyed')
    if (this.state === 'open') throw TCPError.during('connect', 'socket is already connected')
    if (this.state === 'opening') throw TCPError.during('connect', 'socket is already connecting')
  }

  /** Wrong arguments: the promise rejects, the error is counted and logged, and the `error` listener is called in a later turn. */
  #reject(error: TCPError, tags: TcpTags): Promise<never> {
    this.metrics.add('tcp_errors', 1, tags)
    this.logError(error, placeInStack(error.stack ?? ''))
    this.vu.post(emitError, this, error)
    return Promise.reject(error)
  }

  /** `place`: where the script called, `file:line:column`. */
  logError(error: TCPError, place = ''): void {
    const fields = { ...FIELDS, error: error.message, method: error.method }
    this.vu.shard.log.write('error', 'Handling TCP error', fields, { place })
  }

  /** The attempt succeeded. Runs as a task of the VU. */
  established(connection: Connection): void {
    this.#attempt = this.#lastAttempt = null
    this.connection = this.#lastConnection = connection
    this.#backlog = new Backlog(connection)
    this.state = 'open'
    this.#openedAt = this.vu.shard.clock.now()
    this.#restartTimeout()
    this.vu.post(emitConnect, this, undefined)
    connection.setListener(this)
  }

  /** The attempt failed. Runs as a task of the VU, after which the socket may connect again. */
  failed(error: TCPError, site: CallSite): void {
    this.#attempt = null
    this.state = 'disconnected'
    this.#stopTimeout()
    this.logError(error, site.place)
    this.vu.post(emitError, this, error)
    this.vu.post(endLease, this, undefined)
  }

  /** `from`: the method that the script called. */
  write(data: unknown, options: unknown, from: (...args: never[]) => unknown): Promise<void> {
    const { encoding, tags } = writeOptions(options)
    let bytes: Buffer | string
    try {
      bytes = writeData(data, encoding)
    } catch (error) {
      return this.#reject(error as TCPError, tags)
    }
    const { connection } = this
    if (connection === null || this.state !== 'open') {
      return Promise.reject(this.#notConnected())
    }
    const size = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length
    if (connection.writeNow(bytes, size)) {
      this.bytesWritten += size
      this.metrics.countWrite(tags)
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      connection.whenWritten(size, new PendingWrite(this, new CallSite(from), size, tags, resolve, reject).done)
    })
  }

  #notConnected(): TCPError {
    const error = TCPError.ofTransport('no active connection')
    return this.state === 'destroyed' ? error : withHint(error, 'await socket.connect(…) before writing')
  }

  destroy(): void {
    if (this.state === 'destroyed') return
    const attempt = this.#attempt
    this.#attempt = null
    this.#shutDown()
    attempt?.cancel(TCPError.during('connect', 'socket destroyed before connection was established'))
    this.vu.post(emitClose, this, undefined)
  }

  /** Closes the connection, after destroy() or because the server has ended it. */
  #shutDown(): void {
    const { connection } = this
    this.state = 'destroyed'
    this.connection = null
    this.#stopTimeout()
    this.#backlog?.end()
    if (connection === null) return
    this.metrics.add('tcp_socket_duration', this.vu.shard.clock.now() - this.#openedAt)
    connection.destroy()
  }

  takeTraffic(): Traffic {
    return this.#lastConnection?.takeTraffic() ?? this.#lastAttempt?.takeTraffic() ?? NO_TRAFFIC
  }

  /** Holds the iteration until the kernel has accepted the write. */
  writeBegan(): void {
    this.#lease?.hold()
  }

  writeEnded(): void {
    this.#lease?.release()
  }

  setTimeout(ms: number): void {
    this.#timeout = ms
    this.#restartTimeout()
  }

  /** The timeout counts while the socket connects, and again from the moment that it is open. */
  #restartTimeout(): void {
    this.#stopTimeout()
    if (this.#timeout === 0 || !this.#canTimeOut) return
    this.#lastRead = this.vu.shard.clock.now()
    this.#armTimeout()
  }

  get #canTimeOut(): boolean {
    return this.state === 'open' || this.state === 'opening'
  }

  #armTimeout(): void {
    if (this.#timeout > 0) this.#timer = this.vu.shard.timers.at(this.#lastRead + this.#timeout, timeoutDue, this)
  }

  #stopTimeout(): void {
    if (this.#timer !== null) this.vu.shard.timers.cancel(this.#timer)
    this.#timer = null
  }

  /** Called by the timer. A read only stores its time, so this compares that time with the period. */
  timeoutDue(): void {
    this.#timer = null
    if (!this.#canTimeOut) return
    const now = this.vu.shard.clock.now()
    if (this.#backlog?.isFull) {
      // The VU itself has stopped reading, so it is not the server that is silent.
      this.#lastRead = now
    } else if (now >= this.#lastRead + this.#timeout) {
      this.metrics.add('tcp_timeouts', 1)
      this.vu.post(emitTimeout, this, undefined)
      this.#lastRead = now
    }
    this.#armTimeout()
  }

  on(event: unknown, listener: unknown): void {
    if (!isEvent(event, this.listeners)) {
      this.vu.shard.log.warning('Unknown event type', { ...FIELDS, event: String(event) })
      return
    }
    const isEmpty = listener === undefined || listener === null
    if (!isEmpty && typeof listener !== 'function') throw conversionError(1, listener, 'a function')
    if (this.listeners[event] !== null && !isEmpty) {
      this.vu.shard.log.warning('Event handler already registered, overriding', { ...FIELDS, event })
    }
    this.listeners[event] = isEmpty ? null : (listener as Listener)
  }

  /** Hot path. */
  onData(chunk: Buffer): void {
    if (this.state !== 'open') return
    this.bytesRead += chunk.length
    if (this.#timeout > 0) this.#lastRead = this.vu.shard.clock.now()
    this.metrics.countRead()
    if (this.listeners.data === null) return
    this.#backlog?.add(chunk.length)
    this.vu.dispatch(emitData, this, new Uint8Array(chunk))
  }

  /** Hot. The task of a chunk has begun. */
  dataTaken(chunk: Uint8Array): void {
    this.#backlog?.taken(chunk.length)
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

  /** The server has ended or reset the connection. A task: all data that came before has been delivered. */
  closedByPeer(error: TCPError | null): void {
    if (this.state !== 'open') return
    this.#shutDown()
    if (error !== null) {
      this.metrics.add('tcp_errors', 1)
      this.logError(error)
      this.vu.post(emitError, this, error)
    }
    this.vu.post(emitClose, this, undefined)
  }

  /** The `close` event is being delivered; from now on the socket does not hold the iteration. */
  closed(): void {
    this.isCloseFired = true
    this.endLease()
  }

  endLease(): void {
    if (this.state === 'open' || this.state === 'opening') return
    this.#lease?.end()
    this.#lease = null
  }

  revoked(_reason: Revocation): void {
    this.isAborted = true
    this.state = 'destroyed'
    this.connection?.destroy()
    this.connection = null
    this.#backlog?.end()
    this.#stopTimeout()
    this.#attempt?.abandon()
    this.#attempt = null
    this.endLease()
  }
}

/** Throws a TCPError. */
function limitsOf(vu: VirtualUser, { options }: ConnectTarget): SocketLimits {
  try {
    return callLimits(vu, options)
  } catch (error) {
    throw TCPError.during('connect', (error as Error).message)
  }
}

function isEvent(event: unknown, listeners: object): event is SocketEvent {
  return typeof event === 'string' && Object.hasOwn(listeners, event)
}

function endLease(socket: SocketCore): void {
  socket.endLease()
}

function closedByPeer(socket: SocketCore, error: TCPError | null): void {
  socket.closedByPeer(error)
}

function timeoutDue(socket: SocketCore): void {
  socket.timeoutDue()
}
