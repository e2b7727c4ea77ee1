/**
 * The connections of one virtual user: kept while both sides allow it, used again the most recent first, never shared with
 * another virtual user.
 *
 * Shape   kept by scheme, host, port and proxy. A connection of HTTP/2 carries any number of exchanges at once, one of
 *         HTTP/1.1 one at a time: as many are opened as there are exchanges.
 * Life    until the server closes them, close() or the end of the thread
 * Source  docs/spec/http.md §16
 */
import type { Connection, Traffic } from '../connection.js'
import type { Dialer, Dialing, DialListener, DialPhase } from '../dialer.js'
import type { DialError } from '../errors.js'
import { dialFailure, HttpError, HttpErrorCode } from './errors.js'
import type { Carrier, Exchange, PeerFacts } from './exchange.js'
import { type ConnectionKeeper, Http1Connection } from './http1-connection.js'
import { asksProxy, type OutgoingRequest } from './request.js'

export interface PoolSettings {
  /** Source address; the system chooses when missing. */
  readonly localAddress: string | undefined
  /** A connection carries one exchange only. */
  readonly keepsNothing: boolean
}

export class HttpPool implements ConnectionKeeper {
  readonly dialer: Dialer
  readonly settings: PoolSettings
  readonly #addTraffic: (traffic: Traffic) => void
  /** Free connections of HTTP/1.1, the most recently used last. */
  readonly #idle = new Map<string, Http1Connection[]>()

  constructor(dialer: Dialer, settings: PoolSettings, addTraffic: (traffic: Traffic) => void) {
    this.dialer = dialer
    this.settings = settings
    this.#addTraffic = addTraffic
  }

  send(exchange: Exchange): void {
    const { request } = exchange
    const blocked = this.#blockedName(request)
    if (blocked !== null) {
      exchange.carrier = NOTHING
      process.nextTick(failExchange, exchange, blocked)
      return
    }
    const key = keyOf(request)
    const free = this.#idle.get(key)?.pop()
    if (free !== undefined) free.send(exchange)
    else new Opening(this, exchange, key)
  }

  /** Closes what is idle. */
  close(): void {
    for (const list of this.#idle.values()) for (const connection of [...list]) connection.close()
    this.#idle.clear()
  }

  // ---- called by connections ----------------------------------------------------------------------------------------

  account(connection: Connection): void {
    this.#addTraffic(connection.takeTraffic())
  }

  addTraffic(traffic: Traffic): void {
    this.#addTraffic(traffic)
  }

  keep(connection: Http1Connection): boolean {
    if (this.settings.keepsNothing) return false
    const list = this.#idle.get(connection.key)
    if (list === undefined) this.#idle.set(connection.key, [connection])
    else list.push(connection)
    return true
  }

  forget(connection: Http1Connection): void {
    const list = this.#idle.get(connection.key)
    const at = list?.indexOf(connection) ?? -1
    if (at >= 0) list!.splice(at, 1)
  }

  /** On a new connection, or the other ones that look alive may be as dead. */
  again(exchange: Exchange): void {
    exchange.head = null
    new Opening(this, exchange, keyOf(exchange.request))
  }

  /** A proxy that is asked for the URL is all that the dialer sees. */
  #blockedName(request: OutgoingRequest): HttpError | null {
    const { host } = request.target
    const pattern = asksProxy(request) ? this.dialer.hostnameBlocker.match(host) : undefined
    if (pattern === undefined) return null
    const detail = `hostname (${host}) is in a blocked pattern (${pattern})`
    return new HttpError(HttpErrorCode.blockedHostname, 'hostname is blocked', detail)
  }
}

const NOTHING: Carrier = { abandon() {} }

function failExchange(exchange: Exchange, error: HttpError): void {
  exchange.fail(error)
}

function keyOf(request: OutgoingRequest): string {
  const { target, proxy } = request
  if (proxy === null) return target.origin
  // A proxy is asked for any URL over one connection; a tunnel leads to one place.
  const server = `${proxy.host}:${proxy.port}`
  return asksProxy(request) ? `proxy ${server}` : `${target.origin} by ${server}`
}

/** A new connection on its way to an exchange. */
class Opening implements DialListener, Carrier {
  readonly #pool: HttpPool
  readonly #exchange: Exchange
  readonly #key: string
  readonly #dialing: Dialing

  constructor(pool: HttpPool, exchange: Exchange, key: string) {
    this.#pool = pool
    this.#exchange = exchange
    this.#key = key
    exchange.carrier = this
    const { target, proxy } = exchange.request
    const { localAddress } = pool.settings
    const tls = target.isTls && TLS
    this.#dialing = pool.dialer.dial(
      asksProxy(exchange.request)
        ? { host: proxy!.host, port: proxy!.port, tls: false, localAddress }
        : { host: target.host, port: target.port, tls, localAddress, proxy },
      this,
    )
  }

  abandon(): void {
    this.#dialing.cancel()
    this.#pool.addTraffic(this.#dialing.takeTraffic())
  }

  onConnected(connection: Connection, durationMs: number, tlsMs: number): void {
    this.#exchange.dialled(durationMs - tlsMs, tlsMs)
    new Http1Connection(connection, peerOf(connection), this.#key, this.#pool).send(this.#exchange)
  }

  onFailed(error: DialError, phase: DialPhase): void {
    this.#pool.addTraffic(this.#dialing.takeTraffic())
    this.#exchange.fail(dialFailure(error, phase, this.#exchange.request.proxy !== null))
  }
}

const TLS = { alpn: ['http/1.1'] }

function peerOf({ remoteAddress, remotePort, tlsSocket }: Connection): PeerFacts {
  if (tlsSocket === null) return { remoteAddress, remotePort, tlsVersion: '', cipherSuite: '' }
  const [, major = '', minor = '0'] = /^TLSv(\d)(?:\.(\d))?$/.exec(tlsSocket.getProtocol() ?? '') ?? []
  const cipherSuite = tlsSocket.getCipher().standardName
  return { remoteAddress, remotePort, tlsVersion: major === '' ? '' : `tls${major}.${minor}`, cipherSuite }
}
