/**
 * The differences between `WebSocket` of `k6/websockets` and the global `WebSocket`. The first behaves as on k6, the second as the standard says,
 * which libraries for browsers expect. Everything else is the same code.
 *
 * Errors  k6's throws HostErrors with k6's texts, the standard's DOMExceptions and TypeErrors
 */

import type { HeaderList } from '../../net/headers.js'
import type { Blob } from '../blob.js'
import type { CookieJar } from '../cookie-jar.js'
import type { Address } from '../websocket/address.js'
import type { SocketEventType } from './events.js'
import type { Callback } from './listeners.js'

export interface Params {
  readonly headers: HeaderList
  readonly tags: Readonly<Record<string, string>>
  /** Null: the VU's own. */
  readonly jar: CookieJar | null
  readonly deflate: boolean
  /** The object that the script gave; limits may be in it, too. */
  readonly given: object
}

export interface CloseRequest {
  /** 1005 stands for a close frame without a code. */
  readonly code: number
  readonly reason: string
}

export type BinaryType = 'blob' | 'arraybuffer'

export interface Dialect {
  /** True: refuse what the standard forbids, for example invalid UTF-8 and subprotocols that were not offered. */
  readonly isStandard: boolean
  parseUrl(url: unknown): Address
  parseProtocols(protocols: unknown): readonly string[]
  parseParams(params: unknown): Params
  /** The data to send. Bytes may be a view of the script's memory, because they are copied at once. */
  toMessage(data: unknown): string | Uint8Array
  /** Called for `send` or `ping` in a state other than OPEN. Throws; if it returns, the call is ignored. */
  refuseToSend(state: number): void
  parseClose(code: unknown, reason: unknown): CloseRequest
  parseBinaryType(value: unknown, current: BinaryType): BinaryType
  parseHandler(type: SocketEventType, value: unknown): Callback | null
  /** Undefined: no listener is added. */
  parseListener(type: string, callback: unknown): Callback | undefined
  toBlob(bytes: Uint8Array): Blob
}

export const NO_PARAMS: Params = Object.freeze({
  headers: [],
  tags: Object.freeze({}),
  jar: null,
  deflate: false,
  given: {},
})
