/**
 * One attempt to connect, from host name to open connection; made by Dialer.dial.
 *
 * Steps    resolve ─► connect ─► [TLS with the proxy ─►] [the proxy's answer ─►] [TLS handshake ─►] done
 *          an upgrade begins with the TLS handshake; any step ─► done by failure or cancel(); in `done` nothing is called any more
 */
import type { Socket } from 'node:net'
import { dialCauseText, systemErrorText } from '../base/system-error.js'
import { endpointText, isIpLiteral, isPort, joinHostPort, networkOf, unixPath, withoutBrackets } from './address.js'
import { verificationFailure } from './certificate.js'
import { Connection, type Surrendered, type Traffic } from './connection.js'
import type { Dialer, DialListener, DialPhase, DialRequest, TlsRequest } from './dialer.js'
import { DialError, type DialErrorCode } from './errors.js'
import type { ProxyServer } from './proxy.js'
import type { AddressWaiter } from './resolver.js'
import { type OwnedTlsSocket, startReading, startTls, stopReading } from './tls.js'
import { isEarlyClose, recordFailureText } from './tls-errors.js'
import { type Tunnel, tunnelTo } from './tunnel.js'
import { NOBODY, type SocketOwner, WireSocket } from './wire-socket.js'

const NO_REQUEST: TlsRequest = {}
const EMPTY = Buffer.alloc(0)

export class Dialing implements SocketOwner, AddressWaiter {
  #dialer: Dialer
  #request: DialRequest
  #listener: DialListener
  #phase: DialPhase | 'done' = 'resolve'
  /** When the current measurement started: first that of the resolution, then that of the connection. */
  #since: number
  #tlsSince = 0
  /** The host that TCP goes to: the target or its proxy. */
  #host: string
  #port: number
  #address = ''
  #localEndpoint = ''
  #wire: WireSocket | null = null
  #tlsSocket: OwnedTlsSocket | null = null
  /** TLS with the proxy, below the target's bytes. */
  #proxySocket: OwnedTlsSocket | null = null
  #timer: NodeJS.Timeout | undefined
  /** The dialogue with the proxy; null before and after it. */
  #tunnel: Tunnel | null = null
  /** The connection that an upgrade puts TLS on. */
  #below: Surrendered | null = null

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
    const { sent, received } = this.#below?.counted ?? { sent: 0, received: 0 }
    return { sent: wire.acceptedBytes - sent, received: wire.bytesRead - received }
  }

  /** Called by the dialer, once. */
  start(): void {
    if (this.#phase === 'done') return
    const path = unixPath(this.#host)
    if (path !== null) {
      this.#resolved(path)
      return
    }
    const { host, proxy } = this.#request
    if (proxy != null) this.#refuseBlocked(proxy.host)
    this.#refuseBlocked(host)
    if (this.#isIn('resolve')) this.#resolve()
  }

  /** Called by the dialer instead of start(), once. */
  startUpgrade(below: Surrendered, address: string): void {
    this.#wire = below.wire
    this.#below = below
    this.#address = address
    if (this.#phase === 'done') this.#abandonSocket()
    else this.#startTls(below.stream)
  }

  #refuseBlocked(host: string): void {
    const name = withoutBrackets(host)
    const pattern = isIpLiteral(name) ? undefined : this.#dialer.hostnameBlocker.match(name)
    if (pattern === undefined || !this.#isIn('resolve')) return
    this.#fail('ERR_BLOCKED_HOSTNAME', `hostname (${host}) is in a blocked pattern (${pattern})`)
  }

  #resolve(): void {
    const mapped = this.#dialer.hosts.find(this.#host, this.#port)
    if (mapped?.port != null) this.#port = mapped.port
    if (mapped !== undefined) this.addressFound(mapped.address)
    else if (isIpLiteral(this.#host)) this.addressFound(this.#host)
    else this.#lookUp()
  }

  #lookUp(): void {
    this.#arm(this.#connectMs)
    this.#dialer.resolver.resolve(this.#host, this)
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
    this.#listener.onResolved?.(address, duration)
    if (this.#isIn('connect')) this.#connect()
  }

  addressFailed(error: DialError): void {
    if (this.#phase === 'resolve') this.#failWith(error)
  }

  // ---- called by the socket -----------------------------------------------------------------------------------

  /** The socket is open: TCP in the phase `connect`, TLS in the phases of TLS. */
  socketConnected(): void {
    if (this.#phase === 'connect' && this.#proxySocket !== null) this.#proxyTrusted(this.#proxySocket)
    else if (this.#phase === 'connect') this.#connected()
    else if (this.#phase === 'tls') this.#handshakeDone()
  }

  /** Only a proxy's answer is read here; the rest waits for TLS or for the connection's listener. */
  socketData(chunk: Buffer): void {
    if (this.#tunnel === null || this.#phase === 'done') return
    try {
      const step = this.#tunnel.take(chunk)
      if (step === null) return
      if ('say' in step) this.#base.write(step.say)
      else this.#tunnelled(step.rest)
    } catch (error) {
      this.#failWith(error as DialError)
    }
  }

  socketEnded(): void {
    if (this.#tunnel !== null) this.#fail('ERR_PROXY', 'unexpected EOF')
  }

  socketFailed(error: NodeJS.ErrnoException): void {
    if (this.#phase === 'done') return
    if (this.#phase === 'tls') this.#fail('ERR_TLS_HANDSHAKE', this.#handshakeErrorText(error), error)
    else if (this.#proxySocket !== null)
      this.#fail('ERR_PROXY', `proxyconnect tcp: ${this.#handshakeErrorText(error)}`, error)
    else this.#fail(error.code ?? 'ERR_DIAL', `${this.#dialText()}: ${dialCauseText(error)}`, error)
  }

  socketClosed(): void {
    if (this.#phase === 'tls') this.#fail('ERR_TLS_HANDSHAKE', 'EOF')
    else if (this.#phase === 'connect' && this.#proxySocket !== null) this.#fail('ERR_PROXY', 'proxyconnect tcp: EOF')
  }

  /** Called by the timer: the present phase has taken too long. */
  timedOut(): void {
    this.#fail('ERR_DIAL_TIMEOUT', `${this.#phaseText()}: i/o timeout`)
  }

  #phaseText(): string {
    if (this.#phase === 'resolve') return `lookup ${this.#host}`
    return this.#phase === 'connect' ? this.#dialText() : `read ${this.#endpoints()}`
  }

  #endpoints(): string {
    return `${networkOf(this.#address)} ${this.#localEndpoint}->${endpointText(this.#address, this.#port)}`
  }

  get #connectMs(): number {
    return this.#request.limits?.connectMs ?? this.#dialer.limits.connectMs
  }

  /** Starts the one timer anew, for the phase that begins. */
  #arm(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = Number.isFinite(ms) ? setTimeout(onTimeout, ms, this) : undefined
  }

  // ---- steps ----------------------------------------------------------------------------------------------------

  #connect(): void {
    const impossible = this.#impossible()
    if (impossible !== null) {
      this.#failWith(impossible)
      return
    }
    const { localAddress, tls, proxy } = this.#request
    this.#wire = new WireSocket(this, tls !== false || proxy != null)
    this.#arm(this.#connectMs)
    if (networkOf(this.#address) === 'unix') this.#wire.connect({ path: this.#address })
    else this.#wire.connect({ host: this.#address, port: this.#port, localAddress })
  }

  /** What Node would throw for instead of reporting it. */
  #impossible(): DialError | null {
    if (networkOf(this.#address) === 'unix') return null
    if (!isPort(this.#port)) {
      return new DialError('ERR_INVALID_PORT', `dial tcp: address ${this.#port}: invalid port`)
    }
    const { localAddress } = this.#request
    if (localAddress === undefined || isIPv6(localAddress) === isIPv6(this.#address)) return null
    const source = joinHostPort(localAddress, 0)
    return new DialError('EADDRNOTAVAIL', `dial tcp: address ${source}: no suitable address found`)
  }

  #connected(): void {
    const { proxy } = this.#request
    if (proxy == null) this.#tcpConnected(EMPTY)
    else if (proxy.protocol === 'https') this.#startProxyTls()
    else {
      this.#wire!.readAlone()
      this.#openTunnel(proxy)
    }
  }

  #openTunnel(proxy: ProxyServer): void {
    const { host, port } = this.#request
    this.#tunnel = tunnelTo(withoutBrackets(host), port, proxy)
    this.#base.write(this.#tunnel.opening)
  }

  /** The options of the test about TLS are for its proxies, too. */
  #startProxyTls(): void {
    const wire = this.#wire!
    this.#localEndpoint = joinHostPort(wire.localAddress ?? '', wire.localPort ?? 0)
    wire.owner = NOBODY
    try {
      this.#proxySocket = startTls(wire, this.#dialer.secureContext, NO_REQUEST, this.#host)
      this.#proxySocket.owner = this
      this.#dialer.keyLog?.record(this.#proxySocket)
    } catch (error) {
      this.#fail('ERR_PROXY', `proxyconnect tcp: tls: ${(error as Error).message}`, error as Error)
    }
  }

  #proxyTrusted(socket: OwnedTlsSocket): void {
    const failure = this.#dialer.verifiesCertificates ? verificationFailure(socket, this.#host) : null
    if (failure !== null) {
      this.#fail('ERR_PROXY', `proxyconnect tcp: tls: failed to verify certificate: ${failure}`)
      return
    }
    startReading(socket)
    socket.resume()
    this.#openTunnel(this.#request.proxy!)
  }

  /** What the target's bytes, or its TLS, go over. */
  get #base(): Socket {
    return this.#proxySocket ?? this.#wire!
  }

  #tunnelled(rest: Buffer): void {
    this.#tunnel = null
    if (this.#request.tls === false) {
      this.#tcpConnected(rest)
    } else if (rest.length > 0) {
      this.#fail('ERR_PROXY', 'proxy: unexpected bytes behind the answer to CONNECT')
    } else {
      if (this.#proxySocket === null) this.#wire!.leaveReadingToTls()
      else stopReading(this.#proxySocket)
      this.#tcpConnected(EMPTY)
    }
  }

  #tcpConnected(early: Buffer): void {
    this.#listener.onTcpConnected?.(this.#dialer.now() - this.#since)
    if (!this.#isIn('connect')) return
    if (this.#request.tls === false) this.#established(this.#base, early, 0)
    else this.#startTls(this.#base)
  }

  #startTls(stream: Socket): void {
    const wire = this.#wire!
    this.#phase = 'tls'
    this.#tlsSince = this.#dialer.now()
    this.#arm(this.#request.limits?.tlsMs ?? this.#dialer.limits.handshakeMs)
    // Node forgets it when the socket closes, and messages need it.
    this.#localEndpoint = wire.localAddress === undefined ? '@' : joinHostPort(wire.localAddress, wire.localPort ?? 0)
    // From here on the TLS socket tells what happens.
    wire.owner = NOBODY
    if (this.#proxySocket !== null) this.#proxySocket.owner = NOBODY
    const request = this.#tls
    try {
      const context = request.context ?? this.#dialer.secureContext
      this.#tlsSocket = startTls(stream, context, request, this.#serverName())
      this.#tlsSocket.owner = this
      this.#dialer.keyLog?.record(this.#tlsSocket)
    } catch (error) {
      // A file of roots that cannot be read, for example.
      this.#fail('ERR_TLS_HANDSHAKE', `tls: ${(error as Error).message}`, error as Error)
    }
  }

  get #tls(): TlsRequest {
    const { tls } = this.#request
    return typeof tls === 'object' ? tls : NO_REQUEST
  }

  #handshakeDone(): void {
    const socket = this.#tlsSocket!
    const verifies = this.#tls.verify ?? this.#dialer.verifiesCertificates
    const failure = verifies ? verificationFailure(socket, this.#serverName()) : null
    if (failure === null) {
      startReading(socket)
      this.#established(socket, EMPTY, this.#dialer.now() - this.#tlsSince)
    } else {
      this.#fail('ERR_TLS_HANDSHAKE', `tls: failed to verify certificate: ${failure}`)
    }
  }

  #established(stream: Socket, early: Buffer, tlsMs: number): void {
    this.#phase = 'done'
    clearTimeout(this.#timer)
    const wire = this.#wire!
    this.#wire = null
    const connection = new Connection(wire, stream, this.#address, this.#port, early, this.#below)
    ;(stream as Socket & { owner: SocketOwner }).owner = connection
    // Without this Node would start to read before there is anyone to listen.
    stream.pause()
    this.#listener.onConnected(connection, this.#dialer.now() - this.#since, tlsMs)
  }

  #serverName(): string {
    const { host } = this.#request
    return this.#tls.serverName ?? (unixPath(host) === null ? withoutBrackets(host) : 'localhost')
  }

  #handshakeErrorText(error: NodeJS.ErrnoException): string {
    if (isEarlyClose(error)) return 'EOF'
    const operation = error.syscall === 'write' ? 'write' : 'read'
    return recordFailureText(error) ?? `${operation} ${this.#endpoints()}: ${operation}: ${systemErrorText(error)}`
  }

  /** `dial tcp R`, with a source address `dial tcp L:0->R`. */
  #dialText(): string {
    const remote = endpointText(this.#address, this.#port)
    const { localAddress } = this.#request
    if (networkOf(this.#address) === 'unix') return `dial unix ${remote}`
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
    if (this.#proxySocket !== null) {
      this.#proxySocket.owner = NOBODY
      this.#proxySocket.destroy()
    }
    if (this.#tlsSocket !== null) {
      this.#tlsSocket.owner = NOBODY
      this.#tlsSocket.destroy()
    }
    this.#wire.destroy()
    if (this.#below !== null) process.nextTick(this.#below.closed)
  }

  /** A callback of the listener may have cancelled us. */
  #isIn(phase: DialPhase): boolean {
    return this.#phase === phase
  }
}

function isIPv6(address: string): boolean {
  return address.includes(':')
}

function onTimeout(dialing: Dialing): void {
  dialing.timedOut()
}
