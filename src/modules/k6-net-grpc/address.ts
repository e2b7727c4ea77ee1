/**
 * Addresses of gRPC servers: `host:port`, IPv6 in brackets, or `unix:/path`.
 *
 * Errors  HostError that says what is wrong
 */
import { isPort, parsePort, withoutBrackets } from '../../net/address.js'
import { HostError } from '../../vu/host-error.js'

export interface Address {
  /** As the script gave it. */
  readonly text: string
  readonly host: string
  readonly port: number
  /** The value of `:authority`. */
  readonly authority: string
}

export function addressOf(given: unknown): Address {
  const text = typeof given === 'string' ? given : ''
  if (text.startsWith('unix:')) {
    return { text, host: text.replace(/^unix:\/\/(?=\/)/, 'unix:'), port: 0, authority: 'localhost' }
  }
  const [, host = '', digits = ''] = /^(\[[^\]]*\]|[^:[\]/]*):(\d+)$/.exec(text) ?? []
  const port = parsePort(digits)
  if (host === '' || port === null || !isPort(port)) {
    throw new HostError(
      `connection error: desc = "transport: error while dialing: address ${text || String(given)}: host:port is expected, without a scheme"`,
    )
  }
  return { text, host: withoutBrackets(host), port, authority: text }
}
