/**
 * Makes a request that is ready to be sent from the arguments of a call.
 *
 * Errors  PreparationError or HostError for wrong arguments: then there is no sample. A request that cannot be sent and counts as failed has
 *         its error in `failure`
 * Source  docs/spec/http.md §2, §3, §5, §6, §9.2
 */

import { canonicalHeaderName, isToken } from '../../net/headers.js'
import { encode } from '../../net/http/content-coding.js'
import { type HttpError, httpError } from '../../net/http/errors.js'
import { type HttpTarget, maskedText, targetOf } from '../../net/http/target.js'
import { UrlError } from '../../net/url.js'
import { describe } from '../../vu/host-error.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { encodeBody } from './body.js'
import { NO_PARAMS, type Params, parseParams } from './params.js'
import { PreparationError } from './preparation-error.js'
import { isTemplateUrl } from './url-template.js'

export interface PreparedRequest {
  readonly method: string
  /** As the script writes it. */
  readonly url: string
  /** Null when the request cannot be sent. */
  readonly target: HttpTarget | null
  readonly failure: HttpError | null
  /** The script's own value for the tags `url` and `name`. */
  readonly name: string | undefined
  /** By canonical name, without Host, User-Agent, Content-Length and Transfer-Encoding. */
  readonly headers: ReadonlyMap<string, string>
  /** The script's own value of `Host`; undefined: the host of the URL. */
  readonly host: string | undefined
  readonly userAgent: string
  readonly body: string | Uint8Array | null
  /** What scripts see as the body of the request. */
  readonly shownBody: string | Uint8Array
  readonly params: Params
}

const STANDARD_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'OPTIONS', 'DELETE'])
const NO_HEADERS: ReadonlyMap<string, string> = new Map()

export function prepareRequest(
  vu: VirtualUser,
  givenMethod: unknown,
  givenUrl: unknown,
  body: unknown,
  givenParams: unknown,
): PreparedRequest {
  const params = givenParams === undefined ? NO_PARAMS : parseParams(givenParams)
  const method = methodOf(givenMethod)
  const { url, template } = urlOf(givenUrl)
  const { target, failure } = findTarget(url)
  const { log, settings } = vu.shard
  const given = headersOf(params)
  const encoded = encodeBody(body, given.get('Content-Type'), (text) => log.warning(text))
  let sent = encoded.data
  if (encoded.contentType !== null) given.set('Content-Type', encoded.contentType)
  if (params.codings.length > 0 && sent !== null) {
    sent = encode(typeof sent === 'string' ? Buffer.from(sent) : sent, params.codings)
    setContentEncoding(vu, given, params.codings.join(', '))
  }
  const { host, userAgent, length } = takeTransport(given)
  const request: PreparedRequest = {
    method,
    url,
    target,
    failure: failure ?? methodFailure(method) ?? headerFailure(given),
    name: params.tags !== null && Object.hasOwn(params.tags, 'name') ? params.tags['name'] : template,
    headers: given.size === 0 ? NO_HEADERS : given,
    host,
    userAgent: userAgent ?? settings.userAgent,
    body: sent,
    shownBody: encoded.data ?? '',
    params,
  }
  if (length !== undefined) warnOfLength(vu, request, length)
  return request
}

/** Standard methods in capital letters; other methods as the script writes them. */
export function methodOf(given: unknown): string {
  if (given === undefined || given === null || given === '') return 'GET'
  const method = String(given)
  if (STANDARD_METHODS.has(method)) return method
  const capitals = method.toUpperCase()
  return STANDARD_METHODS.has(capitals) ? capitals : method
}

function urlOf(given: unknown): { readonly url: string; readonly template: string | undefined } {
  if (typeof given === 'string') return { url: given, template: undefined }
  if (isTemplateUrl(given)) return { url: given.url, template: given.name }
  throw PreparationError.ofUrl(`invalid URL: '${describe(given)}': give a string, or what http.url makes`)
}

function findTarget(url: string): { target: HttpTarget | null; failure: HttpError | null } {
  try {
    return { target: targetOf(url), failure: null }
  } catch (error) {
    if (error instanceof UrlError) throw PreparationError.ofUrl(`invalid URL: ${error.message}`)
    return { target: null, failure: error as HttpError }
  }
}

/** When two names differ only in case, the last one counts. */
function headersOf({ headers }: Params): Map<string, string> {
  const map = new Map<string, string>()
  for (const [name, value] of headers) map.set(canonicalHeaderName(name), value)
  return map
}

function setContentEncoding({ shard }: VirtualUser, headers: Map<string, string>, codings: string): void {
  const given = headers.get('Content-Encoding')
  if (given === undefined) headers.set('Content-Encoding', codings)
  else if (given !== codings) {
    shard.log.warning(
      `The request's Content-Encoding header "${given}" is not what the body is compressed with (${codings}); it is sent as given`,
    )
  }
}

/** Takes headers out that are not sent as the script gives them: they have fields of their own, or are ignored. */
function takeTransport(headers: Map<string, string>): { host?: string; userAgent?: string; length?: string } {
  if (headers.size === 0) return NOTHING_GIVEN
  const host = headers.get('Host')
  const userAgent = headers.get('User-Agent')
  const length = headers.get('Content-Length')
  for (const name of ['Host', 'User-Agent', 'Content-Length', 'Transfer-Encoding']) headers.delete(name)
  return { host, userAgent, length }
}

const NOTHING_GIVEN = {}

function warnOfLength(vu: VirtualUser, { method, url, body }: PreparedRequest, given: string): void {
  const length = body === null ? 0 : Buffer.byteLength(body)
  if (given === String(length)) return
  vu.shard.log.warning(
    `The specified Content-Length header "${given}" in the ${method} request for ${maskedText(url)} ` +
      `doesn't match the actual request body length of ${length}, so it will be ignored!`,
  )
}

function methodFailure(method: string): HttpError | null {
  return isToken(method) ? null : httpError(`net/http: invalid method ${JSON.stringify(method)}`)
}

function headerFailure(headers: ReadonlyMap<string, string>): HttpError | null {
  for (const [name, value] of headers) {
    if (!isToken(name)) return httpError(`net/http: invalid header field name ${JSON.stringify(name)}`)
    if (hasControlCharacter(value)) return httpError(`net/http: invalid header field value for ${JSON.stringify(name)}`)
  }
  return null
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if ((code < 0x20 && code !== 9) || code === 0x7f) return true
  }
  return false
}
