/**
 * `node:http2` in a virtual user: Node's own client, on a connection of the VU. With a `net.Socket` a session of Node would read in native code, outside
 * of the VU's turns. So it gets a plain stream, and what the server sends arrives inside a turn. Events from Node's own immediates become tasks of the
 * VU (http2-edge.ts).
 *
 * Source  https://nodejs.org/api/http2.html#client-side-example
 */
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { currentVu } from './current.js'
import { EDGE, type EdgedSocket } from './edge.js'
import { Http2Edge, withStreamEdges } from './http2-edge.js'
import { requestSent } from './http2-requests.js'
import { connect as connectTcp } from './net.js'
import { NO_SERVERS, refuse } from './refusal.js'
import { connect as connectTls } from './tls.js'

type Options = Record<string, any>
type Callback = (error?: Error | null) => void
type Authority = string | URL | Options

type Connect = (authority: Authority, options: object) => ClientHttp2Session

function connectBy(connect: Connect): (authority: Authority, ...rest: unknown[]) => ClientHttp2Session {
  return (authority, ...rest) => {
    const listener = rest.find((value) => typeof value === 'function') as (() => void) | undefined
    const options = (typeof rest[0] === 'object' && rest[0] !== null ? rest[0] : {}) as Options
    const url = typeof authority === 'string' ? new URL(authority) : authority
    let socket: Duplex | undefined
    const createConnection = (): Duplex => {
      socket = (options['createConnection']?.(url, options) ?? open(url, options)) as Duplex
      return new PlainStream(socket)
    }
    const session = connect(url, { ...options, createConnection })
    takeOver(session, socket as EdgedSocket)
    if (listener !== undefined) session.once('connect', listener)
    return session
  }
}

/** Opens the connection of a session. Host and port are read from the authority as Node does. */
function open(url: URL | Options, options: Options): Duplex {
  const isSecure = (url.protocol ?? options['protocol'] ?? 'https:') === 'https:'
  const host = url.hostname ? String(url.hostname).replace(/^\[|\]$/g, '') : (url.host ?? 'localhost')
  const target = { host, port: Number(url.port) || (isSecure ? 443 : 80), ...options }
  if (!isSecure) return connectTcp(target)
  return connectTls({ servername: host, ALPNProtocols: ['h2'], ...target })
}

class PlainStream extends Duplex {
  readonly #socket: Duplex

  constructor(socket: Duplex) {
    super({ emitClose: true })
    this.#socket = socket
    socket.on('data', (chunk) => {
      if (!this.push(chunk)) socket.pause()
    })
    socket.on('end', () => this.push(null))
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.destroy())
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#socket.write(chunk, callback)
  }

  override _final(callback: Callback): void {
    this.#socket.end(callback)
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#socket.destroy(error ?? undefined)
    callback(error)
  }
}

/** Properties of `session.socket` that are read from the connection: Node makes that socket of the plain stream, which does not have them. */
const OF_CONNECTION = [
  'address',
  'authorizationError',
  'authorized',
  'bytesRead',
  'bytesWritten',
  'encrypted',
  'getCertificate',
  'getCipher',
  'getPeerCertificate',
  'getPeerX509Certificate',
  'getProtocol',
  'isSessionReused',
  'localAddress',
  'localFamily',
  'localPort',
  'ref',
  'remoteAddress',
  'remoteFamily',
  'remotePort',
  'servername',
  'setKeepAlive',
  'setNoDelay',
  'unref',
] as const

function takeOver(session: ClientHttp2Session, socket: EdgedSocket): void {
  const edge = new Http2Edge(currentVu(), session, socket)
  const key = Object.getOwnPropertySymbols(session).find(({ description }) => description === 'socket') as symbol
  const inner = (session as unknown as Record<symbol, Socket>)[key] as Socket
  const connection = socket as unknown as Record<string, unknown>
  for (const name of OF_CONNECTION) {
    const get = (): unknown => {
      const value = connection[name]
      return typeof value === 'function' ? value.bind(socket) : value
    }
    Object.defineProperty(inner, name, { get, configurable: true })
  }
  const tls = socket as Socket as TLSSocket
  const protocol = (): string | undefined => {
    if (session.connecting) return undefined
    return tls.encrypted ? tls.alpnProtocol || undefined : 'h2c'
  }
  const request = session.request
  Object.defineProperties(session, {
    connecting: { get: () => !edge.isOpen, configurable: true },
    encrypted: { get: () => (session.connecting ? undefined : tls.encrypted === true), configurable: true },
    alpnProtocol: { get: protocol, configurable: true },
    emit: { value: (event: string, ...args: unknown[]) => edge.emit(event, args), configurable: true },
    ref: { value: () => edge.ref(), configurable: true },
    unref: { value: () => edge.unref(), configurable: true },
    request: {
      value: (...args: [IncomingHttpHeaders]) => {
        const isFirst = session.connecting
        const stream = request.apply(session, args)
        withStreamEdges(stream, edge)
        requestSent(stream as ClientHttp2Stream, edge.vu, socket[EDGE]?.metrics, isFirst)
        return stream
      },
      configurable: true,
    },
  })
}

/** Loads Node's module when it is called: most scripts do not need it. */
export function http2Module(): object {
  const http2 = process.getBuiltinModule('node:http2')
  return {
    ...http2,
    connect: connectBy(http2.connect as unknown as Connect),
    createServer: refuse('http2.createServer()', NO_SERVERS),
    createSecureServer: refuse('http2.createSecureServer()', NO_SERVERS),
  }
}
