/**
 * One call of `fetch`: one exchange, and another for each redirect, on the connections of the VU. The promise resolves when the head of the response is
 * there; the body comes as a stream.
 *
 * Events  everything that the script can see happens in tasks of the VU
 * Errors  TypeError `fetch failed` with the reason as cause, as in Node; the signal's reason
 * Source  Fetch Standard §4
 */
import type { TagSet } from '../../metrics/tag-set.js'
import { type BodySink, bodyTooLarge, MOST_BODY_BYTES } from '../../net/http/body-sink.js'
import { HttpError, HttpErrorCode } from '../../net/http/errors.js'
import { Exchange, type ExchangeOwner } from '../../net/http/exchange.js'
import type { ResponseHead } from '../../net/http/response-parser.js'
import { type CallSite, calledAt } from '../../vu/call-site.js'
import type { Timer } from '../../vu/timer-queue.js'
import type { HoldToken, VirtualUser } from '../../vu/virtual-user.js'
import { CookieJar, storeCookies, vuJar } from '../cookie-jar.js'
import { type HopRequest, isRedirect, nextHop, outgoing, type RedirectRules } from '../k6-http/hop.js'
import type { HttpVu } from '../k6-http/http-vu.js'
import { measureExchange } from '../k6-http/metrics.js'
import { isExpected } from '../k6-http/statuses.js'
import type { Cancellable } from '../kept-connections.js'
import { BodyFeed } from './body-feed.js'
import { makeResponse } from './fetch-response.js'

export interface FetchRequest {
  readonly hop: HopRequest
  readonly userAgent: string
  readonly redirect: 'follow' | 'error' | 'manual'
  readonly usesCookies: boolean
  /** The request that the signal belongs to. It is kept here, because memory collection would end the connection of its signal to the script's. */
  readonly origin: Request
  /** Where the script called. */
  readonly site: CallSite
}

const MOST_REDIRECTS = 20
/** Node's own limit for the head of a response. */
const HEAD_TIMEOUT_MS = 300_000

const NULL_BODY = new Set([204, 205, 304])

const RULES_OF_STANDARD: RedirectRules = {
  keepsMethod: (status, method) => status !== 303 && (method !== 'POST' || status >= 307),
  sharesCredentials: (one, other) => one.origin === other.origin,
}

export class FetchCall implements ExchangeOwner, Cancellable, BodySink {
  readonly #http: HttpVu
  readonly #vu: VirtualUser
  readonly #request: FetchRequest
  readonly #jar: CookieJar
  readonly #tags: TagSet
  readonly #resolve: (response: Response) => void
  readonly #reject: (reason: unknown) => void
  readonly #hold: HoldToken
  readonly #onAbort = (): void => this.#abort()
  #hop: HopRequest
  #redirects = 0
  #exchange: Exchange | null = null
  #timer: Timer | null = null
  /** Takes the body; null for a response whose body is dropped, for example a redirect. */
  #body: BodyFeed | null = null
  #length = 0
  #isAnswered = false
  #isOver = false

  constructor(
    http: HttpVu,
    request: FetchRequest,
    resolve: (response: Response) => void,
    reject: (reason: unknown) => void,
  ) {
    const { vu } = http
    this.#http = http
    this.#vu = vu
    this.#request = request
    this.#hop = request.hop
    this.#jar = request.usesCookies ? vuJar(vu) : NO_COOKIES
    this.#tags = vu.tags
    this.#resolve = resolve
    this.#reject = reject
    this.#hold = vu.hold()
  }

  start(): void {
    this.#http.begin(this)
    this.#request.origin.signal.addEventListener('abort', this.#onAbort)
    this.#timer = this.#vu.shard.timers.add(HEAD_TIMEOUT_MS, headTimedOut, this)
    this.#sendWhenDue()
  }

  /** Called by the VU. */
  cancel(): void {
    this.#end()
  }

  #sendWhenDue(): void {
    const { shard } = this.#vu
    const { rps } = shard.settings.http
    const wait = rps > 0 ? shard.takeRequestSlot(1000 / rps) : 0
    if (wait > 0) shard.timers.add(wait, sendNow, this)
    else this.send()
  }

  send(): void {
    if (this.#isOver) return
    const { shard } = this.#vu
    const { request } = outgoing(this.#vu, this.#hop, {
      jar: this.#jar,
      userAgent: this.#request.userAgent,
      closes: shard.settings.http.noConnectionReuse,
      sendsBasic: false,
      authorization: undefined,
    })
    this.#exchange = new Exchange(request, this, this, shard.dialer.now)
    this.#http.pool.send(this.#exchange)
  }

  // ---- the response -------------------------------------------------------------------------------------------------

  begin(head: ResponseHead): void {
    if (this.#request.usesCookies) storeCookies(this.#jar, this.#hop.target.url, head.fields)
    if (this.#request.redirect !== 'manual' && isRedirect(head.status, head.headers['Location'])) return
    this.#isAnswered = true
    this.#cancelTimer()
    const hasBody = !NULL_BODY.has(head.status) && this.#hop.method !== 'HEAD'
    this.#body = hasBody ? new BodyFeed(this.#vu, head, this) : null
    this.#vu.post(deliver, this, {
      head,
      body: this.#body,
      url: this.#hop.target.url,
      isRedirected: this.#redirects > 0,
    })
  }

  deliver({ head, body, url, isRedirected }: Arrival): void {
    this.#resolve(makeResponse(head, body?.stream ?? null, url, isRedirected))
  }

  add(chunk: Buffer): void {
    if (this.#body === null) return
    this.#length += chunk.length
    if (this.#length > MOST_BODY_BYTES) throw bodyTooLarge()
    this.#body.push(chunk)
  }

  setReading(isReading: boolean): void {
    this.#exchange?.setReading(isReading)
  }

  /** The script has cancelled the body. */
  bodyCancelled(): void {
    if (this.#isOver) return
    if (this.#exchange !== null) this.#measure(this.#exchange, null)
    this.#body = null
    this.#end()
  }

  exchangeDone(exchange: Exchange): void {
    const { error, head } = exchange
    this.#measure(exchange, error)
    if (error !== null) {
      this.#fail(error)
      return
    }
    const location = head!.headers['Location']
    if (!this.#isAnswered && isRedirect(head!.status, location)) this.#follow(head!.status, location)
    else {
      this.#body?.obeySignal(this.#request.origin)
      this.#end()
    }
  }

  #follow(status: number, location: string): void {
    if (this.#request.redirect === 'error') return this.#failWith(new Error('unexpected redirect'))
    if (this.#redirects >= MOST_REDIRECTS) return this.#failWith(new Error('redirect count exceeded'))
    try {
      this.#hop = { ...nextHop(this.#hop, status, location, RULES_OF_STANDARD), referer: null }
    } catch (error) {
      return this.#failWith(error as Error)
    }
    this.#redirects++
    this.#sendWhenDue()
  }

  #fail(error: HttpError): void {
    this.#failWith(Object.assign(new Error(error.detail), { code: codeOf(error), error_code: error.code }))
  }

  #failWith(cause: Error): void {
    this.#settle(calledAt(new TypeError('fetch failed', { cause }), this.#request.site))
  }

  #abort(): void {
    const { reason } = this.#request.origin.signal
    // A request that met its time limit has failed, as with `timeout` of k6/http. One that the script has aborted has not failed.
    if (isTimeout(reason)) this.#measureTimeout()
    this.#settle(reason)
  }

  #measureTimeout(): void {
    if (this.#exchange !== null)
      this.#measure(this.#exchange, new HttpError(HttpErrorCode.requestTimeout, 'request timeout'))
  }

  headTimedOut(): void {
    this.#timer = null
    this.#measureTimeout()
    this.#failWith(Object.assign(new Error('Headers Timeout Error'), { code: 'UND_ERR_HEADERS_TIMEOUT' }))
  }

  #settle(reason: unknown): void {
    if (this.#isOver) return
    if (this.#isAnswered) this.#body?.fail(reason)
    else this.#vu.post(rejectWith, this.#reject, reason)
    this.#body = null
    this.#end()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#body?.end()
    this.#exchange?.cancel()
    this.#request.origin.signal.removeEventListener('abort', this.#onAbort)
    this.#cancelTimer()
    this.#http.end(this)
    // Posted and not called: the tasks that were posted before come first.
    this.#vu.post(release, this.#vu, this.#hold)
  }

  #cancelTimer(): void {
    if (this.#timer !== null) this.#vu.shard.timers.cancel(this.#timer)
    this.#timer = null
  }

  #measure(exchange: Exchange, error: HttpError | null): void {
    const { callback } = this.#http
    const status = error === null ? (exchange.head?.status ?? 0) : 0
    measureExchange(this.#vu, {
      tags: this.#tags,
      method: this.#hop.method,
      url: this.#hop.target.masked,
      name: undefined,
      exchange,
      error,
      isExpected: callback === null ? null : isExpected(callback, status),
    })
  }
}

interface Arrival {
  readonly head: ResponseHead
  readonly body: BodyFeed | null
  readonly url: string
  readonly isRedirected: boolean
}

const NO_COOKIES = new CookieJar()

/** The codes that Node's fetch has for these errors; libraries look at them. */
const NODE_CODES: Readonly<Record<number, string>> = {
  [HttpErrorCode.refused]: 'ECONNREFUSED',
  [HttpErrorCode.reset]: 'ECONNRESET',
  [HttpErrorCode.brokenPipe]: 'EPIPE',
  [HttpErrorCode.noSuchHost]: 'ENOTFOUND',
  [HttpErrorCode.dialTimeout]: 'UND_ERR_CONNECT_TIMEOUT',
}

function codeOf({ code }: HttpError): string {
  return NODE_CODES[code] ?? 'UND_ERR_SOCKET'
}

function deliver(call: FetchCall, arrival: Arrival): void {
  call.deliver(arrival)
}

function rejectWith(reject: (reason: unknown) => void, reason: unknown): void {
  reject(reason)
}

function release(vu: VirtualUser, hold: HoldToken): void {
  vu.release(hold)
}

function headTimedOut(call: FetchCall): void {
  call.headTimedOut()
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError'
}

function sendNow(call: FetchCall): void {
  call.send()
}
