/**
 * URLs, read the way Go's net/url reads them, because scripts see its error texts.
 *
 * Shape   parseUrl takes any URL apart; what may be connected to is a matter of each protocol (http/target.ts, websocket/target.ts)
 * Errors  UrlError `parse "ws://h/%zz": invalid URL escape "%zz"`
 * Source  RFC 3986
 */
import { domainToASCII } from 'node:url'

export interface UrlParts {
  /** Lower case, `''` when the URL has none. */
  scheme: string
  /** The part before the `@`, `user:password`; null without one. */
  userinfo: string | null
  /** Host and port as they were given, an IPv6 address with its brackets. */
  authority: string
  hostname: string
  /** The port as digits; empty when the URL has none. */
  port: string
  /** Path and query as they were given. */
  path: string
  query: string | null
  fragment: string | null
}

export class UrlError extends Error {}
UrlError.prototype.name = 'UrlError'

const PARTS = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s

export function parseUrl(url: string): UrlParts {
  if (hasControlCharacter(url)) throw invalid(url, 'net/url: invalid control character in URL')
  const [, rest = '', query, fragment] = PARTS.exec(url)!
  if (rest.startsWith(':')) throw invalid(url, 'missing protocol scheme')
  const [, scheme = '', afterScheme = rest] = SCHEME.exec(rest) ?? []
  const parts = { scheme: scheme.toLowerCase(), query: query ?? null, fragment: fragment ?? null }
  if (!afterScheme.startsWith('//')) {
    if (scheme === '' && /^[^/]*:/.test(rest)) throw invalid(url, 'first path segment in URL cannot contain colon')
    checkEscapes(url, afterScheme)
    return { ...parts, userinfo: null, authority: '', hostname: '', port: '', path: afterScheme }
  }
  const slash = afterScheme.indexOf('/', 2)
  const authority = slash < 0 ? afterScheme.slice(2) : afterScheme.slice(2, slash)
  const path = slash < 0 ? '' : afterScheme.slice(slash)
  checkEscapes(url, path)
  if (fragment !== undefined) checkEscapes(url, fragment)
  const at = authority.lastIndexOf('@')
  const host = authority.slice(at + 1)
  return { ...parts, userinfo: at < 0 ? null : authority.slice(0, at), authority: host, ...splitHost(url, host), path }
}

function splitHost(url: string, authority: string): { hostname: string; port: string } {
  const bracket = authority.startsWith('[') ? authority.lastIndexOf(']') : -1
  if (authority.startsWith('[') && bracket < 0) throw invalid(url, "missing ']' in host")
  const colon = bracket < 0 ? authority.lastIndexOf(':') : bracket + 1
  const name = colon < 0 ? authority : authority.slice(0, colon)
  const port = colon < 0 ? '' : authority.slice(colon)
  if (port !== '' && !/^:\d*$/.test(port)) throw invalid(url, `invalid port ${JSON.stringify(port)} after host`)
  const forbidden = /[ "<>\\^`{|}]/.exec(name)
  if (forbidden !== null) throw invalid(url, `invalid character ${JSON.stringify(forbidden[0])} in host name`)
  checkEscapes(url, name)
  return { hostname: bracket < 0 ? name : name.slice(1, -1), port: port.slice(1) }
}

function checkEscapes(url: string, text: string): void {
  const bad = /%(?![0-9A-Fa-f]{2}).{0,2}/s.exec(text)
  if (bad !== null) throw invalid(url, `invalid URL escape ${JSON.stringify(bad[0])}`)
}

/** A host name as it goes over the wire. */
export function asciiHost(hostname: string): string {
  // An IPv6 address, or a name that needs no translation.
  if (/^[\x21-\x7e]*$/.test(hostname)) return hostname
  return domainToASCII(hostname) || hostname
}

/** Bytes that may not stand in a request line are escaped; everything else stays as the user wrote it. */
export function escapeUnsafe(text: string): string {
  return /^[\x21-\x7e]*$/.test(text) ? text : percentEncoded(text, /[^\x21-\x7e]/g)
}

/** The bytes of the text that match are escaped. */
export function percentEncoded(text: string, unsafe: RegExp): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(unsafe, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

function invalid(url: string, why: string): UrlError {
  return new UrlError(`parse ${JSON.stringify(url)}: ${why}`)
}

/** For the log: what helps when a URL was given without its scheme, which the texts of k6 do not say. */
export function schemeHint(problem: string, example: string): { readonly hint?: string } {
  const isMissing = /unsupported protocol scheme ""|first path segment in URL cannot contain colon/.test(problem)
  return isMissing ? { hint: `give the whole URL, with its scheme: ${example}` } : {}
}
