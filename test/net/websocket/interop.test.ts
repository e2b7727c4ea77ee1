import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import { tlsServer } from '../support.js'
import { connected, frame, Peer } from './support.js'

async function wsServer(options: ServerOptions, onConnection: (socket: WebSocket) => void = echo) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options })
  server.on('connection', onConnection)
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function echo(socket: WebSocket): void {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
}

const DEFLATE = { perMessageDeflate: { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true } }

describe('WebSocket client with a server of the ws package', () => {
  const servers: [phrase: string, options: ServerOptions, deflate: boolean, negotiated: boolean][] = [
    ['plain', {}, false, false],
    ['that compresses', DEFLATE, true, true],
    ['that could compress but is not asked', DEFLATE, false, false],
    ['that cannot compress', {}, true, false],
  ]
  for (const [phrase, options, deflate, negotiated] of servers) {
    it(`echoes messages of all sizes with a server ${phrase}`, async () => {
      await using server = await wsServer(options)
      const { client, listener } = await connected(server.url, { deflate })
      assert.equal(listener.response!.extensions.length, negotiated ? 1 : 0)
      const sizes = [0, 1, 125, 126, 1000, 65_535, 65_536, 300_000]
      const sent = sizes.flatMap((size) => ['é'.repeat(size), new Uint8Array(size).map((_, i) => i)])
      for (const message of sent) {
        if (typeof message === 'string') client.sendText(message)
        else client.sendBinary(message)
      }
      await listener.messageCount(sent.length)
      const received = listener.messages.map((data) => (typeof data === 'string' ? data : new Uint8Array(data)))
      assert.deepEqual(received, sent)
      client.close(1000, 'done')
      assert.deepEqual(await listener.ended(), { cause: 'close-frame', code: 1000, reason: 'done' })
    })
  }

  it('echoes any texts, compressed, in order', async () => {
    await using server = await wsServer(DEFLATE)
    const { client, listener } = await connected(server.url, { deflate: true })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 10 }), async (texts) => {
        listener.messages.length = 0
        for (const text of texts) client.sendText(text)
        await listener.messageCount(texts.length)
        assert.deepEqual(listener.messages, texts)
      }),
      { numRuns: 50 },
    )
    client.destroy()
  })

  it('exchanges pings and pongs', async () => {
    await using server = await wsServer({}, (socket) => socket.ping('from server'))
    const { client, listener } = await connected(server.url)
    await listener.until('ping from server')
    client.ping('0')
    await listener.until('pong 0')
    client.destroy()
  })

  it('negotiates a subprotocol', async () => {
    await using server = await wsServer({ handleProtocols: () => 'b' })
    const { client, listener } = await connected(server.url, { protocols: ['a', 'b'] })
    assert.equal(listener.response!.protocol, 'b')
    client.destroy()
  })

  it('reports the server’s close, and the server sees the answer', async () => {
    let answer: (code: number) => void = () => {}
    const answered = new Promise<number>((resolve) => {
      answer = resolve
    })
    await using server = await wsServer({}, (socket) => {
      socket.on('close', answer)
      socket.close(4001, 'enough')
    })
    const { listener } = await connected(server.url)
    assert.deepEqual(await listener.ended(), { cause: 'close-frame', code: 4001, reason: 'enough' })
    assert.equal(await answered, 4001)
  })

  it('reads a megabyte sent in fragments', async () => {
    const message = Buffer.alloc(1024 * 1024, 'fragment')
    await using server = await wsServer({}, (socket) => {
      for (let at = 0; at < message.length; at += 50_000) {
        socket.send(message.subarray(at, at + 50_000), { fin: at + 50_000 >= message.length })
      }
    })
    const { client, listener } = await connected(server.url)
    await listener.messageCount(1)
    assert.ok(Buffer.from(listener.messages[0] as ArrayBuffer).equals(message))
    client.destroy()
  })

  it('works over TLS', async () => {
    await using server = await tlsServer((socket) => {
      new Peer(socket, (peer) => peer.send(peer.acceptance(), frame(1, 'secure')))
    })
    const { client, listener } = await connected(`wss://localhost:${server.port}/`)
    await listener.messageCount(1)
    const large = 'x'.repeat(500_000)
    client.sendText(large)
    client.close(1000)
    assert.deepEqual(listener.messages, ['secure'])
    client.destroy()
  })
})
