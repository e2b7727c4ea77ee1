/** examples/libraries against the real servers of the libraries. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { useServer } from 'graphql-ws/use/ws'
import { createWebSocketStream, WebSocketServer } from 'ws'
import { countdownSchema } from '../helpers/countdown-schema.js'

const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const examples = fileURLToPath(new URL('../../../examples/libraries/', import.meta.url))

/** Runs an example as the command does; its thresholds decide. */
function runExample(name: string, variable: string, url: string): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    const args = ['--enable-source-maps', cli, 'run', '--quiet', '-e', `${variable}=${url}`, `${examples}${name}`]
    execFile(process.execPath, args, { timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr })
    })
  })
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

describe('client libraries over the global WebSocket', () => {
  it('graphql-ws subscribes', async () => {
    const server = createServer()
    const wss = new WebSocketServer({ server, path: '/graphql' })
    useServer({ schema: countdownSchema() }, wss)
    const port = await listen(server)
    const { exitCode, output } = await runExample(
      'graphql-subscription.js',
      'GRAPHQL_URL',
      `ws://127.0.0.1:${port}/graphql`,
    )
    wss.close()
    server.close()
    assert.equal(exitCode, 0, output)
  })

  it('mqtt subscribes and publishes', async () => {
    // Its types say that the default export is a namespace; it is the constructor.
    const { default: aedes } = (await import('aedes')) as unknown as { default: new () => Broker }
    const broker = new aedes()
    const server = createServer()
    const wss = new WebSocketServer({ server, handleProtocols: () => 'mqtt' })
    wss.on('connection', (socket) => broker.handle(createWebSocketStream(socket)))
    const port = await listen(server)
    const { exitCode, output } = await runExample('mqtt-over-websocket.js', 'MQTT_URL', `ws://127.0.0.1:${port}`)
    wss.close()
    server.close()
    await new Promise<void>((resolve) => broker.close(resolve))
    assert.equal(exitCode, 0, output)
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
    const { exitCode, output } = await runExample('socket-io.js', 'SOCKET_IO_URL', `http://127.0.0.1:${port}`)
    await io.close()
    assert.equal(exitCode, 0, output)
  })
})

interface Broker {
  handle(stream: NodeJS.ReadWriteStream): void
  close(done: () => void): void
}
