/**
 * Host and address texts: what is an IP literal, how endpoints are written in messages.
 *
 * Shape   `host:port`, with IPv6 in brackets: `127.0.0.1:80`, `[::1]:80`
 */
import { isIP } from 'node:net'

export function isIpLiteral(host: string): boolean {
  return isIP(host) !== 0
}

/** `[::1]`, as hosts are written in URLs, becomes `::1`; anything else stays. */
export function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

export function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
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
