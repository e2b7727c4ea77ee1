/**
 * examples/npm against servers of npm packages, with the 200 VUs that the scripts ask for. Those that need a server of Debian are in
 * test/debian/npm-packages.test.ts.
 */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Server as NetServer, Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { useServer } from 'graphql-ws/use/ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { createCertificate } from '../../src/echo/certificate.js'
import { countdownSchema } from '../helpers/countdown-schema.js'
import { createKafkaBroker } from '../helpers/kafka-broker.js'
import { runExample } from '../helpers/run-example.js'

/** Ends with the test, however that ends, and its connections with it: an open server would keep the process of the tests for ever. */
async function listen(t: TestContext, server: Server | NetServer): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.on('close', () => sockets.delete(socket))))
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

describe('examples/npm', { timeout: 600_000 }, () => {
  it('codecs.ts', () => runExample('npm/codecs.ts', {}))

  it('ws.ts', async (t) => {
    const server = createServer()
    const wss = new WebSocketServer({ server })
    wss.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })))
    await runExample('npm/ws.ts', { WS_URL: `ws://127.0.0.1:${await listen(t, server)}` })
  })

  it('kafkajs.ts', async (t) => {
    const server = createKafkaBroker()
    await runExample('npm/kafkajs.ts', { KAFKA_BROKERS: `127.0.0.1:${await listen(t, server)}`, KAFKA_TOPIC: 'orders' })
  })

  it('kafkajs-consumer.ts', async (t) => {
    const port = await listen(t, createKafkaBroker())
    await runExample('npm/kafkajs-consumer.ts', { KAFKA_BROKERS: `127.0.0.1:${port}`, KAFKA_TOPIC: 'orders' })
  })

  it('http-clients.ts', async (t) => {
    const server = createServer((request, response) => request.resume().on('end', () => response.end('{}')))
    await runExample('npm/http-clients.ts', { HTTP_URL: `http://127.0.0.1:${await listen(t, server)}` })
  })

  it('socket-io.ts, polling and then WebSocket', async (t) => {
    const { Server: SocketIoServer } = await import('socket.io')
    const server = createServer()
    const io = new SocketIoServer(server)
    io.on('connection', (socket) => {
      socket.on('add', (a: number, b: number, answer: (sum: number) => void) => answer(a + b))
    })
    await runExample('npm/socket-io.ts', { SOCKET_IO_URL: `http://127.0.0.1:${await listen(t, server)}` })
  })

  it('graphql-ws.ts', async (t) => {
    const server = createServer()
    const wss = new WebSocketServer({ server, path: '/graphql' })
    useServer({ schema: countdownSchema() }, wss)
    await runExample('npm/graphql-ws.ts', { GRAPHQL_URL: `ws://127.0.0.1:${await listen(t, server)}/graphql` })
  })

  it('stomp.ts', async (t) => {
    const server = createServer()
    const wss = new WebSocketServer({ server, handleProtocols: () => 'v12.stomp' })
    wss.on('connection', serveStomp)
    await runExample('npm/stomp.ts', { STOMP_URL: `ws://127.0.0.1:${await listen(t, server)}` })
  })

  it('signalr.ts', async (t) => {
    const server = createServer((request, response) => {
      request.resume()
      const answer = {
        negotiateVersion: 1,
        connectionId: 'c',
        connectionToken: 't',
        availableTransports: [{ transport: 'WebSockets', transferFormats: ['Text'] }],
      }
      response.end(request.url?.includes('/negotiate') ? JSON.stringify(answer) : '')
    })
    const wss = new WebSocketServer({ server })
    wss.on('connection', serveSignalR)
    await runExample('npm/signalr.ts', { SIGNALR_URL: `http://127.0.0.1:${await listen(t, server)}/chat` })
  })

  it('nodemailer.ts, with STARTTLS', async (t) => {
    const { SMTPServer } = (await import('smtp-server' as string)) as {
      SMTPServer: new (options: object) => SmtpServer
    }
    let secure = 0
    const { cert, key } = createCertificate(['localhost', '127.0.0.1'])
    const smtp = new SMTPServer({
      cert,
      key,
      authOptional: true,
      onData(stream: NodeJS.ReadableStream, session: { secure: boolean }, done: () => void) {
        if (session.secure) secure++
        stream.resume()
        stream.on('end', done)
      },
    })
    smtp.on('error', () => {})
    const port = await listen(t, smtp.server)
    const flags = ['--insecure-skip-tls-verify']
    await runExample('npm/nodemailer.ts', { SMTP_HOST: '127.0.0.1', SMTP_PORT: String(port) }, flags)
    assert.equal(secure, 200)
  })
})

interface SmtpServer {
  readonly server: NetServer
  on(event: 'error', listener: () => void): void
}

/** CONNECT, SUBSCRIBE, SEND and DISCONNECT of STOMP 1.2, for one connection's own topics. */
function serveStomp(socket: WebSocket): void {
  let subscription = ''
  socket.on('message', (data) => {
    const [head = '', body = ''] = data.toString().split('\n\n')
    const [command, ...lines] = head.trim().split('\n')
    const headers = Object.fromEntries(lines.map((line) => line.split(/:(.*)/s).slice(0, 2)))
    if (command === 'CONNECT') socket.send('CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0')
    else if (command === 'SUBSCRIBE') subscription = headers['id']
    else if (command === 'SEND') {
      const text = body.replace('\0', '')
      const { destination } = headers
      socket.send(`MESSAGE\nsubscription:${subscription}\nmessage-id:1\ndestination:${destination}\n\n${text}\0`)
    } else if (command === 'DISCONNECT') socket.send(`RECEIPT\nreceipt-id:${headers['receipt']}\n\n\0`)
  })
}

const RECORD_END = '\x1e'

/** The handshake of SignalR's JSON protocol, and a hub whose method gives its argument back. */
function serveSignalR(socket: WebSocket): void {
  socket.on('message', (data) => {
    for (const record of data.toString().split(RECORD_END).filter(Boolean)) {
      const message = JSON.parse(record) as {
        protocol?: string
        type?: number
        invocationId?: string
        arguments?: unknown[]
      }
      if (message.protocol !== undefined) socket.send(`{}${RECORD_END}`)
      else if (message.type === 1) {
        const completion = { type: 3, invocationId: message.invocationId, result: message.arguments?.[0] }
        socket.send(JSON.stringify(completion) + RECORD_END)
      }
    }
  })
}
