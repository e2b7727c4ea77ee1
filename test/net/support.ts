/** Servers on loopback and a dial that is a promise, for the tests of this folder. */
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import type { Connection, ConnectionListener } from '../../src/net/connection.js'
import { Dialer, type DialerHost, type DialPhase, type DialRequest } from '../../src/net/dialer.js'
import type { ConnectionError, DialError } from '../../src/net/errors.js'
import { parseNetworkOptions, type RawNetworkOptions } from '../../src/net/options.js'
import type { ProxyServer } from '../../src/net/proxy.js'

/** Compiled tests run in build/, the fixtures stay where they are. */
export function fixture(name: string): string {
  return readFileSync(fixturePath(name), 'utf8')
}

export function fixturePath(name: string): string {
  return `${process.cwd()}/test/fixtures/tls/${name}`
}

export interface TestServer extends AsyncDisposable {
  port: number
  sockets: Set<Socket>
}

export async function tcpServer(onSocket: (socket: Socket) => void, host = '127.0.0.1'): Promise<TestServer> {
  return await listen(createServer({ allowHalfOpen: true }), 'connection', onSocket, host)
}

export async function tlsServer(onSocket: (socket: TLSSocket) => void, options: TlsOptions = {}): Promise<TestServer> {
  const server = createTlsServer({ cert: fixture('server.pem'), key: fixture('server.key'), ...options })
  server.on('tlsClientError', () => {})
  return await listen(server, 'secureConnection', onSocket as (socket: Socket) => void, '127.0.0.1')
}

async function listen(
  server: Server,
  event: string,
  onSocket: (socket: Socket) => void,
  host: string,
): Promise<TestServer> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.on(event, (socket: Socket) => {
    socket.on('error', () => {})
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function echo(socket: Socket): void {
  socket.on('data', (chunk) => socket.write(chunk))
  socket.on('end', () => socket.end())
}

export function dialer(raw: RawNetworkOptions = {}, host: Partial<DialerHost> = {}): Dialer {
  return new Dialer(parseNetworkOptions(raw), { environment: { SSL_CERT_FILE: fixturePath('ca.pem') }, ...host })
}

export function proxyAt(port: number, protocol: ProxyServer['protocol'] = 'http'): ProxyServer {
  return { protocol, host: '127.0.0.1', port, username: '', password: '', authorization: null }
}

export interface DialOutcome {
  connection: Connection | null
  error: DialError | null
  phase: DialPhase | null
  ip: string | null
  calls: string[]
}

export function dial(dialer: Dialer, request: Partial<DialRequest>): Promise<DialOutcome> {
  const { promise, resolve } = withResolvers<DialOutcome>()
  const outcome: DialOutcome = { connection: null, error: null, phase: null, ip: null, calls: [] }
  dialer.dial(
    { host: '127.0.0.1', port: 1, tls: false, ...request },
    {
      onResolved(ip) {
        outcome.ip = ip
        outcome.calls.push('resolved')
      },
      onTcpConnected() {
        outcome.calls.push('tcp')
      },
      onConnected(connection) {
        outcome.connection = connection
        outcome.calls.push('connected')
        resolve(outcome)
      },
      onFailed(error, phase) {
        outcome.error = error
        outcome.phase = phase
        outcome.calls.push('failed')
        resolve(outcome)
      },
    },
  )
  return promise
}

export async function connect(dialer: Dialer, request: Partial<DialRequest>): Promise<Connection> {
  const { connection, error } = await dial(dialer, request)
  if (connection === null) throw error
  return connection
}

/** Keeps all that a connection reports. */
export class Recorder implements ConnectionListener {
  chunks: Buffer[] = []
  events: string[] = []
  error: ConnectionError | null = null
  #waiters: { done: () => boolean; resolve: () => void }[] = []

  onData(chunk: Buffer): void {
    this.chunks.push(Buffer.from(chunk))
    this.#check()
  }

  onEnd(): void {
    this.#event('end')
  }

  onError(error: ConnectionError): void {
    this.error = error
    this.#event('error')
  }

  onClose(): void {
    this.#event('close')
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks)
  }

  event(name: string): Promise<void> {
    return this.until(() => this.events.includes(name))
  }

  received(length: number): Promise<void> {
    return this.until(() => this.bytes.length >= length)
  }

  until(done: () => boolean): Promise<void> {
    const { promise, resolve } = withResolvers<void>()
    this.#waiters.push({ done, resolve })
    this.#check()
    return promise
  }

  #event(name: string): void {
    this.events.push(name)
    this.#check()
  }

  #check(): void {
    for (const { done, resolve } of this.#waiters) if (done()) resolve()
  }
}

export function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
