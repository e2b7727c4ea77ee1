/**
 * Reads the arguments of `ws.connect` and of the methods of its socket.
 *
 * Errors  HostError with k6's texts
 * Source  docs/spec/sockets.md §2.2, §2.6
 */

import type { HeaderList } from '../../net/headers.js'
import type { SocketLimits } from '../../net/limits.js'
import { HostError } from '../../vu/host-error.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { callLimits, headersOf, isDeflate, metricTags } from '../call-params.js'
import { CookieJar } from '../cookie-jar.js'

export type Callback = (...args: never[]) => unknown

export interface ConnectArguments {
  readonly url: string
  readonly headers: HeaderList
  readonly tags: Readonly<Record<string, string>>
  /** Undefined when the script gives none: then the VU's own is used. */
  readonly jar: CookieJar | undefined
  readonly deflate: boolean
  readonly limits: SocketLimits
  readonly callback: Callback
}

/** A nanosecond, the shortest time that Go knows. */
const SHORTEST_MS = 1e-6

export function connectArguments(vu: VirtualUser, args: readonly unknown[]): ConnectArguments {
  if (args.length !== 2 && args.length !== 3) throw new HostError('invalid number of arguments to ws.connect')
  const callback = args[args.length - 1]
  if (typeof callback !== 'function') throw new HostError('last argument to ws.connect must be a function')
  const given = args.length === 3 ? args[1] : undefined
  const params = (typeof given === 'object' || typeof given === 'function' ? given : null) ?? {}
  const { headers, tags, jar, compression = '' } = params as Record<string, unknown>
  return {
    url: String(args[0]),
    headers: headersOf(headers),
    tags: metricTags(tags, 'invalid ws.connect() metric tags'),
    jar: jar instanceof CookieJar ? jar : undefined,
    // Unlike `k6/websockets`, an empty text asks for none.
    deflate: String(compression).trim() !== '' && isDeflate(compression),
    limits: callLimits(vu, params),
    callback: callback as Callback,
  }
}

export function binaryOf(args: readonly unknown[]): ArrayBuffer {
  const [data] = args
  if (data instanceof ArrayBuffer) return data
  if (args.length === 0) throw new HostError('missing argument, expected ArrayBuffer')
  throw new HostError(`expected ArrayBuffer as argument, received: ${typeName(data)}`)
}

/** A close code is not checked, as on k6: what is no number becomes 0. */
export function closeCodeOf(code: unknown): number {
  return Math.trunc(Number(code)) || 0
}

/** The period of a socket timer in ms. */
export function periodOf(method: 'setTimeout' | 'setInterval', callback: unknown, period: unknown): number {
  if (typeof callback !== 'function') {
    throw new HostError(`${method} requires a function as its first argument, received: ${typeName(callback)}`)
  }
  const ms = period === undefined || period === null ? 0 : Number(period)
  if (ms >= SHORTEST_MS) return ms
  const shown = Math.abs(ms) < SHORTEST_MS ? '0.00' : ms.toFixed(2)
  throw new HostError(`${method} requires a >0 timeout parameter, received ${shown}`)
}

function typeName(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  return Object(value).constructor?.name ?? 'Object'
}
