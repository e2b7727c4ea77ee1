/**
 * Where `WebSocket` of `k6/websockets` and the global `WebSocket` differ: the first does what k6 scripts know, the second what
 * the standard says and libraries for browsers expect. Everything else is common.
 *
 * Errors  each method throws what its users expect: host errors with k6's texts, or DOMExceptions and TypeErrors
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
  /** As given: what else is in it are limits. */
  readonly given: object
}

export interface CloseRequest {
  /** 1005: a close frame without a code. */
  readonly code: number
  readonly reason: string
}

export type BinaryType = 'blob' | 'arraybuffer'

export interface Dialect {
  /** Refuse invalid UTF-8, subprotocols that were not offered, and so on. */
  readonly isStandard: boolean
  parseUrl(url: unknown): Address
  parseProtocols(protocols: unknown): readonly string[]
  parseParams(params: unknown): Params
  /** What is sent: text or bytes that are copied at once. */
  toMessage(data: unknown): string | Uint8Array
  /** `send` or `ping` was called in a state other than OPEN. Throws, or has it ignored. */
  refuseToSend(state: number): void
  parseClose(code: unknown, reason: unknown): CloseRequest
  parseBinaryType(value: unknown, current: BinaryType): BinaryType
  parseHandler(type: SocketEventType, value: unknown): Callback | null
  /** Undefined when there is nothing to add. */
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
