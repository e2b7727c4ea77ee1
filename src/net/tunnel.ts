/**
 * A tunnel through an HTTP proxy: CONNECT, its answer, and from then on the target's own bytes.
 *
 * Shape   request and answer head are HTTP/1.1 text; bytes behind the head's empty line belong to the target
 * Errors  DialError ERR_PROXY with the proxy's reason phrase (`Proxy Authentication Required`), as k6's client reports it
 */
import { joinHostPort } from './address.js'
import { DialError } from './errors.js'
import type { ProxyServer } from './proxy.js'

const MAX_HEAD_BYTES = 64 * 1024

export function connectRequest(host: string, port: number, proxy: ProxyServer): string {
  const target = joinHostPort(host, port)
  const authorization = proxy.authorization === null ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`
  return `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}\r\n`
}

/** Collects the proxy's answer from chunks. */
export class TunnelAnswer {
  #bytes: Buffer = Buffer.alloc(0)

  /** What came behind the answer when it is complete, null when more is to come. Throws DialError when it is a refusal. */
  add(chunk: Buffer): Buffer | null {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    const end = this.#bytes.indexOf('\r\n\r\n')
    if (end >= 0) {
      checkStatus(this.#bytes.toString('latin1', 0, end))
      return this.#bytes.subarray(end + 4)
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
