/**
 * A WebSocket server that does what its path says, and running scripts against it.
 *
 *   /                       echoes
 *   /close/CODE/REASON      closes as soon as it is asked anything (or at once with ?now)
 *   /close-empty, /fin, /rst, /violation   the other ways to end a session, when it is asked anything
 *   /hello                  sends a message in the same packet as the answer to the handshake
 *   /ping                   pings with the payload `beat`
 *   /stubborn               never answers a close frame
 *   /chatty                 answers a message with two, and goes on after a close frame
 *   /status/CODE            answers with that HTTP status
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { type RunScriptOptions, runScript, type ScriptResult } from '../helpers/run-script.js'

export interface TestServer {
  /** `ws://127.0.0.1:PORT` */
  readonly url: string
  readonly port: number
  /** What clients did, in order: `message hello`, `close 1000 reason`, `ping 0`. */
  readonly events: string[]
  readonly requests: IncomingMessage[]
  /** Waits until all connections are gone and all that clients did is in `events`, for two seconds at most. */
  settled(): Promise<void>
  close(): Promise<void>
}

export async function startServer(
  options: { deflate?: boolean; protocols?: readonly string[] } = {},
): Promise<TestServer> {
  const events: string[] = []
  const requests: IncomingMessage[] = []
  const sockets = new Set<Socket>()
  const wss = new WebSocketServer({
    noServer: true,
    perMessageDeflate: options.deflate ?? false,
    handleProtocols: (offered) => (options.protocols ?? [...offered]).find((name) => offered.has(name)) ?? false,
  })
  wss.on('headers', (headers) => headers.push('Set-Cookie: seen=yes; Path=/'))
  const http = createServer((request, response) => {
    requests.push(request)
    const [, , status = '404', location] = (request.url as string).split('/')
    response.writeHead(Number(status), location === undefined ? {} : { Location: decodeURIComponent(location) })
    response.end('no')
  })
  http.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  http.on('upgrade', (request, socket, head) => {
    requests.push(request)
    if ((request.url as string).startsWith('/status/')) {
      const [, , status, location] = (request.url as string).split('/')
      const redirect = location === undefined ? '' : `Location: ${decodeURIComponent(location)}\r\n`
      socket.end(`HTTP/1.1 ${status} Whatever\r\n${redirect}Content-Length: 2\r\n\r\nno`)
      return
    }
    if (request.url === '/hello') (socket as Socket).cork()
    wss.handleUpgrade(request, socket, head, (peer) => serve(peer, request.url as string, socket as Socket, events))
    if (request.url === '/hello') (socket as Socket).uncork()
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  return {
    url: `ws://127.0.0.1:${port}`,
    port,
    events,
    requests,
    settled: async () => {
      for (let turns = 0; sockets.size > 0 && turns < 400; turns++)
        await new Promise((resolve) => setTimeout(resolve, 5))
      await new Promise((resolve) => setImmediate(resolve))
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

function serve(peer: WebSocket, path: string, socket: Socket, events: string[]): void {
  const [, action = '', code = '', reason = ''] = path.split('/')
  peer.on('error', () => {})
  peer.on('close', (closeCode, text) => events.push(`close ${closeCode} ${text.toString()}`.trim()))
  peer.on('ping', (payload) => events.push(`ping ${payload.toString()}`))
  peer.on('pong', (payload) => events.push(`pong ${payload.toString()}`))
  peer.on('message', (data, isBinary) => {
    const bytes = data as Buffer
    events.push(
      isBinary ? `binary ${bytes.toString('hex')}`.slice(0, 100) : `message ${bytes.toString()}`.slice(0, 100),
    )
    react(peer, socket, { action, code, reason }, bytes, isBinary)
  })
  if (action === 'hello') peer.send('hello from the server')
  if (action === 'ping') peer.ping('beat')
  if (action === 'stubborn') peer.removeAllListeners('message')
  if (action === 'stubborn') {
    // Whatever the client sends from now on is not even looked at.
    socket.removeAllListeners('data')
    socket.on('data', (chunk: Buffer) => events.push(`bytes ${chunk.toString('hex')}`))
  }
}

function react(
  peer: WebSocket,
  socket: Socket,
  { action, code, reason }: { action: string; code: string; reason: string },
  data: Buffer,
  isBinary: boolean,
): void {
  switch (action) {
    case 'close':
      peer.close(Number(code), decodeURIComponent(reason))
      break
    case 'close-empty':
      peer.close()
      break
    case 'fin':
      socket.end()
      break
    case 'rst':
      socket.resetAndDestroy()
      break
    case 'violation':
      // A text frame with a reserved bit set.
      socket.write(Buffer.from([0xc1, 0x01, 0x61]))
      break
    case 'chatty':
      peer.send(`${data} one`)
      setTimeout(() => peer.readyState < 3 && socket.write(Buffer.from([0x81, 0x04, ...Buffer.from('late')])), 20)
      break
    default:
      peer.send(data, { binary: isBinary })
  }
}

/** Runs `body` as the default function of a script, once, with `URL` set to the server's address. */
export async function runBody(
  server: { readonly url: string; readonly settled?: () => Promise<void> } | null,
  body: string,
  options: RunScriptOptions & { readonly head?: string; readonly scriptOptions?: string } = {},
): Promise<ScriptResult> {
  const head = options.head ?? "import { WebSocket, Blob } from 'k6/websockets'"
  const source = `${head}
const URL = __ENV.SERVER_URL
const log = (...values) => console.log(...values)
const json = (value) => console.log(JSON.stringify(value))
const attempt = (fn) => { try { return log('returned', fn()) } catch (error) { log(String(error)) } }
const exact = (fn) => { try { fn(); log('no exception') } catch (error) { log(error.name + '|' + error.message) } }
export const options = ${options.scriptOptions ?? ONCE}
export default async function () {
${body}
}
`
  const result = await runScript(source, {
    name: 'script.js',
    ...options,
    env: { SERVER_URL: server?.url ?? '', ...options.env },
  })
  await server?.settled?.()
  return result
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A socket that stays open by mistake fails a test instead of hanging it. */
const ONCE =
  "{ scenarios: { default: { executor: 'shared-iterations', vus: 1, iterations: 1, maxDuration: '15s', gracefulStop: '0s' } } }"
