/**
 * Host and address texts: what is an IP literal, how endpoints are written in messages.
 *
 * Shape   `host:port`, with IPv6 in brackets: `127.0.0.1:80`, `[::1]:80`; a Unix socket is its path
 */
import { isIPv4, isIPv6 } from 'node:net'

/** Names do not reach isIPv6: its first call takes milliseconds, and they would be measured as time of the first connection. */
export function isIpLiteral(host: string): boolean {
  return host.includes(':') ? isIPv6(host) : isIPv4(host)
}

/** `[::1]`, as hosts are written in URLs, becomes `::1`; anything else stays. */
export function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

export function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The address at which this machine reaches a server that listens on `host`: a server on all addresses is reached through loopback. */
export function reachableHost(host: string): string {
  if (host === '' || host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

/** A decimal port in 0–65535, or null. */
export function parsePort(text: string): number | null {
  if (!/^\d{1,5}$/.test(text)) return null
  const port = Number(text)
  return port <= 65_535 ? port : null
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535
}

const UNIX = 'unix:'

/** The path in `unix:/path` or `unix:file`, with a slash in any case; or null. */
export function unixPath(host: string): string | null {
  if (!host.startsWith(UNIX)) return null
  const path = host.slice(UNIX.length)
  return path.includes('/') ? path : `./${path}`
}

/** The network of an established or attempted connection, as Go names it in errors. */
export function networkOf(address: string): 'tcp' | 'unix' {
  return address.includes('/') ? 'unix' : 'tcp'
}

export function endpointText(address: string, port: number): string {
  return networkOf(address) === 'unix' ? address : joinHostPort(address, port)
}
