/**
 * Names to all their addresses, without the system's resolver where that can be: `getaddrinfo` blocks one of few threads of the
 * process for seconds when a name server does not answer, and with it everybody else who looks for a name.
 *
 * Order    /etc/hosts ─► name servers of /etc/resolv.conf, with its search domains ─► getaddrinfo, a few at a time, for names that
 *          only other sources of the system know (mDNS, LDAP); `.local` is asked there at once
 * Queries  only for the families that the policy can use, the preferred one first
 * Limits   two attempts of three seconds; a name server that is silent ends the look-up
 * Errors   Node's, with code ENOTFOUND, ETIMEOUT, ESERVFAIL, …
 * Source   resolv.conf(5), hosts(5), nsswitch.conf(5)
 */
import { type LookupAddress, Resolver as NameServers, lookup as systemLookup } from 'node:dns'
import { readFileSync, statSync } from 'node:fs'
import type { DnsPolicy } from './dns-options.js'
import type { LookupFunction } from './resolver.js'

type Family = 4 | 6
type Done = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void

/** How many `getaddrinfo` run at a time at most. libuv has four threads: two are left for files. */
const MOST_SYSTEM_LOOKUPS = 2

/** There is no such name, or no such address of it, as far as name servers know; or there is no name server. */
const NO_ANSWER = new Set(['ENOTFOUND', 'ENODATA', 'ENONAME', 'ECONNREFUSED'])

/** The system as the look-ups see it; tests bring their own. */
export interface LookupWorld {
  readonly hostsFile: string
  readonly resolverFile: string
  /** Name servers that are asked instead of those in the resolver's file. */
  readonly servers?: readonly string[]
  readonly attempts: { readonly timeout: number; readonly tries: number }
  readonly system: LookupFunction
}

/** What the policy wants to know, step by step: a later step counts when no earlier one has found anything. */
const STEPS: Record<DnsPolicy, readonly (readonly Family[])[]> = {
  preferIPv4: [[4], [6]],
  preferIPv6: [[6], [4]],
  onlyIPv4: [[4]],
  onlyIPv6: [[6]],
  any: [[4, 6]],
}

const lookupBySystem: LookupFunction = (name, done) => {
  systemLookup(name, { all: true, verbatim: true }, done)
}

const REAL_WORLD: LookupWorld = {
  hostsFile: '/etc/hosts',
  resolverFile: '/etc/resolv.conf',
  attempts: { timeout: 3000, tries: 2 },
  system: lookupBySystem,
}

export function createLookup(policy: DnsPolicy, world: Partial<LookupWorld> = {}): LookupFunction {
  // Elsewhere name servers depend on networks and interfaces, which only the system knows.
  if (process.platform !== 'linux') return lookupBySystem
  const lookups = new NameLookups(policy, { ...REAL_WORLD, ...world })
  return (name, done) => lookups.lookUp(name, done)
}

class NameLookups {
  readonly #steps: readonly (readonly Family[])[]
  readonly #world: LookupWorld
  readonly #hosts: HostsFile
  #servers: NameServers | null = null
  #search: SearchRules | null = null
  #systemLookups = 0
  readonly #waiting: (() => void)[] = []

  constructor(policy: DnsPolicy, world: LookupWorld) {
    this.#steps = STEPS[policy]
    this.#world = world
    this.#hosts = new HostsFile(world.hostsFile)
  }

  lookUp(name: string, done: Done): void {
    const known = this.#hosts.find(name)
    if (known.length > 0) {
      process.nextTick(done, null, known)
      return
    }
    if (/\.local\.?$/i.test(name)) {
      this.#askSystem(name, done)
      return
    }
    this.#search ??= readSearchRules(this.#world.resolverFile)
    this.#ask(candidatesOf(name, this.#search), 0, name, done)
  }

  /** One full name after the other, until one has addresses. */
  #ask(names: readonly string[], at: number, asked: string, done: Done): void {
    this.#askInSteps(names[at]!, 0, (error, addresses) => {
      if (addresses.length > 0) done(null, addresses)
      else if (error !== null && !NO_ANSWER.has(error.code ?? '')) done(error, [])
      else if (at + 1 < names.length) this.#ask(names, at + 1, asked, done)
      else this.#askSystem(asked, done)
    })
  }

  #askInSteps(name: string, step: number, done: Done): void {
    const families = this.#steps[step]!
    let left = families.length
    let failure: NodeJS.ErrnoException | null = null
    const found: LookupAddress[] = []
    for (const family of families) {
      this.#query(name, family, (error, addresses) => {
        if (error !== null && !NO_ANSWER.has(error.code ?? '')) failure = error
        found.push(...addresses)
        if (--left > 0) return
        if (found.length > 0 || failure !== null || step + 1 === this.#steps.length) done(failure, found)
        else this.#askInSteps(name, step + 1, done)
      })
    }
  }

  #query(name: string, family: Family, done: Done): void {
    this.#servers ??= this.#nameServers()
    const answered = (error: NodeJS.ErrnoException | null, addresses: string[] = []): void => {
      done(
        error,
        addresses.map((address) => ({ address, family })),
      )
    }
    if (family === 4) this.#servers.resolve4(name, answered)
    else this.#servers.resolve6(name, answered)
  }

  #nameServers(): NameServers {
    const { attempts, servers } = this.#world
    const resolver = new NameServers(attempts)
    if (servers !== undefined) resolver.setServers(servers)
    return resolver
  }

  #askSystem(name: string, done: Done): void {
    if (this.#systemLookups === MOST_SYSTEM_LOOKUPS) {
      this.#waiting.push(() => this.#askSystem(name, done))
      return
    }
    this.#systemLookups++
    this.#world.system(name, (error, addresses) => {
      this.#systemLookups--
      this.#waiting.shift()?.()
      done(error, addresses ?? [])
    })
  }
}

/** Names that the administrator has given addresses; read again when the file has changed. */
class HostsFile {
  readonly #path: string
  #names = new Map<string, LookupAddress[]>()
  #checkedAt = Number.NEGATIVE_INFINITY
  #changedAt = -1

  constructor(path: string) {
    this.#path = path
  }

  find(name: string): readonly LookupAddress[] {
    if (performance.now() - this.#checkedAt > CHECK_MS) this.#check()
    const key = name.toLowerCase().replace(/\.$/, '')
    return this.#names.get(key) ?? (key === 'localhost' ? LOCALHOST : NONE)
  }

  #check(): void {
    this.#checkedAt = performance.now()
    try {
      const { mtimeMs } = statSync(this.#path)
      if (mtimeMs === this.#changedAt) return
      this.#changedAt = mtimeMs
      this.#names = parseHostsFile(readFileSync(this.#path, 'utf8'))
    } catch {
      // A system without the file has no such names.
      this.#names = new Map()
    }
  }
}

const CHECK_MS = 5000
const NONE: readonly LookupAddress[] = []
/** What `localhost` stands for, by RFC 6761 §6.3. */
const LOCALHOST: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

/** Exported for tests. */
export function parseHostsFile(text: string): Map<string, LookupAddress[]> {
  const names = new Map<string, LookupAddress[]>()
  for (const line of text.split('\n')) {
    const [address, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (address === undefined || address === '') continue
    for (const alias of aliases) {
      const key = alias.toLowerCase().replace(/\.$/, '')
      const list = names.get(key) ?? []
      list.push({ address: address.replace(/%.*/, ''), family: address.includes(':') ? 6 : 4 })
      names.set(key, list)
    }
  }
  return names
}

export interface SearchRules {
  readonly domains: readonly string[]
  /** Names with as many dots are tried as they are first. */
  readonly dots: number
}

function readSearchRules(path: string): SearchRules {
  try {
    return parseSearchRules(readFileSync(path, 'utf8'))
  } catch {
    return { domains: [], dots: 1 }
  }
}

/** Exported for tests. Of `search` and `domain` the last one counts. */
export function parseSearchRules(text: string): SearchRules {
  let domains: readonly string[] = []
  let dots = 1
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    if (keyword === 'search') domains = values
    else if (keyword === 'domain') domains = values.slice(0, 1)
    else if (keyword === 'options') {
      const option = values.findLast((value) => /^ndots:\d+$/.test(value))
      if (option !== undefined) dots = Number(option.slice('ndots:'.length))
    }
  }
  return { domains: domains.map((domain) => domain.replace(/^\.|\.$/g, '')).filter((domain) => domain !== ''), dots }
}

/** Exported for tests. The full names to ask for, in order. */
export function candidatesOf(name: string, { domains, dots }: SearchRules): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)]
  const searched = domains.map((domain) => `${name}.${domain}`)
  const isLong = name.split('.').length - 1 >= dots
  return isLong ? [name, ...searched] : [...searched, name]
}
