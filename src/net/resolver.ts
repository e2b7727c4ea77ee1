/**
 * Names to addresses, with a cache. One address comes out; the dial tries no other.
 *
 * Cache    per name, the whole list, for the option's ttl whatever the records say; failures are not kept. Each shard
 *          has its own, so N shards ask N times. Concurrent questions for one name share one query; with ttl 0 each asks, but
 *          no more than a few at a time for one name.
 * Choice   the policy first (which family), then select (which of those)
 * Errors   DialError `lookup NAME: no such host`
 */
import type { LookupAddress } from 'node:dns'
import { systemErrorText } from '../base/system-error.js'
import type { DnsOptions, DnsPolicy } from './dns-options.js'
import { DialError } from './errors.js'

/** All addresses of a name that the policy can use; more do no harm. */
export type LookupFunction = (
  hostname: string,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** Who waits for an address. Called once, at once when the answer is known. */
export interface AddressWaiter {
  addressFound(address: string): void
  addressFailed(error: DialError): void
}

export interface ResolverHost {
  lookup: LookupFunction
  /** The monotonic time in milliseconds. */
  now(): number
  /** A random number from 0 up to, but not including, 1. */
  random(): number
}

interface CacheEntry {
  addresses: string[]
  expiresAt: number
}

/** A script that makes up names must not fill the memory. */
const MAX_NAMES = 10_000
const MOST_QUERIES_PER_NAME = 16

export class Resolver {
  #options: DnsOptions
  #host: ResolverHost
  #cache = new Map<string, CacheEntry>()
  #turns = new Map<string, number>()
  /** Those who wait for the latest query of a name; the key is the name. */
  #queries = new Map<string, AddressWaiter[]>()
  /** With ttl 0: how many queries are under way for a name. */
  #running = new Map<string, number>()

  constructor(options: DnsOptions, host: ResolverHost) {
    this.#options = options
    this.#host = host
  }

  resolve(name: string, waiter: AddressWaiter): void {
    const key = name.toLowerCase()
    const cached = this.#cache.get(key)
    if (name === '') {
      waiter.addressFailed(notFound(name))
    } else if (cached !== undefined && this.#host.now() < cached.expiresAt) {
      waiter.addressFound(this.#select(key, cached.addresses))
    } else if (this.#options.ttlMs === 0) {
      this.#queryAnew(name, key, waiter)
    } else {
      this.#queryOnce(name, key, waiter)
    }
  }

  /** Beyond the limit a question waits for the answer to the last query of its name. */
  #queryAnew(name: string, key: string, waiter: AddressWaiter): void {
    const running = this.#running.get(key) ?? 0
    if (running >= MOST_QUERIES_PER_NAME) {
      this.#queries.get(key)!.push(waiter)
      return
    }
    this.#running.set(key, running + 1)
    const fresh = [waiter]
    this.#queries.set(key, fresh)
    this.#query(name, key, fresh)
  }

  #queryOnce(name: string, key: string, waiter: AddressWaiter): void {
    const waiters = this.#queries.get(key)
    if (waiters !== undefined) {
      waiters.push(waiter)
      return
    }
    const fresh = [waiter]
    this.#queries.set(key, fresh)
    this.#query(name, key, fresh)
  }

  #query(name: string, key: string, waiters: AddressWaiter[]): void {
    this.#host.lookup(name, (error, found) => {
      this.#answered(key, waiters)
      const addresses = error ? [] : applyPolicy(this.#options.policy, found)
      if (addresses.length === 0) {
        for (const waiter of waiters) waiter.addressFailed(lookupError(name, error))
        return
      }
      this.#keep(key, addresses)
      for (const waiter of waiters) waiter.addressFound(this.#select(key, addresses))
    })
  }

  #answered(key: string, waiters: AddressWaiter[]): void {
    if (this.#queries.get(key) === waiters) this.#queries.delete(key)
    const running = this.#running.get(key)
    if (running === undefined) return
    if (running === 1) this.#running.delete(key)
    else this.#running.set(key, running - 1)
  }

  #keep(key: string, addresses: string[]): void {
    if (this.#options.ttlMs === 0) return
    forgetOldest(this.#cache)
    this.#cache.delete(key)
    this.#cache.set(key, { addresses, expiresAt: this.#host.now() + this.#options.ttlMs })
  }

  #select(key: string, addresses: string[]): string {
    if (addresses.length === 1 || this.#options.select === 'first') return addresses[0]!
    if (this.#options.select === 'random') return addresses[Math.floor(this.#host.random() * addresses.length)]!
    const turn = this.#turns.get(key) ?? 0
    forgetOldest(this.#turns)
    this.#turns.set(key, turn + 1)
    return addresses[turn % addresses.length]!
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  if (map.size >= MAX_NAMES) map.delete(map.keys().next().value!)
}

/** Exported for tests. */
export function applyPolicy(policy: DnsPolicy, found: readonly LookupAddress[]): string[] {
  const family = (wanted: number) => found.filter((entry) => entry.family === wanted).map((entry) => entry.address)
  switch (policy) {
    case 'any':
      return found.map((entry) => entry.address)
    case 'onlyIPv4':
      return family(4)
    case 'onlyIPv6':
      return family(6)
    case 'preferIPv4':
      return family(4).length > 0 ? family(4) : family(6)
    case 'preferIPv6':
      return family(6).length > 0 ? family(6) : family(4)
    default:
      return policy satisfies never
  }
}

function notFound(name: string): DialError {
  return new DialError('ENOTFOUND', `lookup ${name}: no such host`)
}

/** EINVAL is what getaddrinfo says about names that are too long to exist. */
const NOT_FOUND_CODES = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NODATA', 'EAI_NONAME', 'EINVAL', 'EBADNAME'])

/** What an error code of a look-up says about the name servers. */
const SERVER_TEXTS: Readonly<Record<string, string>> = {
  ETIMEOUT: 'i/o timeout',
  ESERVFAIL: 'server misbehaving',
  EREFUSED: 'server misbehaving',
  ENOTIMP: 'server misbehaving',
  EFORMERR: 'server misbehaving',
  EBADRESP: 'cannot unmarshal DNS message',
  ECONNREFUSED: 'connection refused by the name server',
}

function lookupError(name: string, error: NodeJS.ErrnoException | null): DialError {
  if (error === null || NOT_FOUND_CODES.has(error.code ?? '')) return notFound(name)
  const code = error.code ?? 'EAI_FAIL'
  const text = code.startsWith('EAI_') ? 'server misbehaving' : (SERVER_TEXTS[code] ?? systemErrorText(error))
  return new DialError(code, `lookup ${name}: ${text}`, error)
}
