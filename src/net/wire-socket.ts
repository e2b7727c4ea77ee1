/**
 * The TCP socket below every connection: a net.Socket that reads into one buffer shared by the whole thread, hands its
 * events to an owner without a closure per connection, and counts the bytes on the wire. The only file that looks at
 * Node's socket handle.
 *
 * Buffers  plain sockets read into SHARED_BUFFER. libuv reads and Node calls back synchronously, so the bytes are
 *          whole for the length of one call and gone after it. 5,000 idle connections then cost no buffers at all.
 */
import { Socket, type SocketConstructorOpts } from 'node:net'

/** Who is told about a socket: first the dial, then the connection. Each method is called by the socket only. */
export interface SocketOwner {
  socketConnected(): void
  /** `chunk` is borrowed: valid during the call only. */
  socketData(chunk: Buffer): void
  socketEnded(): void
  socketFailed(error: Error): void
  socketClosed(): void
}

/** Takes the events of a socket that nobody waits for any more. */
export const NOBODY: SocketOwner = {
  socketConnected() {},
  socketData() {},
  socketEnded() {},
  socketFailed() {},
  socketClosed() {},
}

interface StreamHandle {
  /** Bytes given to the kernel or queued for it. */
  bytesWritten: number
  /** Bytes of those that the kernel has not accepted yet. */
  writeQueueSize?: number
}

/** What @types/node does not say: the constructor takes the connect options that concern the socket itself. */
type WireSocketOptions = SocketConstructorOpts & {
  noDelay: boolean
  keepAlive: boolean
  keepAliveInitialDelay: number
  onread?: { buffer: Uint8Array; callback(this: WireSocket, length: number, buffer: Uint8Array): boolean }
}

const SHARED_BUFFER = Buffer.allocUnsafeSlow(64 * 1024)

/** Message sizes repeat, so the last view usually fits again: then a read allocates nothing. */
let lastView = SHARED_BUFFER.subarray(0, 0)

/**
 * Peer FIN is an event, not the end of the connection: the owner decides, as in Go.
 *
 * The last three are what net.Socket adds to its copy of the options. When they are there before, all copies have one hidden class;
 * otherwise each has its own, which costs every constructor below 25 failed look-ups of properties: 15 µs per connection.
 */
const COMMON = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
  emitClose: false,
  autoDestroy: true,
  decodeStrings: false,
}
const READING_SHARED: WireSocketOptions = { ...COMMON, onread: { buffer: SHARED_BUFFER, callback: onRead } }
const READ_BY_TLS: WireSocketOptions = COMMON

export class WireSocket extends Socket {
  owner: SocketOwner
  #acceptedAtClose = 0

  /** `underTls`: the bytes are for a TLS socket on top, which reads by itself. */
  constructor(owner: SocketOwner, underTls: boolean) {
    super((underTls ? READ_BY_TLS : READING_SHARED) as SocketConstructorOpts)
    this.owner = owner
    this.on('connect', onConnect)
    this.on('end', onEnd)
    this.on('error', onError)
    this.on('close', onClose)
  }

  /** Starts to read a socket that is meant for TLS before TLS begins, for the answer of a proxy. */
  readAlone(): void {
    this.on('data', onData)
  }

  leaveReadingToTls(): void {
    this.off('data', onData)
  }

  /** Bytes that the kernel has accepted so far. */
  get acceptedBytes(): number {
    const handle = handleOf(this)
    return handle === null ? this.#acceptedAtClose : accepted(handle)
  }

  /** Node calls this for every kind of close; it is the last moment at which the handle can be asked. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const handle = handleOf(this)
    if (handle !== null) this.#acceptedAtClose = accepted(handle)
    super._destroy(error, callback)
  }
}

function handleOf(socket: Socket): StreamHandle | null {
  return (socket as unknown as { _handle: StreamHandle | null })._handle
}

function accepted(handle: StreamHandle): number {
  return handle.bytesWritten - (handle.writeQueueSize ?? 0)
}

function onRead(this: WireSocket, length: number, _buffer: Uint8Array): boolean {
  if (lastView.length !== length) lastView = SHARED_BUFFER.subarray(0, length)
  this.owner.socketData(lastView)
  return true
}

function onData(this: WireSocket, chunk: Buffer): void {
  this.owner.socketData(chunk)
}

function onConnect(this: WireSocket): void {
  this.owner.socketConnected()
}

function onEnd(this: WireSocket): void {
  this.owner.socketEnded()
}

function onError(this: WireSocket, error: Error): void {
  this.owner.socketFailed(error)
}

function onClose(this: WireSocket): void {
  this.owner.socketClosed()
}
