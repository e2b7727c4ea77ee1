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
import { Http2Connection, type SessionKeeper } from './http2-connection.js'
import { asksProxy, type OutgoingRequest } from './request.js'

/** Who is told of the bytes that have been moved. */
export interface TrafficCounter {
  addTraffic(traffic: Traffic): void
}

export class HttpPool implements ConnectionKeeper, SessionKeeper {
  readonly dialer: Dialer
  /** Source address; the system chooses when missing. */
  readonly localAddress: string | undefined
  readonly #traffic: TrafficCounter
  /** Free connections of HTTP/1.1, the most recently used last. */
  readonly #idle = new Map<string, Http1Connection[]>()
  /** Connections of HTTP/2; null while there is none. */
  #sessions: Map<string, Http2Connection> | null = null
  /** Dials that may lead to HTTP/2, which all that want to go there wait for. */
  #openings: Map<string, HttpOpening> | null = null

  constructor(dialer: Dialer, localAddress: string | undefined, traffic: TrafficCounter) {
    this.dialer = dialer
    this.localAddress = localAddress
    this.#traffic = traffic
  }

  send(exchange: Exchange): void {
    const { request } = exchange
    const blocked = this.#blockedName(request)
    if (blocked !== null) {
      exchange.carrier = NOTHING
      process.nextTick(failExchange, exchange, blocked)
      return
    }
    const free = this.#idle.get(keyOf(request))?.pop()
    if (free === undefined) this.open(exchange)
    else free.send(exchange)
  }

  /** Closes what is idle, and what no exchange waits for any more. */
  close(): void {
    for (const list of this.#idle.values()) for (const connection of [...list]) connection.close()
    this.#idle.clear()
    if (this.#sessions !== null) for (const session of [...this.#sessions.values()]) session.close()
  }

  // ---- called by connections ----------------------------------------------------------------------------------------

  account(connection: Connection): void {
    this.#traffic.addTraffic(connection.takeTraffic())
  }

  addTraffic(traffic: Traffic): void {
    this.#traffic.addTraffic(traffic)
  }

  keep(connection: Http1Connection): void {
    const list = this.#idle.get(connection.key)
    if (list === undefined) this.#idle.set(connection.key, [connection])
    else list.push(connection)
  }

  forget(connection: Http1Connection): void {
    const list = this.#idle.get(connection.key)
    const at = list?.indexOf(connection) ?? -1
    if (at >= 0) list!.splice(at, 1)
  }

  forgetSession(session: Http2Connection): void {
    if (this.#sessions?.get(session.key) === session) this.#sessions.delete(session.key)
  }

  /** On a new connection of HTTP/1.1, because the other ones that look alive may be as dead. */
  again(exchange: Exchange, delayMs = 0): void {
    exchange.head = null
    if (delayMs > 0) new Retry(this, exchange, delayMs)
    else this.open(exchange)
  }

  /** On a connection of HTTP/2 when there is one, or a new one. */
  open(exchange: Exchange): void {
    const key = keyOf(exchange.request)
    const session = this.#sessions?.get(key)
    if (session?.isOpen) session.send(exchange)
    else this.#open(exchange, key)
  }

  // ---- called by openings -------------------------------------------------------------------------------------------

  connected(opening: HttpOpening, connection: Connection, exchanges: readonly Exchange[]): void {
    const { key, authority } = opening
    this.#forgetOpening(opening)
    const peer = peerOf(connection)
    const isHttp2 = connection.alpnProtocol === 'h2'
    if (opening.mayBeHttp2) protocolsOf(this.dialer).set(key, isHttp2)
    const [first, ...others] = exchanges
    if (isHttp2) {
      const session = new Http2Connection(connection, peer, key, authority, this)
      if (opening.isShared) {
        this.#sessions ??= new Map()
        this.#sessions.set(key, session)
      }
      for (const exchange of exchanges) session.send(exchange)
    } else {
      new Http1Connection(connection, peer, key, this).send(first!)
      for (const exchange of others) this.#open(exchange, key)
    }
  }

  failed(opening: HttpOpening): void {
    this.#forgetOpening(opening)
  }

  #forgetOpening(opening: HttpOpening): void {
    if (this.#openings?.get(opening.key) === opening) this.#openings.delete(opening.key)
  }

  #open(exchange: Exchange, key: string): void {
    const { request } = exchange
    const mayBeHttp2 = request.target.isTls
    // Over HTTP/1.1 each exchange needs a connection of its own.
    const isShared = mayBeHttp2 && protocolsOf(this.dialer).get(key) !== false && !request.closes
    const underWay = isShared ? this.#openings?.get(key) : undefined
    if (underWay !== undefined) {
      underWay.join(exchange)
      return
    }
    const opening = new HttpOpening(this, exchange, { key, mayBeHttp2, isShared })
    if (!isShared) return
    this.#openings ??= new Map()
    this.#openings.set(key, opening)
  }

  /** The dialer checks the names that it dials. When a proxy is asked for the URL, that is the proxy's, so the target's is checked here. */
  #blockedName(request: OutgoingRequest): HttpError | null {
    const { host } = request.target
    const pattern = asksProxy(request) ? this.dialer.hostnameBlocker.match(host) : undefined
    if (pattern === undefined) return null
    const detail = `hostname (${host}) is in a blocked pattern (${pattern})`
    return new HttpError(HttpErrorCode.blockedHostname, 'hostname is blocked', detail)
  }
}

/** Whether a place speaks HTTP/2, as any virtual user of the thread has found out. */
const protocols = new WeakMap<Dialer, Map<string, boolean>>()

function protocolsOf(dialer: Dialer): Map<string, boolean> {
  let known = protocols.get(dialer)
  if (known === undefined) {
    known = new Map()
    protocols.set(dialer, known)
  }
  return known
}

const NOTHING: Carrier = { abandon() {} }

function failExchange(exchange: Exchange, error: HttpError): void {
  exchange.fail(error)
}

function keyOf(request: OutgoingRequest): string {
  const { target, proxy } = request
  if (proxy === null) return target.origin
  // A proxy is asked for any URL over one connection; a tunnel leads to one place.
  const server = `${proxy.protocol}://${proxy.host}:${proxy.port}`
  return asksProxy(request) ? `proxy ${server}` : `${target.origin} by ${server}`
}

/** A wait before an exchange goes out again. */
class Retry implements Carrier {
  readonly #timer: NodeJS.Timeout

  constructor(pool: HttpPool, exchange: Exchange, delayMs: number) {
    exchange.carrier = this
    this.#timer = setTimeout(() => pool.open(exchange), delayMs)
  }

  abandon(): void {
    clearTimeout(this.#timer)
  }
}

const TLS = { alpn: ['h2', 'http/1.1'] }

interface HttpOpeningFacts {
  readonly key: string
  readonly mayBeHttp2: boolean
  /** Others that want to go there may wait for it. */
  readonly isShared: boolean
}

/** A new connection on its way to an exchange, or to several that will share it. */
class HttpOpening implements DialListener, Carrier {
  readonly key: string
  readonly mayBeHttp2: boolean
  readonly isShared: boolean
  readonly authority: string
  readonly #pool: HttpPool
  readonly #exchanges: Exchange[]
  readonly #usesProxy: boolean
  readonly #dialing: Dialing

  constructor(pool: HttpPool, exchange: Exchange, { key, mayBeHttp2, isShared }: HttpOpeningFacts) {
    const { target, proxy } = exchange.request
    this.key = key
    this.mayBeHttp2 = mayBeHttp2
    this.isShared = isShared
    this.authority = target.authority
    this.#pool = pool
    this.#exchanges = [exchange]
    this.#usesProxy = proxy !== null
    exchange.carrier = this
    const { localAddress } = pool
    const tls = target.isTls && TLS
    this.#dialing = pool.dialer.dial(
      asksProxy(exchange.request)
        ? { host: proxy!.host, port: proxy!.port, tls: proxy!.protocol === 'https', localAddress }
        : { host: target.host, port: target.port, tls, localAddress, proxy },
      this,
    )
  }

  join(exchange: Exchange): void {
    exchange.carrier = this
    this.#exchanges.push(exchange)
  }

  abandon(exchange: Exchange): void {
    this.#exchanges.splice(this.#exchanges.indexOf(exchange), 1)
    if (this.#exchanges.length > 0) return
    this.#dialing.cancel()
    this.#pool.failed(this)
    this.#pool.addTraffic(this.#dialing.takeTraffic())
  }

  onConnected(connection: Connection, durationMs: number, tlsMs: number): void {
    for (const exchange of this.#exchanges) exchange.dialled(durationMs - tlsMs, tlsMs)
    this.#pool.connected(this, connection, this.#exchanges)
  }

  onFailed(error: DialError, phase: DialPhase): void {
    this.#pool.failed(this)
    this.#pool.addTraffic(this.#dialing.takeTraffic())
    const failure = dialFailure(error, phase, this.#usesProxy)
    for (const exchange of [...this.#exchanges]) exchange.fail(failure)
  }
}

function peerOf({ remoteAddress, remotePort, tlsSocket }: Connection): PeerFacts {
  if (tlsSocket === null) return { remoteAddress, remotePort, tlsVersion: '', cipherSuite: '' }
  const [, major = '', minor = '0'] = /^TLSv(\d)(?:\.(\d))?$/.exec(tlsSocket.getProtocol() ?? '') ?? []
  const cipherSuite = tlsSocket.getCipher().standardName
  return { remoteAddress, remotePort, tlsVersion: major === '' ? '' : `tls${major}.${minor}`, cipherSuite }
}
