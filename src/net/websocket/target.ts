/**
 * From a WebSocket URL to what is dialled and asked for.
 *
 * Errors  WebSocketError `parse "ws://h/%zz": invalid URL escape "%zz"`, `malformed ws or wss URL`
 * Source  RFC 6455 §3; docs/spec/sockets.md §2.5, §3.2
 */
import { keepLast } from '../../base/keep-last.js'
import { asciiHost, escapeUnsafe, parseUrl, type UrlParts } from '../url.js'
import { WebSocketError } from './error.js'

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

/** What to dial for a ws or wss URL. The fragment is not looked at. Most scripts connect to one URL again and again. */
export const targetOf = keepLast(parseTarget)

function parseTarget(url: string): WebSocketTarget {
  const parts = partsOf(url)
  const { scheme, hostname } = parts
  if ((scheme !== 'ws' && scheme !== 'wss') || parts.userinfo !== null || hostname === '') {
    throw new WebSocketError('ERR_WEBSOCKET_URL', 'malformed ws or wss URL')
  }
  const tls = scheme === 'wss'
  const port = parts.port === '' ? (tls ? 443 : 80) : Number(parts.port)
  if (port > 65_535) throw new WebSocketError('ERR_WEBSOCKET_URL', `dial tcp: address ${parts.port}: invalid port`)
  const host = asciiHost(hostname)
  const query = parts.query === null ? '' : `?${parts.query}`
  return {
    tls,
    host,
    port,
    authority: parts.authority.replace(hostname, host),
    resource: escapeUnsafe(`${parts.path === '' ? '/' : parts.path}${query}`),
  }
}

function partsOf(url: string): UrlParts {
  try {
    return parseUrl(url)
  } catch (error) {
    throw new WebSocketError('ERR_WEBSOCKET_URL', (error as Error).message)
  }
}
