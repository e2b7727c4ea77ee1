/**
 * The option `hosts`: names, with or without a port, that are replaced by addresses before anything is resolved.
 *
 * Shape   { "name[:port]": "ip[:port]" }; a value without port keeps the port asked for. Several addresses are an array, or a
 *         text with commas; the option `dns.select` says which of them a connection takes.
 * Order   entries with the port asked for come before entries without a port
 * Errors  NetworkOptionError `invalid host pattern 'K'`, `invalid host address 'V'`
 */
import { isIpLiteral, parsePort, withoutBrackets } from './address.js'
import type { DnsSelect } from './dns-options.js'
import { NetworkOptionError } from './errors.js'
import { HostPatternMap, isHostPattern } from './host-patterns.js'

export interface HostMapping {
  pattern: string
  /** Null: applies to every port. */
  port: number | null
  targets: HostTarget[]
}

export interface HostTarget {
  address: string
  /** Null: keeps the port asked for. */
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
  return Object.entries(value).map(([key, target]) => ({ ...parseKey(key), targets: parseTargets(key, target) }))
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

function parseTargets(key: string, value: unknown): HostTarget[] {
  const texts = Array.isArray(value) ? value.map(String) : String(value).split(',')
  return (texts.length === 0 ? [''] : texts).map((text) => parseTarget(key, text.trim()))
}

function parseTarget(key: string, text: string): HostTarget {
  if (isIpLiteral(withoutBrackets(text))) return { address: withoutBrackets(text), port: null }
  const colon = text.lastIndexOf(':')
  const address = withoutBrackets(text.slice(0, Math.max(0, colon)))
  const mappedPort = parsePort(text.slice(colon + 1))
  if (!isIpLiteral(address) || mappedPort === null) {
    const hint = 'use an IP address or "ip:port", with IPv6 addresses in brackets before a port'
    throw new NetworkOptionError('hosts', `invalid host address '${text}' for '${key}'`, hint)
  }
  return { address, port: mappedPort }
}

/** Chooses one of several addresses, as the option `dns.select` says. */
class Rotation<T> {
  readonly #list: readonly T[]
  readonly #select: DnsSelect
  readonly #random: () => number
  #turn = 0

  constructor(list: readonly T[], select: DnsSelect, random: () => number) {
    this.#list = list
    this.#select = select
    this.#random = random
  }

  next(): T {
    const list = this.#list
    if (list.length === 1 || this.#select === 'first') return list[0]!
    if (this.#select === 'random') return list[Math.floor(this.#random() * list.length)]!
    return list[this.#turn++ % list.length]!
  }
}

export class HostTable {
  #withPort = new Map<number, HostPatternMap<Rotation<HostTarget>>>()
  #anyPort = new HostPatternMap<Rotation<HostTarget>>()

  constructor(mappings: readonly HostMapping[], select: DnsSelect = 'first', random: () => number = Math.random) {
    for (const { pattern, port, targets } of mappings) {
      this.#patternsFor(port).set(pattern, new Rotation(targets, select, random))
    }
  }

  find(host: string, port: number): HostTarget | undefined {
    const found = this.#withPort.get(port)?.get(host) ?? this.#anyPort.get(host)
    return found?.next()
  }

  #patternsFor(port: number | null): HostPatternMap<Rotation<HostTarget>> {
    if (port === null) return this.#anyPort
    const patterns = this.#withPort.get(port) ?? new HostPatternMap()
    this.#withPort.set(port, patterns)
    return patterns
  }
}
