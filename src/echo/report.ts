/** Where the echo server listens, in words for people and as variables for scripts. */
import { joinHostPort, reachableHost } from '../net/address.js'
import type { EchoAddresses } from './server.js'

/** The text of `sockeye echo`. */
export function describeEcho(addresses: EchoAddresses): string {
  const rows: [string, string][] = []
  if (addresses.tcp) rows.push(['TCP', joinHostPort(addresses.tcp.host, addresses.tcp.port)])
  if (addresses.tls) rows.push(['TLS', joinHostPort(addresses.tls.host, addresses.tls.port)])
  if (addresses.ws) rows.push(['WebSocket', addresses.ws.url])
  if (addresses.wss) rows.push(['WebSocket, TLS', addresses.wss.url])
  const width = Math.max(...rows.map(([name]) => name.length))
  const list = rows.map(([name, where]) => `  ${name.padEnd(width)}  ${where}\n`).join('')
  const flags = Object.entries(echoEnvironment(addresses)).map(([name, value]) => `  -e ${name}=${value}\n`)
  return `echo server listening, Ctrl+C stops it\n\n${list}\nfor scripts that read where it is from __ENV:\n\n${flags.join('')}`
}

/** The variables by which scripts find the echo server, as `sockeye run --echo` sets them in `__ENV`. */
export function echoEnvironment(addresses: EchoAddresses): Record<string, string> {
  const { tcp, tls, ws, wss } = addresses
  const environment: Record<string, string> = {}
  const any = tcp ?? tls
  if (any) environment['TCP_ECHO_HOST'] = reachableHost(any.host)
  if (tcp) environment['TCP_ECHO_PORT'] = String(tcp.port)
  if (tls) environment['TLS_ECHO_PORT'] = String(tls.port)
  if (ws) environment['WS_ECHO_URL'] = `ws://${joinHostPort(reachableHost(ws.host), ws.port)}`
  if (wss) environment['WSS_ECHO_URL'] = `wss://${joinHostPort(reachableHost(wss.host), wss.port)}`
  return environment
}
