/**
 * A server that does one wrong thing, on raw sockets: what is sent is exactly what its mode writes. The modes are in the files beside this
 * one, by protocol; a mode begins once the client has said what `waitsFor` asks for.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import { createCertificate } from '../../../src/echo/certificate.js'

/** What it does with a connection that `said` came on. */
export type Mode = (socket: Socket, said: Buffer) => void

export interface HostileOptions {
  /** Whether so much of the client is enough to begin; at once, when it is left out. */
  readonly waitsFor?: (said: Buffer) => boolean
  /** What it sends to everybody who connects, before it waits. */
  readonly greeting?: Buffer
  /** Over TLS, with these protocols offered. */
  readonly alpn?: readonly string[]
}

export interface HostileServer extends AsyncDisposable {
  readonly port: number
}

export async function hostileServer(
  mode: Mode,
  { waitsFor, greeting, alpn }: HostileOptions = {},
): Promise<HostileServer> {
  const sockets = new Set<Socket>()
  const onSocket = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.setNoDelay()
    if (greeting !== undefined) socket.write(greeting)
    if (waitsFor === undefined) {
      socket.resume()
      mode(socket, Buffer.alloc(0))
      return
    }
    let said = Buffer.alloc(0)
    const listen = (chunk: Buffer): void => {
      said = Buffer.concat([said, chunk])
      if (!waitsFor(said)) return
      socket.off('data', listen).resume()
      mode(socket, said)
    }
    socket.on('data', listen)
  }
  const server =
    alpn === undefined
      ? createServer(onSocket)
      : createTlsServer({ ...createCertificate(['127.0.0.1', 'localhost']), ALPNProtocols: [...alpn] }, onSocket)
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Writes it again and again, as fast as the client takes it. */
export function flood(socket: Socket, bytes: string | Buffer): void {
  const buffer = Buffer.from(bytes)
  // Small pieces would measure this server, not its client.
  const chunk = Buffer.concat(Array(Math.max(1, Math.ceil(65_536 / buffer.length))).fill(buffer))
  const pour = (): void => {
    if (socket.destroyed || !socket.writable) return
    if (socket.write(chunk)) setImmediate(pour)
  }
  socket.on('drain', pour)
  pour()
}

/** Writes it every few milliseconds. */
export function drip(socket: Socket, bytes: string | Buffer, ms = 20): void {
  const timer = setInterval(() => {
    if (socket.destroyed || !socket.writable) clearInterval(timer)
    else socket.write(bytes)
  }, ms)
  socket.on('close', () => clearInterval(timer))
}

/** Writes it, and cuts the connection when the client should have got it. */
export function thenReset(socket: Socket, bytes: string | Buffer): void {
  socket.write(bytes, () => setTimeout(reset, 20, socket))
}

/** Node cannot reset what is below TLS. */
export function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}
