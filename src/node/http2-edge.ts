/**
 * Makes an HTTP/2 session of Node belong to a virtual user. What the server sends comes with the bytes of the connection, which is in a turn of the VU.
 * But Node emits the end of a write and of a session from immediates of its own, outside of the VU's turns. So these become tasks of the VU:
 *
 *   events of the session and its streams                           ─► emit()
 *   written, shut down                                              ─► the callbacks of _write(), _writev() and _final()
 *   `connect`, which the session would emit before it is connected  ─► emitted when it is connected
 *
 * The session holds the iteration of its VU until its `close`, unless unref() was called.
 */
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Traffic } from '../net/connection.js'
import { Lease, type Leased, type Revocation } from '../vu/lease.js'
import type { Task, VirtualUser } from '../vu/virtual-user.js'
import { withContext } from './async-context.js'
import { callBack, type EdgedSocket } from './edge.js'

type Callback = (error?: Error | null) => void
type Emit = (...args: unknown[]) => boolean
type Chunks = { chunk: unknown; encoding: BufferEncoding }[]

/** A session has no traffic of its own: its connection counts the bytes. */
const NO_TRAFFIC: Traffic = { sent: 0, received: 0 }

export class Http2Edge implements Leased {
  readonly vu: VirtualUser
  isAborted = false
  /** Whether the connection is open, its TLS handshake included. */
  isOpen: boolean
  readonly #session: ClientHttp2Session
  readonly #socket: EdgedSocket
  readonly #emit: Emit
  /** The arguments of a `connect` event that waits for the connection. */
  #connect: unknown[] | null = null
  #lease: Lease | null
  #isReferenced = true

  constructor(vu: VirtualUser, session: ClientHttp2Session, socket: EdgedSocket) {
    this.vu = vu
    this.#session = session
    this.#socket = socket
    this.#emit = session.emit.bind(session) as Emit
    this.#lease = new Lease(vu, this, vu.shard.settings.keepConnections ? 'vu' : 'work')
    const tls = socket as Socket as TLSSocket
    const isSecure = tls.encrypted === true
    this.isOpen = !socket.connecting && !(isSecure && tls.getProtocol() === null)
    if (!this.isOpen) socket.once(isSecure ? 'secureConnect' : 'connect', () => this.#opened())
  }

  #opened(): void {
    this.isOpen = true
    if (this.#connect !== null) this.emit('connect', this.#connect)
  }

  /** Whether this is a turn of the VU; its ticks and promises belong to it. */
  get isInTurn(): boolean {
    return this.vu.shard.isExecuting || this.vu.shard.current === this.vu
  }

  dispatch<A, B>(task: Task<A, B>, a: A, b: B): void {
    const inContext = withContext(task)
    if (this.vu.isActive || this.#lease === null) this.vu.dispatch(inContext, a, b)
    else this.#lease.post(inContext, a, b)
  }

  /** Delivers an event of the session in a task of the VU. */
  emit(event: string, args: unknown[]): boolean {
    if (this.isAborted) return false
    if (event === 'connect' && !this.isOpen) {
      this.#connect = args
      return true
    }
    if (this.isInTurn) return this.#emitNow(event, args)
    this.dispatch(emitOfSession, this, [event, ...args])
    return true
  }

  emitTold([event, ...args]: [string, ...unknown[]]): void {
    this.#emitNow(event, args)
  }

  #emitNow(event: string, args: unknown[]): boolean {
    if (event !== 'close') return this.#emit(event, ...args)
    try {
      return this.#emit(event, ...args)
    } finally {
      this.#lease?.end()
      this.#lease = null
    }
  }

  settling(callback: Callback): Callback {
    return (error) => {
      if (this.isInTurn) callback(error)
      else if (!this.isAborted) this.dispatch(callBack, callback, error)
    }
  }

  ref(): void {
    this.#socket.ref()
    if (!this.#isReferenced && this.#lease?.term === 'work') this.#lease.hold()
    this.#isReferenced = true
  }

  unref(): void {
    this.#socket.unref()
    if (this.#isReferenced) this.#lease?.release()
    this.#isReferenced = false
  }

  revoked(reason: Revocation): void {
    if (reason !== 'failed') this.isAborted = true
    this.#session.destroy()
  }

  takeTraffic(): Traffic {
    return NO_TRAFFIC
  }
}

function emitOfSession(edge: Http2Edge, args: [string, ...unknown[]]): void {
  edge.emitTold(args)
}

interface StreamMethods {
  emit(event: string | symbol, ...args: unknown[]): boolean
  _write(chunk: unknown, encoding: BufferEncoding, callback: Callback): void
  _writev(chunks: Chunks, callback: Callback): void
  _final(callback: Callback): void
}

const OF_SESSION: unique symbol = Symbol('edge of the session')

type Edged = StreamMethods & { [OF_SESSION]: Http2Edge }
type StreamClass = new (...args: never[]) => Edged

/** The class of streams that belong to a VU, made when the first stream is there: Node does not export its class. */
let edgedClass: StreamClass | undefined

/** Node makes the streams of a session. Each gets the prototype of our class afterwards. */
export function withStreamEdges(stream: ClientHttp2Stream, edge: Http2Edge): void {
  edgedClass ??= edged(Object.getPrototypeOf(stream).constructor as StreamClass)
  Object.defineProperty(stream, OF_SESSION, { value: edge })
  Object.setPrototypeOf(stream, edgedClass.prototype as object)
}

function edged(Base: StreamClass): StreamClass {
  class EdgedHttp2Stream extends (Base as new (...args: any[]) => Edged) {
    override emit(event: string | symbol, ...args: unknown[]): boolean {
      const edge = this[OF_SESSION]
      if (edge.isAborted) return false
      if (edge.isInTurn) return super.emit(event, ...args)
      edge.dispatch(emitOfStream, this, [event, ...args])
      return true
    }

    emitNow([event, ...args]: [string | symbol, ...unknown[]]): void {
      super.emit(event, ...args)
    }

    override _write(chunk: unknown, encoding: BufferEncoding, callback: Callback): void {
      super._write(chunk, encoding, this[OF_SESSION].settling(callback))
    }

    override _writev(chunks: Chunks, callback: Callback): void {
      super._writev(chunks, this[OF_SESSION].settling(callback))
    }

    override _final(callback: Callback): void {
      super._final(this[OF_SESSION].settling(callback))
    }
  }
  Object.defineProperty(EdgedHttp2Stream, 'name', { value: Base.name })
  return EdgedHttp2Stream
}

interface Emitting {
  emitNow(args: [string | symbol, ...unknown[]]): void
}

function emitOfStream(stream: Emitting, args: [string | symbol, ...unknown[]]): void {
  stream.emitNow(args)
}
