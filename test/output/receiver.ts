/** An HTTP server that keeps what it gets and answers as it is told. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket, TlsOptions } from 'node:tls'
import { gunzipSync } from 'node:zlib'

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** With TLS. */
  readonly tls?: { readonly version: string | null; readonly client: string | undefined }
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
  tls?: TlsOptions,
): Promise<Receiver> {
  const requests: Received[] = []
  const onRequest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const raw = Buffer.concat(parts)
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
    const { socket, method = '', url: path = '', headers: sent } = request
    const received = {
      method,
      path,
      headers: sent,
      body,
      ...(tls !== undefined && { tls: tlsOf(socket as TLSSocket) }),
    }
    requests.push(received)
    const { status, headers, body: text } = answer(received, requests.length - 1)
    if (status !== undefined) response.writeHead(status, headers).end(text)
  }
  const server = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function tlsOf(socket: TLSSocket): Received['tls'] {
  return { version: socket.getProtocol(), client: socket.getPeerCertificate().subject?.CN as string | undefined }
}
