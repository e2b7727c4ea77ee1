/**
 * Who may use the control API. A web page of another site must neither read nor change a test, even when its name resolves to this machine
 * (DNS rebinding). So the rule looks at the name that a request was sent to, and at whether a browser sent it.
 *
 *   a token is set            every request needs it (`Authorization: Bearer …`); then nothing else matters
 *   bound to loopback         `Host` must be a name of loopback, and a page of another origin is refused
 *   bound elsewhere           plain requests work, whatever name they use; those of browsers are refused
 *
 * Errors  ControlError 401, 403
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { ApiAddress } from './address.js'
import { ControlError } from './controlled-run.js'

export type AccessRule = (headers: IncomingHttpHeaders) => void

export function accessRule(address: ApiAddress, token: string | undefined): AccessRule {
  if (token !== undefined) return (headers) => assertToken(headers, token)
  return isLoopback(address.host) ? assertLocal : assertNoBrowser
}

function assertToken({ authorization }: IncomingHttpHeaders, token: string): void {
  if (isSame(authorization ?? '', `Bearer ${token}`)) return
  throw new ControlError(401, 'Unauthorized', 'requests need the token of --api-token, as Authorization: Bearer …')
}

/** In constant time: how long it takes does not tell how much of a guessed token is right. */
function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer]
  return timingSafeEqual(left, right)
}

function assertLocal(headers: IncomingHttpHeaders): void {
  const { host, origin } = headers
  if (host !== undefined && !isLoopback(hostName(host))) {
    throw forbidden(`requests to ${host} are not accepted here: the address is one of this machine alone`)
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    throw forbidden(`requests from pages of ${origin} are not accepted`)
  }
  const site = headers['sec-fetch-site']
  if (site === 'cross-site' || site === 'same-site')
    throw forbidden('requests from pages of other sites are not accepted')
}

/** Node's own fetch sends Sec-Fetch-Mode, too; browsers send no Sec-Fetch-* at all to plain HTTP, but they give their name. */
function assertNoBrowser(headers: IncomingHttpHeaders): void {
  const isOfBrowser =
    headers.origin !== undefined ||
    headers['sec-fetch-site'] !== undefined ||
    headers['sec-fetch-dest'] !== undefined ||
    headers['user-agent']?.startsWith('Mozilla/') === true
  if (isOfBrowser) throw forbidden('requests of browsers are accepted with a token only: see --api-token')
}

function forbidden(message: string): ControlError {
  return new ControlError(403, 'Forbidden', message)
}

/** `[::1]:6565` ─► `::1` */
function hostName(host: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(host)?.[1] ?? host.replace(/:\d+$/, '')
}

/** A name or an address that only this machine reaches. */
export function isLoopback(name: string): boolean {
  return /^(?:(?:[^.]+\.)*localhost|127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})\.?$/i.test(name)
}
