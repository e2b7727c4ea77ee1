/**
 * The pool of source addresses, `--local-ips`: a comma list of addresses, ranges `a-b` and CIDRs.
 *
 * Shape   ranges of numbers, never a list: an IPv6 network has more addresses than fit in memory. Plain data.
 * Rule    IPv4 CIDRs with more than two addresses leave out the first and the last (network and broadcast)
 * Errors  NetworkOptionError, exit code 255
 */
import ipaddr from 'ipaddr.js'
import { isIpLiteral } from './address.js'
import { NetworkOptionError } from './errors.js'

interface AddressRange {
  kind: 'ipv4' | 'ipv6'
  /** The address as a number. */
  first: bigint
  count: bigint
}

export interface AddressPool {
  ranges: AddressRange[]
  /** Addresses in all ranges together; above 0. */
  count: bigint
}

export function parseLocalIPs(text: string): AddressPool {
  const ranges = text.split(',').map((part) => parseRange(part.trim()))
  return { ranges, count: ranges.reduce((sum, range) => sum + range.count, 0n) }
}

/** The address for all connections of a VU; VUs count from 1 and share when there are more of them than addresses. */
export function poolAddress(pool: AddressPool, vuId: number): string {
  let index = BigInt(vuId - 1) % pool.count
  for (const { kind, first, count } of pool.ranges) {
    if (index < count) return formatAddress(kind, first + index)
    index -= count
  }
  throw new Error(`sockeye bug: VU ${vuId} has no address in a pool of ${pool.count}`)
}

function parseRange(text: string): AddressRange {
  if (text.includes('-')) return parseFromTo(text)
  if (text.includes('/')) return parseNetwork(text)
  return { ...parseAddress(text, invalid(text)), count: 1n }
}

function parseFromTo(text: string): AddressRange {
  const parts = text.split('-')
  const wrong = fail(`wrong IP range format: ${text}`)
  if (parts.length !== 2) throw wrong
  const from = parseAddress(parts[0]!.trim(), wrong)
  const to = parseAddress(parts[1]!.trim(), wrong)
  if (from.kind !== to.kind) throw fail(`mixed IP range format: ${text}`)
  if (to.first < from.first) throw fail(`negative IP range: ${text}`)
  return { ...from, count: to.first - from.first + 1n }
}

function parseNetwork(text: string): AddressRange {
  const [address, prefix, ...rest] = text.split('/')
  const { kind, first } = parseAddress(address!, invalid(text))
  const width = kind === 'ipv4' ? 32 : 128
  const bits = /^\d{1,3}$/.test(prefix!) ? Number(prefix) : Number.NaN
  if (rest.length > 0 || !(bits <= width)) throw invalid(text)
  const count = 1n << BigInt(width - bits)
  const network = (first / count) * count
  return kind === 'ipv4' && count > 2n
    ? { kind, first: network + 1n, count: count - 2n }
    : { kind, first: network, count }
}

function parseAddress(text: string, error: NetworkOptionError): { kind: 'ipv4' | 'ipv6'; first: bigint } {
  if (!isIpLiteral(text)) throw error
  const address = ipaddr.parse(text)
  const hex = Buffer.from(address.toByteArray()).toString('hex')
  return { kind: address.kind() as 'ipv4' | 'ipv6', first: BigInt(`0x${hex}`) }
}

function formatAddress(kind: 'ipv4' | 'ipv6', value: bigint): string {
  const hex = value.toString(16).padStart(kind === 'ipv4' ? 8 : 32, '0')
  return ipaddr.fromByteArray([...Buffer.from(hex, 'hex')]).toString()
}

function invalid(text: string): NetworkOptionError {
  return fail(`${text} is not a valid IP, IP range or CIDR`)
}

function fail(message: string): NetworkOptionError {
  return new NetworkOptionError('local-ips', message, 'for example 10.0.0.2,10.0.0.8-10.0.0.15,10.0.1.0/24', 255)
}
