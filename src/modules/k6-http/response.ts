/**
 * The response that request functions return. Its methods need no `this`; all other properties are data.
 *
 * Units   milliseconds
 * Source  docs/spec/http.md §7
 */
import type { Exchange } from '../../net/http/exchange.js'
import type { PAUSE, Twin } from '../../pausable/runtime/pause.js'
import { HostError } from '../../vu/host-error.js'
import type { ReceivedCookie, SentCookie } from './cookies.js'
import { parseJson } from './json.js'
import { select } from './json-path.js'
import { timingsOf } from './metrics.js'

export interface ResponseTimings {
  duration: number
  blocked: number
  looking_up: number
  connecting: number
  tls_handshaking: number
  sending: number
  waiting: number
  receiving: number
}

export interface OcspFacts {
  produced_at: number
  this_update: number
  next_update: number
  revoked_at: number
  revocation_reason: string
  status: string
}

export interface ShownRequest {
  method: string
  url: string
  headers: Record<string, string[]>
  body: string
  cookies: Record<string, SentCookie[]>
}

/** The facts that a response is made of, of a request that has succeeded or failed. */
export interface ResponseFacts {
  readonly status: number
  readonly statusText: string
  readonly proto: string
  readonly url: string
  readonly headers: Record<string, string>
  readonly cookies: Record<string, ReceivedCookie[]>
  readonly body: string | ArrayBuffer | null
  readonly error: string
  readonly errorCode: number
  /** Null when nothing was sent. */
  readonly exchange: Exchange | null
  readonly request: ShownRequest
}

export type PageAction = ((given?: unknown) => unknown) & { [PAUSE]?: (given?: unknown) => Twin }

/** Makes the functions of a response that need more than its data. */
export interface PageActions {
  html(response: HttpResponse): PageAction
  submitForm(response: HttpResponse): PageAction
  clickLink(response: HttpResponse): PageAction
}

export class HttpResponse {
  remote_ip: string
  remote_port: number
  url: string
  status: number
  status_text: string
  proto: string
  headers: Record<string, string>
  cookies: Record<string, ReceivedCookie[]>
  body: string | ArrayBuffer | null
  timings: ResponseTimings
  tls_version: string
  tls_cipher_suite: string
  ocsp: OcspFacts
  error: string
  error_code: number
  request: ShownRequest
  json: (...selector: unknown[]) => unknown
  html: PageAction
  submitForm: PageAction
  clickLink: PageAction

  constructor(facts: ResponseFacts, actions: PageActions) {
    const peer = facts.exchange?.peer ?? null
    this.remote_ip = peer === null ? '' : peer.remoteAddress
    this.remote_port = peer === null ? 0 : peer.remotePort
    this.url = facts.url
    this.status = facts.status
    this.status_text = facts.statusText
    this.proto = facts.proto
    this.headers = facts.headers
    this.cookies = facts.cookies
    this.body = facts.body
    this.timings = responseTimings(facts.exchange)
    const isSecure = facts.status !== 0 && peer !== null
    this.tls_version = isSecure ? peer.tlsVersion : ''
    this.tls_cipher_suite = isSecure ? peer.cipherSuite : ''
    this.ocsp = {
      produced_at: 0,
      this_update: 0,
      next_update: 0,
      revoked_at: 0,
      revocation_reason: '',
      status: this.tls_version === '' ? '' : 'unknown',
    }
    this.error = facts.error
    this.error_code = facts.errorCode
    this.request = facts.request
    const document = new JsonDocument(this)
    this.json = (...selector) => document.query(selector)
    this.html = actions.html(this)
    this.submitForm = actions.submitForm(this)
    this.clickLink = actions.clickLink(this)
  }

  /** The data alone. A response that setup() returns becomes JSON, without functions. */
  toJSON(): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this).filter(([, value]) => typeof value !== 'function'))
  }
}

function responseTimings(exchange: Exchange | null): ResponseTimings {
  const { blocked, connecting, tlsHandshaking, sending, waiting, receiving } = timingsOf(exchange)
  return {
    duration: sending + waiting + receiving,
    blocked,
    looking_up: 0,
    connecting,
    tls_handshaking: tlsHandshaking,
    sending,
    waiting,
    receiving,
  }
}

/** The body as text. `kind` is what it is to become, for the error when there is no body. */
export function bodyText({ body }: HttpResponse, kind: 'JSON' | 'HTML'): string {
  if (typeof body === 'string') return body
  if (body instanceof ArrayBuffer) return Buffer.from(body).toString('utf8')
  throw new HostError(
    `the body is null so we can't transform it to ${kind} - ` +
      'this likely was because of a request error getting the response',
  )
}

/** The body as JSON. It is parsed once, when it is first asked for. */
class JsonDocument {
  readonly #response: HttpResponse
  #isParsed = false
  #value: unknown
  #error: Error | null = null

  constructor(response: HttpResponse) {
    this.#response = response
  }

  query(selector: readonly unknown[]): unknown {
    if (!this.#isParsed) this.#parse(bodyText(this.#response, 'JSON'))
    if (selector.length === 0) {
      if (this.#error !== null) throw new HostError(this.#error.message)
      return this.#value
    }
    return this.#error === null ? select(this.#value, String(selector[0])) : undefined
  }

  #parse(text: string): void {
    this.#isParsed = true
    try {
      this.#value = parseJson(text)
    } catch (error) {
      this.#error = error as Error
    }
  }
}
