/**
 * One `connect()` from the call to its settled promise: dials, measures, and tells the socket.
 */
import type { Connection } from '../../net/connection.js'
import type { DialError, Dialing, DialListener, DialPhase } from '../../net/dialer.js'
import type { ConnectTarget } from './arguments.js'
import type { SocketCore } from './socket.js'
import { TCPError } from './tcp-error.js'

export class ConnectAttempt implements DialListener {
  readonly #socket: SocketCore
  readonly #resolve: (value: undefined) => void
  readonly #reject: (error: TCPError) => void
  #dialing: Dialing | null = null
  #isOver = false

  constructor(socket: SocketCore, resolve: (value: undefined) => void, reject: (error: TCPError) => void) {
    this.#socket = socket
    this.#resolve = resolve
    this.#reject = reject
  }

  dial(target: ConnectTarget): void {
    const { vu } = this.#socket
    this.#dialing = vu.shard.dialer.dial(
      { host: target.host, port: target.port, tls: target.tls, localAddress: vu.localAddress },
      this,
    )
  }

  onResolved(ip: string, durationMs: number): void {
    if (this.#isOver) return
    this.#socket.metrics.add('tcp_socket_resolving', durationMs)
    this.#socket.metrics.setIp(ip)
  }

  onConnected(connection: Connection, durationMs: number): void {
    if (this.#isOver) return connection.destroy()
    this.#socket.metrics.add('tcp_socket_connecting', durationMs)
    this.#socket.vu.dispatch(succeed, this, connection)
  }

  onFailed(error: DialError, phase: DialPhase, durationMs: number): void {
    if (this.#isOver) return
    this.#socket.metrics.add(phase === 'resolve' ? 'tcp_socket_resolving' : 'tcp_socket_connecting', durationMs)
    const prefix = phase === 'tls' ? 'TLS handshake failed: ' : ''
    this.#socket.vu.post(fail, this, TCPError.during('connect', prefix + error.message))
  }

  succeed(connection: Connection): void {
    if (this.#isOver) return connection.destroy()
    this.#isOver = true
    this.#socket.established(connection)
    this.#resolve(undefined)
  }

  fail(error: TCPError): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#socket.failed(error)
    this.#reject(error)
  }

  /** The socket was destroyed meanwhile: the promise rejects. */
  cancel(error: TCPError): void {
    this.abandon()
    this.#reject(error)
  }

  /** The run is over: nothing is settled any more. */
  abandon(): void {
    this.#isOver = true
    this.#dialing?.cancel()
  }
}

function succeed(attempt: ConnectAttempt, connection: Connection): void {
  attempt.succeed(connection)
}

function fail(attempt: ConnectAttempt, error: TCPError): void {
  attempt.fail(error)
}
