/**
 * HTTP URLs taken apart: where to connect, what to ask for, and what to show.
 *
 * Shape   `targetOf` is for http and https; other schemes and URLs without a host are failures of the request
 * Errors  UrlError for what is no URL at all (`invalid URL: parse "…": reason`); HttpError for a URL that cannot be fetched
 * Source  docs/spec/http.md §3
 */
import { asciiHost, escapeUnsafe, parseUrl, percentEncoded } from '../url.js'
import { httpError } from './errors.js'

export interface HttpTarget {
  readonly isTls: boolean
  /** The host to connect to: IPv6 addresses without brackets, names in ASCII. */
  readonly host: string
  readonly port: number
  /** What may share connections: scheme, host and port. */
  readonly origin: string
  /** The value of the `Host` header. */
  readonly authority: string
  /** Path and query, as they stand in the request line. */
  readonly resource: string
  /** The whole URL with an escaped path, fragment and user info included. */
  readonly url: string
  /** The same, with user info replaced by asterisks: what tags and logs show. */
  readonly masked: string
  /** Null when there is none; percent-encoded. */
  readonly userInfo: string | null
}

/** Most scripts ask for the same few URLs again and again. */
const known = new Map<string, HttpTarget>()
const MOST_KNOWN = 500

export function targetOf(url: string): HttpTarget {
  let target = known.get(url)
  if (target === undefined) {
    target = parseTarget(url)
    // URLs that never come again must not fill the memory; those that do come again are soon back.
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(url, target)
  }
  return target
}

function parseTarget(url: string): HttpTarget {
  const parts = parseUrl(url)
  const { scheme, hostname, userinfo } = parts
  if (scheme !== 'http' && scheme !== 'https') throw httpError(`unsupported protocol scheme ${JSON.stringify(scheme)}`)
  if (hostname === '') throw httpError('http: no Host in request URL')
  const isTls = scheme === 'https'
  const host = asciiHost(hostname)
  const port = parts.port === '' ? (isTls ? 443 : 80) : Number(parts.port)
  const path = escapePath(parts.path)
  const query = parts.query === null ? '' : `?${parts.query}`
  const fragment = parts.fragment === null ? '' : `#${parts.fragment}`
  const shown = `${parts.authority}${path}${query}${fragment}`
  const resource = (path === '' ? '/' : path) + escapeUnsafe(query)
  return {
    isTls,
    host,
    port,
    origin: `${scheme}://${host.toLowerCase()}:${port}`,
    authority: parts.authority.replace(hostname, host),
    resource,
    url: userinfo === null ? `${scheme}://${shown}` : `${scheme}://${userinfo}@${shown}`,
    masked: userinfo === null ? `${scheme}://${shown}` : `${scheme}://****:****@${shown}`,
    userInfo: userinfo,
  }
}

/** The same place for a request whose credentials are sent another way. */
export function withoutUserInfo({ url, userInfo }: HttpTarget): string {
  return userInfo === null ? url : url.replace(`${userInfo}@`, '')
}

/** Hides user info wherever a text is not a URL we could take apart. */
export function maskedText(url: string): string {
  return url.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^/?#]*@/, '$1****:****@')
}

/** Where a redirect or a link leads. Throws UrlError. */
export function resolveUrl(reference: string, base: HttpTarget): string {
  const { scheme, authority, userinfo, path, query, fragment } = parseUrl(reference)
  const tail = (query === null ? '' : `?${query}`) + (fragment === null ? '' : `#${fragment}`)
  if (scheme !== '' || reference.startsWith('//')) {
    const user = userinfo === null ? '' : `${userinfo}@`
    const from = scheme === '' ? (base.isTls ? 'https' : 'http') : scheme
    if (scheme !== '' && authority === '' && !/^[^:]*:\/\//.test(reference)) return reference
    return `${from}://${user}${authority}${path}${tail}`
  }
  const user = base.userInfo === null ? '' : `${base.userInfo}@`
  const origin = `${base.isTls ? 'https' : 'http'}://${user}${base.authority}`
  const [basePath = '', baseQuery] = splitOnce(base.resource, '?')
  if (path === '')
    return `${origin}${basePath}${query === null && baseQuery !== undefined ? `?${baseQuery}` : ''}${tail}`
  if (path.startsWith('/')) return `${origin}${withoutDots(path)}${tail}`
  return `${origin}${withoutDots(basePath.slice(0, basePath.lastIndexOf('/') + 1) + path)}${tail}`
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

/** Source: RFC 3986 §5.2.4. */
function withoutDots(path: string): string {
  if (!path.includes('/.')) return path
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  const last = segments.at(-1)
  if (last === '.' || last === '..') kept.push('')
  return `/${kept.join('/')}`
}

/** Everything that may not stand in a path is escaped; escapes and dots stay as they were written. */
function escapePath(path: string): string {
  if (/^[\w.~!$&'()*+,;=:@[\]/%-]*$/.test(path)) return path
  return percentEncoded(path, /[^\w.~!$&'()*+,;=:@[\]/%-]/g)
}
