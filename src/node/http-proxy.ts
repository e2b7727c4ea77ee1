/**
 * Proxies of the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY) under `node:http` and `node:https`, as under `k6/http`. What a package does
 * about proxies itself stays its own: it then asks for the proxy, and that is reached directly.
 *
 *   http over an HTTP proxy     the request names the whole URL and goes to the proxy
 *   https, and SOCKS            a tunnel, and in it what would go to the target
 * Errors  DialError ERR_PROXY in the proxy's words, ERR_BLOCKED_HOSTNAME
 */
import type { ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import { joinHostPort } from '../net/address.js'
import { DialError } from '../net/errors.js'
import { environmentProxy, hasEnvironmentProxy, type ProxyServer } from '../net/proxy.js'
import { tunnelTo } from '../net/tunnel.js'
import { currentVu } from './current.js'
import { connect } from './net.js'

type Options = Record<string, any>
export type Created = (error: Error | null, socket?: Socket) => void

export interface ProxiedTarget {
  readonly proxy: ProxyServer
  readonly host: string
  readonly port: number
}

/** Null for what is reached directly. */
export function proxyOf(scheme: 'http' | 'https', options: Options): ProxiedTarget | null {
  if (!hasEnvironmentProxy() || options['socketPath']) return null
  const host = String(options['host'] ?? options['hostname'] ?? 'localhost')
  const port = Number(options['port'] ?? (scheme === 'https' ? 443 : 80))
  const proxy = environmentProxy(`${scheme}://${joinHostPort(host, port)}/`)
  if (proxy === null || (proxy.host === host && proxy.port === port)) return null
  return { proxy, host, port }
}

/** A request in plain HTTP names the whole URL to a proxy of HTTP. `options` name its target. */
export function nameWholeUrl(request: ClientRequest, options: Options): void {
  const target = proxyOf('http', options)
  if (target === null || target.proxy.protocol !== 'http' || request.headersSent) return
  const { host, port } = target
  request.path = `http://${port === 80 ? host : joinHostPort(host, port)}${request.path}`
  const { authorization } = target.proxy
  if (authorization !== null && !request.hasHeader('proxy-authorization')) {
    request.setHeader('Proxy-Authorization', authorization)
  }
}

/** The socket to a proxy; `options` are those for the target. */
export function connectToProxy({ proxy, host }: ProxiedTarget, options: Options): Socket {
  const pattern = currentVu().shard.dialer.hostnameBlocker.match(host)
  if (pattern !== undefined) {
    throw new DialError('ERR_BLOCKED_HOSTNAME', `hostname (${host}) is in a blocked pattern (${pattern})`)
  }
  return connect({ ...options, host: proxy.host, port: proxy.port, lookup: undefined, servername: undefined })
}

/** Tells `created` when the tunnel stands. */
export function openTunnel(target: ProxiedTarget, options: Options, created: Created): void {
  const socket = connectToProxy(target, options)
  const tunnel = tunnelTo(target.host, target.port, target.proxy)
  const failed = (error: Error): void => {
    created(error)
    socket.destroy()
  }
  const closed = (): void => failed(new DialError('ERR_PROXY', 'the proxy closed the connection'))
  const take = (chunk: Buffer): void => {
    try {
      const step = tunnel.take(chunk)
      if (step === null) return
      if ('say' in step) {
        socket.write(step.say)
        return
      }
      socket.off('data', take).off('error', failed).off('close', closed).pause()
      if (step.rest.length > 0) socket.unshift(step.rest)
      created(null, socket)
    } catch (error) {
      failed(error as Error)
    }
  }
  socket.on('data', take).on('error', failed).on('close', closed)
  socket.once('connect', () => socket.write(tunnel.opening))
}
