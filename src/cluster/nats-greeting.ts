/**
 * Reads the first line that a NATS server sends on a new connection: `INFO {…}`. It is read before the NATS client connects, because the client
 * keeps a connection open when no such line comes, and does not report that a server wants a certificate.
 *
 * Errors  ClusterError ERR_NATS_CONNECT
 */
import { createConnection } from 'node:net'
import { ClusterError } from './errors.js'

export interface NatsGreeting {
  /** Clients need a certificate. */
  readonly tls_verify?: boolean
}

/** In ms. */
const PATIENCE = 5000
/** In bytes. */
const LONGEST = 64 * 1024

export function greetingOf(server: string): Promise<NatsGreeting> {
  const { hostname, port } = new URL(`nats://${server}`)
  const socket = createConnection({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) })
  return new Promise<NatsGreeting>((resolve, reject) => {
    const fail = (reason: string, cause?: Error): void => reject(unreachable(server, reason, cause))
    const timer = setTimeout(() => fail(`it does not answer as NATS does within ${PATIENCE / 1000} s`), PATIENCE)
    let text = ''
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part
      const greeting = parse(text)
      if (greeting !== undefined) resolve(greeting)
      else if (text.includes('\n') || text.length > LONGEST) fail('what answers there is not NATS')
    })
    socket.on('error', (error) => fail(error.message, error))
    socket.on('close', () => {
      clearTimeout(timer)
      fail('it closes the connection')
    })
  }).finally(() => socket.destroy())
}

export function unreachable(where: string, reason: string, cause: Error | undefined): ClusterError {
  const message = `no connection to NATS at ${where}: ${reason}`
  const hint = 'start a server with: nats-server --jetstream, or give its address: --nats nats://host:4222'
  return new ClusterError('ERR_NATS_CONNECT', message, hint, cause)
}

function parse(text: string): NatsGreeting | undefined {
  const [, json] = /^INFO (\{.*\})\s*\r\n/.exec(text) ?? []
  try {
    return json === undefined ? undefined : JSON.parse(json)
  } catch {
    return undefined
  }
}
