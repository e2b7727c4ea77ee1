/**
 * Reads the `params` of a request. A key whose value is undefined counts as missing.
 *
 * Units   timeout in milliseconds
 * Errors  PreparationError with k6's texts; HostError for tags
 * Source  docs/spec/http.md §4
 */
import { parseDuration } from '../../base/duration.js'
import type { HeaderList } from '../../net/headers.js'
import { CODINGS, type Coding, isCoding } from '../../net/http/content-coding.js'
import { describe } from '../../vu/host-error.js'
import { headersOf, metricTags } from '../call-params.js'
import { CookieJar } from '../cookie-jar.js'
import { PreparationError } from './preparation-error.js'
import { ExpectedStatuses, type ResponseCallback } from './statuses.js'

export type ResponseType = 'text' | 'binary' | 'none'

export type AuthScheme = 'basic' | 'digest' | 'ntlm'

export interface ParamCookie {
  readonly name: string
  readonly value: string
  /** Replaces a cookie of the jar with this name; otherwise both are sent. */
  readonly replace: boolean
}

export interface Params {
  /** Names as the script writes them. */
  readonly headers: HeaderList
  readonly tags: Readonly<Record<string, string>> | null
  readonly cookies: readonly ParamCookie[]
  /** Undefined: the VU's own jar. */
  readonly jar: CookieJar | undefined
  readonly timeout: number
  /** Undefined: the option `maxRedirects`. */
  readonly redirects: number | undefined
  readonly auth: AuthScheme
  readonly codings: readonly Coding[]
  /** Undefined: what the option `discardResponseBodies` says. */
  readonly responseType: ResponseType | undefined
  /** Undefined: that of `http.setResponseCallback`. */
  readonly callback: ResponseCallback | undefined
}

const DEFAULT_TIMEOUT = 60_000

export const NO_PARAMS: Params = {
  headers: [],
  tags: null,
  cookies: [],
  jar: undefined,
  timeout: DEFAULT_TIMEOUT,
  redirects: undefined,
  auth: 'basic',
  codings: [],
  responseType: undefined,
  callback: undefined,
}

export function parseParams(given: unknown): Params {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return NO_PARAMS
  const params = given as Record<string, unknown>
  const { headers, tags, cookies, jar, timeout, redirects, auth, compression, responseType } = params
  return {
    headers: headersOf(headers),
    tags: isObject(tags) ? metricTags(tags, 'invalid HTTP request metric tags') : null,
    cookies: isObject(cookies) ? Object.entries(cookies).map(cookieOf) : NO_PARAMS.cookies,
    jar: jar instanceof CookieJar ? jar : undefined,
    timeout: timeout === undefined ? DEFAULT_TIMEOUT : timeoutOf(timeout),
    redirects: redirects === undefined ? undefined : Math.max(0, integerOf(redirects)),
    auth: auth === 'digest' || auth === 'ntlm' ? auth : 'basic',
    codings: compression === undefined || compression === null ? [] : codingsOf(String(compression)),
    responseType: responseType === undefined ? undefined : responseTypeOf(responseType),
    callback: callbackOf(params['responseCallback']),
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function cookieOf([name, given]: [string, unknown]): ParamCookie {
  if (!isObject(given)) return { name, value: String(given), replace: false }
  const { value, replace } = given
  return { name, value: String(value ?? ''), replace: Boolean(replace) }
}

function timeoutOf(value: unknown): number {
  const ms = parseDuration(value)
  if (ms === undefined)
    throw new PreparationError(`invalid timeout value: unable to use ${describe(value)} as a duration value`)
  return ms
}

function integerOf(value: unknown): number {
  const number = typeof value === 'object' ? 0 : Math.trunc(Number(value))
  return Number.isFinite(number) ? number : 0
}

function codingsOf(list: string): Coding[] {
  if (list.trim() === '') return []
  return list.split(',').map((given) => {
    const name = given.trim()
    if (isCoding(name)) return name
    throw new PreparationError(`unknown compression algorithm ${name}, supported algorithms are [${CODINGS.join(' ')}]`)
  })
}

function responseTypeOf(value: unknown): ResponseType {
  if (value === 'text' || value === 'binary' || value === 'none') return value
  throw new PreparationError(`${describe(value)} does not belong to ResponseType values`)
}

function callbackOf(value: unknown): ResponseCallback | undefined {
  if (value === undefined || value === null || value instanceof ExpectedStatuses) return value
  throw new PreparationError('unsupported responseCallback')
}
