/**
 * The WebSocket echo on a raw socket: the handshake, then frames that {@link FrameEcho} turns around. Hot: runs per chunk.
 *
 * Protocol  any path is fine; the first subprotocol that a client offers is chosen; no extension is. A request that is not a
 *           WebSocket handshake gets 426 (or 400 when it is not HTTP at all) and is closed. `POST /login` gives a token and a session
 *           cookie to anybody, so that scripts which log in first have somewhere to go.
 * Source    RFC 6455, section 4.2
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { FrameEcho } from './frame-echo.js'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const MAX_REQUEST = 16 * 1024
/** A client has this long to send its request, and to close after our end. */
const PATIENCE_MS = 10_000

interface EchoSocket extends Socket {
  echo?: FrameEcho
  request?: Buffer
}

/** Serves one connection, plain or encrypted. The caller handles errors and keeps track of open sockets. */
export function serveWebSocketEcho(socket: EchoSocket): void {
  socket.setNoDelay(true)
  socket.setTimeout(PATIENCE_MS, destroy)
  socket.on('data', readRequest)
  socket.on('drain', resume)
  socket.on('end', finish)
}

function readRequest(this: EchoSocket, chunk: Buffer): void {
  const request = this.request === undefined ? chunk : Buffer.concat([this.request, chunk])
  const end = request.indexOf('\r\n\r\n')
  if (end < 0) {
    this.request = request
    if (request.length > MAX_REQUEST) refuse(this, '400 Bad Request', 'the request is too long')
    return
  }
  delete this.request
  const head = request.toString('latin1', 0, end)
  if (head.startsWith('POST /login ')) {
    welcome(this)
    return
  }
  const answer = acceptHandshake(head)
  if (!answer.accepted) {
    refuse(this, answer.status, answer.reason)
    return
  }
  this.setTimeout(0)
  this.write(answer.response)
  this.echo = new FrameEcho()
  this.off('data', readRequest)
  this.on('data', echo)
  if (request.length > end + 4) echo.call(this, request.subarray(end + 4))
}

function echo(this: EchoSocket, chunk: Buffer): void {
  const state = this.echo as FrameEcho
  if (state.closed) return
  const answer = state.transform(chunk)
  if (answer.length > 0 && !this.write(answer)) this.pause()
  if (state.closed) {
    this.end()
    this.setTimeout(PATIENCE_MS)
    // Bytes that nobody reads would turn our end into a reset; and the client's end must be seen.
    this.resume()
  }
}

type Handshake =
  | { readonly accepted: true; readonly response: string }
  | { readonly accepted: false; readonly status: string; readonly reason: string }

function acceptHandshake(request: string): Handshake {
  const [requestLine = '', ...lines] = request.split('\r\n')
  if (!/^\S+ \S+ HTTP\/1\.[01]$/.test(requestLine)) {
    return { accepted: false, status: '400 Bad Request', reason: 'this is not HTTP' }
  }
  const headers = new Map(lines.map(parseHeader))
  const key = headers.get('sec-websocket-key')
  if (!requestLine.startsWith('GET ') || headers.get('upgrade')?.toLowerCase() !== 'websocket' || key === undefined) {
    return { accepted: false, status: '426 Upgrade Required', reason: 'this server speaks WebSocket only' }
  }
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64')
  const protocol = headers.get('sec-websocket-protocol')?.split(',', 1)[0]?.trim()
  const chosen = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`
  const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
  return { accepted: true, response: `${upgrade}Sec-WebSocket-Accept: ${accept}\r\n${chosen}\r\n` }
}

function parseHeader(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

function refuse(socket: EchoSocket, status: string, reason: string): void {
  const extra = status.startsWith('426') ? 'Upgrade: websocket\r\n' : ''
  respond(socket, status, `${extra}Content-Type: text/plain\r\n`, `${reason}\n`)
}

function welcome(socket: EchoSocket): void {
  const token = randomUUID()
  const headers = `Set-Cookie: session=${token}; Path=/; HttpOnly\r\nContent-Type: application/json\r\n`
  respond(socket, '200 OK', headers, JSON.stringify({ token }))
}

function respond(socket: EchoSocket, status: string, headers: string, body: string): void {
  socket.off('data', readRequest)
  socket.resume()
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`)
}

function resume(this: Socket): void {
  this.resume()
}

function finish(this: Socket): void {
  this.end()
}

function destroy(this: Socket): void {
  this.destroy()
}
