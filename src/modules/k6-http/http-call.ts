/**
 * One call of a request function, from the prepared request to its response. It may need several exchanges, for redirects and for answers to challenges.
 * Each exchange has its own samples; one time limit is for all of them.
 *
 * Shape   `begin` starts it. `done` is called once: after begin() has returned, and not when the VU is interrupted before. Then `response` is
 *         set, and `problem` when the request failed
 * Events  `isImmediate`: `done` is called directly by the socket, outside of all turns, so the VU may go on at once
 */

import type { TagSet } from '../../metrics/tag-set.js'
import { addToList } from '../../net/headers.js'
import { BodyCollector, type BodySink, NO_BODY_SINK } from '../../net/http/body-sink.js'
import { codingsOf, decode, decodeSmall } from '../../net/http/content-coding.js'
import { HttpError, HttpErrorCode } from '../../net/http/errors.js'
import { Exchange, type ExchangeOwner } from '../../net/http/exchange.js'
import type { ResponseHead } from '../../net/http/response-parser.js'
import { maskedText, targetOf, withoutUserInfo } from '../../net/http/target.js'
import type { Timer } from '../../vu/timer-queue.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { type CookieJar, storeCookies, vuJar } from '../cookie-jar.js'
import type { Cancellable } from '../kept-connections.js'
import { type Authenticator, authenticatorFor } from './authentication.js'
import { receivedCookies, type SentCookie } from './cookies.js'
import { logRequest, logResponse } from './debug-log.js'
import { firstHop, type HopRequest, isRedirect, nextHop, outgoing } from './hop.js'
import type { HttpVu } from './http-vu.js'
import { measureExchange, statusCodeError } from './metrics.js'
import type { ResponseType } from './params.js'
import type { PreparedRequest } from './prepared-request.js'
import { HttpResponse, type ShownRequest } from './response.js'
import { isExpected, type ResponseCallback } from './statuses.js'

const DEFAULT_REDIRECTS = 10

export type CallDone = (call: HttpCall, isImmediate: boolean) => void

export class HttpCall implements ExchangeOwner, Cancellable {
  response: HttpResponse | null = null
  /** The text of a failure for the log, or for the exception of the option `throw`. */
  problem: string | null = null
  readonly prepared: PreparedRequest
  readonly #http: HttpVu
  readonly #vu: VirtualUser
  readonly #jar: CookieJar
  readonly #tags: TagSet
  readonly #callback: ResponseCallback
  readonly #responseType: ResponseType
  readonly #mostRedirects: number
  #done: CallDone | null = null
  #hop: HopRequest | null = null
  #redirects = 0
  #exchange: Exchange | null = null
  #collector: BodyCollector | null = null
  #authenticator: Authenticator | null = null
  #authorization: string | undefined
  #timer: Timer | null = null
  #shown: ShownRequest | null = null
  #debugId = ''
  /** The `Location` of a redirect that cannot be followed, for example `ftp://…`. */
  #deadEnd: string | null = null
  #isOver = false

  constructor(http: HttpVu, prepared: PreparedRequest) {
    const { vu } = http
    const { params, target } = prepared
    const { http: settings } = vu.shard.settings
    this.prepared = prepared
    this.#http = http
    this.#vu = vu
    this.#jar = params.jar ?? vuJar(vu)
    this.#tags = params.tags === null ? vu.tags : vu.tags.withAll(params.tags)
    this.#callback = params.callback === undefined ? http.callback : params.callback
    this.#responseType = params.responseType ?? (settings.discardResponseBodies ? 'none' : 'text')
    this.#mostRedirects = params.redirects ?? settings.maxRedirects ?? DEFAULT_REDIRECTS
    if (target !== null && params.auth !== 'basic') this.#authenticator = authenticatorFor(params.auth, prepared)
  }

  begin(done: CallDone): void {
    this.#done = done
    this.#http.begin(this)
    const { failure, params } = this.prepared
    if (failure !== null) {
      process.nextTick(fail, this, failure)
      return
    }
    const hop = firstHop(this.prepared)
    this.#hop = this.#authenticator === null ? hop : { ...hop, target: targetOf(withoutUserInfo(hop.target)) }
    if (params.timeout <= 0) process.nextTick(timeOut, this)
    else this.#sendWhenDue()
  }

  /** Scheme, host and port, for the limit `batchPerHost`; empty for a wrong URL. */
  get origin(): string {
    return this.prepared.target?.origin ?? ''
  }

  cancel(): void {
    this.#end()
  }

  // ---- sending ------------------------------------------------------------------------------------------------------

  /** Waits when the option `rps` demands it. The wait is not measured. */
  #sendWhenDue(): void {
    const { shard } = this.#vu
    const { rps } = shard.settings.http
    const wait = rps > 0 ? shard.takeRequestSlot(1000 / rps) : 0
    this.#exchange = null
    if (wait > 0) shard.timers.add(wait, sendNow, this)
    else this.send()
  }

  send(): void {
    // The call may have ended while it waited for its place.
    if (this.#isOver) return
    const { shard } = this.#vu
    const hop = this.#hop!
    const { request, cookies } = outgoing(this.#vu, hop, {
      jar: this.#jar,
      userAgent: this.prepared.userAgent,
      closes: shard.settings.http.noConnectionReuse,
      sendsBasic: this.#authenticator === null,
      authorization: this.#authorization,
    })
    this.#timer ??= shard.timers.add(this.prepared.params.timeout, timeOut, this)
    this.#shown ??= shownRequest(this.prepared, request.headers, request.userAgent, cookies)
    if (shard.settings.http.debug !== '') this.#debugId = logRequest(this.#vu, request)
    this.#exchange = new Exchange(request, this.#newSink(), this, shard.dialer.now)
    this.#http.pool.send(this.#exchange)
  }

  #newSink(): BodySink {
    const isDebugged = this.#vu.shard.settings.http.debug === 'full'
    this.#collector = this.#responseType === 'none' && !isDebugged ? null : new BodyCollector()
    return this.#collector ?? NO_BODY_SINK
  }

  // ---- receiving ----------------------------------------------------------------------------------------------------

  exchangeDone(exchange: Exchange): void {
    const { error, head } = exchange
    if (error !== null) {
      this.fail(error)
      return
    }
    storeCookies(this.#jar, this.#hop!.target.url, head!.fields)
    if (this.#debugId !== '') logResponse(this.#vu, this.#debugId, head!, this.#collector)
    if (this.#answerChallenge(head!) || this.#follow(head!)) return
    this.#finish(head!)
  }

  /** True when the response was a challenge, and the request is sent again with credentials. */
  #answerChallenge(head: ResponseHead): boolean {
    const authenticator = this.#authenticator
    // Credentials are for the host of the script's URL; a redirect may have led to another.
    if (authenticator === null || this.#hop!.target.host !== this.prepared.target!.host) return false
    const authorization = authenticator.answer(head, this.#hop!)
    if (authorization === null) return false
    this.#measure(head.status, null, true)
    this.#authorization = authorization
    this.#sendWhenDue()
    return true
  }

  /** True when the response was a redirect that is followed, or that makes the call fail. */
  #follow(head: ResponseHead): boolean {
    const location = head.headers['Location']
    if (!isRedirect(head.status, location)) return false
    if (this.#redirects >= this.#mostRedirects) {
      this.#warnOfRedirects()
      return false
    }
    let next: HopRequest
    try {
      next = nextHop(this.#hop!, head.status, location)
    } catch (error) {
      const reason = error as HttpError
      // A `Location` that is no URL makes this response fail. A `Location` that cannot be reached makes the next request fail.
      if (!reason.message.startsWith('failed to parse')) {
        this.#measure(head.status, null)
        this.#exchange = null
        this.#deadEnd = location
      }
      this.fail(reason)
      return true
    }
    this.#measure(head.status, null)
    this.#redirects++
    this.#hop = next
    this.#authorization = undefined
    this.#sendWhenDue()
    return true
  }

  #warnOfRedirects(): void {
    const { params, target } = this.prepared
    if (params.redirects !== undefined || this.#vu.shard.settings.http.maxRedirects !== null) return
    this.#vu.shard.log.warning(
      `Stopped after ${this.#redirects} redirects and returned the redirection; ` +
        'pass { redirects: n } in request params or set global maxRedirects to silence this',
      { url: target!.masked },
    )
  }

  #finish(head: ResponseHead): void {
    const exchange = this.#exchange!
    const codings = this.#responseType === 'none' ? [] : codingsOf(head.headers['Content-Encoding'])
    const collector = this.#collector
    if (codings.length === 0 || collector === null || collector.length === 0) {
      this.#succeed(head, collector === null ? null : this.#bodyOf(head, collector.take()), exchange.isImmediate)
      return
    }
    const bytes = collector.take()
    const small = decodeSmall(bytes, codings)
    if (small !== null) {
      this.#succeed(head, this.#bodyOf(head, small), exchange.isImmediate)
      return
    }
    decode(bytes, codings, ({ bytes: decoded, error }) => {
      if (this.#isOver) return
      if (error === null) this.#succeed(head, this.#bodyOf(head, decoded), false)
      else this.fail(error, decoded)
    })
  }

  #bodyOf({ status }: ResponseHead, bytes: Buffer): string | ArrayBuffer | null {
    if (this.#responseType === 'none') return null
    if (bytes.length === 0 && (status === 204 || status === 304)) return null
    return this.#converted(bytes)
  }

  #converted(bytes: Buffer): string | ArrayBuffer {
    if (this.#responseType === 'text') return bytes.toString('utf8')
    const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength
    return (whole ? bytes.buffer : Uint8Array.from(bytes).buffer) as ArrayBuffer
  }

  #succeed(head: ResponseHead, body: string | ArrayBuffer | null, isImmediate: boolean): void {
    this.#measure(head.status, null)
    this.response = new HttpResponse(
      {
        status: head.status,
        statusText: head.statusText,
        proto: head.proto,
        url: this.#hop!.target.url,
        headers: { ...head.headers },
        cookies: head.headers['Set-Cookie'] === undefined ? {} : receivedCookies(head.fields),
        body,
        error: '',
        errorCode: statusCodeError(head.status),
        exchange: this.#exchange,
        request: this.#shown!,
      },
      this.#http.actions,
    )
    this.#report(isImmediate)
  }

  /** `decoded`: what could be decoded of the body. */
  fail(error: HttpError, decoded?: Buffer): void {
    if (this.#isOver) return
    this.#exchange?.cancel()
    this.#measure(0, error)
    const partial = decoded ?? this.#collector?.take()
    const hasPart = partial !== undefined && partial.length > 0 && this.#responseType !== 'none'
    this.response = new HttpResponse(
      {
        status: 0,
        statusText: '',
        proto: '',
        url: this.#deadEnd ?? this.#hop?.target.url ?? this.prepared.url,
        headers: {},
        cookies: {},
        body: hasPart ? this.#converted(partial) : null,
        error: error.message,
        errorCode: error.code,
        exchange: this.#exchange,
        request: this.#shown ?? shownRequest(this.prepared, [], this.prepared.userAgent, []),
      },
      this.#http.actions,
    )
    this.problem = error.isOfBody ? error.detail : this.#describe(error)
    this.#report(false)
  }

  /** `Get "http://…": reason` */
  #describe(error: HttpError): string {
    const { method, target, url } = this.prepared
    const verb = method.slice(0, 1).toUpperCase() + method.slice(1).toLowerCase()
    const shown = this.#deadEnd === null ? (this.#hop?.target ?? target)?.masked : undefined
    return `${verb} ${JSON.stringify(shown ?? maskedText(this.#deadEnd ?? url))}: ${error.detail}`
  }

  timeOut(): void {
    this.#timer = null
    const isOfBody = this.#exchange?.head != null
    this.fail(new HttpError(HttpErrorCode.requestTimeout, 'request timeout', 'request timeout', isOfBody))
  }

  // -------------------------------------------------------------------------------------------------------------------

  /** The samples of the present hop; `status` is 0 for a failure. `isAnswered`: a challenge that will be answered, and so was expected. */
  #measure(status: number, error: HttpError | null, isAnswered = false): void {
    const target = this.#deadEnd === null ? this.#hop?.target : undefined
    const callback = this.#callback
    measureExchange(this.#vu, {
      tags: this.#tags,
      method: this.#hop?.method ?? this.prepared.method,
      url: target?.masked ?? maskedText(this.#deadEnd ?? this.prepared.url),
      name: this.prepared.name,
      exchange: this.#exchange,
      error,
      isExpected: callback === null ? null : isAnswered || isExpected(callback, status),
    })
  }

  #report(isImmediate: boolean): void {
    const done = this.#done!
    this.#end()
    done(this, isImmediate)
  }

  #end(): void {
    const { timers } = this.#vu.shard
    this.#isOver = true
    this.#done = null
    this.#http.end(this)
    if (this.#timer !== null) timers.cancel(this.#timer)
    this.#timer = null
    this.#exchange?.cancel()
  }
}

function shownRequest(
  { method, url, target, shownBody }: PreparedRequest,
  fields: readonly (readonly [string, string])[],
  userAgent: string,
  cookies: readonly SentCookie[],
): ShownRequest {
  const headers: Record<string, string[]> = userAgent === '' ? {} : { 'User-Agent': [userAgent] }
  for (const [name, value] of fields) headers[name] = [value]
  const shownCookies: Record<string, SentCookie[]> = {}
  for (const cookie of cookies) addToList(shownCookies, cookie.name, cookie)
  const body =
    typeof shownBody === 'string'
      ? shownBody
      : Buffer.from(shownBody.buffer, shownBody.byteOffset, shownBody.byteLength).toString('utf8')
  return { method, url: target?.url ?? url, headers, body, cookies: shownCookies }
}

function fail(call: HttpCall, error: HttpError): void {
  call.fail(error)
}

function timeOut(call: HttpCall): void {
  call.timeOut()
}

function sendNow(call: HttpCall): void {
  call.send()
}
