/**
 * TLS on top of an open TCP socket, as client: what is offered, whom we trust, and the contexts that hold both.
 *
 * Offered   ALPN exactly `http/1.1` unless the request says otherwise; SNI is the host asked for, none for IP literals;
 *           the client certificates to every server that asks for one
 * Trusted   the system's certificate file, or Node's own roots where there is none; and the files that the environment
 *           names in NODE_EXTRA_CA_CERTS and SSL_CERT_FILE
 * Contexts  few per thread, kept by the dialer: making one parses all root certificates, which takes milliseconds
 */
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import {
  connect,
  DEFAULT_CIPHERS,
  rootCertificates,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls'
import { isIpLiteral } from './address.js'
import { opensslCipherList } from './cipher-suites.js'
import type { TlsRequest } from './dialer.js'
import type { TlsOptions } from './tls-options.js'
import { NOBODY, type SocketOwner } from './wire-socket.js'

export type Environment = Record<string, string | undefined>

const HTTP_1_1 = alpnList(['http/1.1'])

function offered(protocols: readonly string[] | undefined): Buffer | undefined {
  if (protocols === undefined) return HTTP_1_1
  return protocols.length === 0 ? undefined : alpnList(protocols)
}

/** The protocol list in the form of the wire: length, name, length, name. */
function alpnList(protocols: readonly string[]): Buffer {
  return Buffer.from(protocols.map((name) => String.fromCharCode(name.length) + name).join(''), 'latin1')
}

/** Where Linux distributions, BSDs and macOS keep their roots; the first that exists counts. */
const SYSTEM_ROOT_FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

export type OwnedTlsSocket = TLSSocket & { owner: SocketOwner }

/** Starts the handshake. The owner hears socketConnected when it is done; the certificate is then still to be judged. */
export function startTls(stream: Socket, context: SecureContext, request: TlsRequest, host: string): OwnedTlsSocket {
  const socket = connect({
    socket: stream,
    secureContext: context,
    servername: isIpLiteral(host) ? '' : host.replace(/\.$/, ''),
    ALPNProtocols: offered(request.alpn),
    session: request.session,
    // We judge the certificate ourselves (certificate.ts), for the order of the checks and their texts.
    rejectUnauthorized: false,
  }) as OwnedTlsSocket
  socket.owner = NOBODY
  socket.on('secureConnect', onSecureConnect)
  socket.on('end', onEnd)
  socket.on('error', onError)
  socket.on('close', onClose)
  return socket
}

/** Chunks of at most one TLS record. Not before there is a connection to take them. */
export function startReading(socket: TLSSocket): void {
  socket.pause()
  socket.on('data', onData)
}

/** For TLS inside this TLS, which reads by itself. */
export function stopReading(socket: TLSSocket): void {
  socket.off('data', onData)
}

/** The TLS options of a test as createSecureContext takes them. */
export function clientContextOptions(options: TlsOptions, environment: Environment): SecureContextOptions {
  const certificates = options.clientCertificates
  return {
    minVersion: options.minVersion,
    maxVersion: options.maxVersion,
    ciphers: cipherList(options),
    cert: certificates.map(({ cert }) => cert),
    key: certificates.map(({ key, passphrase }) => ({ pem: key, passphrase })),
    ca: options.insecureSkipVerify ? undefined : roots(environment),
  }
}

/** OpenSSL 3 refuses TLS 1.0 and 1.1 unless its security level is lowered. */
function cipherList(options: TlsOptions): string | undefined {
  const list = options.cipherSuites === null ? undefined : opensslCipherList(options.cipherSuites)
  if (options.minVersion === 'TLSv1' || options.minVersion === 'TLSv1.1')
    return `${list ?? DEFAULT_CIPHERS}:@SECLEVEL=0`
  return list
}

/** Parsing takes most of the time that a context costs, so it is either the system's roots or Node's, not both. */
function roots(environment: Environment): string[] {
  const extra = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].flatMap((name) => {
    const path = environment[name]
    return path === undefined || path === '' ? [] : [namedRoots(name, path)]
  })
  return [...(systemRoots() ?? rootCertificates), ...extra]
}

/** The error of the system says the path, and not that a variable named it. */
function namedRoots(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(`the file of ${variable} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

function systemRoots(): string[] | null {
  for (const path of SYSTEM_ROOT_FILES) {
    try {
      return [readFileSync(path, 'utf8')]
    } catch {
      // This system keeps its roots elsewhere: the next place is tried.
    }
  }
  return null
}

function onSecureConnect(this: OwnedTlsSocket): void {
  this.owner.socketConnected()
}

function onData(this: OwnedTlsSocket, chunk: Buffer): void {
  this.owner.socketData(chunk)
}

function onEnd(this: OwnedTlsSocket): void {
  this.owner.socketEnded()
}

function onError(this: OwnedTlsSocket, error: Error): void {
  this.owner.socketFailed(error)
}

function onClose(this: OwnedTlsSocket): void {
  this.owner.socketClosed()
}
