/**
 * A tunnel through a proxy: what this side says, what the proxy answers, and from then on the target's own bytes.
 *
 * Errors  DialError ERR_PROXY with the proxy's words
 */
import { joinHostPort } from './address.js'
import { DialError } from './errors.js'
import type { ProxyServer } from './proxy.js'
import { SocksTunnel } from './socks.js'

/** Collects a proxy's answers from chunks. */
export interface Tunnel {
  /** The first bytes to send. */
  readonly opening: Buffer
  /** What follows from what the proxy has said so far; null: more is to come. Throws DialError when it is a refusal. */
  take(chunk: Buffer): TunnelStep | null
}

/** Something to say to the proxy, or the tunnel stands and `rest` came through it. */
export type TunnelStep = { readonly say: Buffer } | { readonly rest: Buffer }

export function tunnelTo(host: string, port: number, proxy: ProxyServer): Tunnel {
  return proxy.protocol === 'socks5' ? new SocksTunnel(host, port, proxy) : new HttpTunnel(host, port, proxy)
}

const MAX_HEAD_BYTES = 64 * 1024

/** CONNECT. Request and answer head are HTTP/1.1 text; what is behind the head's empty line belongs to the target. */
class HttpTunnel implements Tunnel {
  readonly opening: Buffer
  #bytes: Buffer = Buffer.alloc(0)

  constructor(host: string, port: number, { authorization }: ProxyServer) {
    const target = joinHostPort(host, port)
    const credentials = authorization === null ? '' : `Proxy-Authorization: ${authorization}\r\n`
    this.opening = Buffer.from(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${credentials}\r\n`)
  }

  take(chunk: Buffer): TunnelStep | null {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    const end = this.#bytes.indexOf('\r\n\r\n')
    if (end >= 0) {
      checkStatus(this.#bytes.toString('latin1', 0, end))
      return { rest: this.#bytes.subarray(end + 4) }
    }
    if (this.#bytes.length > MAX_HEAD_BYTES)
      throw new DialError('ERR_PROXY', 'proxy: the answer to CONNECT is too long')
    return null
  }
}

function checkStatus(head: string): void {
  const [line = ''] = head.split('\r\n', 1)
  const [, code, reason] = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(line) ?? []
  if (code === '200') return
  throw new DialError('ERR_PROXY', code === undefined ? `malformed HTTP response "${line}"` : reason || code)
}
