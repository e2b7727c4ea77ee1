/**
 * The options that forbid targets: `blockHostnames` by name, `blacklistIPs` by address.
 *
 * Shape   patterns as in host-patterns.ts; CIDRs such as `10.0.0.0/8`, `fd00::/8`. A comma list is taken as an array.
 * Errors  NetworkOptionError `invalid hostname pattern 'P'`, `failed to parse CIDR 'X': invalid CIDR address: X`
 */
import ipaddr from 'ipaddr.js'
import { isIpLiteral } from './address.js'
import { NetworkOptionError } from './errors.js'
import { HostPatternMap, isHostPattern } from './host-patterns.js'

export function parseBlockHostnames(value: unknown): string[] {
  const patterns = textList('blockHostnames', value)
  for (const pattern of patterns) {
    if (!isHostPattern(pattern)) {
      const hint = 'use a name or a leading wildcard such as "*.example.com"'
      throw new NetworkOptionError('blockHostnames', `invalid hostname pattern '${pattern}'`, hint)
    }
  }
  return patterns.map((pattern) => pattern.toLowerCase())
}

/** In the form that error messages show: the network's first address and the prefix length. */
export function parseBlacklistIPs(value: unknown): string[] {
  return textList('blacklistIPs', value).map(canonicalCidr)
}

function textList(option: string, value: unknown): string[] {
  if (value === undefined || value === null) return []
  if (typeof value === 'string') return value === '' ? [] : value.split(',').map((part) => part.trim())
  if (Array.isArray(value)) return value.map(String)
  throw new NetworkOptionError(option, `${option} must be an array of texts, got ${JSON.stringify(value)}`)
}

function canonicalCidr(text: string): string {
  const [address, prefix, ...rest] = text.split('/')
  const bits = /^\d{1,3}$/.test(prefix ?? '') ? Number(prefix) : Number.NaN
  if (rest.length > 0 || !isIpLiteral(address!) || !(bits <= (address!.includes(':') ? 128 : 32))) {
    const message = `failed to parse CIDR '${text}': invalid CIDR address: ${text}`
    throw new NetworkOptionError(
      'blacklistIPs',
      message,
      'use a range such as "10.0.0.0/8" or, for one address, "10.0.0.1/32"',
    )
  }
  const network = address!.includes(':')
    ? ipaddr.IPv6.networkAddressFromCIDR(text)
    : ipaddr.IPv4.networkAddressFromCIDR(text)
  return `${network.toString()}/${bits}`
}

export class HostnameBlocker {
  #patterns: HostPatternMap<string> | null

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.length === 0 ? null : new HostPatternMap()
    for (const pattern of patterns) this.#patterns!.set(pattern, pattern)
  }

  /** The pattern that blocks the name, or undefined. */
  match(host: string): string | undefined {
    return this.#patterns?.get(host)
  }
}

export class AddressBlocker {
  #ranges: { cidr: string; network: ReturnType<typeof ipaddr.parseCIDR> }[]

  constructor(cidrs: readonly string[]) {
    this.#ranges = cidrs.map((cidr) => ({ cidr, network: ipaddr.parseCIDR(cidr) }))
  }

  /** The range that holds the address, or undefined. An IPv4 address written as IPv6 counts as IPv4. */
  match(address: string): string | undefined {
    if (this.#ranges.length === 0) return undefined
    const parsed = ipaddr.process(address)
    return this.#ranges.find(
      ({ network: [first, bits] }) => first.kind() === parsed.kind() && parsed.match(first, bits),
    )?.cidr
  }
}
