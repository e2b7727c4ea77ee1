/**
 * What happens behind a `WebSocket` object; scripts cannot reach it.
 *
 * States   CONNECTING → OPEN → CLOSING → CLOSED. They change in tasks of the VU, so a little later than the states of the client (which is the
 *          connection). close() leads from CONNECTING to CLOSING, too; every socket ends in CLOSED.
 * Tasks    each event is a task of its own, in the order in which the server sent them: open, then messages, pings and pongs, then error (if
 *          there is one), then close
 * Life     holds the iteration from the constructor until its close event has been delivered
 * Source   docs/spec/sockets.md §3.5, §3.6, §3.7, §3.10
 */

import { joinHostPort } from '../../net/address.js'
import type { Traffic } from '../../net/connection.js'
import { environmentProxy, type ProxyServer } from '../../net/proxy.js'
import { CLOSED, CLOSING, CONNECTING, OPEN, WebSocketClient } from '../../net/websocket/client.js'
import { CLOSE_ABNORMAL } from '../../net/websocket/close-code.js'
import { type HandshakeResponse, prepareHandshake } from '../../net/websocket/handshake.js'
import type { SessionEnd, WebSocketListener } from '../../net/websocket/listener.js'
import type { WebSocketTarget } from '../../net/websocket/target.js'
import { Backlog } from '../../vu/backlog.js'
import { CallSite, calledAt } from '../../vu/call-site.js'
import { HostError } from '../../vu/host-error.js'
import { Lease, type Leased, type Revocation } from '../../vu/lease.js'
import type { Timer } from '../../vu/timer-queue.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { callLimits } from '../call-params.js'
import { type CookieJar, cookieHeader, storeCookies, vuJar } from '../cookie-jar.js'
import { addressOf } from '../websocket/address.js'
import { failureReason } from '../websocket/failure.js'
import { WebSocketMetrics } from '../websocket/metrics.js'
import { settingsFor } from '../websocket/settings.js'
import type { BinaryType, CloseRequest, Dialect } from './dialect.js'
import { type Ending, endingOf, failureOf } from './ending.js'
import type { SocketEventType } from './events.js'
import { type Listener, type ListenerOwner, type Listeners, without } from './listeners.js'
import { deliverEnded, deliverMessage, deliverOpened, deliverPing, deliverPong } from './tasks.js'
import { deliver } from './turns.js'

/** How long a peer may take to answer the close frame of an iteration that has failed. */
const CLOSE_GRACE_MS = 1000
/** Errors without a listener that are in the log already, of this thread. */
const reported = new Set<string>()
const MOST_REPORTED = 100
const CLOSED_EARLY = 'WebSocket is closed before the connection is established.'
const NO_PROTOCOLS: readonly string[] = Object.freeze([])
const NO_EXTENSIONS: readonly string[] = Object.freeze([])

export class WebSocketCore implements WebSocketListener, Leased, ListenerOwner {
  readonly vu: VirtualUser
  /** The path of the group in which the script made the socket. Its listeners run in that group. */
  readonly group: string
  readonly dialect: Dialect
  /** The `WebSocket` object of the script. */
  readonly target: object
  readonly url: string
  /** The property `origin` of message events. */
  readonly origin: string
  readonly metrics: WebSocketMetrics
  readonly listeners: Record<SocketEventType, Listeners> = {
    open: null,
    message: null,
    ping: null,
    pong: null,
    error: null,
    close: null,
  }
  readyState: number = CONNECTING
  binaryType: BinaryType = 'blob'
  protocol = ''
  extensions: readonly string[] = NO_EXTENSIONS
  /** close() was called before the connection was open. */
  earlyClose: CloseRequest | null = null
  readonly #client: WebSocketClient
  #jar: CookieJar | null = null
  #offered: readonly string[] = NO_PROTOCOLS
  #lease: Lease | null = null
  /** Where the script made the socket; null once the connection is open. */
  #site: CallSite | null = null
  readonly #startedAt: number
  #isEstablished = false
  #graceTimer: Timer | null = null
  readonly #backlog: Backlog
  #nextPing = 0
  #pings: Map<string, number> | null = null
  /** Bytes that the script sent after the close. They are dropped, and the standard counts them in `bufferedAmount`. */
  #discarded = 0

  /** `from`: the constructor that the script called; stacks begin with its caller. */
  constructor(
    vu: VirtualUser,
    dialect: Dialect,
    target: object,
    from: (...args: never[]) => unknown,
    url: unknown,
    protocols: unknown,
    params: unknown,
  ) {
    if (vu.phase === 'init') throw new HostError('using websockets in the init context is not supported')
    const address = dialect.parseUrl(url)
    const offered = dialect.parseProtocols(protocols)
    const { headers, tags, jar, deflate, given } = dialect.parseParams(params)
    this.vu = vu
    this.group = vu.groupPath
    this.dialect = dialect
    this.target = target
    this.url = address.url
    this.origin = dialect.isStandard ? new URL(address.url).origin : address.url
    this.metrics = new WebSocketMetrics(vu, tags)
    this.#startedAt = vu.shard.clock.now()
    const proxy = proxyOf(address.url)
    const route = proxy instanceof Error ? null : proxy
    this.#client = new WebSocketClient(this, settingsFor(vu, dialect.isStandard, route, callLimits(vu, given)))
    this.#backlog = new Backlog(this.#client)
    if (!vu.isActive || vu.isFailing) {
      // The iteration has ended or failed. A handler that connects again must not keep it from ending.
      this.readyState = CLOSED
      return
    }
    this.#lease = new Lease(vu, this)
    this.#site = new CallSite(from)
    this.#jar = jar ?? vuJar(vu)
    this.#offered = offered.length > 0 ? offered : protocolsIn(headers)
    this.#open(proxy instanceof Error ? proxy : address.target, headers, offered, deflate)
  }

  #open(
    target: WebSocketTarget | Error,
    headers: readonly (readonly [string, string])[],
    protocols: readonly string[],
    deflate: boolean,
  ): void {
    const { shard } = this.vu
    try {
      if (target instanceof Error) throw target
      const cookies = cookieHeader(this.#jar as CookieJar, this.url)
      const { userAgent } = shard.settings
      const strictExtensions = this.dialect.isStandard
      const handshake = prepareHandshake({ target, headers, userAgent, cookies, protocols, deflate, strictExtensions })
      this.#client.open(shard.dialer, handshake)
    } catch (error) {
      this.onFailed(error as Error, null)
    }
  }

  get bufferedAmount(): number {
    return this.#client.bufferedAmount + this.#discarded
  }

  /** Hot. */
  send(data: unknown): void {
    const { dialect } = this
    if (this.readyState !== OPEN) {
      dialect.refuseToSend(this.readyState)
      const message = dialect.toMessage(data)
      this.#discarded += Buffer.byteLength(message)
      return
    }
    const message = dialect.toMessage(data)
    const client = this.#client
    const before = client.sentPayloadBytes
    const isSent = typeof message === 'string' ? client.sendText(message) : client.sendBinary(message)
    // False: the connection has ended, and the task that tells the VU is queued.
    if (isSent) this.metrics.countSent(client.sentPayloadBytes - before)
  }

  ping(): void {
    if (this.readyState !== OPEN) {
      this.dialect.refuseToSend(this.readyState)
      return
    }
    const id = String(this.#nextPing++)
    this.#pings ??= new Map()
    this.#pings.set(id, this.vu.shard.clock.now())
    if (this.#client.ping(id)) this.metrics.countControlSent()
  }

  close(code: unknown, reason: unknown): void {
    const { dialect, readyState } = this
    if (!dialect.isStandard && readyState >= CLOSING) return
    const request = dialect.parseClose(code, reason)
    if (readyState >= CLOSING) return
    this.readyState = CLOSING
    if (readyState === OPEN) {
      this.sendClose(request)
    } else if (dialect.isStandard) {
      this.#client.destroy()
      this.#attemptFailed(new Error(CLOSED_EARLY), null)
    } else {
      this.earlyClose = request
    }
  }

  sendClose({ code, reason }: CloseRequest): void {
    if (this.#client.close(code, reason)) this.metrics.countControlSent()
  }

  // ---- called by the client -----------------------------------------------------------------------------------

  onOpen(response: HandshakeResponse): void {
    if (this.dialect.isStandard && !isOffered(response.protocol, this.#offered)) {
      this.#client.destroy()
      this.onFailed(new Error(`websocket: the server chose the subprotocol "${response.protocol}"`), response)
      return
    }
    this.#offered = NO_PROTOCOLS
    this.#handshakeIsOver(response)
    // Measured now and not in the task: a VU that sleeps may be interrupted before the task runs.
    this.#isEstablished = true
    this.#site = null
    this.#countAttempt()
    this.metrics.countOpen(1)
    deliver(this.vu, deliverOpened, this, response)
  }

  onFailed(error: Error, response: HandshakeResponse | null): void {
    this.#handshakeIsOver(response)
    this.#attemptFailed(error, response)
  }

  #attemptFailed(error: Error, response: HandshakeResponse | null): void {
    this.#countAttempt()
    this.metrics.addTagged('ws_handshake_failures', 1, { reason: failureReason(error, response) })
    this.vu.post(deliverEnded, this, failureOf(error, response, this.dialect.isStandard))
  }

  #countAttempt(): void {
    this.metrics.add('ws_sessions', 1)
    this.metrics.add('ws_connecting', this.vu.shard.clock.now() - this.#startedAt)
  }

  /** Hot. */
  onMessage(data: string | ArrayBuffer, bytes: number): void {
    this.#backlog.add(sizeOf(data))
    this.metrics.countArrived(bytes)
    deliver(this.vu, deliverMessage, this, data)
  }

  onPing(): void {
    this.#backlog.add(0)
    deliver(this.vu, deliverPing, this, undefined)
  }

  onPong(payload: Buffer): void {
    const id = payload.toString()
    const sentAt = this.#pings?.get(id)
    if (sentAt !== undefined) this.#pings?.delete(id)
    const milliseconds = sentAt === undefined ? null : this.vu.shard.clock.now() - sentAt
    this.#backlog.add(0)
    deliver(this.vu, deliverPong, this, { id, milliseconds })
  }

  onDrain(): void {}

  onEnded(end: SessionEnd): void {
    deliver(this.vu, deliverEnded, this, endingOf(end, this.dialect.isStandard))
  }

  #handshakeIsOver(response: HandshakeResponse | null): void {
    this.metrics.setHandshake(this.#client.ip, response)
    this.metrics.setNameAndUrl(this.url)
    const jar = this.#jar
    this.#jar = null
    if (jar !== null && response !== null) storeCookies(jar, this.url, response.headerList)
  }

  // ---- called by tasks ----------------------------------------------------------------------------------------

  established(response: HandshakeResponse): void {
    this.protocol = response.protocol
    this.extensions = response.extensions
  }

  /** Hot. The task of a message has begun. */
  messageTaken(data: string | ArrayBuffer): void {
    this.#backlog.taken(sizeOf(data))
  }

  /** Hot. The task of a ping or a pong has begun. */
  controlTaken(): void {
    this.#backlog.taken(0)
  }

  /** Ends the connection without a close frame, after an exception of the script. */
  drop(): void {
    this.#client.destroy()
  }

  /** The connection has ended. The tasks that call this deliver the events. */
  ended(ending: Ending): void {
    this.readyState = CLOSED
    this.#stopGrace()
    this.#backlog.end()
    if (this.#isEstablished) {
      this.metrics.add('ws_session_duration', this.vu.shard.clock.now() - this.#startedAt)
      this.metrics.addTagged('ws_closes', 1, { close_code: String(ending.code ?? CLOSE_ABNORMAL) })
      this.metrics.countOpen(-1)
      this.#isEstablished = false
    }
  }

  /** The `close` event is being delivered: the socket no longer holds the iteration. */
  closed(): void {
    this.#lease?.end()
    this.#lease = null
  }

  /** The value of an error event. When the connection was never open, its stack leads to the constructor. */
  errorOf(message: string): Error {
    const error = new Error(message)
    error.name = 'WebSocketError'
    return this.#site === null ? error : calledAt(error, this.#site)
  }

  /** Logs an error that has no listener, once: a server that is down would fill the log from every VU. All of them are counted. */
  reportUnheard({ message }: Ending): void {
    // The error of the failed iteration is in the log already; it is why its sockets close.
    if (this.vu.isFailing) return
    const error = this.errorOf(message)
    this.vu.shard.countError(this.vu, String(error), this.#site?.place ?? '')
    // Without the local port, which is another one for each connection.
    const kind = `${this.url} ${message.replace(/:\d+->/g, '->')}`
    if (reported.has(kind) || reported.size >= MOST_REPORTED) return
    reported.add(kind)
    const text = this.#site === null ? String(error) : error.stack
    const hint = 'nobody listens: add an "error" listener; this is said once'
    this.vu.shard.log.warning(`WebSocket ${this.url}: ${text}`, { hint })
  }

  removeListener(event: string, listener: Listener): void {
    const type = event as SocketEventType
    this.listeners[type] = without(this.listeners[type], (other) => other === listener)
  }

  // ---- called by the VU ---------------------------------------------------------------------------------------

  takeTraffic(): Traffic {
    return this.#client.takeTraffic()
  }

  revoked(reason: Revocation): void {
    this.metrics.isSilent = true
    if (reason !== 'failed') this.#interrupt()
    else if (this.readyState !== CLOSED) this.#windDown()
  }

  /** The VU was interrupted, so no listener is called any more. Sends a close frame. */
  #interrupt(): void {
    this.readyState = CLOSED
    this.#stopGrace()
    this.#backlog.end()
    this.#client.closeNow()
    if (this.#isEstablished) this.metrics.countOpen(-1)
    this.#isEstablished = false
  }

  /** The iteration has failed: closes the connection. The listeners of `close` are called when the server has answered, or after a second. */
  #windDown(): void {
    const isConnecting = this.#client.readyState === CONNECTING
    this.readyState = CLOSING
    if (isConnecting) {
      this.#client.destroy()
      this.vu.post(deliverEnded, this, failureOf(new Error(this.#cancelled), null, this.dialect.isStandard))
    } else {
      this.#client.close()
      this.#graceTimer ??= this.vu.shard.timers.add(CLOSE_GRACE_MS, graceIsOver, this)
    }
  }

  get #cancelled(): string {
    const { target } = addressOf(this.url)
    const where = target instanceof Error ? '' : ` ${joinHostPort(this.#client.ip || target.host, target.port)}`
    return `dial tcp${where}: operation was canceled`
  }

  graceIsOver(): void {
    this.#graceTimer = null
    this.#client.destroy()
    this.vu.post(deliverEnded, this, endingOf({ cause: 'end' }, this.dialect.isStandard))
  }

  #stopGrace(): void {
    if (this.#graceTimer !== null) this.vu.shard.timers.cancel(this.#graceTimer)
    this.#graceTimer = null
  }
}

function sizeOf(data: string | ArrayBuffer): number {
  return typeof data === 'string' ? data.length : data.byteLength
}

/** The proxy that the environment names for a URL; an error when it cannot be used. */
function proxyOf(url: string): ProxyServer | null | Error {
  try {
    return environmentProxy(url)
  } catch (error) {
    return error as Error
  }
}

/** Subprotocols that the script asks for with a header of its own. */
function protocolsIn(headers: readonly (readonly [string, string])[]): readonly string[] {
  const values = headers.filter(([name]) => name.toLowerCase() === 'sec-websocket-protocol').map(([, value]) => value)
  return values.length === 0
    ? NO_PROTOCOLS
    : values
        .join(',')
        .split(',')
        .map((name) => name.trim())
}

/** Whether the server may choose this subprotocol: one of those offered, or none when none was offered. */
function isOffered(protocol: string, offered: readonly string[]): boolean {
  return offered.length === 0 ? protocol === '' : offered.includes(protocol)
}

function graceIsOver(core: WebSocketCore): void {
  core.graceIsOver()
}
