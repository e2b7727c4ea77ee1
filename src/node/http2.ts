/**
 * `node:http2` in a virtual user: Node's own client on a socket of the VU. Node's sessions would read a `net.Socket` below JavaScript,
 * where no turn is; they get a plain stream instead, so that whatever they tell they tell inside a turn.
 */
import type { ClientHttp2Session } from 'node:http2'
import { Duplex } from 'node:stream'
import { connect as connectTcp } from './net.js'
import { refuse } from './refusal.js'
import { connect as connectTls } from './tls.js'

type Options = Record<string, any>
type Callback = (error?: Error | null) => void

type Connect = (authority: string | URL, options: object, listener?: () => void) => ClientHttp2Session

function connectBy(connect: Connect): (authority: string | URL, ...rest: unknown[]) => ClientHttp2Session {
  return (authority, ...rest) => {
    const listener = rest.find((value) => typeof value === 'function') as (() => void) | undefined
    const options = (typeof rest[0] === 'object' && rest[0] !== null ? rest[0] : {}) as Options
    const url = typeof authority === 'string' ? new URL(authority) : authority
    const stream = new PlainStream(options['createConnection']?.(url, options) ?? open(url, options))
    return connect(authority, { ...options, createConnection: () => stream }, listener)
  }
}

function open(url: URL, options: Options): Duplex {
  const isSecure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
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

const NO_SERVERS = 'a VU is a client; start servers beside the test'

/** Loaded here and not with the file: most scripts do without. */
export function http2Module(): object {
  const http2 = process.getBuiltinModule('node:http2')
  return {
    ...http2,
    connect: connectBy(http2.connect as unknown as Connect),
    createServer: refuse('http2.createServer()', NO_SERVERS),
    createSecureServer: refuse('http2.createSecureServer()', NO_SERVERS),
  }
}
