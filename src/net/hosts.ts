/**
 * The option `hosts`: names, with or without a port, that are replaced by addresses before anything is resolved.
 *
 * Shape   { "name[:port]": "ip[:port]" }; a value without port keeps the port asked for
 * Order   entries with the port asked for come before entries without a port
 * Errors  NetworkOptionError `invalid host pattern 'K'`, `invalid host address 'V'`
 */
import { isIpLiteral, parsePort, withoutBrackets } from './address.js'
import { NetworkOptionError } from './errors.js'
import { HostPatternMap, isHostPattern } from './host-patterns.js'

export interface HostMapping {
  pattern: string
  /** Null: applies to every port. */
  port: number | null
  address: string
  /** Null: keeps the port asked for. */
  mappedPort: number | null
}

interface HostTarget {
  address: string
  port: number | null
}

export function parseHosts(value: unknown): HostMapping[] {
  if (value === undefined || value === null) return []
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new NetworkOptionError(
      'hosts',
      `hosts must be an object of names and addresses, got ${JSON.stringify(value)}`,
    )
  }
  return Object.entries(value).map(([key, target]) => ({ ...parseKey(key), ...parseTarget(key, target) }))
}

function parseKey(key: string): { pattern: string; port: number | null } {
  const colon = key.lastIndexOf(':')
  const pattern = colon < 0 ? key : key.slice(0, colon)
  const port = colon < 0 ? null : parsePort(key.slice(colon + 1))
  if (!isHostPattern(pattern) || (colon >= 0 && port === null)) {
    const hint = 'use "name", "name:port" or a leading wildcard such as "*.example.com"'
    throw new NetworkOptionError('hosts', `invalid host pattern '${key}'`, hint)
  }
  return { pattern, port }
}

function parseTarget(key: string, value: unknown): { address: string; mappedPort: number | null } {
  const text = String(value)
  if (isIpLiteral(withoutBrackets(text))) return { address: withoutBrackets(text), mappedPort: null }
  const colon = text.lastIndexOf(':')
  const address = withoutBrackets(text.slice(0, Math.max(0, colon)))
  const mappedPort = parsePort(text.slice(colon + 1))
  if (!isIpLiteral(address) || mappedPort === null) {
    const hint = 'use an IP address or "ip:port", with IPv6 addresses in brackets before a port'
    throw new NetworkOptionError('hosts', `invalid host address '${text}' for '${key}'`, hint)
  }
  return { address, mappedPort }
}

export class HostTable {
  #withPort = new Map<number, HostPatternMap<HostTarget>>()
  #anyPort = new HostPatternMap<HostTarget>()

  constructor(mappings: readonly HostMapping[]) {
    for (const { pattern, port, address, mappedPort } of mappings) {
      this.#patternsFor(port).set(pattern, { address, port: mappedPort })
    }
  }

  find(host: string, port: number): HostTarget | undefined {
    return this.#withPort.get(port)?.get(host) ?? this.#anyPort.get(host)
  }

  #patternsFor(port: number | null): HostPatternMap<HostTarget> {
    if (port === null) return this.#anyPort
    const patterns = this.#withPort.get(port) ?? new HostPatternMap()
    this.#withPort.set(port, patterns)
    return patterns
  }
}
