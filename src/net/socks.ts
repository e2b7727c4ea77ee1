/**
 * A tunnel through a SOCKS5 proxy, which resolves the target's name itself.
 *
 * States  method ─► [password ─►] reply ─► done
 * Shape   method    05 count methods…             → 05 method
 *         password  01 length user length pass    → 01 status
 *         reply     05 01 00 type address port    → 05 code 00 type address port
 * Errors  DialError ERR_PROXY with Go's words: `socks connect tcp PROXY->TARGET: unknown error host unreachable`
 * Source  RFC 1928, RFC 1929
 */
import ipaddr from 'ipaddr.js'
import { isIpLiteral, joinHostPort } from './address.js'
import { DialError } from './errors.js'
import type { ProxyServer } from './proxy.js'
import type { Tunnel, TunnelStep } from './tunnel.js'

const VERSION = 5
const NO_AUTHENTICATION = 0
const PASSWORD = 2
const CONNECT = 1
const IPV4 = 1
const NAME = 3
const IPV6 = 4

const REPLIES = [
  'succeeded',
  'general SOCKS server failure',
  'connection not allowed by ruleset',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'TTL expired',
  'command not supported',
  'address type not supported',
]

export class SocksTunnel implements Tunnel {
  readonly opening: Buffer
  readonly #host: string
  readonly #port: number
  readonly #proxy: ProxyServer
  #state: 'method' | 'password' | 'reply' = 'method'
  #bytes: Buffer = Buffer.alloc(0)

  constructor(host: string, port: number, proxy: ProxyServer) {
    this.#host = host
    this.#port = port
    this.#proxy = proxy
    const methods = proxy.username === '' ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, PASSWORD]
    this.opening = Buffer.from([VERSION, methods.length, ...methods])
  }

  take(chunk: Buffer): TunnelStep | null {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    if (this.#bytes.length < 2) return null
    const [version, answer] = this.#bytes
    if (version !== (this.#state === 'password' ? 1 : VERSION))
      throw this.#error(`unexpected protocol version ${version}`)
    if (this.#state === 'reply') return this.#reply(answer!)
    this.#bytes = this.#bytes.subarray(2)
    if (this.#state === 'password') {
      if (answer !== 0) throw this.#error('username/password authentication failed')
    } else if (answer === PASSWORD && this.#proxy.username !== '') {
      this.#state = 'password'
      return { say: this.#credentials() }
    } else if (answer !== NO_AUTHENTICATION) {
      throw this.#error('no acceptable authentication methods')
    }
    this.#state = 'reply'
    return { say: this.#request() }
  }

  #reply(code: number): TunnelStep | null {
    if (code !== 0) throw this.#error(`unknown error ${REPLIES[code] ?? `unknown code: ${code}`}`)
    const bytes = this.#bytes
    if (bytes.length < 5) return null
    const length = addressLength(bytes[3]!, bytes[4]!)
    if (length === null) throw this.#error(`unknown address type ${bytes[3]}`)
    const end = 4 + length + 2
    return bytes.length < end ? null : { rest: bytes.subarray(end) }
  }

  #credentials(): Buffer {
    const user = Buffer.from(this.#proxy.username)
    const password = Buffer.from(this.#proxy.password)
    if (user.length > 255 || password.length > 255) throw this.#error('invalid username/password')
    return Buffer.concat([Buffer.from([1, user.length]), user, Buffer.from([password.length]), password])
  }

  #request(): Buffer {
    const port = Buffer.alloc(2)
    port.writeUInt16BE(this.#port)
    return Buffer.concat([Buffer.from([VERSION, CONNECT, 0]), this.#address(), port])
  }

  #address(): Buffer {
    if (isIpLiteral(this.#host)) {
      const bytes = ipaddr.parse(this.#host).toByteArray()
      return Buffer.from([bytes.length === 4 ? IPV4 : IPV6, ...bytes])
    }
    const name = Buffer.from(this.#host)
    if (name.length > 255) throw this.#error('FQDN too long')
    return Buffer.concat([Buffer.from([NAME, name.length]), name])
  }

  #error(text: string): DialError {
    const proxy = joinHostPort(this.#proxy.host, this.#proxy.port)
    return new DialError('ERR_PROXY', `socks connect tcp ${proxy}->${joinHostPort(this.#host, this.#port)}: ${text}`)
  }
}

/** Of a bound address; a name begins with its length. */
function addressLength(type: number, first: number): number | null {
  if (type === IPV4) return 4
  if (type === IPV6) return 16
  return type === NAME ? 1 + first : null
}
