/**
 * A client's way to one server: an HTTP/2 session over the dialer's connection, opened again when it is gone and somebody calls.
 *
 * States   closed ── open() or a call ──► opening ── the server's settings ──► open ── lost, GOAWAY, close() ──► closed
 * Calls    any number at once; those that come while it opens wait
 * Limits   opening takes `connectMs` at most, from the dial to the server's first frame
 * Errors   a failure of opening is one text, as gRPC for Go words it: `connection error: desc = "transport: …"`
 * Source   gRPC over HTTP2; docs/spec/http.md §25.1
 */
import type { ClientHttp2Session } from 'node:http2'
import type { SecureContext } from 'node:tls'
import type { Connection, Traffic } from '../connection.js'
import type { Dialer, Dialing, DialListener, DialPhase } from '../dialer.js'
import type { DialError } from '../errors.js'
import { openSession } from '../http2-session.js'
import { Code, failure, type GrpcStatus, resetName } from './status.js'

export interface ChannelTarget {
  readonly host: string
  readonly port: number
  /** For `:authority`, and for the certificate when it is not the host's. */
  readonly authority: string
  readonly isTls: boolean
  /** Other roots or a client certificate; as the test's options say when missing. */
  readonly context: SecureContext | undefined
  readonly serverName: string | undefined
  readonly userAgent: string
  readonly localAddress: string | undefined
  readonly connectMs: number
  readonly maxReceiveBytes: number
  readonly maxSendBytes: number
}

/** Waits for an open session. Told once, never inside open(). */
export interface ChannelWaiter {
  opened(session: GrpcSession): void
  failed(status: GrpcStatus, isTimeout: boolean): void
}

/** What we take before the server must wait for us. */
const STREAM_WINDOW = 1024 * 1024
const CONNECTION_WINDOW = 16 * 1024 * 1024

/** What calls end with when this side closes the channel. */
const CLOSING = failure(Code.Canceled, 'grpc: the client connection is closing')

export class GrpcChannel {
  readonly target: ChannelTarget
  readonly #dialer: Dialer
  readonly #addTraffic: (traffic: Traffic) => void
  #session: GrpcSession | null = null
  #opening: GrpcOpening | null = null

  constructor(dialer: Dialer, target: ChannelTarget, addTraffic: (traffic: Traffic) => void) {
    this.target = target
    this.#dialer = dialer
    this.#addTraffic = addTraffic
  }

  /** The address of the other end; empty while there is none. */
  get remoteAddress(): string {
    return this.#session?.connection.remoteAddress ?? ''
  }

  open(waiter: ChannelWaiter): void {
    if (this.#session?.isOpen === true) {
      process.nextTick(tellOpened, waiter, this.#session)
      return
    }
    this.#opening ??= new GrpcOpening(this, this.#dialer)
    this.#opening.waiters.add(waiter)
  }

  /** Takes a waiter back: it is told nothing. When nobody else waits, the opening ends. */
  leave(waiter: ChannelWaiter): void {
    const opening = this.#opening
    if (opening === null || !opening.waiters.delete(waiter) || opening.waiters.size > 0) return
    this.#opening = null
    opening.cancel()
  }

  /** Closes the session: calls under way end. */
  close(): void {
    this.#opening?.fail(CLOSING, false)
    this.#session?.close()
    this.#session = null
  }

  /** Charges somebody with what went over the wire since the last time. */
  account(source: { takeTraffic(): Traffic }): void {
    this.#addTraffic(source.takeTraffic())
  }

  countTraffic(): void {
    if (this.#session !== null) this.account(this.#session.connection)
  }

  // ---- called by openings and sessions -----------------------------------------------------------------------------

  openingEnded(opening: GrpcOpening, session: GrpcSession | null): void {
    if (this.#opening === opening) this.#opening = null
    this.#session = session
  }

  sessionLeft(session: GrpcSession): void {
    if (this.#session === session) this.#session = null
  }
}

/** A new session on its way: the dial, then the server's settings. */
class GrpcOpening implements DialListener {
  readonly waiters = new Set<ChannelWaiter>()
  readonly #channel: GrpcChannel
  readonly #dialing: Dialing
  readonly #timer: NodeJS.Timeout
  #session: GrpcSession | null = null
  #isOver = false

  constructor(channel: GrpcChannel, dialer: Dialer) {
    const { host, port, isTls, context, serverName, localAddress, connectMs } = channel.target
    const tls = isTls && { alpn: ['h2'], context, serverName }
    // The dial has no limits of its own: one limit, kept here, is for the whole opening.
    const limits = { connectMs: Number.POSITIVE_INFINITY, tlsMs: Number.POSITIVE_INFINITY }
    this.#channel = channel
    this.#dialing = dialer.dial({ host, port, tls, localAddress, limits }, this)
    this.#timer = setTimeout(() => this.#timedOut(), Math.min(connectMs, 2 ** 31 - 1))
  }

  cancel(): void {
    if (this.#isOver) return
    this.#end()
    this.#channel.account(this.#dialing)
  }

  onConnected(connection: Connection): void {
    const { isTls } = this.#channel.target
    if (isTls && connection.alpnProtocol !== 'h2') {
      connection.destroy()
      this.#channel.account(connection)
      this.#fail(
        'transport: authentication handshake failed: credentials: cannot check peer: missing selected ALPN property',
      )
      return
    }
    this.#session = new GrpcSession(this.#channel, connection, {
      ready: (session) => this.#ready(session),
      failed: (reason) => this.#fail(`error reading server preface: ${reason}`),
    })
  }

  onFailed(error: DialError, phase: DialPhase): void {
    this.#fail(
      phase === 'tls'
        ? `transport: authentication handshake failed: ${error.message}`
        : `transport: error while dialing: ${error.message}`,
    )
  }

  #ready(session: GrpcSession): void {
    if (this.#isOver) return
    this.#session = null
    this.#end()
    this.#channel.openingEnded(this, session)
    for (const waiter of this.waiters) waiter.opened(session)
  }

  #timedOut(): void {
    const reason =
      this.#session === null
        ? 'transport: error while dialing: dial: i/o timeout'
        : 'error reading server preface: i/o timeout'
    this.#fail(reason, true)
  }

  #fail(reason: string, isTimeout = false): void {
    if (this.#isOver) return
    this.fail(failure(Code.Unavailable, `connection error: desc = ${JSON.stringify(reason)}`), isTimeout)
  }

  fail(status: GrpcStatus, isTimeout: boolean): void {
    if (this.#isOver) return
    this.#end()
    this.#channel.account(this.#dialing)
    this.#channel.openingEnded(this, null)
    for (const waiter of this.waiters) waiter.failed(status, isTimeout)
  }

  #end(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#dialing.cancel()
    this.#session?.close()
    this.#session = null
  }
}

interface SessionWatcher {
  ready(session: GrpcSession): void
  failed(reason: string): void
}

/** One HTTP/2 session with the server, and the calls on it. */
export class GrpcSession {
  readonly connection: Connection
  readonly http2: ClientHttp2Session
  readonly #channel: GrpcChannel
  #isLeaving = false
  #isClosed = false
  #goAway: number | null = null
  #failure: Error | null = null

  constructor(channel: GrpcChannel, connection: Connection, watcher: SessionWatcher) {
    const { isTls, authority } = channel.target
    this.#channel = channel
    this.connection = connection
    const session = openSession(connection, {
      origin: `${isTls ? 'https' : 'http'}://${authority}`,
      streamWindow: STREAM_WINDOW,
      connectionWindow: CONNECTION_WINDOW,
      onViolation: (code) => {
        this.#failure ??= new Error(`connection error: ${resetName(code)}`)
        this.#leave()
        session.destroy()
      },
    })
    this.http2 = session
    session.once('remoteSettings', () => watcher.ready(this))
    session.on('goaway', (code: number) => {
      this.#goAway = code
      this.#leave()
    })
    session.on('error', (error: Error) => {
      this.#failure = error
      this.#leave()
    })
    session.on('close', () => {
      this.#leave()
      connection.destroy()
      channel.account(connection)
      watcher.failed(this.#failure?.message ?? 'EOF')
    })
  }

  get isOpen(): boolean {
    return !this.#isLeaving && !this.http2.closed && !this.http2.destroyed
  }

  /** Closes the session at once; calls under way fail. */
  close(): void {
    this.#isClosed = true
    this.#leave()
    this.http2.destroy()
    this.connection.destroy()
    this.#channel.account(this.connection)
  }

  /** Why a stream has ended that the server did not end; null when the session is well. */
  failureOfStream(): GrpcStatus | null {
    if (this.#isClosed) return CLOSING
    if (this.#goAway !== null && this.#goAway !== 0) {
      const reason = `closing transport due to: received GOAWAY with code ${resetName(this.#goAway)}`
      return failure(Code.Unavailable, reason)
    }
    if (this.#failure !== null) return failure(Code.Unavailable, `error reading from server: ${this.#failure.message}`)
    if (this.http2.destroyed) return failure(Code.Unavailable, 'error reading from server: EOF')
    return null
  }

  #leave(): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    this.#channel.sessionLeft(this)
  }
}

function tellOpened(waiter: ChannelWaiter, session: GrpcSession): void {
  waiter.opened(session)
}
