/**
 * A hop is one request of a call: the first is that of the script, each redirect that is followed makes another.
 *
 * Source  docs/spec/http.md §6, §10, §11.3, §12
 */

import type { HeaderList } from '../../net/headers.js'
import { httpError } from '../../net/http/errors.js'
import type { OutgoingRequest } from '../../net/http/request.js'
import { type HttpTarget, resolveUrl, targetOf, withoutUserInfo } from '../../net/http/target.js'
import { environmentProxy } from '../../net/proxy.js'
import { UrlError } from '../../net/url.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { type CookieJar, cookiesOf } from '../cookie-jar.js'
import { cookieLine, cookiesToSend, type SentCookie } from './cookies.js'
import type { ParamCookie } from './params.js'
import type { PreparedRequest } from './prepared-request.js'

export interface HopRequest {
  readonly method: string
  readonly target: HttpTarget
  readonly host: string | undefined
  readonly headers: ReadonlyMap<string, string>
  readonly cookies: readonly ParamCookie[]
  readonly body: string | Uint8Array | null
  /** Value of `Referer` after a redirect; a header of the script's own replaces it. */
  readonly referer: string | null
}

export interface Outgoing {
  readonly request: OutgoingRequest
  readonly cookies: readonly SentCookie[]
}

const NO_COOKIES: readonly SentCookie[] = []
const NO_FIELDS: HeaderList = []

/** Methods whose requests have a `Content-Length: 0` when there is no body. */
const LENGTH_ALWAYS = new Set(['POST', 'PUT', 'PATCH'])
/** Methods whose requests may be sent a second time when a connection that was kept has turned out to be closed. */
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

export interface SendingOptions {
  readonly jar: CookieJar
  readonly userAgent: string
  /** `Connection: close` on each request. */
  readonly closes: boolean
  /** Sends the user info of the URL as basic credentials. */
  readonly sendsBasic: boolean
  /** The answer to a challenge of the server. */
  readonly authorization: string | undefined
}

/** The request as it is sent now: with cookies, credentials and proxy. */
export function outgoing(vu: VirtualUser, hop: HopRequest, options: SendingOptions): Outgoing {
  const { method, target, body } = hop
  const headers = hop.referer === null ? hop.headers : withReferer(hop.headers, hop.referer)
  const ofJar = cookiesOf(options.jar, target.url)
  const cookies = hop.cookies.length === 0 && ofJar.length === 0 ? NO_COOKIES : cookiesToSend(hop.cookies, ofJar)
  const closes = options.closes || headers.get('Connection')?.toLowerCase() === 'close'
  const authorization = options.authorization ?? (options.sendsBasic ? basicCredentials(hop) : undefined)
  const isPlain = headers.size === 0 && cookies.length === 0 && !closes && authorization === undefined
  const request: OutgoingRequest = {
    method,
    target,
    host: hop.host ?? target.authority,
    userAgent: options.userAgent,
    headers: isPlain ? NO_FIELDS : fieldsOf(vu, headers, cookies, closes, authorization),
    body,
    contentLength: body === null ? (LENGTH_ALWAYS.has(method) ? 0 : null) : Buffer.byteLength(body),
    isRepeatable: REPEATABLE.has(method) || headers.has('Idempotency-Key') || headers.has('X-Idempotency-Key'),
    closes,
    proxy: environmentProxy(target.url),
  }
  return { request, cookies }
}

function fieldsOf(
  vu: VirtualUser,
  headers: ReadonlyMap<string, string>,
  cookies: readonly SentCookie[],
  closes: boolean,
  authorization: string | undefined,
): HeaderList {
  const all = new Map(headers)
  if (closes) all.set('Connection', 'close')
  if (authorization !== undefined) all.set('Authorization', authorization)
  if (cookies.length > 0) {
    const own = headers.get('Cookie')
    const line = cookieLine(cookies, (text) => vu.shard.log.info(text))
    all.set('Cookie', own === undefined || own === '' ? line : `${own}; ${line}`)
  }
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1))
}

function basicCredentials({ target: { userInfo }, headers }: HopRequest): string | undefined {
  if (userInfo === null || headers.has('Authorization')) return undefined
  const { user, password } = credentialsOf(userInfo)
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

export function credentialsOf(userInfo: string): { user: string; password: string } {
  const colon = userInfo.indexOf(':')
  if (colon < 0) return { user: decoded(userInfo), password: '' }
  return { user: decoded(userInfo.slice(0, colon)), password: decoded(userInfo.slice(colon + 1)) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export function firstHop(prepared: PreparedRequest): HopRequest {
  const { method, target, host, headers, body, params } = prepared
  return { method, target: target!, host, headers, cookies: params.cookies, body, referer: null }
}

const FOLLOWED = new Set([301, 302, 303, 307, 308])

export function isRedirect(status: number, location: string | undefined): location is string {
  return location !== undefined && location !== '' && FOLLOWED.has(status)
}

/** Where `k6/http` and `fetch` differ when they follow a redirect. */
export interface RedirectRules {
  /** Whether the next request has the method and the body of this one; otherwise it is a GET without a body. */
  keepsMethod(status: number, method: string): boolean
  /** Whether the credentials that the script gave for one target may be sent to the other. */
  sharesCredentials(one: HttpTarget, other: HttpTarget): boolean
}

const RULES_OF_K6: RedirectRules = {
  keepsMethod: (status) => status === 307 || status === 308,
  sharesCredentials: (one, other) => one.host.toLowerCase() === other.host.toLowerCase(),
}

/** Throws HttpError for a `Location` that is no URL, or one that cannot be requested. */
export function nextHop(hop: HopRequest, status: number, location: string, rules = RULES_OF_K6): HopRequest {
  const target = redirectTarget(hop.target, location)
  const keepsMethod = rules.keepsMethod(status, hop.method)
  const method = keepsMethod || hop.method === 'HEAD' ? hop.method : 'GET'
  const sharesCredentials = rules.sharesCredentials(hop.target, target)
  const headers = new Map(hop.headers)
  if (!keepsMethod) for (const name of OF_BODY) headers.delete(name)
  if (!sharesCredentials) for (const name of OF_HOST) headers.delete(name)
  const isRelative = !/^([A-Za-z][\w+.-]*:|\/\/)/.test(location)
  return {
    method,
    target,
    host: isRelative ? hop.host : undefined,
    headers,
    cookies: sharesCredentials ? hop.cookies : [],
    body: keepsMethod ? hop.body : null,
    referer: hop.target.isTls && !target.isTls ? null : refererOf(hop.target),
  }
}

const OF_BODY = ['Content-Type', 'Content-Encoding', 'Content-Language', 'Content-Location']
const OF_HOST = ['Authorization', 'Cookie', 'Www-Authenticate']

function redirectTarget(from: HttpTarget, location: string): HttpTarget {
  try {
    return targetOf(resolveUrl(location, from))
  } catch (error) {
    if (!(error instanceof UrlError)) throw error
    throw httpError(`failed to parse Location header ${JSON.stringify(location)}: ${error.message}`)
  }
}

function withReferer(headers: ReadonlyMap<string, string>, referer: string): ReadonlyMap<string, string> {
  return headers.has('Referer') ? headers : new Map(headers).set('Referer', referer)
}

function refererOf(target: HttpTarget): string {
  const bare = withoutUserInfo(target)
  const fragment = bare.indexOf('#')
  return fragment < 0 ? bare : bare.slice(0, fragment)
}
