/**
 * The one dialer: every connection of every virtual user of a shard begins here, under the same network rules.
 *
 * Order    host → blockHostnames (names only) → hosts → IP literal or DNS → blacklistIPs → TCP to that one address
 *          (30 s) → the proxy's tunnel, if any → TLS (no limit of its own)
 * Events   onResolved, onConnected: success. onFailed may come instead of either; nothing after it. None of them is called
 *          inside dial(), none after cancel().
 * Units    durations in milliseconds; connecting includes TLS
 * Errors   DialError with the reference's texts
 */
import { performance } from 'node:perf_hooks'
import type { SecureContext } from 'node:tls'
import { AddressBlocker, HostnameBlocker } from './blocking.js'
import type { Connection } from './connection.js'
import { Dialing } from './dialing.js'
import type { DialError } from './errors.js'
import { HostTable } from './hosts.js'
import type { NetworkOptions } from './options.js'
import type { ProxyServer } from './proxy.js'
import { lookupAll, Resolver, type ResolverHost } from './resolver.js'
import { createClientContext, type Environment } from './tls.js'
import type { TlsOptions } from './tls-options.js'

export type { Dialing } from './dialing.js'
export type { DialError } from './errors.js'

export interface DialRequest {
  /** As the script gave it; IPv6 literals with or without brackets. */
  host: string
  /** Any number: an impossible port fails like an unreachable one. */
  port: number
  tls: boolean
  /** The name for SNI and for the certificate's check, when it is not `host`. */
  tlsServerName?: string
  /** Source address; the system chooses when missing. */
  localAddress?: string
  /** Limit for TCP alone; 30 s when missing. */
  timeoutMs?: number
  /** Connect through this proxy server's CONNECT tunnel; it then resolves `host`. */
  proxy?: ProxyServer | null
}

export type DialPhase = 'resolve' | 'connect' | 'tls'

export interface DialListener {
  onResolved(ip: string, durationMs: number): void
  /** The connection delivers nothing until it has a listener. */
  onConnected(connection: Connection, durationMs: number): void
  /** `durationMs`: of the resolution in phase 'resolve', else since its end. */
  onFailed(error: DialError, phase: DialPhase, durationMs: number): void
}

/** The world as the dialer sees it; tests bring their own. */
export interface DialerHost extends ResolverHost {
  environment: Environment
}

const REAL_HOST: DialerHost = {
  lookup: lookupAll,
  now: () => performance.now(),
  random: Math.random,
  environment: process.env,
}

export class Dialer {
  readonly hosts: HostTable
  readonly hostnameBlocker: HostnameBlocker
  readonly addressBlocker: AddressBlocker
  readonly resolver: Resolver
  readonly now: () => number
  /** Told of every failure before its listener is, to count those that are this machine's. */
  onFailure: ((error: DialError) => void) | null = null
  #tls: TlsOptions
  #environment: Environment
  #context: SecureContext | null = null

  constructor(options: NetworkOptions, host: Partial<DialerHost> = {}) {
    const world = { ...REAL_HOST, ...host }
    this.hosts = new HostTable(options.hosts)
    this.hostnameBlocker = new HostnameBlocker(options.blockHostnames)
    this.addressBlocker = new AddressBlocker(options.blacklistIPs)
    this.resolver = new Resolver(options.dns, world)
    this.now = world.now
    this.#tls = options.tls
    this.#environment = world.environment
  }

  dial(request: DialRequest, listener: DialListener): Dialing {
    if (request.tls) this.#prepareTls()
    const dialing = new Dialing(this, request, listener)
    process.nextTick(startDialing, dialing)
    return dialing
  }

  get verifiesCertificates(): boolean {
    return !this.#tls.insecureSkipVerify
  }

  /** Before the clock of the first connection starts: it measures the target, not how long our own roots take to parse. */
  #prepareTls(): void {
    try {
      void this.secureContext
    } catch {
      // The handshake will fail with it.
    }
  }

  /** Made on first use: scripts without TLS do not pay for it. */
  get secureContext(): SecureContext {
    this.#context ??= createClientContext(this.#tls, this.#environment)
    return this.#context
  }
}

function startDialing(dialing: Dialing): void {
  dialing.start()
}
