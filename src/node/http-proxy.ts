/**
 * Proxies of the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY) for `node:http` and `node:https`, as for `k6/http`. A package that uses a proxy by
 * itself connects to the proxy, which is reached directly.
 *
 *   http with an HTTP proxy     the request has the whole URL in its first line and is sent to the proxy
 *   https, and SOCKS proxies    the proxy opens a tunnel to the target
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

/** Null for a target that is reached without a proxy. */
export function proxyOf(scheme: 'http' | 'https', options: Options): ProxiedTarget | null {
  if (!hasEnvironmentProxy() || options['socketPath']) return null
  const host = String(options['host'] ?? options['hostname'] ?? 'localhost')
  const port = Number(options['port'] ?? (scheme === 'https' ? 443 : 80))
  const proxy = environmentProxy(`${scheme}://${joinHostPort(host, port)}/`)
  if (proxy === null || (proxy.host === host && proxy.port === port)) return null
  return { proxy, host, port }
}

/** Puts the whole URL into the first line of a request to an HTTP proxy. `options` are those of the request's target. */
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

/** Connects to the proxy. `options` are those of the request's target. */
export function connectToProxy({ proxy, host }: ProxiedTarget, options: Options): Socket {
  const pattern = currentVu().shard.dialer.hostnameBlocker.match(host)
  if (pattern !== undefined) {
    throw new DialError('ERR_BLOCKED_HOSTNAME', `hostname (${host}) is in a blocked pattern (${pattern})`)
  }
  return connect({ ...options, host: proxy.host, port: proxy.port, lookup: undefined, servername: undefined })
}

/** Calls `created` when the tunnel is open, or has failed. */
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
