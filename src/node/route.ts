/**
 * Applies the network options of the test to a connection that a library opens with `net.connect`.
 *
 * Order   host → blockHostnames → hosts → IP literal, DNS (or the library's own `lookup`) → blacklistIPs, as the dialer does
 * Errors  DialError, to the socket's `error` event
 */
import { isIP, type LookupFunction } from 'node:net'
import { isIpLiteral, withoutBrackets } from '../net/address.js'
import type { Dialer } from '../net/dialer.js'
import { DialError } from '../net/errors.js'

type LookupCallback = (error: Error | null, address?: string, family?: number) => void

export interface Route {
  /** An address, or a name for `lookup`. */
  readonly host: string
  readonly port: number
  readonly lookup: LookupFunction | undefined
}

/** A name for targets that are not allowed: its lookup fails, so Node does not connect. */
const NOWHERE = 'refused.invalid'

export function routeTo(dialer: Dialer, target: string, port: number, own: LookupFunction | undefined): Route {
  const host = withoutBrackets(target)
  const literal = isIpLiteral(host)
  const pattern = literal ? undefined : dialer.hostnameBlocker.match(host)
  if (pattern !== undefined) {
    const message = `hostname (${target}) is in a blocked pattern (${pattern})`
    return refusedRoute(port, new DialError('ERR_BLOCKED_HOSTNAME', message))
  }
  const mapped = dialer.hosts.find(host, port)
  const address = mapped?.address ?? (literal ? host : undefined)
  const realPort = mapped?.port ?? port
  if (address === undefined) return { host, port: realPort, lookup: lookupBy(dialer, own) }
  const error = blacklisted(dialer, address)
  return error === undefined ? { host: address, port: realPort, lookup: undefined } : refusedRoute(realPort, error)
}

function refusedRoute(port: number, error: DialError): Route {
  const lookup = (_host: string, _options: object, callback: LookupCallback): void => callback(error)
  return { host: NOWHERE, port, lookup: lookup as unknown as LookupFunction }
}

function blacklisted(dialer: Dialer, address: string): DialError | undefined {
  const range = dialer.addressBlocker.match(address)
  if (range === undefined) return undefined
  return new DialError('ERR_BLACKLISTED_IP', `IP (${address}) is in a blacklisted range (${range})`)
}

function lookupBy(dialer: Dialer, own: LookupFunction | undefined): LookupFunction {
  const resolve = own === undefined ? resolveBy(dialer) : (own as unknown as Resolve)
  return ((host: string, options: object, callback: LookupCallback) => {
    resolve(host, options, (error, found, family) => {
      if (error) return callback(error)
      // The library's own lookup may give a list of addresses.
      const address = Array.isArray(found) ? (found[0] as { address: string } | undefined)?.address : found
      const refusal = address === undefined ? undefined : blacklisted(dialer, address)
      callback(refusal ?? null, address, address === undefined ? family : isIP(address))
    })
  }) as unknown as LookupFunction
}

type Resolve = (
  host: string,
  options: object,
  callback: (error: Error | null, address?: string, family?: number) => void,
) => void

/** The lookup of the test, with the cache and the policy of its option `dns`. Its errors are those of Node's `getaddrinfo`. */
function resolveBy(dialer: Dialer): Resolve {
  return (host, _options, callback) =>
    dialer.resolver.resolve(host, {
      addressFound: (address) => callback(null, address, isIP(address)),
      addressFailed: ({ code }) => callback(lookupError(code, host)),
    })
}

export function lookupError(code: string, hostname: string): Error {
  return Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), {
    errno: -3008,
    code,
    syscall: 'getaddrinfo',
    hostname,
  })
}
