/**
 * The global `WebSocket`, as the standard says. In addition it takes k6's parameters as a third argument; unknown keys are ignored there, because
 * libraries pass options of their own.
 *
 * Errors  DOMException: SyntaxError, InvalidAccessError, InvalidStateError
 * Source  WebSockets Standard §3.1 (August 2026)
 */
import { isToken } from '../../net/headers.js'
import { CONNECTING } from '../../net/websocket/client.js'
import {
  CLOSE_NO_STATUS,
  CLOSE_NORMAL,
  isClosableCode,
  MAX_CLOSE_REASON_BYTES,
} from '../../net/websocket/close-code.js'
import { Blob, bytesOf, standardBlob } from '../blob.js'
import { viewOf } from '../bytes.js'
import { headersOf, metricTags } from '../call-params.js'
import { CookieJar } from '../cookie-jar.js'
import { type Address, addressOf } from '../websocket/address.js'
import { type Dialect, NO_PARAMS, type Params } from './dialect.js'
import type { Callback } from './listeners.js'

export const standardDialect: Dialect = {
  isStandard: true,

  parseUrl(url): Address {
    const text = String(url)
    const parsed = tryUrl(text)
    if (parsed === null) throw syntaxError('construct', `The URL '${text}' is invalid.`)
    if (parsed.protocol === 'http:') parsed.protocol = 'ws:'
    if (parsed.protocol === 'https:') parsed.protocol = 'wss:'
    if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') {
      throw syntaxError(
        'construct',
        `The URL's scheme must be 'ws', 'wss', 'http' or 'https'. '${parsed.protocol}' is not allowed.`,
      )
    }
    if (text.includes('#')) {
      throw syntaxError(
        'construct',
        `The URL contains a fragment identifier ('${parsed.hash.slice(1)}'), which is not allowed.`,
      )
    }
    return addressOf(parsed.href)
  },

  parseProtocols(protocols): readonly string[] {
    const list =
      protocols === undefined ? [] : isIterableObject(protocols) ? Array.from(protocols, String) : [String(protocols)]
    const seen = new Set<string>()
    for (const protocol of list) {
      if (!isToken(protocol)) throw syntaxError('construct', `The subprotocol '${protocol}' is invalid.`)
      if (seen.has(protocol)) throw syntaxError('construct', `The subprotocol '${protocol}' is duplicated.`)
      seen.add(protocol)
    }
    return list
  },

  parseParams(params): Params {
    if (typeof params !== 'object' || params === null) return NO_PARAMS
    const { headers, tags, jar, compression } = params as Record<string, unknown>
    return {
      headers: headersOf(headers),
      tags: metricTags(tags, 'invalid WebSocket tags option'),
      jar: jar instanceof CookieJar ? jar : null,
      deflate: compression === 'deflate',
      given: params,
    }
  },

  toMessage(data): string | Uint8Array {
    if (typeof data === 'string') return data
    if (data instanceof Blob) return bytesOf(data)
    // Not String(data), which accepts symbols.
    return viewOf(data) ?? `${data as string}`
  },

  refuseToSend(state): void {
    if (state !== CONNECTING) return
    throw new DOMException("Failed to execute 'send' on 'WebSocket': Still in CONNECTING state.", 'InvalidStateError')
  },

  parseClose(code, reason) {
    const number = code === undefined ? CLOSE_NO_STATUS : toClampedUint16(code)
    if (code !== undefined && !isClosableCode(number)) throw invalidCode(number)
    const text = reason === undefined ? '' : String(reason)
    if (Buffer.byteLength(text) > MAX_CLOSE_REASON_BYTES) {
      throw syntaxError('execute', 'The message must not be greater than 123 bytes.')
    }
    // A close frame cannot have a reason without a code.
    return { code: text !== '' && code === undefined ? CLOSE_NORMAL : number, reason: text }
  },

  parseBinaryType: (value, current) => (value === 'blob' || value === 'arraybuffer' ? value : current),

  parseHandler: (_type, value) => (typeof value === 'function' ? (value as Callback) : null),

  parseListener(_type, callback) {
    if (callback === undefined || callback === null) return undefined
    if (typeof callback === 'function' || typeof callback === 'object') return callback as Callback
    throw new TypeError("Failed to execute 'addEventListener' on 'EventTarget': parameter 2 is not of type 'Object'.")
  },

  toBlob: (bytes) => standardBlob(bytes),
}

function tryUrl(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}

function isIterableObject(value: unknown): value is Iterable<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return typeof (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] === 'function'
}

/** WebIDL's [Clamp] unsigned short: halves round to even. */
function toClampedUint16(value: unknown): number {
  const number = Math.min(Math.max(Number(value), 0), 65_535)
  if (Number.isNaN(number)) return 0
  const rounded = Math.round(number)
  return rounded - number === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded
}

function syntaxError(what: 'construct' | 'execute', text: string): DOMException {
  const where = what === 'construct' ? "Failed to construct 'WebSocket'" : "Failed to execute 'close' on 'WebSocket'"
  return new DOMException(`${where}: ${text}`, 'SyntaxError')
}

function invalidCode(code: number): DOMException {
  return new DOMException(
    "Failed to execute 'close' on 'WebSocket': " +
      `The close code must be either 1000, or between 3000 and 4999. ${code} is neither.`,
    'InvalidAccessError',
  )
}
