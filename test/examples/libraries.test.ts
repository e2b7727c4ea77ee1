/** examples/libraries against the real servers of the libraries. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { useServer } from 'graphql-ws/use/ws'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { countdownSchema } from '../helpers/countdown-schema.js'
import { runExample } from '../helpers/run-example.js'

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

describe('client libraries over the global WebSocket', { concurrency: true }, () => {
  it('graphql-ws subscribes', async () => {
    const server = createServer()
    const wss = new WebSocketServer({ server, path: '/graphql' })
    useServer({ schema: countdownSchema() }, wss)
    const port = await listen(server)
    await runExample('libraries/graphql-subscription.js', { GRAPHQL_URL: `ws://127.0.0.1:${port}/graphql` })
    wss.close()
    server.close()
  })

  it('mqtt subscribes and publishes', async () => {
    // Its types say that the default export is a namespace; it is the constructor.
    const { default: aedes } = (await import('aedes')) as unknown as { default: new () => Broker }
    const broker = new aedes()
    const server = createServer()
    const wss = new WebSocketServer({ server, handleProtocols: () => 'mqtt' })
    wss.on('connection', (socket) => broker.handle(createWebSocketStream(socket)))
    const port = await listen(server)
    await runExample('libraries/mqtt-over-websocket.js', { MQTT_URL: `ws://127.0.0.1:${port}` })
    wss.close()
    server.close()
    await new Promise<void>((resolve) => broker.close(resolve))
  })

  it('socket.io-client sends events and gets acknowledgements', async () => {
    const { Server: SocketIoServer } = await import('socket.io')
    const server = createServer()
    const io = new SocketIoServer(server)
    io.on('connection', (socket) => {
      socket.on('add', (a: number, b: number, answer: (sum: number) => void) => answer(a + b))
      socket.on('echo', (data: Buffer) => socket.emit('echoed', data))
    })
    const port = await listen(server)
    await runExample('libraries/socket-io.js', { SOCKET_IO_URL: `http://127.0.0.1:${port}` })
    await io.close()
  })
})

interface Broker {
  handle(stream: NodeJS.ReadWriteStream): void
  close(done: () => void): void
}
