/** An HTTP server that keeps what it gets and answers as it is told. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Receiver {
  readonly url: string
  readonly port: number
  readonly requests: Received[]
  close(): Promise<void>
}

export interface Answer {
  /** Undefined never answers. */
  readonly status: number | undefined
  readonly headers?: Record<string, string>
  readonly body?: string
}

export async function startReceiver(
  answer: (request: Received, index: number) => Answer = () => ({ status: 204 }),
): Promise<Receiver> {
  const requests: Received[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const raw = Buffer.concat(parts)
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
    const received = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
    requests.push(received)
    const { status, headers, body: text } = answer(received, requests.length - 1)
    if (status !== undefined) response.writeHead(status, headers).end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
