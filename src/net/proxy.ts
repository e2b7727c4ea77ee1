/**
 * Which proxy a URL is reached through, by the usual environment variables: HTTP_PROXY for http and ws, HTTPS_PROXY for https
 * and wss, and NO_PROXY for the exceptions (upper or lower case; the upper case counts first).
 *
 * NO_PROXY  comma list of `*`, addresses, CIDRs, `example.com` (itself and what is below it), `.example.com` and
 *           `*.example.com` (only below it), each but `*` with an optional port
 * Always    loopback targets are reached directly
 * Proxies   `http://`, `https://` (the same over TLS), and `socks5://` or `socks5h://`, all of which leave names to the proxy; with
 *           `user:password@` if need be
 * Errors    DialError ERR_PROXY for a proxy that we cannot use
 * Source    golang.org/x/net/http/httpproxy, public documentation
 */
import ipaddr from 'ipaddr.js'
import { isIpLiteral, parsePort, withoutBrackets } from './address.js'
import { DialError } from './errors.js'
import type { Environment } from './tls.js'

export interface ProxyServer {
  protocol: 'http' | 'https' | 'socks5'
  host: string
  port: number
  /** The user name for the proxy; empty when it has no credentials. */
  username: string
  password: string
  /** User and password as the value of the header Proxy-Authorization; null without credentials. */
  authorization: string | null
}

const DEFAULT_PORTS: Record<string, number> = { 'http:': 80, 'https:': 443, 'ws:': 80, 'wss:': 443 }

const PROTOCOLS: Record<string, { protocol: ProxyServer['protocol']; port: number }> = {
  'http:': { protocol: 'http', port: 80 },
  'https:': { protocol: 'https', port: 443 },
  'socks5:': { protocol: 'socks5', port: 1080 },
  'socks5h:': { protocol: 'socks5', port: 1080 },
}

/** Reading an environment variable takes longer than the rest of the choice of a route, and few people set these. So it is done once. */
let isProxied: boolean | undefined

/** Whether the environment of this process names a proxy. It does not change while the process runs. */
export function hasEnvironmentProxy(): boolean {
  isProxied ??= ['HTTP_PROXY', 'HTTPS_PROXY'].some((name) => variable(process.env, name) !== '')
  return isProxied
}

/** The proxy for a URL in that environment; null for what is no URL. */
export function environmentProxy(url: string): ProxyServer | null {
  return hasEnvironmentProxy() && URL.canParse(url) ? proxyFor(new URL(url)) : null
}

/** `url` has the scheme ws, wss, http or https. */
export function proxyFor(url: URL, environment: Environment = process.env): ProxyServer | null {
  const isSecure = url.protocol === 'wss:' || url.protocol === 'https:'
  const proxy = variable(environment, isSecure ? 'HTTPS_PROXY' : 'HTTP_PROXY')
  if (proxy === '') return null
  const host = withoutBrackets(url.hostname).toLowerCase()
  const port = url.port === '' ? DEFAULT_PORTS[url.protocol]! : Number(url.port)
  if (isLoopback(host) || isExempt(host, port, variable(environment, 'NO_PROXY'))) return null
  return parseProxy(proxy)
}

function variable(environment: Environment, name: string): string {
  return environment[name] || environment[name.toLowerCase()] || ''
}

function parseProxy(text: string): ProxyServer {
  const url = proxyUrl(text)
  const kind = PROTOCOLS[url.protocol]
  if (kind === undefined) throw new DialError('ERR_PROXY', `proxy: unknown scheme: ${url.protocol.slice(0, -1)}`)
  const username = decoded(url.username, text)
  const password = decoded(url.password, text)
  return {
    protocol: kind.protocol,
    host: withoutBrackets(url.hostname),
    port: url.port === '' ? kind.port : Number(url.port),
    username,
    password,
    authorization: basicAuthorization(username, password),
  }
}

function decoded(part: string, text: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new DialError('ERR_PROXY', `invalid proxy address: "${withoutUserInfo(text)}" has a % that encodes nothing`)
  }
}

/** Messages do not show passwords. */
function withoutUserInfo(text: string): string {
  return text.replace(/[^/]*@/, '')
}

/** The scheme may be missing: `proxy.test:3128`. */
function proxyUrl(text: string): URL {
  const whole = text.includes('://') ? text : `http://${text}`
  const url = URL.canParse(whole) ? new URL(whole) : null
  if (url?.hostname) return url
  throw new DialError('ERR_PROXY', `invalid proxy address "${withoutUserInfo(text)}"`)
}

function basicAuthorization(username: string, password: string): string | null {
  if (username === '' && password === '') return null
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
}

function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  return isIpLiteral(host) && ipaddr.process(host).range() === 'loopback'
}

function isExempt(host: string, port: number, noProxy: string): boolean {
  const entries = noProxy.split(',').map((entry) => entry.trim().toLowerCase())
  return entries.some((entry) => entry !== '' && matchesEntry(host, port, entry))
}

function matchesEntry(host: string, port: number, entry: string): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return isInNetwork(host, entry)
  const { name, only } = splitPort(entry)
  if (only !== null && only !== port) return false
  if (isIpLiteral(name)) return isIpLiteral(host) && sameAddress(host, name)
  const below = name.replace(/^\*/, '')
  if (below.startsWith('.')) return host.endsWith(below)
  return host === below || host.endsWith(`.${below}`)
}

function splitPort(entry: string): { name: string; only: number | null } {
  if (isIpLiteral(entry)) return { name: entry, only: null }
  const colon = entry.lastIndexOf(':')
  const only = colon < 0 ? null : parsePort(entry.slice(colon + 1))
  return { name: withoutBrackets(only === null ? entry : entry.slice(0, colon)), only }
}

function sameAddress(a: string, b: string): boolean {
  return ipaddr.process(a).toString() === ipaddr.process(b).toString()
}

function isInNetwork(host: string, cidr: string): boolean {
  if (!isIpLiteral(host) || !ipaddr.isValidCIDR(cidr)) return false
  const [network, bits] = ipaddr.parseCIDR(cidr)
  const address = ipaddr.process(host)
  return address.kind() === network.kind() && address.match(network, bits)
}
