/**
 * Fetches one text over https (or http, where that is allowed) for the tool itself: modules, secrets. Nothing of it is measured.
 * Proxies and trusted certificates come from the environment, as for virtual users.
 *
 * Limits  3 s each to resolve, to connect and for TLS, 60 s in all, 10 redirects, 32 MiB
 * Errors  DownloadError with what happened in a few words
 */
import { createRequire } from 'node:module'
import type { Duplex } from 'node:stream'
import type { buildConnector } from 'undici'
import type { Connection } from './connection.js'
import { Dialer } from './dialer.js'
import { ConnectionDuplex } from './duplex.js'
import { parseNetworkOptions } from './options.js'
import { environmentProxy } from './proxy.js'

/** Long enough for any server that is there, short enough for people in a closed network. */
const CONNECT_LIMITS = { connectMs: 3000, tlsMs: 3000 }
const LIMIT = 60_000
const MOST_REDIRECTS = 10
const LARGEST = 32 * 1024 * 1024

/** Loaded when something is fetched. */
const loadUndici = (): typeof import('undici') => createRequire(import.meta.url)('undici')

export interface Download {
  /** The URL that the content came from, after redirects. */
  readonly url: string
  /** 304 when it has not changed; then there is no body. */
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: Buffer
}

export interface DownloadOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly method?: string
  readonly allowsHttp?: boolean
  /** The longest time that the whole download may take, in milliseconds. */
  readonly limitMs?: number
}

export class DownloadError extends Error {
  /** Undefined when no server answered. */
  readonly status: number | undefined

  constructor(message: string, { status, cause }: { status?: number; cause?: unknown } = {}) {
    super(message, { cause })
    this.status = status
  }

  /** True when the server answered that it has no such file. */
  get isMissing(): boolean {
    return this.status === 404 || this.status === 410
  }
}

export async function download(url: string, options: DownloadOptions = {}): Promise<Download> {
  const limit = options.limitMs ?? LIMIT
  const signal = AbortSignal.timeout(limit)
  const { Agent } = loadUndici()
  const agent = new Agent({ connect })
  try {
    let address = url
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      assertScheme(address, url, options.allowsHttp === true)
      const { headers, method = 'GET' } = options
      const response = await loadUndici().fetch(address, {
        headers,
        method,
        redirect: 'manual',
        signal,
        dispatcher: agent,
      })
      const { status, statusText } = response
      const location = isRedirect(status) ? response.headers.get('location') : null
      if (location === null) {
        if (status >= 400) throw refusal(status, statusText, address)
        return { url: address, status, headers: response.headers, body: await limited(response.body ?? []) }
      }
      await response.body?.cancel()
      address = new URL(location, address).href
    }
    throw new DownloadError(`more than ${MOST_REDIRECTS} redirects`)
  } catch (error) {
    throw error instanceof DownloadError ? error : new DownloadError(reasonOf(error as Error, limit), { cause: error })
  } finally {
    // Not awaited: what is left of the connection must not hold anybody.
    void agent.destroy().catch(() => undefined)
  }
}

/** undici's connections through our dialer, so that names, proxies and certificates are treated as everywhere else. */
function connect({ hostname, port, protocol }: buildConnector.Options, done: buildConnector.Callback): void {
  const isSecure = protocol === 'https:'
  const host = hostname.replace(/^\[|\]$/g, '')
  let proxy: ReturnType<typeof environmentProxy>
  try {
    proxy = environmentProxy(`${protocol}//${hostname}`)
  } catch (error) {
    done(error as Error, null)
    return
  }
  new Dialer(parseNetworkOptions({})).dial(
    { host, port: Number(port) || (isSecure ? 443 : 80), tls: isSecure, limits: CONNECT_LIMITS, proxy },
    {
      onConnected: (connection: Connection) => done(null, streamOf(connection) as never),
      onFailed: (error) => done(error, null),
    },
  )
}

function streamOf(connection: Connection): Duplex {
  return new ConnectionDuplex(connection, { post: queueMicrotask })
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304
}

async function limited(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > LARGEST) throw new DownloadError(`the answer is larger than ${LARGEST / 1024 / 1024} MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function assertScheme(address: string, asked: string, allowsHttp: boolean): void {
  const { protocol } = new URL(address)
  if (protocol === 'https:' || (protocol === 'http:' && allowsHttp)) return
  throw new DownloadError(`only https is allowed, not "${address}"${address === asked ? '' : ', where it leads'}`)
}

function refusal(status: number, text: string, url: string): DownloadError {
  const message = status === 404 ? `not found: ${url}` : `the server answered ${status} ${text}`.trim()
  return new DownloadError(message, { status })
}

/** undici says `fetch failed`; what happened is in the cause. */
function reasonOf(error: Error, limit: number): string {
  if (error.name === 'TimeoutError') return `no complete answer within ${limit / 1000} s`
  let cause = error
  while (cause.cause instanceof Error && cause.name !== 'DialError') cause = cause.cause
  return cause.message
}
