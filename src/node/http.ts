/**
 * `node:http` and `node:https` in a virtual user: Node's own client. Its agents belong to the VU and use sockets of the VU. There are no servers.
 */
import type http from 'node:http'
import type https from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { hasEnvironmentProxy } from '../net/proxy.js'
import type { VirtualUser } from '../vu/virtual-user.js'
import { currentVu } from './current.js'
import { type Created, connectToProxy, nameWholeUrl, openTunnel, proxyOf } from './http-proxy.js'
import { requestMade } from './http-requests.js'
import { connect as connectTcp } from './net.js'
import { NO_SERVERS, refuse } from './refusal.js'
import { connect as connectTls } from './tls.js'

type Options = Record<string, any>
type RequestArguments = [url: unknown, options?: unknown, callback?: unknown]

/** The global agents of one VU: its connections must never carry requests of another VU. */
interface Agents {
  http?: http.Agent
  https?: https.Agent
}

const agents = new WeakMap<VirtualUser, Agents>()

function agentsOf(vu: VirtualUser): Agents {
  const known = agents.get(vu) ?? {}
  agents.set(vu, known)
  return known
}

/** The options of Node's own global agent. */
const AGENT_OPTIONS = { keepAlive: true, scheduling: 'lifo', timeout: 5000 } as const

/** Methods of Node's https agent that its types do not list: it keeps TLS sessions, to resume them. */
interface SessionAgent {
  _getSession(key: string): Buffer | undefined
  _cacheSession(key: string, session: Buffer): void
  _evictSession(key: string): void
}

/** Returns the socket, or calls `created` later. */
function connectPlain(options: Options, created?: Created): Socket | undefined {
  const target = proxyOf('http', options)
  if (target === null || created === undefined) return connectTcp(options, created)
  return attempt(created, () => {
    if (target.proxy.protocol === 'http') return connectToProxy(target, options)
    openTunnel(target, options, created)
    return undefined
  })
}

function attempt(created: Created, connect: () => Socket | undefined): Socket | undefined {
  try {
    return connect()
  } catch (error) {
    process.nextTick(created, error)
    return undefined
  }
}

/** Connects as Node's https agent does, with sockets of the VU. */
function connectSecure(this: SessionAgent, options: Options, created?: Created): TLSSocket | undefined {
  const target = proxyOf('https', options)
  if (target === null || created === undefined) return secure(this, options, created as never)
  attempt(created, () => {
    openTunnel(target, options, (error, socket) => {
      if (error !== null) created(error)
      else created(null, secure(this, { ...options, socket, path: undefined }))
    })
    return undefined
  })
  return undefined
}

function secure(agent: SessionAgent, options: Options, callback?: () => void): TLSSocket {
  const key = options['_agentKey'] as string | undefined
  const session = key === undefined || options['session'] !== undefined ? undefined : agent._getSession(key)
  const socket = connectTls(session === undefined ? options : { ...options, session }, callback)
  if (key === undefined) return socket
  socket.on('session', (fresh) => agent._cacheSession(key, fresh))
  return socket.once('close', (hadError) => {
    if (hadError) agent._evictSession(key)
  })
}

type AgentClass = new (options?: object) => http.Agent

function agentClass(Base: AgentClass, createConnection: (...args: never[]) => Socket | undefined): AgentClass {
  class Agent extends Base {}
  Object.defineProperty(Agent.prototype, 'createConnection', {
    value: createConnection,
    writable: true,
    configurable: true,
  })
  return Agent
}

interface Scheme {
  readonly module: typeof http | typeof https
  readonly name: 'http' | 'https'
  readonly Agent: AgentClass
}

function globalAgent({ name, Agent }: Scheme): http.Agent {
  const own = agentsOf(currentVu())
  own[name] ??= new Agent(AGENT_OPTIONS) as never
  return own[name] as http.Agent
}

/** Every request gets an agent of ours, because Node's own would connect outside of the VU. */
function agentFor(scheme: Scheme, { agent, createConnection }: Options): unknown {
  if (agent === false) return new scheme.Agent()
  if (agent != null || typeof createConnection === 'function') return agent
  return globalAgent(scheme)
}

/** The arguments of `request`, with the VU's agent when they name none. */
function withAgent(scheme: Scheme, [url, options, callback]: RequestArguments): unknown[] {
  const hasUrl = typeof url === 'string' || url instanceof URL || isUrlLike(url)
  const given = (hasUrl ? (typeof options === 'function' ? {} : options) : url) as Options | null | undefined
  const listener = typeof options === 'function' ? options : callback
  const settings = { ...given, agent: agentFor(scheme, given ?? {}) }
  return [...(hasUrl ? [url] : []), settings, ...(listener === undefined ? [] : [listener])]
}

/** True for URL objects of packages, which Node accepts by their properties. */
function isUrlLike(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { href, protocol, auth, path } = value as Options
  return Boolean(href && protocol && auth === undefined && path === undefined)
}

/** Host and port of a request. As in Node, options count before the URL. */
function targetOf(url: unknown, options: unknown): Options {
  const isText = typeof url === 'string'
  const { hostname, port } = isText ? new URL(url) : ((url ?? {}) as Options)
  const given = typeof options === 'object' && (isText || url instanceof URL) ? (options as Options) : {}
  const own = isText || url instanceof URL ? {} : (url as Options)
  return {
    host: given['hostname'] ?? given['host'] ?? own['hostname'] ?? own['host'] ?? hostname,
    port: given['port'] ?? own['port'] ?? (port || undefined),
    socketPath: given['socketPath'] ?? own['socketPath'],
  }
}

function made(scheme: Scheme, request: http.ClientRequest, [url, options]: RequestArguments): http.ClientRequest {
  // An agent of a package that uses a proxy puts the whole URL into the path itself.
  const agent = (request as http.ClientRequest & { agent?: { createConnection?: unknown } }).agent
  if (hasEnvironmentProxy() && scheme.name === 'http' && agent?.createConnection === connectPlain) {
    nameWholeUrl(request, targetOf(url, options))
  }
  return requestMade(request)
}

function clientOf(scheme: Scheme): object {
  const { module, name } = scheme
  const request = (...args: RequestArguments): http.ClientRequest =>
    made(scheme, (module.request as (...args: unknown[]) => http.ClientRequest)(...withAgent(scheme, args)), args)
  const get = (...args: RequestArguments): http.ClientRequest => {
    const sent = request(...args)
    sent.end()
    return sent
  }
  const Server = refuse(`${name}.Server`, NO_SERVERS)
  const createServer = refuse(`${name}.createServer()`, NO_SERVERS)
  const { globalAgent: _shared, ...kept } = Object.getOwnPropertyDescriptors(module) as Record<
    string,
    PropertyDescriptor
  >
  const exports = Object.defineProperties({}, kept)
  Object.assign(exports, { Agent: scheme.Agent, Server, createServer, request, get })
  return Object.defineProperty(exports, 'globalAgent', {
    get: () => globalAgent(scheme),
    set: (agent: http.Agent) => {
      agentsOf(currentVu())[name] = agent as never
    },
    enumerable: true,
    configurable: true,
  })
}

/** Loads Node's module when it is called: most scripts do not need it. */
export function httpModule(): object {
  const module = process.getBuiltinModule('node:http')
  const scheme: Scheme = { module, name: 'http', Agent: agentClass(module.Agent, connectPlain) }
  class ClientRequest extends module.ClientRequest {
    constructor(...args: RequestArguments) {
      super(...(withAgent(scheme, args) as [string]))
      made(scheme, this, args)
    }
  }
  return Object.assign(clientOf(scheme), { ClientRequest })
}

export function httpsModule(): object {
  const module = process.getBuiltinModule('node:https')
  return clientOf({ module, name: 'https', Agent: agentClass(module.Agent as AgentClass, connectSecure) })
}
