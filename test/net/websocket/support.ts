/** A raw server that shows and sends exact bytes, a listener that keeps what it is told, and frames by hand. */
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { DEFAULT_LIMITS, type SocketLimits } from '../../../src/net/limits.js'
import { WebSocketClient } from '../../../src/net/websocket/client.js'
import {
  type Handshake,
  type HandshakeOptions,
  type HandshakeResponse,
  prepareHandshake,
} from '../../../src/net/websocket/handshake.js'
import type { SessionEnd, WebSocketListener } from '../../../src/net/websocket/listener.js'
import { targetOf } from '../../../src/net/websocket/target.js'
import { dialer, type TestServer, tcpServer } from '../support.js'

export interface Frame {
  /** FIN and the reserved bits: the upper half of the first byte. */
  bits: number
  opcode: number
  masked: boolean
  payload: Buffer
}

/** A server's frame. `bits`: FIN by default. */
export function frame(opcode: number, payload: string | Uint8Array = '', bits = 0x80): Buffer {
  const bytes = Buffer.from(payload)
  const { length } = bytes
  const head = Buffer.from([bits | opcode, Math.min(length, 126)])
  if (length < 126) return Buffer.concat([head, bytes])
  if (length < 65_536) return Buffer.concat([head, Buffer.from([length >> 8, length & 255]), bytes])
  head[1] = 127
  const size = Buffer.alloc(8)
  size.writeBigUInt64BE(BigInt(length))
  return Buffer.concat([head, size, bytes])
}

export function closeFrame(code?: number, reason = ''): Buffer {
  if (code === undefined) return frame(8)
  return frame(8, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]))
}

/** Whole frames at the start of `bytes`, unmasked. Written to be obviously right rather than fast. */
export function parseFrames(bytes: Buffer): { frames: Frame[]; used: number } {
  const frames: Frame[] = []
  let at = 0
  while (bytes.length - at >= 2) {
    const masked = (bytes[at + 1]! & 0x80) !== 0
    const short = bytes[at + 1]! & 0x7f
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
    const payloadAt = at + 2 + lengthBytes + (masked ? 4 : 0)
    if (bytes.length < payloadAt) break
    const length =
      lengthBytes === 0 ? short : Number(BigInt(`0x${bytes.toString('hex', at + 2, at + 2 + lengthBytes)}`))
    if (bytes.length < payloadAt + length) break
    const payload = Buffer.from(bytes.subarray(payloadAt, payloadAt + length))
    if (masked) for (let i = 0; i < length; i++) payload[i]! ^= bytes[payloadAt - 4 + (i % 4)]!
    frames.push({ bits: bytes[at]! & 0xf0, opcode: bytes[at]! & 0x0f, masked, payload })
    at = payloadAt + length
  }
  return { frames, used: at }
}

/** Resolves when a condition that events may change has come true. */
class Watch {
  #waiters: { done: () => boolean; resolve: () => void }[] = []

  until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ done, resolve })
      this.changed()
    })
  }

  changed(): void {
    this.#waiters = this.#waiters.filter(({ done, resolve }) => {
      if (!done()) return true
      resolve()
      return false
    })
  }
}

/** One connection on the server's side. */
export class Peer {
  readonly socket: Socket
  /** The request's text. */
  request = ''
  frames: Frame[] = []
  /** Sends FIN when it has got a close frame, as servers do. */
  endsOnClose = true
  /** Number of `data` events, that is about one per write of the client. */
  reads = 0
  ended = false
  closed = false
  readonly watch = new Watch()
  #bytes = Buffer.alloc(0)

  constructor(socket: Socket, onRequest: (peer: Peer) => void) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.reads++
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      if (this.request === '') {
        const end = this.#bytes.indexOf('\r\n\r\n')
        if (end < 0) return
        this.request = this.#bytes.toString('utf8', 0, end + 4)
        this.#bytes = this.#bytes.subarray(end + 4)
        onRequest(this)
      }
      const { frames, used } = parseFrames(this.#bytes)
      this.frames.push(...frames)
      this.#bytes = this.#bytes.subarray(used)
      if (this.endsOnClose && frames.some(({ opcode }) => opcode === 8)) socket.end()
      this.watch.changed()
    })
    socket.on('end', () => {
      this.ended = true
      this.watch.changed()
    })
    socket.on('close', () => {
      this.closed = true
      this.watch.changed()
    })
  }

  header(name: string): string | undefined {
    return new RegExp(`^${name}: (.*)$`, 'im').exec(this.request)?.[1]?.trim()
  }

  acceptance(extra = ''): string {
    const key = this.header('Sec-WebSocket-Key')!
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${extra}\r\n`
  }

  send(...parts: (Buffer | string)[]): void {
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part as string))))
  }

  async frame(index: number): Promise<Frame> {
    await this.watch.until(() => this.frames.length > index)
    return this.frames[index]!
  }

  /** The client has sent FIN, or the connection is gone. */
  end(): Promise<void> {
    return this.watch.until(() => this.ended || this.closed)
  }
}

export interface RawServer extends TestServer {
  url: string
  peer(index?: number): Promise<Peer>
}

/** Accepts every handshake, then calls `onOpen`; or does what `onRequest` does instead of accepting. */
export async function rawServer(options: {
  onOpen?: (peer: Peer) => void
  onRequest?: (peer: Peer) => void
  extraHeaders?: string
}): Promise<RawServer> {
  const peers: Peer[] = []
  const watch = new Watch()
  const accept = (peer: Peer) => {
    peer.send(peer.acceptance(options.extraHeaders))
    options.onOpen?.(peer)
  }
  const server = await tcpServer((socket) => {
    peers.push(
      new Peer(socket, (peer) => {
        ;(options.onRequest ?? accept)(peer)
      }),
    )
    watch.changed()
  })
  return {
    ...server,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    url: `ws://127.0.0.1:${server.port}`,
    async peer(index = 0) {
      await watch.until(() => peers.length > index)
      return peers[index]!
    },
  }
}

/** Keeps all that a client tells. */
class Listener implements WebSocketListener {
  readonly events: string[] = []
  readonly messages: (string | ArrayBuffer)[] = []
  response: HandshakeResponse | null = null
  error: Error | null = null
  end: SessionEnd | null = null
  readonly watch = new Watch()
  /** Called after an event was noted. */
  on: Partial<Record<'open' | 'message' | 'ping' | 'pong' | 'drain' | 'ended' | 'failed', () => void>> = {}

  onOpen(response: HandshakeResponse): void {
    this.response = response
    this.#note('open', 'open')
  }

  onFailed(error: Error, response: HandshakeResponse | null): void {
    this.error = error
    this.response = response
    this.#note('failed', 'failed')
  }

  onMessage(data: string | ArrayBuffer): void {
    this.messages.push(data)
    this.#note('message', typeof data === 'string' ? `text ${data.slice(0, 40)}` : `binary ${data.byteLength}`)
  }

  onPing(payload: Buffer): void {
    this.#note('ping', `ping ${payload}`)
  }

  onPong(payload: Buffer): void {
    this.#note('pong', `pong ${payload}`)
  }

  onDrain(): void {
    this.#note('drain', 'drain')
  }

  onEnded(end: SessionEnd): void {
    this.end = end
    this.#note('ended', 'ended')
  }

  until(event: string): Promise<void> {
    return this.watch.until(() => this.events.includes(event))
  }

  messageCount(count: number): Promise<void> {
    return this.watch.until(() => this.messages.length >= count)
  }

  async ended(): Promise<SessionEnd> {
    await this.until('ended')
    return this.end!
  }

  async failed(): Promise<Error> {
    await this.until('failed')
    return this.error!
  }

  #note(name: keyof Listener['on'], text: string): void {
    this.events.push(text)
    this.on[name]?.()
    this.watch.changed()
  }
}

export type TestSettings = Partial<SocketLimits> & { strictUtf8?: boolean }

export interface Session {
  client: WebSocketClient
  listener: Listener
}

export function handshakeFor(url: string, options: Partial<HandshakeOptions> = {}): Handshake {
  const defaults = { headers: [], userAgent: 'test', cookies: '', protocols: [], deflate: false }
  return prepareHandshake({ ...defaults, target: targetOf(url), ...options })
}

/** Begins to open a session; the listener may be prepared in the same turn. */
export function begin(url: string, options: Partial<HandshakeOptions> = {}, settings: TestSettings = {}): Session {
  const { strictUtf8 = false, ...limits } = settings
  const listener = new Listener()
  const client = new WebSocketClient(listener, { strictUtf8, limits: { ...DEFAULT_LIMITS, ...limits } })
  client.open(dialer(), handshakeFor(url, options))
  return { client, listener }
}

export async function connected(
  url: string,
  options: Partial<HandshakeOptions> = {},
  settings: TestSettings = {},
): Promise<Session> {
  const session = begin(url, options, settings)
  await session.listener.watch.until(() => session.listener.events.length > 0)
  if (session.listener.error !== null) throw session.listener.error
  return session
}
