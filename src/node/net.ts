/**
 * `node:net` in a virtual user: Node's own sockets. They follow the network options of the test, and their events are tasks of the VU. There are no
 * servers.
 */
import net, { type NetConnectOpts } from 'node:net'
import { CallSite } from '../vu/call-site.js'
import { currentVu, goOffline, runTask } from './current.js'
import { EDGE, Edge, type EdgedSocket, withEdges } from './edge.js'
import { NO_SERVERS, refuse } from './refusal.js'
import { routeTo } from './route.js'
import { NodeSocketMetrics } from './socket-metrics.js'

type ConnectOptions = Record<string, any>

/** Node's function that reads the arguments of `connect`. */
const normalize = (net as unknown as { _normalizeArgs(args: unknown[]): [ConnectOptions, (() => void) | null] })
  ._normalizeArgs

export class Socket extends withEdges(net.Socket) {
  constructor(options: ConnectOptions | number = {}) {
    const given = typeof options === 'number' ? { fd: options } : options
    if (given['fd'] !== undefined) refuse('new net.Socket({ fd })', 'it has no open files')()
    super(given)
    attachEdge(this as unknown as EdgedSocket)
  }

  override connect(...args: unknown[]): this {
    const [options, callback] = Array.isArray(args[0]) ? (args[0] as [ConnectOptions, () => void]) : normalize(args)
    const edge = (this as unknown as EdgedSocket)[EDGE] as Edge
    // A package that all VUs share may make a socket in the turn of one VU and connect it in that of another.
    edge.vu = edge.metrics.vu = currentVu()
    if (!mayConnect(edge)) return this
    super.connect(connectOptions(edge, options) as NetConnectOpts, callback ?? undefined)
    // After the call, because Node throws for wrong arguments.
    edge.open()
    edge.site = new CallSite(this.connect)
    return this
  }
}

function attachEdge(socket: EdgedSocket): Edge {
  const vu = currentVu()
  const edge = new Edge(vu, socket, new NodeSocketMetrics(vu))
  // Not enumerable, because libraries copy and print sockets.
  Object.defineProperty(socket, EDGE, { value: edge, writable: true })
  return edge
}

/**
 * Init code may connect only with the option keepConnections. The VU that finds out what the script exports (VU 0) does not connect, and
 * gets no error.
 */
function mayConnect({ vu, socket }: Edge): boolean {
  if (vu.phase !== 'init' || vu.shard.settings.keepConnections) return true
  if (vu.idInInstance > 0) {
    throw new Error(
      'connections cannot be opened in the init code: connect in the function that the VU runs, or keep them with the option keepConnections: true',
    )
  }
  Object.assign(socket, { connecting: true })
  goOffline(vu)
  return false
}

function connectOptions(edge: Edge, options: ConnectOptions): ConnectOptions {
  const { vu, metrics } = edge
  if (typeof options['path'] === 'string') {
    metrics.begin(options['path'], '')
    metrics.resolved('')
    return options
  }
  const host = options['host'] ?? 'localhost'
  const port = Number(options['port'])
  const route = routeTo(vu.shard.dialer, String(host), port, options['lookup'])
  metrics.begin(String(host), String(options['port']))
  if (route.lookup === undefined) metrics.resolved(route.host)
  return {
    ...options,
    host: route.host,
    // A wrong port is left to Node, which throws an error for it.
    port: Number.isNaN(route.port) ? options['port'] : route.port,
    localAddress: options['localAddress'] ?? vu.localAddress,
    lookup: route.lookup && measured(edge, route.lookup as unknown as Lookup),
    // There is nothing to select: the options of the test give one address.
    autoSelectFamily: false,
  }
}

type Lookup = (host: string, options: object, callback: (...answer: any[]) => void) => void

/** A lookup that is measured, and whose answer comes as a task of the VU. */
function measured(edge: Edge, lookup: Lookup): Lookup {
  return (host, options, callback) => {
    let isInside = true
    lookup(host, options, (error, address, family) => {
      if (!error) edge.metrics.resolved(address)
      const answer = (): void => callback(error, address, family)
      if (isInside) process.nextTick(answer)
      else edge.vu.dispatch(runTask, answer, undefined)
    })
    isInside = false
  }
}

export function connect(...args: unknown[]): Socket {
  const [options, callback] = normalize(args)
  const socket = new Socket(options)
  if (options['timeout']) socket.setTimeout(options['timeout'])
  return socket.connect(options, callback)
}

/** The class as scripts see it. As in Node it can be called without `new`. */
const callableSocket = new Proxy(Socket, { apply: (target, _self, [options]) => new target(options) })

// TLS sockets are made by Node, and must be instances of this class, too.
Object.defineProperty(Socket, Symbol.hasInstance, {
  value(this: unknown, value: unknown) {
    if (this === Socket || this === callableSocket) return value instanceof net.Socket
    return Function.prototype[Symbol.hasInstance].call(this as () => void, value)
  },
})

export function netModule(): object {
  return {
    ...net,
    Socket: callableSocket,
    Stream: callableSocket,
    Server: refuse('net.Server', NO_SERVERS),
    connect,
    createConnection: connect,
    createServer: refuse('net.createServer()', NO_SERVERS),
  }
}
