/**
 * One attempt to connect, from host name to open connection; made by Dialer.dial.
 *
 * Steps    resolve ─► connect ─► [the proxy's answer ─►] [TLS handshake ─►] done
 *          any step ─► done by failure or cancel(); in `done` nothing is called any more
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { dialCauseText, systemErrorText } from '../base/system-error.js'
import { isIpLiteral, isPort, joinHostPort, withoutBrackets } from './address.js'
import { verificationFailure } from './certificate.js'
import { Connection, type Traffic } from './connection.js'
import type { Dialer, DialListener, DialPhase, DialRequest } from './dialer.js'
import { DialError, type DialErrorCode } from './errors.js'
import type { AddressWaiter } from './resolver.js'
import { startReading, startTls } from './tls.js'
import { isEarlyClose, recordFailureText } from './tls-errors.js'
import { connectRequest, TunnelAnswer } from './tunnel.js'
import { NOBODY, type SocketOwner, WireSocket } from './wire-socket.js'

export const DIAL_TIMEOUT_MS = 30_000

export class Dialing implements SocketOwner, AddressWaiter {
  #dialer: Dialer
  #request: DialRequest
  #listener: DialListener
  #phase: DialPhase | 'done' = 'resolve'
  /** Start of the current measurement: of the resolution, then of the connecting. */
  #since: number
  /** Whom we connect to: the target or the proxy. */
  #host: string
  #port: number
  #address = ''
  #localEndpoint = ''
  #wire: WireSocket | null = null
  #tlsSocket: TLSSocket | null = null
  #timer: NodeJS.Timeout | undefined
  /** Set while we wait for a proxy's answer. */
  #answer: TunnelAnswer | null = null

  constructor(dialer: Dialer, request: DialRequest, listener: DialListener) {
    this.#dialer = dialer
    this.#request = request
    this.#listener = listener
    this.#since = dialer.now()
    const { host, port } = request.proxy ?? request
    this.#host = withoutBrackets(host)
    this.#port = port
  }

  /** Gives up; no callback follows. */
  cancel(): void {
    if (this.#phase === 'done') return
    this.#phase = 'done'
    this.#abandonSocket()
  }

  /** Bytes on the wire of an attempt that failed or was cancelled; those of a success are the connection's. */
  takeTraffic(): Traffic {
    const wire = this.#wire
    if (wire === null) return { sent: 0, received: 0 }
    this.#wire = null
    return { sent: wire.acceptedBytes, received: wire.bytesRead }
  }

  /** Called by the dialer, once. */
  start(): void {
    if (this.#phase === 'done') return
    const literal = isIpLiteral(this.#host)
    const pattern = literal ? undefined : this.#dialer.hostnameBlocker.match(this.#host)
    if (pattern === undefined) this.#resolve(literal)
    else this.#fail('ERR_BLOCKED_HOSTNAME', `hostname (${this.#request.host}) is in a blocked pattern (${pattern})`)
  }

  #resolve(literal: boolean): void {
    const mapped = this.#dialer.hosts.find(this.#host, this.#port)
    if (mapped?.port != null) this.#port = mapped.port
    if (mapped !== undefined) this.addressFound(mapped.address)
    else if (literal) this.addressFound(this.#host)
    else this.#dialer.resolver.resolve(this.#host, this)
  }

  addressFound(address: string): void {
    if (this.#phase !== 'resolve') return
    const range = this.#dialer.addressBlocker.match(address)
    if (range === undefined) this.#resolved(address)
    else this.#fail('ERR_BLACKLISTED_IP', `IP (${address}) is in a blacklisted range (${range})`)
  }

  #resolved(address: string): void {
    const resolvedAt = this.#dialer.now()
    const duration = resolvedAt - this.#since
    this.#phase = 'connect'
    this.#since = resolvedAt
    this.#address = address
    this.#listener.onResolved(address, duration)
    if (this.#isIn('connect')) this.#connect()
  }

  addressFailed(error: DialError): void {
    if (this.#phase === 'resolve') this.#failWith(error)
  }

  // ---- called by the socket -----------------------------------------------------------------------------------

  /** TCP is open, or TLS is. */
  socketConnected(): void {
    if (this.#phase === 'connect') this.#connected()
    else if (this.#phase === 'tls') this.#handshakeDone()
  }

  /** Only a proxy's answer is read here; the rest waits for TLS or for the connection's listener. */
  socketData(chunk: Buffer): void {
    if (this.#answer === null || this.#phase === 'done') return
    try {
      const rest = this.#answer.add(chunk)
      if (rest !== null) this.#tunnelled(rest)
    } catch (error) {
      this.#failWith(error as DialError)
    }
  }

  socketEnded(): void {
    if (this.#answer !== null) this.#fail('ERR_PROXY', 'unexpected EOF')
  }

  socketFailed(error: NodeJS.ErrnoException): void {
    if (this.#phase === 'done') return
    if (this.#phase === 'tls') this.#fail('ERR_TLS_HANDSHAKE', this.#handshakeErrorText(error), error)
    else this.#fail(error.code ?? 'ERR_DIAL', `${this.#dialText()}: ${dialCauseText(error)}`, error)
  }

  socketClosed(): void {
    if (this.#phase === 'tls') this.#fail('ERR_TLS_HANDSHAKE', 'EOF')
  }

  dialTimedOut(): void {
    this.#fail('ERR_DIAL_TIMEOUT', `${this.#dialText()}: i/o timeout`)
  }

  // ---- steps ----------------------------------------------------------------------------------------------------

  #connect(): void {
    const impossible = this.#impossible()
    if (impossible !== null) {
      this.#failWith(impossible)
      return
    }
    const { localAddress, timeoutMs = DIAL_TIMEOUT_MS, tls } = this.#request
    this.#wire = new WireSocket(this, tls || this.#request.proxy != null)
    this.#timer = setTimeout(onDialTimeout, timeoutMs, this)
    this.#wire.connect({ host: this.#address, port: this.#port, localAddress })
  }

  /** What Node would throw for instead of reporting it. */
  #impossible(): DialError | null {
    if (!isPort(this.#port)) {
      return new DialError('ERR_INVALID_PORT', `dial tcp: address ${this.#port}: invalid port`)
    }
    const { localAddress } = this.#request
    if (localAddress === undefined || isIPv6(localAddress) === isIPv6(this.#address)) return null
    const source = joinHostPort(localAddress, 0)
    return new DialError('EADDRNOTAVAIL', `dial tcp: address ${source}: no suitable address found`)
  }

  #connected(): void {
    const { host, port, proxy, tls } = this.#request
    if (proxy != null) {
      this.#answer = new TunnelAnswer()
      this.#wire!.readAlone()
      this.#wire!.write(connectRequest(withoutBrackets(host), port, proxy))
    } else if (tls) {
      this.#startTls(this.#wire!)
    } else {
      this.#established(this.#wire!)
    }
  }

  #tunnelled(rest: Buffer): void {
    this.#answer = null
    if (!this.#request.tls) {
      this.#established(this.#wire!, rest)
    } else if (rest.length > 0) {
      this.#fail('ERR_PROXY', 'proxy: unexpected bytes behind the answer to CONNECT')
    } else {
      this.#wire!.leaveReadingToTls()
      this.#startTls(this.#wire!)
    }
  }

  #startTls(wire: WireSocket): void {
    this.#phase = 'tls'
    clearTimeout(this.#timer)
    // Node forgets it when the socket closes, and messages need it.
    this.#localEndpoint = joinHostPort(wire.localAddress ?? '', wire.localPort ?? 0)
    // From here on the TLS socket tells what happens.
    wire.owner = NOBODY
    try {
      this.#tlsSocket = startTls(wire, this.#dialer.secureContext, this.#serverName(), this)
    } catch (error) {
      // A file of roots that cannot be read, for example.
      this.#fail('ERR_TLS_HANDSHAKE', `tls: ${(error as Error).message}`, error as Error)
    }
  }

  #handshakeDone(): void {
    const socket = this.#tlsSocket!
    const failure = this.#dialer.verifiesCertificates ? verificationFailure(socket, this.#serverName()) : null
    if (failure === null) {
      startReading(socket)
      this.#established(socket)
    } else {
      this.#fail('ERR_TLS_HANDSHAKE', `tls: failed to verify certificate: ${failure}`)
    }
  }

  #established(stream: Socket, early?: Buffer): void {
    this.#phase = 'done'
    clearTimeout(this.#timer)
    const wire = this.#wire!
    this.#wire = null
    const connection = new Connection(wire, stream, this.#address, this.#port, early)
    ;(stream as Socket & { owner: SocketOwner }).owner = connection
    // Without this Node would start to read before there is anyone to listen.
    stream.pause()
    this.#listener.onConnected(connection, this.#dialer.now() - this.#since)
  }

  #serverName(): string {
    return this.#request.tlsServerName ?? withoutBrackets(this.#request.host)
  }

  #handshakeErrorText(error: NodeJS.ErrnoException): string {
    if (isEarlyClose(error)) return 'EOF'
    const operation = error.syscall === 'write' ? 'write' : 'read'
    const endpoints = `${this.#localEndpoint}->${joinHostPort(this.#address, this.#port)}`
    return recordFailureText(error) ?? `${operation} tcp ${endpoints}: ${operation}: ${systemErrorText(error)}`
  }

  /** `dial tcp R`, with a source address `dial tcp L:0->R`. */
  #dialText(): string {
    const remote = joinHostPort(this.#address, this.#port)
    const { localAddress } = this.#request
    return localAddress === undefined ? `dial tcp ${remote}` : `dial tcp ${joinHostPort(localAddress, 0)}->${remote}`
  }

  #fail(code: DialErrorCode, message: string, cause?: Error): void {
    this.#failWith(new DialError(code, message, cause))
  }

  #failWith(error: DialError): void {
    const phase = this.#phase as DialPhase
    this.#phase = 'done'
    this.#abandonSocket()
    this.#dialer.onFailure?.(error)
    this.#listener.onFailed(error, phase, this.#dialer.now() - this.#since)
  }

  #abandonSocket(): void {
    clearTimeout(this.#timer)
    if (this.#wire === null) return
    this.#wire.owner = NOBODY
    if (this.#tlsSocket !== null) {
      ;(this.#tlsSocket as TLSSocket & { owner: SocketOwner }).owner = NOBODY
      this.#tlsSocket.destroy()
    }
    this.#wire.destroy()
  }

  /** A callback of the listener may have cancelled us. */
  #isIn(phase: DialPhase): boolean {
    return this.#phase === phase
  }
}

function isIPv6(address: string): boolean {
  return address.includes(':')
}

function onDialTimeout(dialing: Dialing): void {
  dialing.dialTimedOut()
}
