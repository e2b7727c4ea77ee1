/** One `connect()`, from the call until its promise is settled: dials, measures, and tells the socket what came of it. */
import { withHint } from '../../log/error-hints.js'
import type { TagSet } from '../../metrics/tag-set.js'
import type { Connection, Traffic } from '../../net/connection.js'
import type { DialError, Dialing, DialListener, DialPhase } from '../../net/dialer.js'
import type { SocketLimits } from '../../net/limits.js'
import { type CallSite, calledAt } from '../../vu/call-site.js'
import { type ConnectTarget, NO_TAGS } from './arguments.js'
import type { TcpMetric } from './metrics.js'
import type { SocketCore } from './socket-core.js'
import { TCPError } from './tcp-error.js'

/** A port that is missing or no number has become 0. */
const PORT_HINT = 'the port is missing or no number: connect(port, host) or connect({ port, host })'

const CERTIFICATE_HINT =
  'for an authority of your own name its file in SSL_CERT_FILE; insecureSkipTLSVerify: true among the options accepts any certificate'

export class ConnectAttempt implements DialListener {
  readonly #socket: SocketCore
  readonly #resolve: (value: undefined) => void
  readonly #reject: (error: TCPError) => void
  /** The VU's tags at the time of the call. Samples get these, also when the script changes its tags meanwhile. */
  readonly #vuTags: TagSet
  readonly #site: CallSite
  #isPortMissing = false
  #dialing: Dialing | null = null
  #isOver = false

  constructor(
    socket: SocketCore,
    site: CallSite,
    resolve: (value: undefined) => void,
    reject: (error: TCPError) => void,
  ) {
    this.#socket = socket
    this.#site = site
    this.#vuTags = socket.vu.tags
    this.#resolve = resolve
    this.#reject = reject
  }

  dial({ host, port, tls }: ConnectTarget, { connectMs, handshakeMs }: SocketLimits): void {
    const { vu } = this.#socket
    this.#isPortMissing = port === 0 && !host.startsWith('unix:')
    const limits = { connectMs, tlsMs: handshakeMs }
    this.#dialing = vu.shard.dialer.dial({ host, port, tls, localAddress: vu.localAddress, limits }, this)
  }

  onResolved(ip: string, durationMs: number): void {
    if (this.#isOver) return
    this.#measure('tcp_socket_resolving', durationMs)
    this.#socket.metrics.setIp(ip)
  }

  onConnected(connection: Connection, durationMs: number): void {
    if (this.#isOver) {
      connection.destroy()
      return
    }
    this.#measure('tcp_socket_connecting', durationMs)
    this.#socket.vu.dispatch(succeed, this, connection)
  }

  onFailed(error: DialError, phase: DialPhase, durationMs: number): void {
    if (this.#isOver) return
    this.#measure(phase === 'resolve' ? 'tcp_socket_resolving' : 'tcp_socket_connecting', durationMs)
    const prefix = phase === 'tls' ? 'TLS handshake failed: ' : ''
    const failure = calledAt(TCPError.during('connect', prefix + error.message), this.#site)
    this.#socket.vu.post(fail, this, this.#advised(failure))
  }

  #advised(error: TCPError): TCPError {
    if (this.#isPortMissing) return withHint(error, PORT_HINT)
    return error.message.includes('x509: ') ? withHint(error, CERTIFICATE_HINT) : error
  }

  succeed(connection: Connection): void {
    if (this.#isOver) {
      connection.destroy()
      return
    }
    this.#isOver = true
    this.#measure('tcp_sockets', 1)
    this.#socket.established(connection)
    this.#resolve(undefined)
  }

  fail(error: TCPError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#measure('tcp_errors', 1)
    this.#socket.failed(error, this.#site)
    this.#reject(error)
  }

  /** The script has destroyed the socket: ends the attempt and rejects the promise. */
  cancel(error: TCPError): void {
    this.abandon()
    this.#reject(calledAt(error, this.#site))
  }

  /** The run is over: ends the attempt and leaves the promise as it is. */
  abandon(): void {
    this.#isOver = true
    this.#dialing?.cancel()
  }

  /** The bytes of an attempt that failed, for example in its TLS handshake. */
  takeTraffic(): Traffic | undefined {
    return this.#dialing?.takeTraffic()
  }

  #measure(metric: TcpMetric, value: number): void {
    this.#socket.metrics.add(metric, value, NO_TAGS, this.#vuTags)
  }
}

function succeed(attempt: ConnectAttempt, connection: Connection): void {
  attempt.succeed(connection)
}

function fail(attempt: ConnectAttempt, error: TCPError): void {
  attempt.fail(error)
}
