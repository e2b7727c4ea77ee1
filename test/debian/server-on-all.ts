/** A server on one port of several addresses at once, so that a test sees which of them a client chose. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

export interface ServerOnAll extends AsyncDisposable {
  readonly port: number
}

/** `serve` gets every connection; its `localAddress` is the one that was connected to. */
export async function serverOnAll(addresses: readonly string[], serve: (socket: Socket) => void): Promise<ServerOnAll> {
  const sockets = new Set<Socket>()
  const onConnection = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => {})
    serve(socket)
  }
  const servers = await listenOnAll(addresses, onConnection)
  return {
    port: portOf(servers[0]!),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

/** The port that the first address gives may be taken on another: then again. */
async function listenOnAll(addresses: readonly string[], onConnection: (socket: Socket) => void): Promise<Server[]> {
  const servers: Server[] = []
  try {
    for (const address of addresses) {
      const server = createServer(onConnection).listen(servers.length === 0 ? 0 : portOf(servers[0]!), address)
      await once(server, 'listening')
      servers.push(server)
    }
    return servers
  } catch (error) {
    for (const server of servers) server.close()
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return await listenOnAll(addresses, onConnection)
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
