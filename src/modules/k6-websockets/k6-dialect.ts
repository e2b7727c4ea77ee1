/**
 * `WebSocket` of `k6/websockets`: the arguments that k6 takes, and HostErrors with k6's texts.
 *
 * Source  docs/spec/sockets.md §3.2, §3.4, §3.6, §3.7
 */
import { LIMIT_OPTIONS } from '../../net/limits.js'
import { parseUrl, type UrlParts } from '../../net/url.js'
import { CLOSE_NORMAL, isClosableCode, MAX_CLOSE_REASON_BYTES } from '../../net/websocket/close-code.js'
import { conversionError, HostError } from '../../vu/host-error.js'
import { Blob, bytesOf, k6Blob } from '../blob.js'
import { viewOf } from '../bytes.js'
import { headersOf, isDeflate, metricTags } from '../call-params.js'
import { CookieJar } from '../cookie-jar.js'
import { type Address, addressOf, knownAddress } from '../websocket/address.js'
import { type Dialect, NO_PARAMS, type Params } from './dialect.js'
import type { Callback, ListenerFunction } from './listeners.js'

const PARAMS = new Set(['headers', 'tags', 'jar', 'compression', ...LIMIT_OPTIONS])

export const k6Dialect: Dialect = {
  isStandard: false,

  parseUrl(url): Address {
    if (url === undefined || url === null) throw new HostError('WebSocket requires a url')
    const text = String(url)
    const known = knownAddress(text)
    if (known !== undefined) return known
    const { scheme, fragment } = partsOf(text)
    if (scheme !== 'ws' && scheme !== 'wss') {
      throw new HostError(`WebSocket requires url with scheme ws or wss, but got "${scheme}"`)
    }
    if (fragment !== null && fragment !== '') {
      throw new HostError(`WebSocket requires no url fragment, but got "${fragment}"`)
    }
    return addressOf(scheme + text.slice(scheme.length))
  },

  parseProtocols(protocols): readonly string[] {
    if (typeof protocols === 'string') return [protocols]
    return Array.isArray(protocols) ? protocols.map(String) : []
  },

  parseParams(params): Params {
    if (typeof params !== 'object' || params === null) return NO_PARAMS
    const given = params as Record<string, unknown>
    for (const key of Object.keys(given)) {
      if (!PARAMS.has(key)) throw new HostError(`unknown WebSocket's option ${key}`)
    }
    return {
      headers: headersOf(given['headers']),
      tags: metricTags(given['tags'], 'invalid WebSocket tags option'),
      jar: given['jar'] instanceof CookieJar ? given['jar'] : null,
      deflate: given['compression'] !== undefined && isDeflate(given['compression']),
      given,
    }
  },

  toMessage(data): string | Uint8Array {
    if (typeof data === 'string') return data
    if (data instanceof Blob) return bytesOf(data)
    const bytes = data instanceof DataView ? undefined : viewOf(data)
    if (bytes !== undefined) return bytes
    throw new HostError(`unsupported send type ${typeName(data)}`)
  },

  refuseToSend(): never {
    throw new HostError('InvalidStateError')
  },

  parseClose(code, reason) {
    const number = Math.trunc(Number(code)) || CLOSE_NORMAL
    if (!isClosableCode(number)) {
      throw new HostError(
        "InvalidAccessError: Failed to execute 'close' on 'WebSocket': The close code must be either 1000, " +
          `or between 3000 and 4999. ${number} is neither`,
      )
    }
    const text = String(reason ?? '')
    if (Buffer.byteLength(text) > MAX_CLOSE_REASON_BYTES) {
      throw new HostError(
        "SyntaxError: Failed to execute 'close' on 'WebSocket': The message must not be greater than 123 bytes",
      )
    }
    return { code: number, reason: text }
  },

  parseBinaryType(value) {
    if (value === 'blob' || value === 'arraybuffer') return value
    throw new HostError(`unknown binaryType ${String(value)}, the supported ones are "blob" and "arraybuffer"`)
  },

  parseHandler(type, value) {
    if (value === undefined || value === null) return null
    if (typeof value === 'function') return value as ListenerFunction
    throw new HostError(`a value for 'on${type}' should be callable`)
  },

  parseListener(type, callback) {
    if (callback === undefined || callback === null) {
      throw new HostError(`handler for event type "${type}" isn't a callable function`)
    }
    if (typeof callback === 'function') return callback as ListenerFunction
    if (typeof (callback as { handleEvent?: unknown }).handleEvent === 'function') return callback as Callback
    throw conversionError(1, callback, 'a function')
  },

  toBlob: (bytes) => k6Blob(bytes),
}

function partsOf(url: string): UrlParts {
  try {
    return parseUrl(url)
  } catch (error) {
    throw new HostError(`WebSocket requires valid url, but got "${url}" which resulted in ${(error as Error).message}`)
  }
}

function typeName(value: unknown): string {
  return typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : String(typeof value)
}
