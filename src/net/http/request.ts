/**
 * A request as it goes out: everything is decided, nothing is checked any more.
 *
 * Source  docs/spec/http.md §6 (the headers and their order)
 */

import type { HeaderList } from '../headers.js'
import type { ProxyServer } from '../proxy.js'
import type { HttpTarget } from './target.js'

export interface OutgoingRequest {
  readonly method: string
  readonly target: HttpTarget
  /** Value of `Host`, or `:authority`. */
  readonly host: string
  /** Empty: not sent. */
  readonly userAgent: string
  /** All other headers, with canonical names, sorted; without the lengths. */
  readonly headers: HeaderList
  /** Text is sent as UTF-8. */
  readonly body: string | Uint8Array | null
  /** Null: no length is sent. */
  readonly contentLength: number | null
  /** May be sent again when a connection turns out to be dead. */
  readonly isRepeatable: boolean
  /** `Connection: close` is sent, and the connection is not kept. */
  readonly closes: boolean
  readonly proxy: ProxyServer | null
}

/** An HTTP proxy, over TLS or not, is itself asked for a URL of http; everything else goes through a tunnel. */
export function asksProxy({ proxy, target }: Pick<OutgoingRequest, 'proxy' | 'target'>): boolean {
  return proxy !== null && proxy.protocol !== 'socks5' && !target.isTls
}

/** The head as HTTP/1.1 has it. */
export function requestHead(request: OutgoingRequest): string {
  const { method, target, host, userAgent, headers, contentLength, proxy } = request
  const isAbsolute = asksProxy(request)
  const resource = isAbsolute ? `http://${target.authority}${target.resource}` : target.resource
  let head = `${method} ${resource} HTTP/1.1\r\nHost: ${host}\r\n`
  if (userAgent !== '') head += `User-Agent: ${userAgent}\r\n`
  if (contentLength !== null) head += `Content-Length: ${contentLength}\r\n`
  for (let i = 0; i < headers.length; i++) {
    const [name, value] = headers[i]!
    head += `${name}: ${value}\r\n`
  }
  const credentials = isAbsolute ? proxy!.authorization : null
  if (credentials !== null) head += `Proxy-Authorization: ${credentials}\r\n`
  return `${head}\r\n`
}
