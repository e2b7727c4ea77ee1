/**
 * Makes a socket of Node belong to a virtual user.
 *
 * A VU's turn is one macrotask, and what Node's streams do with `nextTick` and promises happens within it. So a `net.Socket` works in a
 * VU without changes, except where the system calls it. These calls become tasks of the VU:
 *
 *   bytes and the peer's FIN           ─► push()
 *   a failure of the connection        ─► destroy(error)
 *   connected, closed, timed out, …    ─► emit()
 *   written, shut down                 ─► the callbacks of _write(), _writev() and _final()
 *
 * The classes of sockets are subclasses of Node's that override these methods, so states, events and their order are Node's. An Edge holds what belongs
 * to the VU. It is a property of the socket (EDGE) and no field of the class, because a `tls.TLSSocket` is made by Node and gets the prototype of our
 * class afterwards.
 */
import type { Socket } from 'node:net'
import type { Traffic } from '../net/connection.js'
import { type CallSite, calledAt } from '../vu/call-site.js'
import { Lease, type Leased, type Revocation } from '../vu/lease.js'
import type { Task, VirtualUser } from '../vu/virtual-user.js'
import { withContext } from './async-context.js'
import type { NodeSocketMetrics } from './socket-metrics.js'

export const EDGE: unique symbol = Symbol('edge')

type Callback = (error?: Error | null) => void
type Chunks = { chunk: unknown; encoding: BufferEncoding }[]

/** The part of Node's stream handle that is used here. */
interface StreamHandle {
  bytesRead: number
  bytesWritten: number
  /** Bytes that the kernel has not accepted yet. */
  writeQueueSize?: number
  close(): void
}

export type EdgedSocket = Socket & { [EDGE]?: Edge; _handle: StreamHandle | null }

/** What a socket needs to belong to a VU. */
export class Edge implements Leased {
  vu: VirtualUser
  readonly socket: EdgedSocket
  readonly metrics: NodeSocketMetrics
  /** The edge of the TLS socket on top of this one; null without TLS. */
  upper: Edge | null = null
  /** The edge of the socket below this TLS socket, which is the connection; null otherwise. */
  below: Edge | null = null
  /** Where the script called connect(); null when the socket is connected or has failed. */
  site: CallSite | null = null
  /** True when no JavaScript of the VU may run for this socket any more. */
  isAborted = false
  /** True inside _write(): a callback that comes now does not come from the system. */
  isWriting = false
  /** The result of the last push(); null while its task waits. */
  pushed: boolean | null = null
  #lease: Lease | null = null
  #isReferenced = true
  #sent = 0
  #received = 0
  #sentTaken = 0
  #receivedTaken = 0
  #callback: Callback | null = null
  #settle: Callback | null = null

  constructor(vu: VirtualUser, socket: EdgedSocket, metrics: NodeSocketMetrics) {
    this.vu = vu
    this.socket = socket
    this.metrics = metrics
  }

  /** The socket begins to connect: from here to its close it belongs to the VU, and holds its iteration unless unref() was called. */
  open(): void {
    if (this.#lease !== null) return
    this.isAborted = false
    this.#sent = this.#received = this.#sentTaken = this.#receivedTaken = 0
    this.#lease = new Lease(this.vu, this, this.vu.shard.settings.keepConnections ? 'vu' : 'work')
    if (!this.#isReferenced) this.#lease.release()
  }

  connected(): void {
    this.site = null
    this.metrics.connected()
  }

  /** An error of connecting comes from Node's event loop, with no frame of the script: it gets the stack of the script's call. */
  explain(error: Error | null): void {
    const { site } = this
    this.site = null
    if (site !== null && error !== null && 'syscall' in error) calledAt(error, site)
  }

  /** The `close` event has been delivered. */
  closed(): void {
    this.#lease?.end()
    this.#lease = null
  }

  ref(): void {
    if (this.below !== null) return this.below.ref()
    if (this.#isReferenced) return
    this.#isReferenced = true
    if (this.#lease?.term === 'work') this.#lease.hold()
  }

  unref(): void {
    if (this.below !== null) return this.below.unref()
    if (!this.#isReferenced) return
    this.#isReferenced = false
    this.#lease?.release()
  }

  /** Runs a task of the VU: now, or when the VU is free. Between runs it waits for the next run, if the connection is kept until then. */
  dispatch<A, B>(task: Task<A, B>, a: A, b: B): void {
    const lease = this.below === null ? this.#lease : this.below.#lease
    const inContext = withContext(task)
    if (this.vu.isActive || lease === null) this.vu.dispatch(inContext, a, b)
    else lease.post(inContext, a, b)
  }

  /** The wrapper of a callback of _write(). It is kept, because Node passes the same function each time. */
  callback(callback: Callback): Callback {
    if (this.#callback !== callback) {
      this.#callback = callback
      this.#settle = this.settling(callback)
    }
    return this.#settle as Callback
  }

  /** Wraps a callback of Node: when the system calls it, it runs as a task of the VU. */
  settling(callback: Callback): Callback {
    return (error) => {
      if (this.isWriting || this.vu.shard.isExecuting) callback(error)
      else if (!this.isAborted) this.dispatch(callBack, callback, error)
    }
  }

  takeTraffic(): Traffic {
    if (this.socket._handle !== null) this.readCounters(this.socket._handle)
    const traffic = { sent: this.#sent - this.#sentTaken, received: this.#received - this.#receivedTaken }
    this.#sentTaken = this.#sent
    this.#receivedTaken = this.#received
    return traffic
  }

  /** Reads the bytes of the handle. They are lost when it is closed. */
  readCounters(handle: StreamHandle): void {
    this.#sent = handle.bytesWritten - (handle.writeQueueSize ?? 0)
    this.#received = handle.bytesRead
  }

  revoked(reason: Revocation): void {
    if (reason === 'failed') {
      // The failed run is ending; libraries may still get the events of this.
      this.socket.destroy()
      return
    }
    this.metrics.closed()
    const handle = this.socket._handle
    if (handle !== null) this.readCounters(handle)
    this.#lease = null
    for (let edge: Edge | null = this; edge !== null; edge = edge.upper) edge.silence()
    handle?.close()
  }

  /** Makes the socket a destroyed one that emits nothing. */
  silence(): void {
    this.isAborted = true
    const { socket } = this
    const states = socket as unknown as Record<'_readableState' | '_writableState', { destroyed: boolean }>
    states._readableState.destroyed = true
    states._writableState.destroyed = true
    socket.setTimeout(0)
    socket._handle = null
  }
}

/** The methods that are overridden. Node's types list the arguments of each event; here they are passed on as they are. */
interface StreamMethods {
  emit(event: string | symbol, ...args: unknown[]): boolean
  push(chunk: unknown, encoding?: BufferEncoding): boolean
  destroy(error?: Error): this
  _write(chunk: unknown, encoding: BufferEncoding, callback: Callback): void
  _writev(chunks: Chunks, callback: Callback): void
  _final(callback: Callback): void
  _destroy(error: Error | null, callback: Callback): void
  ref(): this
  unref(): this
  _handle: StreamHandle | null
}

type SocketClass = new (...args: any[]) => Socket

/** Events that Node emits when the system has called it. All other events are emitted inside a turn of the VU. */
const FROM_SYSTEM: ReadonlySet<unknown> = new Set([
  'OCSPResponse',
  'close',
  'connect',
  'keylog',
  'ready',
  'secure',
  'session',
  'timeout',
])

/** A subclass whose sockets belong to a VU. Until a socket has its EDGE it behaves as one of Node's. */
export function withEdges(base: SocketClass): SocketClass {
  const Base = base as unknown as new (...args: any[]) => StreamMethods
  class EdgedStream extends Base {
    declare [EDGE]?: Edge

    /** Hot. */
    override emit(event: string | symbol, ...args: unknown[]): boolean {
      const edge = this[EDGE]
      if (edge === undefined) return super.emit(event, ...args)
      if (edge.isAborted) return false
      if (!FROM_SYSTEM.has(event)) return super.emit(event, ...args)
      if (edge.vu.shard.isExecuting) return this.emitNow(event, args)
      if (event === 'connect') edge.connected()
      else if (event === 'timeout') edge.metrics.timedOut()
      edge.dispatch(emitTask, this, [event, ...args])
      return true
    }

    emitNow(event: string | symbol, args: unknown[]): boolean {
      if (event !== 'close') return super.emit(event, ...args)
      try {
        return super.emit(event, ...args)
      } finally {
        this[EDGE]?.closed()
      }
    }

    /** Hot: once per read. False while the VU is busy: then Node stops reading until the task has run. */
    override push(chunk: any, encoding?: BufferEncoding): boolean {
      const edge = this[EDGE]
      if (edge === undefined || edge.vu.shard.isExecuting) return super.push(chunk, encoding)
      if (edge.isAborted) return false
      if (chunk !== null) edge.metrics.countRead()
      edge.pushed = null
      edge.dispatch(pushTask, this, chunk)
      return edge.pushed ?? false
    }

    pushNow(chunk: any): void {
      const edge = this[EDGE] as Edge
      if (!edge.isAborted) edge.pushed = super.push(chunk)
    }

    override destroy(error?: Error): this {
      const edge = this[EDGE]
      if (edge === undefined || edge.vu.shard.isExecuting || !isFromSystem(error)) return super.destroy(error)
      if (!edge.isAborted) edge.dispatch(destroyTask, this, error)
      return this
    }

    destroyNow(error?: Error): void {
      super.destroy(error)
    }

    override _write(chunk: any, encoding: BufferEncoding, callback: Callback): void {
      const edge = this[EDGE]
      if (edge === undefined) return super._write(chunk, encoding, callback)
      edge.metrics.countWrite()
      edge.isWriting = true
      super._write(chunk, encoding, edge.callback(callback))
      edge.isWriting = false
    }

    override _writev(chunks: Chunks, callback: Callback): void {
      const edge = this[EDGE]
      if (edge === undefined) return super._writev(chunks, callback)
      edge.metrics.countWrite()
      edge.isWriting = true
      super._writev(chunks, edge.callback(callback))
      edge.isWriting = false
    }

    override _final(callback: Callback): void {
      const edge = this[EDGE]
      if (edge === undefined) return super._final(callback)
      edge.isWriting = true
      super._final(edge.settling(callback))
      edge.isWriting = false
    }

    override _destroy(error: Error | null, callback: Callback): void {
      const edge = this[EDGE]
      if (edge !== undefined) {
        edge.explain(error)
        edge.metrics.closed(error)
        // The handle of a TLS socket counts decrypted bytes, not those of the connection.
        if (this._handle !== null && edge.below === null) edge.readCounters(this._handle)
      }
      super._destroy(error, callback)
    }

    override ref(): this {
      this[EDGE]?.ref()
      return super.ref()
    }

    override unref(): this {
      this[EDGE]?.unref()
      return super.unref()
    }
  }
  return EdgedStream as unknown as SocketClass
}

/** Errors of the system and of TLS have a code. The script may make such errors, too, but it destroys sockets only inside its turns. */
function isFromSystem(error: unknown): boolean {
  return error instanceof Error && 'code' in error
}

interface Emitting {
  emitNow(event: string | symbol, args: unknown[]): boolean
}

interface Pushing {
  pushNow(chunk: unknown): void
}

interface Destroying {
  destroyNow(error: Error | undefined): void
}

function emitTask(socket: Emitting, [event, ...args]: [string | symbol, ...unknown[]]): void {
  socket.emitNow(event, args)
}

function pushTask(socket: Pushing, chunk: unknown): void {
  socket.pushNow(chunk)
}

function destroyTask(socket: Destroying, error: Error | undefined): void {
  socket.destroyNow(error)
}

/** A task of the VU: calls back what waits for a write or for the end of a stream. */
export function callBack(callback: Callback, error: Error | null | undefined): void {
  callback(error)
}
