/**
 * `node:tls` in a virtual user: Node's own TLS on a socket of the VU, which is new or open already (STARTTLS). The TLS options of the test apply, unless a
 * library gives options of its own.
 *
 * Source  https://nodejs.org/api/tls.html#tlsconnectoptions-callback
 */
import tls, { type ConnectionOptions, type SecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls'
import type { Dialer } from '../net/dialer.js'
import { currentVu } from './current.js'
import { EDGE, Edge, type EdgedSocket, withEdges } from './edge.js'
import { connect as connectTcp } from './net.js'
import { NO_SERVERS, refuse } from './refusal.js'

type Options = ConnectionOptions & Record<string, any>

/** Only the prototype is used: Node makes the sockets. */
class EdgedTlsSocket extends withEdges(tls.TLSSocket as unknown as new (...args: any[]) => TLSSocket) {}

/** The options of a connection that belong to its secure context. */
const CONTEXT_OPTIONS = [
  'ALPNCallback',
  'allowPartialTrustChain',
  'ca',
  'cert',
  'sigalgs',
  'ciphers',
  'clientCertEngine',
  'crl',
  'dhparam',
  'ecdhCurve',
  'honorCipherOrder',
  'key',
  'privateKeyEngine',
  'privateKeyIdentifier',
  'maxVersion',
  'minVersion',
  'passphrase',
  'pfx',
  'secureOptions',
  'secureProtocol',
  'sessionIdContext',
  'ticketKeys',
  'sessionTimeout',
] as const

export function connect(...args: unknown[]): TLSSocket {
  const [options, callback] = readArguments(args)
  const { dialer } = currentVu().shard
  const below = (options.socket ?? connectTcp(options)) as EdgedSocket
  const edge = below[EDGE]
  const isOurs = options.socket === undefined
  if (isOurs) edge?.metrics.waitForTls()
  const socket = tls.connect({
    ...options,
    socket: below,
    secureContext: options.secureContext ?? contextFor(dialer, options),
    // The option insecureSkipTLSVerify counts also when a library sets rejectUnauthorized: true.
    rejectUnauthorized: dialer.verifiesCertificates && options.rejectUnauthorized !== false,
  }) as EdgedSocket & TLSSocket
  if (edge !== undefined) takeEdge(socket, edge)
  if (callback !== undefined) socket.once('secureConnect', callback)
  if (isOurs && options['timeout']) socket.setTimeout(options['timeout'])
  return socket
}

/** Reads the arguments of Node's overloads: (options), (port, host?, options?) and (path, options?), each with a callback. */
function readArguments(args: unknown[]): [Options, (() => void) | undefined] {
  const rest = [...args]
  const callback = typeof rest.at(-1) === 'function' ? (rest.pop() as () => void) : undefined
  const options: Options = {}
  for (const [index, value] of rest.entries()) {
    if (typeof value === 'object' && value !== null) Object.assign(options, value)
    else if (index === 0) Object.assign(options, isPath(value) ? { path: value } : { port: value })
    else if (typeof value === 'string') options.host = value
  }
  return [options, callback]
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && !/^\d+$/.test(value)
}

function contextFor(dialer: Dialer, options: Options): SecureContext {
  const own: Record<string, unknown> = {}
  for (const name of CONTEXT_OPTIONS) if (options[name] !== undefined) own[name] = options[name]
  if (Object.keys(own).length === 0) return dialer.secureContext
  return dialer.secureContextFor(own as SecureContextOptions)
}

/** Makes the TLS socket belong to the VU of the socket below it. */
function takeEdge(socket: EdgedSocket, below: Edge): void {
  Object.setPrototypeOf(socket, EdgedTlsSocket.prototype)
  const edge = new Edge(below.vu, socket, below.metrics)
  below.upper = edge
  Object.defineProperty(socket, EDGE, { value: edge, writable: true })
  // ref() and unref() are passed on to the connection.
  edge.below = below
  socket.prependOnceListener('secureConnect', () => below.metrics.secured())
}

export function tlsModule(): object {
  return {
    ...tls,
    connect,
    Server: refuse('tls.Server', NO_SERVERS),
    createServer: refuse('tls.createServer()', NO_SERVERS),
  }
}
