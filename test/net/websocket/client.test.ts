import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CLOSED, CLOSING, OPEN } from '../../../src/net/websocket/client.js'
import { pause } from '../support.js'
import { begin, closeFrame, connected, frame, type Peer, rawServer } from './support.js'

/** RST without a FIN before it, which resetAndDestroy() would send. */
function reset(peer: Peer): void {
  const { _handle } = peer.socket as unknown as { _handle: { reset(done: () => void): void } }
  _handle.reset(() => peer.socket.destroy())
}

const codeOf = (payload: Buffer) => (payload.length === 0 ? 1005 : payload.readUInt16BE(0))

describe('WebSocket client', () => {
  it('opens, and exchanges text and binary messages in order', async () => {
    await using server = await rawServer({})
    const { client, listener } = await connected(`${server.url}/chat?a=b`, { protocols: ['x'] })
    const peer = await server.peer()
    assert.match(peer.request, /^GET \/chat\?a=b HTTP\/1\.1\r\n/)
    assert.equal(client.readyState, OPEN)
    assert.equal(client.ip, '127.0.0.1')
    client.sendText('héllo')
    client.sendBinary(new Uint8Array([1, 2, 3]))
    const [text, binary] = [await peer.frame(0), await peer.frame(1)]
    assert.deepEqual([text.opcode, text.payload.toString(), text.masked], [1, 'héllo', true])
    assert.deepEqual([binary.opcode, [...binary.payload]], [2, [1, 2, 3]])
    peer.send(frame(1, 'back'), frame(2, 'bytes'))
    await listener.messageCount(2)
    assert.deepEqual(listener.events, ['open', 'text back', 'binary 5'])
    client.destroy()
  })

  it('tells what the server answered', async () => {
    await using server = await rawServer({ extraHeaders: 'Sec-WebSocket-Protocol: b\r\nX-A: 1\r\nx-a: 2\r\n' })
    const { client, listener } = await connected(server.url)
    const { status, headers, protocol, extensions, body } = listener.response!
    assert.deepEqual([status, headers['X-A'], protocol, extensions, body], [101, '1, 2', 'b', [], ''])
    client.destroy()
  })

  it('delivers messages that come with the handshake, after open', async () => {
    await using server = await rawServer({
      onRequest: (peer) => peer.send(peer.acceptance(), frame(1, 'first'), frame(1, 'second')),
    })
    const { client, listener } = await connected(server.url)
    await listener.messageCount(2)
    assert.deepEqual(listener.events, ['open', 'text first', 'text second'])
    client.destroy()
  })

  it('holds messages back from open until resumed', async () => {
    await using server = await rawServer({
      onRequest: (peer) => peer.send(peer.acceptance(), frame(1, 'first'), frame(1, 'second')),
    })
    const { client, listener } = begin(server.url)
    listener.on.open = () => client.pause()
    await listener.until('open')
    await pause(50)
    assert.deepEqual(listener.events, ['open'])
    client.resume()
    await listener.messageCount(2)
    client.destroy()
  })

  it('stops in the middle of a chunk when paused there, and loses nothing', async () => {
    await using server = await rawServer({
      onOpen: (peer) => peer.send(frame(1, 'a'), frame(1, 'b'), closeFrame(1000)),
    })
    const { client, listener } = begin(server.url)
    listener.on.message = () => client.pause()
    await listener.messageCount(1)
    ;(await server.peer()).socket.end()
    await pause(50)
    assert.deepEqual(listener.messages, ['a'])
    client.resume()
    await listener.messageCount(2)
    client.resume()
    assert.deepEqual(await listener.ended(), { cause: 'close-frame', code: 1000, reason: '' })
  })

  it('sends what is sent in one turn in one segment', async () => {
    await using server = await rawServer({})
    const { client } = await connected(server.url)
    const peer = await server.peer()
    const before = peer.reads
    for (let i = 0; i < 50; i++) client.sendText(`message ${i}`)
    await peer.frame(49)
    assert.equal(peer.reads - before, 1)
    assert.deepEqual(
      peer.frames.map(({ payload }) => payload.toString()),
      Array.from({ length: 50 }, (_, i) => `message ${i}`),
    )
    client.destroy()
  })

  it('answers a ping before it tells of it, and tells of every pong', async () => {
    await using server = await rawServer({ onOpen: (peer) => peer.send(frame(9, 'p1'), frame(10, 'stray')) })
    const { client, listener } = await connected(server.url)
    const peer = await server.peer()
    await listener.until('pong stray')
    const pong = await peer.frame(0)
    assert.deepEqual([pong.opcode, pong.payload.toString()], [10, 'p1'])
    client.ping('7')
    const ping = await peer.frame(1)
    assert.deepEqual([ping.opcode, ping.payload.toString(), ping.masked], [9, '7', true])
    client.destroy()
  })

  it('counts what is buffered: at once, and 0 when it is written', async () => {
    await using server = await rawServer({})
    const { client } = await connected(server.url)
    assert.equal(client.bufferedAmount, 0)
    client.sendText('é')
    client.sendBinary(new Uint8Array(10))
    client.ping('1')
    assert.equal(client.bufferedAmount, 12)
    await (await server.peer()).frame(2)
    assert.equal(client.bufferedAmount, 0)
    client.destroy()
    assert.equal(client.bufferedAmount, 0)
  })

  it('keeps sending to a server that does not read, and tells when all is out', async () => {
    await using server = await rawServer({ onOpen: (peer) => peer.socket.pause() })
    const { client, listener } = await connected(server.url)
    const message = new Uint8Array(1024 * 1024).fill(1)
    for (let i = 0; i < 32; i++) client.sendBinary(message)
    client.sendText('last')
    await pause(20)
    const buffered = client.bufferedAmount
    assert.ok(buffered > 1024 * 1024 && buffered <= 32 * 1024 * 1024 + 4, String(buffered))
    assert.ok(!listener.events.includes('drain'))
    const peer = await server.peer()
    peer.socket.resume()
    await listener.until('drain')
    assert.equal(client.bufferedAmount, 0)
    await peer.frame(32)
    assert.equal(peer.frames[32]!.payload.toString(), 'last')
    assert.ok(peer.frames[31]!.payload.equals(message))
    client.destroy()
  })

  it('does not read a server that sends pings and does not read the answers', async () => {
    await using server = await rawServer({ onOpen: (peer) => peer.socket.pause() })
    const { client } = await connected(server.url)
    const { socket } = await server.peer()
    const pings = Buffer.concat(Array.from({ length: 500 }, () => frame(9, 'x'.repeat(125))))
    let sent = 0
    // Until the client's limit and the kernel's buffers on both ways are full, and both sides stand still.
    for (let before = -1; before !== sent; ) {
      before = sent
      while (sent < 200_000_000 && socket.write(pings)) sent += pings.length
      await pause(100)
    }
    assert.ok(sent < 100_000_000, String(sent))
    assert.ok(client.connection!.pendingBytes < 2 * 1024 * 1024, String(client.connection!.pendingBytes))
    socket.resume()
    // On a busy machine it may have come during the last wait.
    if (socket.writableNeedDrain) await new Promise((resolve) => socket.once('drain', resolve))
    client.destroy()
  })

  it('lets other connections have their turn during a flood', async () => {
    const flood = Buffer.concat(Array.from({ length: 100_000 }, () => frame(1, 'x'.repeat(20))))
    await using server = await rawServer({
      onOpen: (peer) => peer.socket.write(peer.request.includes('/flood') ? flood : frame(1, 'calm')),
    })
    const flooded = await connected(`${server.url}/flood`)
    await flooded.listener.messageCount(1)
    const turns: number[] = []
    let last = flooded.listener.messages.length
    while (last < 100_000) {
      await new Promise((resolve) => setImmediate(resolve))
      const now = flooded.listener.messages.length
      turns.push(now - last)
      last = now
    }
    assert.ok(Math.max(...turns) <= 1000, `up to ${Math.max(...turns)} messages in one turn`)
    const calm = await connected(`${server.url}/calm`)
    await calm.listener.messageCount(1)
    flooded.client.destroy()
    calm.client.destroy()
  })
})

describe('WebSocket client, closing', () => {
  it('close() sends its frame behind the messages and waits for the answer', async () => {
    await using server = await rawServer({})
    const { client, listener } = await connected(server.url)
    const peer = await server.peer()
    peer.endsOnClose = false
    client.sendText('last')
    assert.equal(client.close(3001, 'why'), true)
    assert.equal(client.readyState, CLOSING)
    assert.equal(client.sendText('too late'), false)
    assert.equal(client.close(1000), false)
    const close = await peer.frame(1)
    assert.equal(peer.frames[0]!.payload.toString(), 'last')
    assert.deepEqual([codeOf(close.payload), close.payload.toString('utf8', 2)], [3001, 'why'])
    peer.send(frame(1, 'not delivered'), frame(9, 'not answered'), closeFrame(3001, 'echo'))
    peer.socket.end()
    assert.deepEqual(await listener.ended(), { cause: 'close-frame', code: 3001, reason: 'echo' })
    assert.equal(client.readyState, CLOSED)
    await peer.end()
    assert.equal(peer.frames.length, 2)
    assert.deepEqual(listener.events, ['open', 'ended'])
  })

  it('closeNow() sends its frame and FIN at once, and tells nothing', async () => {
    await using server = await rawServer({})
    const { client, listener } = await connected(server.url)
    const peer = await server.peer()
    client.sendText('last')
    client.closeNow(1001)
    assert.equal(client.readyState, CLOSED)
    await peer.end()
    assert.deepEqual([peer.frames[0]!.payload.toString(), codeOf(peer.frames[1]!.payload)], ['last', 1001])
    peer.send(frame(1, 'x'), closeFrame(1001))
    peer.socket.end()
    await peer.watch.until(() => peer.closed)
    assert.deepEqual(listener.events, ['open'])
  })

  it('closeNow() gets its frame through although the server is sending', async () => {
    const chunk = Buffer.concat(Array.from({ length: 500 }, () => frame(1, 'x'.repeat(100))))
    await using server = await rawServer({
      onOpen: (peer) => {
        const timer = setInterval(() => peer.socket.write(chunk), 1)
        peer.socket.on('close', () => clearInterval(timer))
      },
    })
    const { client, listener } = await connected(server.url)
    await listener.messageCount(2000)
    client.closeNow(1000)
    const peer = await server.peer()
    const close = await peer.frame(0)
    assert.equal(codeOf(close.payload), 1000)
    const delivered = listener.messages.length
    await peer.watch.until(() => peer.closed)
    assert.equal(listener.messages.length, delivered)
  })

  it('leaves the first FIN of a completed closing handshake to the server, for a second', async () => {
    await using server = await rawServer({
      onOpen: (peer) => {
        peer.endsOnClose = false
        peer.send(closeFrame(1000))
      },
    })
    const { listener } = await connected(server.url)
    await listener.ended()
    const peer = await server.peer()
    await peer.frame(0)
    const start = performance.now()
    await peer.end()
    assert.ok(performance.now() - start > 500)
  })

  it('drops a server that does not send FIN after closeNow(), a second later', async () => {
    await using server = await rawServer({ onOpen: (peer) => (peer.endsOnClose = false) })
    const { client } = await connected(server.url)
    client.closeNow()
    await (await server.peer()).end()
    await new Promise<void>((resolve) => client.connection!.setListener({ ...silent, onClose: resolve }))
  })

  const serverCloses: [phrase: string, sent: Buffer, code: number, reason: string][] = [
    ['with a code and a reason', closeFrame(1011, 'oops'), 1011, 'oops'],
    ['with code 1000', closeFrame(1000), 1000, ''],
    ['with a code of its own', closeFrame(4999, 'é'), 4999, 'é'],
    ['without a code', closeFrame(), 1005, ''],
  ]
  for (const [phrase, sent, code, reason] of serverCloses) {
    it(`answers a server that closes ${phrase} with the same code`, async () => {
      await using server = await rawServer({ onOpen: (peer) => peer.send(sent, frame(1, 'never seen')) })
      const { listener } = await connected(server.url)
      assert.deepEqual(await listener.ended(), { cause: 'close-frame', code, reason })
      const peer = await server.peer()
      await peer.end()
      assert.equal(codeOf(peer.frames[0]!.payload), code)
      assert.equal(peer.frames.length, 1)
      assert.deepEqual(listener.messages, [])
    })
  }

  it('tells a FIN without close frame', async () => {
    await using server = await rawServer({ onOpen: (peer) => peer.socket.end(frame(1, 'bye')) })
    const { listener } = await connected(server.url)
    assert.deepEqual(await listener.ended(), { cause: 'end' })
    assert.deepEqual(listener.events, ['open', 'text bye', 'ended'])
  })

  it('tells a reset', async () => {
    await using server = await rawServer({})
    const { listener } = await connected(server.url)
    reset(await server.peer())
    const end = await listener.ended()
    assert.equal(end.cause, 'read-error')
    assert.match((end as { error: Error }).error.message, /^read tcp .*: read: connection reset by peer$/)
  })

  it('tells of a write that failed', async () => {
    await using server = await rawServer({})
    const { client, listener } = await connected(server.url)
    // Paused, the client does not see the reset by reading.
    client.pause()
    reset(await server.peer())
    await pause(30)
    client.sendText('into the void')
    const end = await listener.ended()
    assert.equal(end.cause, 'write-error')
    assert.match((end as { error: Error }).error.message, /^write tcp 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+: write: /)
    assert.equal(client.sendText('x'), false)
  })

  it('answers a violation with 1002 and its reason', async () => {
    await using server = await rawServer({ onOpen: (peer) => peer.send(frame(3, 'x')) })
    const { listener } = await connected(server.url)
    assert.deepEqual(await listener.ended(), { cause: 'violation', code: 1002, reason: 'bad opcode 3' })
    const peer = await server.peer()
    await peer.end()
    const { payload } = peer.frames[0]!
    assert.deepEqual([codeOf(payload), payload.toString('utf8', 2)], [1002, 'bad opcode 3'])
  })

  it('waits for the answer to its close frame no longer than it may, also while nothing is read', async () => {
    for (const isPaused of [false, true]) {
      await using server = await rawServer({})
      const { client, listener } = await connected(server.url, {}, { closeMs: 50 })
      const peer = await server.peer()
      peer.endsOnClose = false
      if (isPaused) client.pause()
      client.close(1000)
      await peer.frame(0)
      await listener.until('ended')
      assert.deepEqual(listener.end, { cause: 'no-answer' })
      assert.equal(client.readyState, CLOSED)
      await peer.watch.until(() => peer.ended)
    }
  })

  it('reads the answer to its close frame although it was paused', async () => {
    await using server = await rawServer({ onOpen: (peer) => peer.send(frame(1, 'unread')) })
    const { client, listener } = await connected(server.url)
    const peer = await server.peer()
    peer.endsOnClose = false
    client.pause()
    client.close(1000)
    await peer.frame(0)
    peer.send(closeFrame(1000))
    await listener.until('ended')
    assert.deepEqual(listener.end, { cause: 'close-frame', code: 1000, reason: '' })
  })

  it('destroy() tells nothing and may be repeated', async () => {
    await using server = await rawServer({})
    const { client, listener } = await connected(server.url)
    client.sendText('never sent')
    client.destroy()
    client.destroy()
    client.closeNow()
    assert.equal(client.close(), false)
    const peer = await server.peer()
    await peer.end()
    assert.deepEqual(peer.frames, [])
    assert.deepEqual(listener.events, ['open'])
  })

  it('may be closed from inside its own events', async () => {
    await using server = await rawServer({ onOpen: (peer) => peer.send(frame(1, 'a'), frame(1, 'b')) })
    const { client, listener } = begin(server.url)
    listener.on.message = () => client.closeNow(1000)
    await listener.messageCount(1)
    await (await server.peer()).end()
    assert.deepEqual(listener.events, ['open', 'text a'])
  })
})

describe('WebSocket client, opening', () => {
  it('reports a refused dial with the text of the dialer', async () => {
    const { client, listener } = begin('ws://127.0.0.1:1/')
    assert.equal((await listener.failed()).message, 'dial tcp 127.0.0.1:1: connect: connection refused')
    assert.equal(listener.response, null)
    assert.equal(client.readyState, CLOSED)
    assert.equal(client.ip, '127.0.0.1')
  })

  it('hands over an answer that is no acceptance', async () => {
    await using server = await rawServer({
      onRequest: (peer) => peer.send('HTTP/1.1 404 Not Found\r\nx-a: b\r\nContent-Length: 6\r\n\r\nno way'),
    })
    const { listener } = begin(server.url)
    assert.equal((await listener.failed()).message, 'websocket: bad handshake')
    const { status, headers, body } = listener.response!
    assert.deepEqual([status, headers['X-A'], body], [404, 'b', 'no way'])
    const peer = await server.peer()
    await peer.end()
  })

  it('does not follow redirects', async () => {
    await using server = await rawServer({
      onRequest: (peer) => peer.send('HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'),
    })
    const { listener } = begin(server.url)
    assert.equal((await listener.failed()).message, 'websocket: bad handshake')
    assert.equal(listener.response!.status, 302)
  })

  const answers: [phrase: string, answer: (peer: Peer) => void, message: RegExp][] = [
    ['garbage', (peer) => peer.send('hello there\r\n'), /^malformed HTTP status code "there"$/],
    ['one word', (peer) => peer.send('hello\r\n'), /^malformed HTTP response "hello"$/],
    ['an early FIN', (peer) => peer.socket.end(), /^unexpected EOF$/],
    ['half a head', (peer) => peer.socket.end('HTTP/1.1 101 X\r\nUpg'), /^unexpected EOF$/],
    ['a reset', (peer) => peer.socket.resetAndDestroy(), /^read tcp .*: read: connection reset by peer$/],
  ]
  for (const [phrase, onRequest, message] of answers) {
    it(`fails on ${phrase}`, async () => {
      await using server = await rawServer({ onRequest })
      const { listener } = begin(server.url)
      assert.match((await listener.failed()).message, message)
      assert.deepEqual(listener.events, ['failed'])
    })
  }

  it('gives up a server that never answers', async () => {
    await using server = await rawServer({ onRequest: () => {} })
    const { listener } = begin(server.url, {}, { handshakeMs: 50 })
    assert.match((await listener.failed()).message, /^read tcp 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+: i\/o timeout$/)
    const peer = await server.peer()
    await peer.watch.until(() => peer.ended)
  })

  it('gives up a server that never stops answering', async () => {
    await using server = await rawServer({
      onRequest: (peer) => {
        const timer = setInterval(() => peer.socket.write('HTTP/1.1 101 X\r\n'), 5)
        peer.socket.on('close', () => clearInterval(timer))
        peer.socket.on('end', () => peer.socket.end())
      },
    })
    const { listener } = begin(server.url, {}, { handshakeMs: 100 })
    assert.match((await listener.failed()).message, /i\/o timeout|malformed/)
  })

  it('can be given up while dialling and while the server thinks, without an event', async () => {
    await using server = await rawServer({ onRequest: () => {} })
    const dialling = begin(server.url)
    dialling.client.closeNow()
    const waiting = begin(server.url)
    const peer = await server.peer()
    await peer.watch.until(() => peer.request !== '')
    waiting.client.destroy()
    await peer.end()
    assert.deepEqual([dialling.listener.events, waiting.listener.events], [[], []])
    assert.equal(waiting.client.readyState, CLOSED)
  })

  it('parses an acceptance that comes byte by byte', async () => {
    await using server = await rawServer({
      onRequest: async (peer) => {
        peer.socket.setNoDelay(true)
        for (const byte of Buffer.concat([Buffer.from(peer.acceptance()), frame(1, 'hi')])) {
          peer.socket.write(Buffer.from([byte]))
          await new Promise((resolve) => setImmediate(resolve))
        }
      },
    })
    const { client, listener } = await connected(server.url)
    await listener.messageCount(1)
    assert.deepEqual(listener.events, ['open', 'text hi'])
    client.destroy()
  })
})

const silent = { onData() {}, onEnd() {}, onError() {}, onClose() {} }
