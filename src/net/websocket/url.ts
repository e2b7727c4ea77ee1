/**
 * WebSocket URLs, read the way Go's net/url reads them, because scripts see its error texts.
 *
 * Shape   parseUrl takes any URL apart; targetOf turns one into what is dialled and asked for
 * Errors  WebSocketError `parse "ws://h/%zz": invalid URL escape "%zz"`, `malformed ws or wss URL`
 * Source  RFC 3986, RFC 6455 §3; reference §2.5, §3.2
 */
import { domainToASCII } from 'node:url'
import { WebSocketError } from './error.js'

export interface UrlParts {
  /** Lower case, `''` when the URL has none. */
  scheme: string
  /** Before the `@`, null without one. */
  userinfo: string | null
  /** As given, brackets and port included. */
  authority: string
  hostname: string
  /** `''` when not given. */
  port: string
  /** Path and query as they were given. */
  path: string
  query: string | null
  fragment: string | null
}

/** Where a WebSocket connects to. */
export interface WebSocketTarget {
  readonly tls: boolean
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** For the `Host` header. */
  readonly authority: string
  /** For the request line: path and query, percent-encoded where needed. */
  readonly resource: string
}

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

/** Most scripts connect to one URL again and again. */
let lastUrl = ''
let lastTarget: WebSocketTarget | null = null

/** What to dial for a ws or wss URL. The fragment is not looked at. */
export function targetOf(url: string): WebSocketTarget {
  if (lastTarget === null || url !== lastUrl) {
    lastTarget = parseTarget(url)
    lastUrl = url
  }
  return lastTarget
}

function parseTarget(url: string): WebSocketTarget {
  const parts = parseUrl(url)
  const { scheme, hostname } = parts
  if ((scheme !== 'ws' && scheme !== 'wss') || parts.userinfo !== null || hostname === '') {
    throw new WebSocketError('ERR_WEBSOCKET_URL', 'malformed ws or wss URL')
  }
  const tls = scheme === 'wss'
  const port = parts.port === '' ? (tls ? 443 : 80) : Number(parts.port)
  if (port > 65_535) throw new WebSocketError('ERR_WEBSOCKET_URL', `dial tcp: address ${parts.port}: invalid port`)
  const host = toAscii(hostname)
  const query = parts.query === null ? '' : `?${parts.query}`
  return {
    tls,
    host,
    port,
    authority: parts.authority.replace(hostname, host),
    resource: encodeUnsafe(`${parts.path === '' ? '/' : parts.path}${query}`),
  }
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

function toAscii(hostname: string): string {
  // An IPv6 address, or a name that needs no translation.
  if (/^[\x21-\x7e]*$/.test(hostname)) return hostname
  return domainToASCII(hostname) || hostname
}

/** Bytes that may not stand in a request line are escaped; everything else stays as the user wrote it. */
function encodeUnsafe(text: string): string {
  if (/^[\x21-\x7e]*$/.test(text)) return text
  return Buffer.from(text)
    .toString('latin1')
    .replace(/[^\x21-\x7e]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

function invalid(url: string, why: string): WebSocketError {
  return new WebSocketError('ERR_WEBSOCKET_URL', `parse ${JSON.stringify(url)}: ${why}`)
}
