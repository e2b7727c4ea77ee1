/**
 * One call of `ws.connect`, from dialling to its return.
 *
 *   begun ── answer 101 ──► callback ─► `open` ─► serving ── close() or the end of the connection ──► `close` ─► returned
 *     └───── anything else ──► failed
 *
 * The session is the pause that the VU is in. An event of the session resumes the VU, which calls the handlers and pauses again; nothing else of the
 * VU runs before `ws.connect` returns. Events that come while handlers run, or pause, wait in a queue.
 *
 * Hot path: a message resumes the VU inside the callback of its socket, without a closure and without a promise.
 *
 * Source  docs/spec/sockets.md §2.2 to §2.10
 */

import type { Traffic } from '../../net/connection.js'
import { environmentProxy } from '../../net/proxy.js'
import { schemeHint } from '../../net/url.js'
import { WebSocketClient, type WebSocketSettings } from '../../net/websocket/client.js'
import { CLOSE_ABNORMAL, CLOSE_GOING_AWAY } from '../../net/websocket/close-code.js'
import { type Handshake, type HandshakeResponse, prepareHandshake } from '../../net/websocket/handshake.js'
import type { SessionEnd, WebSocketListener } from '../../net/websocket/listener.js'
import { type Following, next, type Pause, rest, type Twin } from '../../pausable/runtime/pause.js'
import { HostError, TestAborted } from '../../vu/host-error.js'
import { Lease, type Leased, type Revocation } from '../../vu/lease.js'
import type { VirtualUser } from '../../vu/virtual-user.js'
import { cookieHeader, storeCookies, vuJar } from '../cookie-jar.js'
import { addressOf } from '../websocket/address.js'
import { failureReason } from '../websocket/failure.js'
import { WebSocketMetrics } from '../websocket/metrics.js'
import { settingsFor } from '../websocket/settings.js'
import type { Callback, ConnectArguments } from './arguments.js'
import { callAll, callAllPausing, twinOf } from './handlers.js'
import { type Occurrence, Occurrences } from './occurrences.js'
import { type ConnectResponse, failureResponse, sessionResponse } from './response.js'
import { SessionError } from './session-error.js'
import { Socket } from './socket.js'
import { type SocketTimer, SocketTimers } from './socket-timer.js'

const EVENTS = ['open', 'message', 'binaryMessage', 'ping', 'pong', 'close', 'error'] as const

export type SocketEvent = (typeof EVENTS)[number]

type Resume = (value: Occurrence | undefined, immediately?: boolean) => void

interface Failure {
  readonly error: Error
  readonly response: HandshakeResponse | null
}

const GIVEN_UP: Failure = { error: new Error('the iteration has failed meanwhile'), response: null }

const NO_TRAFFIC: Traffic = { sent: 0, received: 0 }

const NO_PROTOCOLS: readonly string[] = []
const NO_HANDLERS: readonly Callback[] = []

export class WsSession implements WebSocketListener, Pause, Leased {
  readonly call = 'ws.connect()'
  readonly vu: VirtualUser
  readonly timers: SocketTimers
  readonly #arguments: ConnectArguments
  readonly #metrics: WebSocketMetrics
  #handshake: Handshake | null = null
  #settings: WebSocketSettings | null = null
  #client: WebSocketClient | null = null
  #lease: Lease | null = null
  #startedAt = 0
  #answer: HandshakeResponse | null = null
  #isOpen = false
  #failure: Failure | null = null
  /** Set while the VU waits for this session. */
  #resume: Resume | null = null
  /** Events that came while handlers ran or paused. */
  readonly #waiting: Occurrences
  /** close() was called, or the connection has ended. The `close` handlers have been called, or are being called. */
  #isClosed = false
  /** run() has ended, or the VU was interrupted. */
  #isOver = false
  #lastPing = -1
  /** The times at which our pings were sent, by their payload. */
  #pings: Map<string, number> | null = null
  readonly #handlers: Record<SocketEvent, readonly Callback[]> = {
    open: NO_HANDLERS,
    message: NO_HANDLERS,
    binaryMessage: NO_HANDLERS,
    ping: NO_HANDLERS,
    pong: NO_HANDLERS,
    close: NO_HANDLERS,
    error: NO_HANDLERS,
  }

  constructor(vu: VirtualUser, args: ConnectArguments) {
    this.vu = vu
    this.timers = new SocketTimers(this)
    this.#waiting = new Occurrences(this)
    this.#arguments = args
    this.#metrics = new WebSocketMetrics(vu, args.tags)
    this.#metrics.setUrl(args.url)
  }

  /** The whole session. Its result is what `ws.connect` returns. */
  *run(): Twin {
    this.#startedAt = this.vu.shard.clock.now()
    try {
      this.#handshake = this.#prepare()
      const { url, limits } = this.#arguments
      this.#settings = settingsFor(this.vu, false, environmentProxy(url), limits)
    } catch (error) {
      this.#failure = { error: error as Error, response: null }
    }
    if (this.#failure === null) yield this
    if (this.#failure !== null) return this.#fail(this.#failure)
    const response = this.#open()
    // As on k6, callbacks of promises wait until connect returns, also while handlers run.
    this.vu.runtime.hold()
    try {
      const preparing = callAll([this.#arguments.callback], new Socket(this))
      if (preparing !== undefined) yield* this.#unread(preparing)
      const opening = callAll(this.#handlers.open)
      if (opening !== undefined) yield* this.#unread(opening)
      while (!this.#isClosed || !this.#waiting.isEmpty) {
        const isWaiting = !this.#waiting.isEmpty
        const occurrence = isWaiting ? this.#waiting.take() : ((yield this) as Occurrence | undefined)
        // Undefined: close() has ended the wait. An event that comes after the close is dropped.
        if (occurrence === undefined || (this.#isClosed && !isWaiting)) continue
        const more = this.#deliver(occurrence)
        if (more !== undefined) yield* more
      }
    } catch (error) {
      yield* this.#giveUp(error)
      throw error
    } finally {
      this.vu.runtime.release()
      this.#end()
    }
    return response
  }

  /** Throws a WebSocketError for a URL or a header that cannot be used. */
  #prepare(): Handshake {
    const { url, headers, jar, deflate } = this.#arguments
    const { target } = addressOf(url)
    if (target instanceof Error) throw target
    const cookies = cookieHeader(jar ?? vuJar(this.vu), url)
    const { userAgent } = this.vu.shard.settings
    return prepareHandshake({ target, headers, userAgent, cookies, protocols: NO_PROTOCOLS, deflate })
  }

  /**
   * Nothing is read from the server until the callback and the `open` handlers have returned, also when they sleep. So what they send is written
   * to the connection, also when the server has closed it meanwhile.
   */
  *#unread(handlers: Following): Twin {
    const client = this.#client as WebSocketClient
    client.pause()
    try {
      yield* handlers
    } finally {
      client.resume()
    }
    return undefined
  }

  /** Called by the VU, once per pause. */
  start(resume: Resume): void {
    this.#resume = resume
    if (this.#client !== null) return
    this.#client = new WebSocketClient(this, this.#settings as WebSocketSettings)
    this.#client.open(this.vu.shard.dialer, this.#handshake as Handshake)
    this.#handshake = null
    this.#lease = new Lease(this.vu, this)
  }

  // ---- called by the client -----------------------------------------------------------------------------------

  onOpen(response: HandshakeResponse): void {
    this.#answer = response
    this.#isOpen = true
    this.#metrics.countOpen(1)
    this.#wake(undefined, true)
  }

  onFailed(error: Error, response: HandshakeResponse | null): void {
    this.#failure = { error, response }
    this.#wake(undefined, true)
  }

  /** Hot. */
  onMessage(data: string | ArrayBuffer, bytes: number): void {
    this.#metrics.countArrived(bytes)
    this.#wake(data, true)
  }

  onPing(): void {
    this.#wake({ kind: 'ping' }, true)
  }

  onPong(payload: Buffer): void {
    const id = payload.toString('latin1')
    const sentAt = this.#pings?.get(id)
    this.#pings?.delete(id)
    this.#wake({ kind: 'pong', roundTrip: sentAt === undefined ? undefined : this.vu.shard.clock.now() - sentAt }, true)
  }

  onDrain(): void {}

  onEnded(end: SessionEnd): void {
    this.#wake({ kind: 'end', end }, true)
  }

  // ---- called by its timers -----------------------------------------------------------------------------------

  timerDue(timer: SocketTimer): void {
    this.#wake(timer, false)
  }

  // ---- called by the script through its socket ----------------------------------------------------------------

  /** An event may have many handlers. A value that is no function is ignored. */
  on(event: unknown, handler: unknown): void {
    if (typeof handler !== 'function') return
    if (!isEvent(event)) {
      this.vu.shard.log.warning(`unknown event type: ${String(event)}`, { hint: `events are ${EVENTS.join(', ')}` })
      return
    }
    this.#handlers[event] = [...this.#handlers[event], handler as Callback]
  }

  /** Hot. */
  sendText(text: string): void {
    const client = this.#client as WebSocketClient
    const before = client.sentPayloadBytes
    const isSent = client.sendText(text)
    this.#metrics.countSent(client.sentPayloadBytes - before)
    if (!isSent) this.#reportClosed()
  }

  /** Hot. */
  sendBinary(data: ArrayBuffer): void {
    const isSent = (this.#client as WebSocketClient).sendBinary(new Uint8Array(data))
    this.#metrics.countSent(isSent ? data.byteLength : 0)
    if (!isSent) this.#reportClosed()
  }

  ping(): void {
    const payload = String(++this.#lastPing)
    if (this.#client?.ping(payload) === true) {
      this.#pings ??= new Map()
      this.#pings.set(payload, this.vu.shard.clock.now())
    } else {
      this.#reportClosed()
    }
  }

  /** Called by the queue when too much waits for slow handlers. */
  pause(): void {
    this.#client?.pause()
  }

  resume(): void {
    this.#client?.resume()
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** For callers that cannot pause. A handler that tries to pause gets an error. */
  close(code: number): void {
    if (this.#beginClose(code)) for (const handler of this.#handlers.close) (handler as (code: number) => void)(code)
  }

  *closing(code: number): Twin {
    if (this.#beginClose(code)) yield* callAllPausing(this.#handlers.close, 0, [code])
    return undefined
  }

  // ---- called by the VU ---------------------------------------------------------------------------------------

  takeTraffic(): Traffic {
    return this.#client?.takeTraffic() ?? NO_TRAFFIC
  }

  revoked(reason: Revocation): void {
    this.#client?.closeNow(CLOSE_GOING_AWAY)
    if (reason === 'failed') {
      // The VU still runs what is outstanding, so ws.connect() must return.
      if (!this.#isOpen) this.#failure = GIVEN_UP
      this.#wake({ kind: 'end', end: { cause: 'close-frame', code: CLOSE_GOING_AWAY, reason: '' } }, false)
    } else {
      this.#isClosed = true
      this.#resume = null
      this.#letGo()
    }
  }

  // -------------------------------------------------------------------------------------------------------------

  /**
   * Gives an event to the script. When the VU waits for it, it goes on at once if `immediately` (allowed only inside a callback of the session's own
   * socket), or in a later turn. When handlers are running, the event waits in the queue.
   */
  #wake(occurrence: Occurrence | undefined, immediately: boolean): void {
    const resume = this.#resume
    if (resume !== null) {
      this.#resume = null
      resume(occurrence, immediately)
    } else if (occurrence !== undefined && !this.#isClosed) {
      this.#waiting.add(occurrence)
    }
  }

  /** Hot. Calls the handlers. When one of them has paused, the result does the rest. */
  #deliver(occurrence: Occurrence): Following | undefined {
    if (typeof occurrence === 'string') {
      this.#metrics.countReceived()
      return callAll(this.#handlers.message, occurrence)
    }
    if (occurrence instanceof ArrayBuffer) {
      this.#metrics.countReceived()
      return callAll(this.#handlers.binaryMessage, occurrence)
    }
    switch (occurrence.kind) {
      case 'ping':
        return callAll(this.#handlers.ping)
      case 'pong':
        if (occurrence.roundTrip !== undefined) this.#metrics.add('ws_ping', occurrence.roundTrip)
        return callAll(this.#handlers.pong)
      case 'timer':
        return this.timers.take(occurrence)
      case 'paused':
        return rest(occurrence.twin, { done: false, value: occurrence.pause })
      case 'end':
        return this.#finish(occurrence.end)
      default:
        return occurrence satisfies never
    }
  }

  /** The connection has ended: calls the `error` handlers, unless it was closed properly, then the `close` handlers. */
  *#finish(end: SessionEnd): Twin {
    const error = SessionError.ofEnd(end)
    if (error !== null) yield* callAllPausing(this.#handlers.error, 0, [error])
    // After a violation of the protocol this is the code that we have sent.
    yield* this.closing(end.cause === 'close-frame' || end.cause === 'violation' ? end.code : CLOSE_ABNORMAL)
    return undefined
  }

  /** False when it was closed before. */
  #beginClose(code: number): boolean {
    if (this.#isClosed) return false
    this.#isClosed = true
    this.#metrics.addTagged('ws_closes', 1, { close_code: String(code) })
    this.#waiting.clear()
    this.timers.stop()
    this.#client?.closeNow(code)
    // When the callback of a promise has called close(), the session is waiting: end that wait.
    this.#wake(undefined, false)
    return true
  }

  /** The script has sent something after the close: calls the `error` handlers. send() cannot pause, so a handler that pauses goes on after it. */
  #reportClosed(): void {
    const error = new SessionError('websocket: close sent')
    for (const handler of this.#handlers.error) {
      const twin = this.#isOver ? undefined : twinOf(handler, error)
      if (twin === undefined) (handler as (error: SessionError) => void)(error)
      else this.#begin(twin)
    }
  }

  #begin(twin: Twin): void {
    const step = next(twin)
    if (step.done) return
    this.#waiting.add({ kind: 'paused', twin, pause: step.value })
    this.#wake(undefined, false)
  }

  /** A handler has thrown: calls the `close` handlers. If they throw as well, that error is ignored. */
  *#giveUp(reason: unknown): Twin {
    // After test.abort() no handler runs any more.
    if (reason instanceof TestAborted) this.#beginClose(CLOSE_GOING_AWAY)
    try {
      yield* this.closing(CLOSE_GOING_AWAY)
    } catch {}
    return undefined
  }

  /** The handshake has succeeded. The answer is not kept: a session may be long, and it returns only a part of the answer. */
  #open(): ConnectResponse {
    const answer = this.#answer as HandshakeResponse
    this.#answer = null
    this.#countAttempt(answer)
    return sessionResponse(this.#arguments.url, answer)
  }

  /** Measures the handshake. `response`: the server's answer, when it answered in HTTP. */
  #countAttempt(response: HandshakeResponse | null): void {
    this.#metrics.setHandshake(this.#client?.ip ?? '', response)
    this.#metrics.add('ws_sessions', 1)
    this.#metrics.add('ws_connecting', this.vu.shard.clock.now() - this.#startedAt)
    const { jar, url } = this.#arguments
    if (response !== null) storeCookies(jar ?? vuJar(this.vu), url, response.headerList)
  }

  #fail({ error, response }: Failure): unknown {
    this.#countAttempt(response)
    this.#metrics.addTagged('ws_handshake_failures', 1, { reason: failureReason(error, response) })
    this.#end()
    if (this.vu.shard.settings.throw) throw new HostError(error.message)
    this.vu.shard.log.warning('Attempt to establish a WebSocket connection failed', {
      error: error.message,
      url: this.#arguments.url,
      ...(response === null ? {} : { status: String(response.status) }),
      ...schemeHint(error.message, 'ws://host/path'),
    })
    return failureResponse(error, response)
  }

  #end(): void {
    this.#metrics.add('ws_session_duration', this.vu.shard.clock.now() - this.#startedAt)
    this.#letGo()
  }

  /** Stops the timers and ends the lease. */
  #letGo(): void {
    this.#isOver = true
    this.timers.stop()
    this.#waiting.end()
    this.#lease?.end()
    if (this.#isOpen) this.#metrics.countOpen(-1)
    this.#isOpen = false
  }
}

function isEvent(event: unknown): event is SocketEvent {
  return (EVENTS as readonly unknown[]).includes(event)
}
