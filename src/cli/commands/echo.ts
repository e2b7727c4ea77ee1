/** `sockeye echo`: runs the built-in echo server until it is told to stop. */
import { Command, InvalidArgumentError } from 'commander'
import { describeEcho } from '../../echo/report.js'
import { DEFAULT_PORTS, startEchoServer } from '../../echo/server.js'
import { type Print, toStdout } from '../command-parts.js'

export interface EchoCommandParts {
  readonly print: Print
  /** Resolves when the server should stop. */
  readonly untilStopped: () => Promise<void>
}

interface EchoFlags {
  readonly host: string
  readonly tcpPort: number
  readonly tlsPort: number
  readonly wsPort: number
  readonly wssPort: number
}

export function echoCommand(parts: EchoCommandParts = PROCESS): Command {
  return new Command('echo')
    .description('start a server that sends back what it gets, over TCP, TLS and WebSocket')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--tcp-port <port>', 'port of the TCP echo, 0 for any free one', parsePort, DEFAULT_PORTS.tcp)
    .option(
      '--tls-port <port>',
      'port of the TLS echo; its certificate is made at every start',
      parsePort,
      DEFAULT_PORTS.tls,
    )
    .option('--ws-port <port>', 'port of the WebSocket echo', parsePort, DEFAULT_PORTS.ws)
    .option('--wss-port <port>', 'port of the WebSocket echo over TLS', parsePort, DEFAULT_PORTS.wss)
    .action((flags: EchoFlags) => runEcho(flags, parts))
}

async function runEcho(flags: EchoFlags, parts: EchoCommandParts): Promise<void> {
  const server = await startEchoServer(flags)
  parts.print(describeEcho(server))
  await parts.untilStopped()
  await server.close()
}

function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('a port is a whole number from 0 to 65535')
}

const PROCESS: EchoCommandParts = {
  print: toStdout,
  untilStopped: () =>
    new Promise((resolve) => {
      process.once('SIGINT', () => resolve())
      process.once('SIGTERM', () => resolve())
    }),
}
