/** Runs the body of a `k6/http` script's default function against a server that the test controls. */
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { type RunScriptOptions, runScript, type ScriptResult } from '../helpers/run-script.js'

export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Connections so far. */
  readonly connections: readonly Socket[]
}

export interface RawServer extends TestServer {
  /** Requests in the order in which they came, heads and bodies as they were sent. */
  readonly requests: readonly string[]
}

/** Answers with text; nothing more happens to the connection when it gives undefined. */
export type RawAnswer = (request: string, socket: Socket, count: number) => string | Buffer | undefined

export interface RawOptions {
  readonly tls?: TlsOptions
}

/** A server on a raw socket: what it gets and what it sends is exactly what the test sees. */
export async function rawServer(answer: RawAnswer | string, { tls }: RawOptions = {}): Promise<RawServer> {
  const requests: string[] = []
  const onSocket = (socket: Socket): void => {
    let received = ''
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1')
      for (let request = takeRequest(received); request !== null; request = takeRequest(received)) {
        received = received.slice(request.length)
        requests.push(request)
        const reply = typeof answer === 'string' ? answer : answer(request, socket, requests.length)
        if (reply !== undefined) socket.write(reply)
      }
    })
  }
  const server = tls === undefined ? createServer(onSocket) : createTlsServer(tls, onSocket)
  server.on('tlsClientError', () => {})
  return { ...(await listening(server, tls === undefined ? 'http' : 'https')), requests }
}

function takeRequest(received: string): string | null {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return null
  const length = end + 4 + Number(/^content-length: (\d+)/im.exec(received.slice(0, end))?.[1] ?? 0)
  return received.length < length ? null : received.slice(0, length)
}

/** `HTTP/1.1 200 OK` with a body and more headers. */
export function reply(body: string | Buffer = '', headers = '', status = '200 OK'): Buffer {
  const bytes = Buffer.from(body)
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\nContent-Length: ${bytes.length}\r\n${headers}\r\n`), bytes])
}

/** A server of Node that has read the whole request before the handler is called. */
export async function httpServer(
  handler: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void,
): Promise<TestServer> {
  const server = createHttpServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => handler(request, response, Buffer.concat(chunks)))
  })
  server.keepAliveTimeout = 60_000
  return await listening(server, 'http')
}

/** Gives back what it was sent, as JSON. */
export function echoServer(): Promise<TestServer> {
  return httpServer(({ method, url, headers, rawHeaders }, response, body) => {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ method, url, headers, rawHeaders, body: body.toString('latin1') }))
  })
}

export async function listening(server: Server, scheme: string): Promise<TestServer> {
  const connections: Socket[] = []
  server.on('connection', (socket: Socket) => connections.push(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    connections,
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface HttpOptions extends RunScriptOptions {
  /** `export const options = …` */
  readonly options?: object
  /** Code before the default function. */
  readonly init?: string
  /** Code behind it: other exports. */
  readonly more?: string
  readonly isAsync?: boolean
}

/** The script sees `url`, `http`, `check`, `group`, `sleep`, `exec`, and `log`, which joins its arguments with blanks. */
export async function runHttp(
  body: string,
  server: TestServer,
  { options = {}, init = '', more = '', isAsync = false, ...rest }: HttpOptions = {},
): Promise<ScriptResult> {
  const source = `
    import http from 'k6/http'
    import exec from 'k6/execution'
    import { check, group, sleep } from 'k6'
    const url = __ENV.SERVER_URL
    const log = (...parts) => console.log(parts.map((part) => typeof part === 'object' ? JSON.stringify(part) : String(part)).join(' '))
    export const options = ${JSON.stringify(options)}
    ${init}
    export default ${isAsync ? 'async ' : ''}function (data) {
      ${body}
    }
    ${more}`
  return await runScript(source, { name: 'script.js', ...rest, env: { SERVER_URL: server.url, ...rest.env } })
}

/** JavaScript that logs what a function throws: name and message. */
export const THROWS = `const thrown = (f) => { try { f(); log('nothing thrown') } catch (e) { log(e.name + '|' + e.message) } }`

/** Compiled tests run in build/, the fixtures stay where they are. */
export function fixture(name: string): string {
  return readFileSync(`${process.cwd()}/test/fixtures/tls/${name}`, 'utf8')
}
