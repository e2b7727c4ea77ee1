/**
 * The built-in echo server: TCP, TLS, WebSocket and WebSocket over TLS, each on a port of its own, in one thread.
 *
 * Errors  EchoServerError when a port cannot be listened on; then nothing is left listening. What clients do (garbage, resets,
 *         half-open connections) ends their connection and nothing else
 */
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { SockeyeError } from '../base/errors.js'
import { joinHostPort } from '../net/address.js'
import type { Certificate } from './certificate.js'
import { serveEcho } from './tcp.js'
import { serveWebSocketEcho } from './websocket.js'

/** The ports at which examples expect the echo server. They remind of 7, the port of the echo protocol. */
export const DEFAULT_PORTS = { tcp: 7007, tls: 7008, ws: 7009, wss: 7010 } as const

/** Bytes of echo that wait for a slow client before it is no longer read from: a few reads of 64 KiB. */
const MAX_WAITING = 256 * 1024

export interface EchoServerOptions {
  /** The address to listen on. */
  readonly host: string
  /** 0 picks a free port; undefined leaves that server out. */
  readonly tcpPort?: number
  readonly tlsPort?: number
  readonly wsPort?: number
  readonly wssPort?: number
}

/** The addresses of the servers, as plain data. */
export interface EchoAddresses {
  readonly tcp?: EchoAddress
  readonly tls?: EchoAddress
  readonly ws?: EchoAddress & { readonly url: string }
  readonly wss?: EchoAddress & { readonly url: string }
  /** PEM of the certificate that the encrypted servers show; give it as `ca` to trust them. */
  readonly certificate?: string
}

interface EchoAddress {
  readonly host: string
  readonly port: number
}

export interface EchoServer extends EchoAddresses {
  /** Ends all connections and frees the ports. May be called twice. */
  close(): Promise<void>
}

export class EchoServerError extends SockeyeError {
  constructor(message: string, hint?: string, cause?: unknown) {
    super({ code: 'ERR_ECHO_LISTEN', message, hint, exitCode: 255, cause })
  }
}

type Protocol = 'tcp' | 'tls' | 'ws' | 'wss'

export async function startEchoServer(options: EchoServerOptions): Promise<EchoServer> {
  const sockets = new Set<Socket>()
  const certificate = needsCertificate(options) ? await makeCertificate(options.host) : undefined
  const servers: Server[] = []
  const addresses: Partial<Record<Protocol, EchoAddress>> = {}
  const close = () => closeAll(servers, sockets)
  try {
    for (const [protocol, port] of wanted(options)) {
      const server = createProtocolServer(protocol, sockets, certificate)
      servers.push(server)
      addresses[protocol] = await listen(server, protocol, options.host, port)
    }
  } catch (error) {
    await close()
    throw error
  }
  return { ...withUrls(addresses), ...(certificate && { certificate: certificate.cert }), close }
}

function wanted(options: EchoServerOptions): [Protocol, number][] {
  const ports: [Protocol, number | undefined][] = [
    ['tcp', options.tcpPort],
    ['tls', options.tlsPort],
    ['ws', options.wsPort],
    ['wss', options.wssPort],
  ]
  return ports.filter((entry): entry is [Protocol, number] => entry[1] !== undefined)
}

function needsCertificate(options: EchoServerOptions): boolean {
  return options.tlsPort !== undefined || options.wssPort !== undefined
}

async function makeCertificate(host: string): Promise<Certificate> {
  const { createCertificate } = await import('./certificate.js')
  return createCertificate([...new Set(['localhost', '127.0.0.1', '::1', host])])
}

function createProtocolServer(protocol: Protocol, sockets: Set<Socket>, certificate?: Certificate): Server {
  const serve = protocol === 'tcp' || protocol === 'tls' ? serveEcho : serveWebSocketEcho
  const accept = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // A reset or a broken handshake ends only the connection of the client, and Node closes that by itself.
    socket.on('error', () => {})
  }
  const options = { allowHalfOpen: true, highWaterMark: MAX_WAITING }
  if (protocol === 'tcp' || protocol === 'ws') {
    return createServer(options, (socket) => {
      accept(socket)
      serve(socket)
    })
  }
  const server = createTlsServer({ ...options, ...certificate }, serve)
  server.on('connection', accept)
  server.on('secureConnection', accept)
  server.on('tlsClientError', () => {})
  return server
}

function listen(server: Server, protocol: Protocol, host: string, port: number): Promise<EchoAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(protocol, host, port, error)))
    server.listen({ host, port, backlog: 4096 }, () => {
      server.removeAllListeners('error')
      // When the process has no file descriptor left, a new connection is lost. Those that are open go on.
      server.on('error', () => {})
      const address = server.address() as { address: string; port: number }
      resolve({ host: address.address, port: address.port })
    })
  })
}

function listenError(protocol: Protocol, host: string, port: number, error: NodeJS.ErrnoException): EchoServerError {
  const where = `${host}:${port} (${protocol})`
  const choosePort = `choose another with --${protocol}-port, or 0 for any free one`
  switch (error.code) {
    case 'EADDRINUSE':
      return new EchoServerError(`cannot listen on ${where}: another program uses this port`, choosePort, error)
    case 'EACCES':
      return new EchoServerError(`cannot listen on ${where}: this user may not open this port`, choosePort, error)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return new EchoServerError(
        `cannot listen on ${where}: ${host} is no address of this machine`,
        'give one with --host, for example 127.0.0.1 or 0.0.0.0',
        error,
      )
    default:
      return new EchoServerError(`cannot listen on ${where}: ${error.message}`, choosePort, error)
  }
}

function withUrls(addresses: Partial<Record<Protocol, EchoAddress>>): EchoAddresses {
  const { tcp, tls, ws, wss } = addresses
  return {
    ...(tcp && { tcp }),
    ...(tls && { tls }),
    ...(ws && { ws: { ...ws, url: `ws://${joinHostPort(ws.host, ws.port)}` } }),
    ...(wss && { wss: { ...wss, url: `wss://${joinHostPort(wss.host, wss.port)}` } }),
  }
}

async function closeAll(servers: readonly Server[], sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
  for (const socket of sockets) socket.destroy()
  await Promise.all(closed)
}
