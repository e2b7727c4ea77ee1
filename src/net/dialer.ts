/**
 * The one dialer: every connection of every virtual user of a shard begins here, under the same network rules.
 *
 * Order    host → blockHostnames (names only) → hosts → IP literal or DNS → blacklistIPs → TCP to that one address
 *          → the proxy's tunnel, if any → TLS. `unix:/path` goes to that socket at once; none of the rules is about it.
 * Events   onResolved, onTcpConnected, onConnected: success. onFailed may come instead of any; nothing after it. None of
 *          them is called inside dial() or upgrade(), none after cancel().
 * Units    milliseconds
 * Errors   DialError with k6's texts
 */
import { performance } from 'node:perf_hooks'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import { AddressBlocker, HostnameBlocker } from './blocking.js'
import type { Connection, Surrendered } from './connection.js'
import { Dialing } from './dialing.js'
import type { DialError } from './errors.js'
import { HostTable } from './hosts.js'
import { KeyLog } from './key-log.js'
import type { SocketLimits } from './limits.js'
import { createLookup } from './name-lookup.js'
import type { NetworkOptions } from './options.js'
import type { ProxyServer } from './proxy.js'
import { Resolver, type ResolverHost } from './resolver.js'
import { clientContextOptions, type Environment } from './tls.js'
import type { TlsOptions } from './tls-options.js'

export type { Dialing } from './dialing.js'
export type { DialError } from './errors.js'

export interface DialRequest {
  /** As the script gave it; IPv6 literals with or without brackets; `unix:/path` for a socket of this machine. */
  host: string
  /** Any number: an impossible port fails like an unreachable one. */
  port: number
  /** True asks for TLS with the test's options. */
  tls: boolean | TlsRequest
  /** Source address; the system chooses when missing. */
  localAddress?: string
  limits?: DialLimits
  /** Connect through a tunnel of this proxy; it then resolves `host`. */
  proxy?: ProxyServer | null
}

/** What one connection wants of TLS beside the test's options. */
export interface TlsRequest {
  /** The name for SNI and for the certificate's check, when it is not the host. No SNI for IP literals. */
  serverName?: string
  /** Protocols to offer, the best first: `http/1.1` alone when missing, none when empty. */
  alpn?: readonly string[]
  /** The roots, client certificate and versions of this request; Dialer.secureContextFor makes it. The test's when missing. */
  context?: SecureContext
  /** Whether a certificate that is not good fails the dial; as `insecureSkipTLSVerify` says when missing. */
  verify?: boolean
  /** The TLS session to resume; `Connection.tlsSocket` of an earlier connection gives it. */
  session?: Buffer
}

/** Milliseconds; what is missing is as Dialer.limits says. Infinity: no limit. */
interface DialLimits {
  /** For the resolution, and for TCP with the proxy's tunnel, each. */
  connectMs?: number
  tlsMs?: number
}

export interface UpgradeRequest extends TlsRequest {
  /** The host name that the connection below was dialled with. */
  host: string
  /** The longest time that the TLS handshake may take, in milliseconds. */
  limitMs?: number
}

export type DialPhase = 'resolve' | 'connect' | 'tls'

export interface DialListener {
  onResolved?(ip: string, durationMs: number): void
  /** TCP is open, and the proxy's tunnel: `durationMs` since the resolution. TLS, if asked for, is still to come. */
  onTcpConnected?(durationMs: number): void
  /**
   * The connection delivers nothing until it has a listener. `durationMs`: since the resolution, `tlsMs` of it for the TLS
   * handshake.
   */
  onConnected(connection: Connection, durationMs: number, tlsMs: number): void
  /** `durationMs`: of the resolution in phase 'resolve', else since its end. */
  onFailed(error: DialError, phase: DialPhase, durationMs: number): void
}

/** The world as the dialer sees it; tests bring their own. */
export interface DialerHost extends ResolverHost {
  environment: Environment
}

/** Contexts that are kept; a script that makes up certificates must not fill the memory. */
const MAX_CONTEXTS = 100

const REAL_HOST: Omit<DialerHost, 'lookup'> = {
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
  /** The test's; a call may have its own. */
  readonly limits: SocketLimits
  /** Null unless the environment asks for it. */
  readonly keyLog: KeyLog | null
  #tls: TlsOptions
  #environment: Environment
  #context: SecureContext | null = null
  /** The key says what was asked for. Scripts ask for the same context again and again, and making one takes milliseconds. */
  readonly #contexts = new Map<string, SecureContext>()

  constructor(options: NetworkOptions, host: Partial<DialerHost> = {}) {
    const lookup = host.lookup ?? createLookup(options.dns.policy)
    const world: DialerHost = { ...REAL_HOST, ...host, lookup }
    this.hosts = new HostTable(options.hosts, options.dns.select, world.random)
    this.hostnameBlocker = new HostnameBlocker(options.blockHostnames)
    this.addressBlocker = new AddressBlocker(options.blacklistIPs)
    this.resolver = new Resolver(options.dns, world)
    this.now = world.now
    this.limits = options.limits
    this.#tls = options.tls
    this.#environment = world.environment
    this.keyLog = KeyLog.of(world.environment)
  }

  dial(request: DialRequest, listener: DialListener): Dialing {
    if (request.tls === true) this.#prepareTls()
    const dialing = new Dialing(this, request, listener)
    process.nextTick(startDialing, dialing)
    return dialing
  }

  /**
   * TLS on top of an open connection, as after STARTTLS or a proxy's answer. From here on the given connection hears of nothing
   * but the close, and its traffic is the new one's. A failure closes both.
   */
  upgrade(connection: Connection, request: UpgradeRequest, listener: DialListener): Dialing {
    if (request.context === undefined) this.#prepareTls()
    const { remoteAddress, remotePort } = connection
    const { host, limitMs: tlsMs } = request
    const dialing = new Dialing(this, { host, port: remotePort, tls: request, limits: { tlsMs } }, listener)
    process.nextTick(startUpgrade, dialing, connection.surrender(), remoteAddress)
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
      // The handshake fails with the same error, and reports it.
    }
  }

  /** Made on first use: scripts without TLS do not pay for it. */
  get secureContext(): SecureContext {
    this.#context ??= createSecureContext(clientContextOptions(this.#tls, this.#environment))
    return this.#context
  }

  /** The test's TLS options, and over them those of one request: roots, client certificate, versions. Throws what Node throws. */
  secureContextFor(options: SecureContextOptions): SecureContext {
    const key = JSON.stringify(options)
    let context = this.#contexts.get(key)
    if (context === undefined) {
      if (this.#contexts.size >= MAX_CONTEXTS) this.#contexts.delete(this.#contexts.keys().next().value!)
      context = createSecureContext({ ...clientContextOptions(this.#tls, this.#environment), ...options })
      this.#contexts.set(key, context)
    }
    return context
  }
}

function startDialing(dialing: Dialing): void {
  dialing.start()
}

function startUpgrade(dialing: Dialing, surrendered: Surrendered, address: string): void {
  dialing.startUpgrade(surrendered, address)
}
