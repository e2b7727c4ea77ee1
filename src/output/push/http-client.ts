/**
 * Posts bodies to one HTTP server: connections kept alive, a time limit for the whole answer, redirects followed.
 *
 * Errors  PushError, which says whether to try again and what the server had to say
 */
import type { IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import type { SecureVersion } from 'node:tls'
import { PushError } from './pusher.js'

const require = createRequire(import.meta.url)

export interface TlsSettings {
  readonly skipVerify?: boolean
  readonly minVersion?: SecureVersion
  /** Certificates to trust, as the text of a PEM file. */
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

export interface HttpClientOptions {
  readonly timeoutMs: number
  readonly tls?: TlsSettings
  /** How many requests may run at the same time. */
  readonly concurrency?: number
  /** `http://user:password@host:port`; requests go through it. */
  readonly proxy?: string
}

export interface HttpRequest {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
  readonly signal?: AbortSignal
}

interface Sent {
  readonly method: 'POST' | 'GET'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  readonly signal: AbortSignal
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** The beginning of the body. */
  readonly body: string
}

const MOST_REDIRECTS = 10
/** How many characters of an answer that is no success are shown. */
const SHOWN_BODY = 200
const MOST_BODY = 16 * 1024

export class HttpClient {
  readonly #options: HttpClientOptions
  #byProxy: import('undici').Dispatcher | undefined
  readonly #agents: { http?: import('node:http').Agent; https?: import('node:https').Agent } = {}

  constructor(options: HttpClientOptions) {
    this.#options = options
  }

  /** Sends a request. Resolves when the server answers with a status from 200 to 299. */
  async post(request: HttpRequest): Promise<void> {
    let { url, headers: own } = request
    let method: 'POST' | 'GET' = 'POST'
    for (let redirects = 0; ; redirects++) {
      const { status, headers, body } = await this.#send(method, { ...request, url, headers: own })
      if (status >= 200 && status < 300) return
      const { location } = headers
      if (status < 300 || status > 308 || location === undefined || redirects === MOST_REDIRECTS) {
        throw answerError(status, body, headers['retry-after'])
      }
      const next = new URL(location, url)
      if (next.host !== url.host) own = withoutCredentials(own)
      url = next
      // As browsers and Go do: only these two keep the method and the body.
      if (status !== 307 && status !== 308) method = 'GET'
    }
  }

  close(): void {
    this.#agents.http?.destroy()
    this.#agents.https?.destroy()
    void this.#byProxy?.destroy()
  }

  async #send(method: 'POST' | 'GET', { url, headers, body, signal }: HttpRequest): Promise<Answer> {
    const { timeoutMs } = this.#options
    const limit = AbortSignal.timeout(timeoutMs)
    const sent: Sent = {
      method,
      url,
      headers,
      ...(method === 'POST' && { body }),
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    }
    try {
      return await (this.#options.proxy === undefined ? this.#sendDirectly(sent) : this.#sendByProxy(sent))
    } catch (error) {
      const reason = limit.aborted ? `no answer after ${timeoutMs / 1000} s` : reasonOf(error as Error)
      throw new PushError(`${method} ${withoutSecrets(url)}: ${reason}`, { isRetryable: true, cause: error as Error })
    }
  }

  #sendDirectly(asked: Sent): Promise<Answer> {
    const { method, url, headers, body = '', signal } = asked
    const isSecure = url.protocol === 'https:'
    const { request } = (isSecure ? require('node:https') : require('node:http')) as typeof import('node:http')
    const options = {
      method,
      headers: method === 'GET' ? headers : { ...headers, 'Content-Length': String(Buffer.byteLength(body)) },
      agent: this.#agentFor(isSecure),
      signal,
    }
    return new Promise((resolve, reject) => {
      const onAnswer = (answer: IncomingMessage): void => {
        shownBytes(answer).then((bytes) => {
          const { statusCode: status = 0, headers } = answer
          resolve({ status, headers, body: textOf(bytes, headers['content-encoding']) })
        }, reject)
      }
      const sent = request(url, options, onAnswer)
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // The server ended an idle connection just before it was used again: that is no failure.
        if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(this.#sendDirectly(asked))
        else reject(error)
      })
      sent.end(body)
    })
  }

  /** For https the proxy opens a tunnel, for http it passes the request on. */
  async #sendByProxy({ url, ...options }: Sent): Promise<Answer> {
    const { request } = require('undici') as typeof import('undici')
    const { statusCode, headers, body } = await request(url, { ...options, dispatcher: this.#dispatcherFor(url) })
    const bytes = await shownBytes(body)
    return { status: statusCode, headers, body: textOf(bytes, String(headers['content-encoding'] ?? '')) }
  }

  #dispatcherFor({ protocol }: URL): import('undici').Dispatcher {
    const { ProxyAgent } = require('undici') as typeof import('undici')
    const { concurrency = 1, tls = {}, proxy = '' } = this.#options
    this.#byProxy ??= new ProxyAgent({
      uri: proxy,
      connections: concurrency,
      requestTls: nodeTls(tls),
      proxyTunnel: protocol === 'https:',
    })
    return this.#byProxy
  }

  #agentFor(isSecure: boolean): import('node:http').Agent {
    const { concurrency = 1, tls = {} } = this.#options
    const common = { keepAlive: true, maxSockets: concurrency }
    if (!isSecure) {
      const { Agent } = require('node:http') as typeof import('node:http')
      this.#agents.http ??= new Agent(common)
      return this.#agents.http
    }
    const { Agent } = require('node:https') as typeof import('node:https')
    this.#agents.https ??= new Agent({ ...common, ...nodeTls(tls) })
    return this.#agents.https
  }
}

function nodeTls({ skipVerify, minVersion, ca, cert, key }: TlsSettings): import('node:tls').SecureContextOptions & {
  rejectUnauthorized: boolean
} {
  return {
    rejectUnauthorized: skipVerify !== true,
    ...(minVersion && { minVersion }),
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
  }
}

/** Reads a body to its end, and gives its beginning. */
async function shownBytes(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    if (size < MOST_BODY) parts.push(part)
    size += part.length
  }
  return Buffer.concat(parts)
}

/** Only for messages: what cannot be read is left out. */
function textOf(body: Buffer, encoding: string | undefined): string {
  if (encoding !== 'gzip') return body.toString('utf8')
  try {
    return (require('node:zlib') as typeof import('node:zlib')).gunzipSync(body).toString('utf8')
  } catch {
    return ''
  }
}

function answerError(status: number, body: string, retryAfter: string | undefined): PushError {
  const text = body.trim().slice(0, SHOWN_BODY)
  const isRetryable = status === 408 || status === 429 || status >= 500
  return new PushError(
    `got status code: ${status} instead expected a 2xx successful status code${text === '' ? '' : `: ${text}`}`,
    {
      isRetryable,
      ...(retryAfter !== undefined && { retryAfterMs: retryAfterMs(retryAfter) }),
    },
  )
}

/** Reads the header Retry-After, which holds seconds or a date, as ms. */
function retryAfterMs(text: string): number | undefined {
  const seconds = Number(text)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}

function reasonOf(error: Error & { code?: string; errors?: readonly Error[] }): string {
  // Several addresses were tried, and each has its own error.
  const inner = error.errors?.[0]
  return error.message || inner?.message || error.code || error.name
}

function withoutSecrets(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`
}

/** The headers for another server than the one that the user gave credentials for. */
function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(authorization|cookie)$/i.test(name)))
}
