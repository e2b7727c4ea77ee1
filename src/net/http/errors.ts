/**
 * Why a request failed: the number and the short text that scripts find in a response (`error_code`, `error`), and the longer
 * text for the log and for exceptions.
 *
 * Shape   texts hold no address, port or time: they become tags, and each new text is a new time series
 * Source  docs/spec/http.md §13.1
 */
import { constants } from 'node:os'
import { systemErrorText } from '../../base/system-error.js'
import type { DialPhase } from '../dialer.js'
import type { ConnectionError, DialError } from '../errors.js'

export const HttpErrorCode = {
  default: 1000,
  invalidUrl: 1020,
  requestTimeout: 1050,
  dns: 1100,
  noSuchHost: 1101,
  blacklistedIp: 1110,
  blockedHostname: 1111,
  network: 1200,
  brokenPipe: 1201,
  dial: 1210,
  dialTimeout: 1211,
  refused: 1212,
  dialErrno: 1213,
  reset: 1220,
  tls: 1300,
  notTls: 1301,
  unknownAuthority: 1310,
  wrongHost: 1311,
  goAway: 1611,
  unknownStreamReset: 1630,
  streamReset: 1631,
  http2Connection: 1651,
  decompression: 1701,
} as const

export class HttpError extends Error {
  readonly code: number
  /** As the log tells it: often with addresses. */
  readonly detail: string
  /** Whether the log names method and URL before it. */
  readonly isOfBody: boolean

  constructor(code: number, message: string, detail: string = message, isOfBody = false) {
    super(message)
    this.code = code
    this.detail = detail
    this.isOfBody = isOfBody
  }
}
HttpError.prototype.name = 'HttpError'

export function httpError(message: string): HttpError {
  return new HttpError(HttpErrorCode.default, message)
}

/** What the server sent is not HTTP. */
export function malformed(message: string): HttpError {
  return new HttpError(HttpErrorCode.default, message, `net/http: HTTP/1.x transport connection broken: ${message}`)
}

/** @param proxy the dial was to a proxy server */
export function dialFailure(error: DialError, phase: DialPhase, proxy: boolean): HttpError {
  const { code, message } = error
  // A blocked name is that of the target, and so is a failed TLS handshake. All else went wrong on the way to the proxy.
  if (proxy && code !== 'ERR_PROXY' && code !== 'ERR_BLOCKED_HOSTNAME' && phase !== 'tls') {
    return new HttpError(
      HttpErrorCode.network,
      `proxyconnect tcp: ${withoutAddresses(message)}`,
      `proxyconnect tcp: ${message}`,
    )
  }
  switch (code) {
    case 'ERR_BLOCKED_HOSTNAME':
      return new HttpError(HttpErrorCode.blockedHostname, 'hostname is blocked', message)
    case 'ERR_BLACKLISTED_IP':
      return new HttpError(HttpErrorCode.blacklistedIp, 'ip is blacklisted', message)
    case 'ERR_DIAL_TIMEOUT':
      return new HttpError(HttpErrorCode.dialTimeout, 'dial: i/o timeout', message)
    case 'ERR_PROXY':
      return new HttpError(HttpErrorCode.default, message)
    case 'ECONNREFUSED':
      return new HttpError(HttpErrorCode.refused, 'dial: connection refused', message)
  }
  if (phase === 'resolve') return lookupFailure(message)
  if (phase === 'tls') return handshakeFailure(message, error.cause)
  return connectFailure(error)
}

function lookupFailure(message: string): HttpError {
  if (message.endsWith('no such host')) return new HttpError(HttpErrorCode.noSuchHost, 'lookup: no such host', message)
  return new HttpError(HttpErrorCode.dns, `lookup: ${message.slice(message.lastIndexOf(': ') + 2)}`, message)
}

function connectFailure({ code, message, cause }: DialError): HttpError {
  const errno = (constants.errno as Record<string, number>)[code]
  if (errno === undefined || cause === undefined)
    return new HttpError(HttpErrorCode.dial, withoutAddresses(message), message)
  const text = `dial: unknown errno ${errno} error with msg \`${systemErrorText(cause as NodeJS.ErrnoException)}\``
  return new HttpError(HttpErrorCode.dialErrno, text, message)
}

const NOT_TLS = 'tls: first record does not look like a TLS handshake'

function handshakeFailure(message: string, cause: unknown): HttpError {
  if (message === 'EOF') return httpError('EOF')
  if (message === NOT_TLS) return new HttpError(HttpErrorCode.notTls, message)
  const reset = resetFailure((cause as NodeJS.ErrnoException | undefined)?.code ?? '', message)
  if (reset !== null) return reset
  const certificate = /x509: (.*)$/s.exec(message)?.[1]
  if (certificate !== undefined) return certificateFailure(certificate, message)
  return new HttpError(HttpErrorCode.tls, withoutAddresses(message), message)
}

function certificateFailure(reason: string, message: string): HttpError {
  if (reason.startsWith('certificate signed by unknown authority')) {
    return new HttpError(HttpErrorCode.unknownAuthority, 'x509: unknown authority', message)
  }
  if (reason.startsWith('certificate has expired or is not yet valid')) {
    return new HttpError(HttpErrorCode.tls, 'x509: certificate has expired or is not yet valid', message)
  }
  if (/^(certificate is (not )?valid for|cannot validate certificate for|certificate relies on legacy)/.test(reason)) {
    return new HttpError(HttpErrorCode.wrongHost, "x509: certificate doesn't match hostname", message)
  }
  return new HttpError(HttpErrorCode.tls, `x509: ${reason}`, message)
}

/** An established connection broke. */
export function connectionFailure({ code, operation, message }: ConnectionError): HttpError {
  const reset = resetFailure(code, message, operation)
  if (reset !== null) return reset
  if (code.startsWith('ERR_SSL_')) return new HttpError(HttpErrorCode.tls, message)
  if (code === 'ERR_CLOSED') return closedWhileSending(message)
  return new HttpError(HttpErrorCode.default, withoutAddresses(message), message)
}

export function closedWhileSending(message: string): HttpError {
  return new HttpError(HttpErrorCode.network, 'write: use of closed network connection', message)
}

function resetFailure(code: string, message: string, operation?: 'read' | 'write'): HttpError | null {
  const verb = operation ?? (message.startsWith('write') ? 'write' : 'read')
  if (code === 'EPIPE') return new HttpError(HttpErrorCode.brokenPipe, 'write: broken pipe', message)
  if (code === 'ECONNRESET') return new HttpError(HttpErrorCode.reset, `${verb}: connection reset by peer`, message)
  return null
}

/** `read tcp 127.0.0.1:5000->127.0.0.1:80: read: timed out` → `read tcp: read: timed out`; addresses that were asked for stay. */
function withoutAddresses(message: string): string {
  return message.replace(/^(\w+ tcp) \S+?(->\S+)?: /, (whole, start: string, peer: string | undefined) =>
    peer === undefined && start !== 'dial tcp' ? whole : `${start}: `,
  )
}
