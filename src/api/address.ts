/**
 * The address of the control API as users write it.
 *
 *   localhost:6565   127.0.0.1:6565   [::1]:6565   that address only
 *   :6565            0.0.0.0:6565                  every address of the machine
 *   6565                                           localhost
 *
 * Errors  ApiError ERR_API_ADDRESS
 */
import { joinHostPort, reachableHost } from '../net/address.js'
import { ApiError } from './errors.js'

export const DEFAULT_ADDRESS = 'localhost:6565'

export interface ApiAddress {
  /** Empty for every address. */
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
}

export function parseAddress(text: string): ApiAddress {
  const match = /^(?:(?:\[([\da-fA-F:.]+(?:%\w+)?)\]|([^:[\]\s/]*)):)?(\d+)$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) throw ApiError.badAddress(text)
  const isPortAlone = match[1] === undefined && match[2] === undefined
  return { host: isPortAlone ? 'localhost' : (match[1] ?? match[2] ?? ''), port }
}

/** For `listen`. A machine may resolve localhost to ::1 only; a client that tries 127.0.0.1 would not reach the server then. */
export function listenOptions({ host, port }: ApiAddress): { readonly port: number; readonly host?: string } {
  if (host === '') return { port }
  return { port, host: host === 'localhost' ? '127.0.0.1' : host }
}

/** Where a client on this machine reaches what listens on an address. */
export function connectOptions({ host, port }: ApiAddress): { readonly port: number; readonly host: string } {
  return { port, host: reachableHost(host) }
}

export function formatAddress({ host, port }: ApiAddress): string {
  return joinHostPort(host, port)
}
