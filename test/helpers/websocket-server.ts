/**
 * A WebSocket server on a raw socket whose every byte the test decides, and which keeps what the client sent.
 *
 * Without instructions it accepts the handshake, echoes messages (compressed ones as they are), answers pings, and closes as it
 * is closed.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

export const TEXT = 1
export const BINARY = 2
export const CLOSE = 8
export const PING = 9
export const PONG = 10

export interface Frame {
  readonly opcode: number
  /** FIN and the reserved bits: the upper half of the first byte. */
  readonly bits: number
  readonly payload: Buffer
}

export interface Behaviour {
  /** Instead of accepting the handshake. */
  readonly onRequest?: (peer: Peer) => void
  /** More header lines of the answer, each ending with CRLF. */
  readonly headers?: string
  readonly onOpen?: (peer: Peer) => void
  /** Instead of echoing and answering. */
  readonly onFrame?: (frame: Frame, peer: Peer) => void
  readonly tls?: boolean
}

export interface WebSocketServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Connections in the order in which they came. */
  readonly peers: readonly Peer[]
  /** Waits until all connections are gone, so that all they have to show is there. */
  settled(): Promise<void>
}

/** One connection, from the server's side. */
export class Peer {
  readonly socket: Socket
  readonly remoteAddress: string | undefined
  /** The request's text. */
  request = ''
  readonly frames: Frame[] = []
  /** The client has sent FIN. */
  isEnded = false
  /** How the connection broke, if it did. */
  error = ''
  #bytes: Buffer = Buffer.alloc(0)
  readonly #behaviour: Behaviour

  constructor(socket: Socket, behaviour: Behaviour) {
    this.socket = socket
    this.remoteAddress = socket.remoteAddress
    this.#behaviour = behaviour
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('end', () => {
      this.isEnded = true
      socket.end()
    })
    socket.on('error', (error) => {
      this.error = error.message
    })
  }

  header(name: string): string | undefined {
    return new RegExp(`^${name}: (.*)$`, 'm').exec(this.request)?.[1]?.trim()
  }

  /** Texts of the received text messages. */
  get texts(): string[] {
    return this.frames.filter(({ opcode }) => opcode === TEXT).map(({ payload }) => payload.toString())
  }

  /** Code and reason of the client's close frame: `1001`, `1002 bad opcode`; `none` for an empty one. */
  get close(): string | undefined {
    const frame = this.frames.find(({ opcode }) => opcode === CLOSE)
    if (frame === undefined) return undefined
    if (frame.payload.length === 0) return 'none'
    return `${frame.payload.readUInt16BE(0)} ${frame.payload.toString('utf8', 2)}`.trim()
  }

  accept(headers = this.#behaviour.headers ?? ''): void {
    const key = this.header('Sec-WebSocket-Key')
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    this.socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n${headers}\r\n`,
    )
    this.#behaviour.onOpen?.(this)
  }

  /** Sends one frame; `bits` are FIN unless given. */
  send(opcode: number, payload: string | Uint8Array = '', bits = 0x80): void {
    const bytes = Buffer.from(payload)
    if (this.socket.writableEnded) return
    this.socket.write(Buffer.concat([Buffer.from([bits | opcode]), lengthField(bytes.length), bytes]))
  }

  text(text: string): void {
    this.send(TEXT, text)
  }

  /** A close frame, empty without a code. */
  sendClose(code?: number, reason = ''): void {
    if (code === undefined) this.send(CLOSE)
    else this.send(CLOSE, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]))
  }

  #receive(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    if (this.request === '') {
      const end = this.#bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      this.request = this.#bytes.toString('utf8', 0, end + 4)
      this.#bytes = this.#bytes.subarray(end + 4)
      if (this.#behaviour.onRequest === undefined) this.accept()
      else this.#behaviour.onRequest(this)
    }
    for (let frame = this.#takeFrame(); frame !== undefined; frame = this.#takeFrame()) {
      this.frames.push(frame)
      if (this.#behaviour.onFrame === undefined) this.answer(frame)
      else this.#behaviour.onFrame(frame, this)
    }
  }

  /** What the server does by itself. */
  answer({ opcode, bits, payload }: Frame): void {
    if (opcode === PING) this.send(PONG, payload)
    else if (opcode !== PONG) this.send(opcode, payload, bits)
    if (opcode === CLOSE) this.socket.end()
  }

  #takeFrame(): Frame | undefined {
    const bytes = this.#bytes
    if (bytes.length < 2) return undefined
    const short = bytes[1]! & 0x7f
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
    const start = 2 + lengthBytes + 4
    if (bytes.length < start) return undefined
    const length = lengthBytes === 0 ? short : Number(`0x${bytes.toString('hex', 2, 2 + lengthBytes)}`)
    if (bytes.length < start + length) return undefined
    const payload = Buffer.from(bytes.subarray(start, start + length))
    for (let i = 0; i < length; i++) payload[i]! ^= bytes[start - 4 + (i % 4)]!
    this.#bytes = bytes.subarray(start + length)
    return { opcode: bytes[0]! & 0x0f, bits: bytes[0]! & 0xf0, payload }
  }
}

function lengthField(length: number): Buffer {
  if (length < 126) return Buffer.from([length])
  if (length < 65_536) return Buffer.from([126, length >> 8, length & 255])
  const field = Buffer.alloc(9, 127)
  field.writeBigUInt64BE(BigInt(length), 1)
  return field
}

export async function webSocketServer(behaviour: Behaviour = {}): Promise<WebSocketServer> {
  const peers: Peer[] = []
  const open = new Set<Socket>()
  /** Below TLS, so also those whose handshake failed. */
  const wires = new Set<Socket>()
  const onSocket = (socket: Socket): void => {
    socket.setNoDelay(true)
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    peers.push(new Peer(socket, behaviour))
  }
  const server = behaviour.tls
    ? createTlsServer({ cert: fixture('server.pem'), key: fixture('server.key'), allowHalfOpen: true }, onSocket)
    : createServer({ allowHalfOpen: true }, onSocket)
  server.on('tlsClientError', () => {})
  server.on('connection', (wire: Socket) => wires.add(wire))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `${behaviour.tls ? 'wss' : 'ws'}://127.0.0.1:${port}`,
    peers,
    async settled() {
      while (open.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    async [Symbol.asyncDispose]() {
      for (const wire of wires) wire.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Compiled tests run in build/, the fixtures stay where they are. */
function fixture(name: string): string {
  return readFileSync(`${process.cwd()}/test/fixtures/tls/${name}`, 'utf8')
}
