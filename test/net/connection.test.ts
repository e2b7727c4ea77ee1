import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import type { Connection } from '../../src/net/connection.js'
import type { ConnectionError } from '../../src/net/errors.js'
import { connect, dialer, echo, pause, Recorder, tcpServer, tlsServer, withResolvers } from './support.js'

interface WriteOutcome {
  error: ConnectionError | null
  written: number
}

/** For write(): keeps the outcomes in the order in which they come. */
function outcomes() {
  const list: WriteOutcome[] = []
  return { list, done: (error: ConnectionError | null, written: number) => list.push({ error, written }) }
}

/** Pauses the connection at each chunk, and goes on a moment later. */
class PausingRecorder extends Recorder {
  readonly #connection: Connection

  constructor(connection: Connection) {
    super()
    this.#connection = connection
  }

  override onData(chunk: Buffer): void {
    this.#connection.pause()
    setTimeout(() => this.#connection.resume(), 1)
    super.onData(chunk)
  }
}

async function pair(onSocket: (socket: Socket) => void = () => {}) {
  const accepted = withResolvers<Socket>()
  const server = await tcpServer((socket) => {
    onSocket(socket)
    accepted.resolve(socket)
  })
  const connection = await connect(dialer(), { port: server.port })
  return { server, connection, peer: await accepted.promise, recorder: new Recorder() }
}

describe('connection, receiving', () => {
  it('TCP-48 delivers 100 000 bytes complete and in order', async () => {
    const { server, connection, peer, recorder } = await pair()
    await using _ = server
    connection.setListener(recorder)
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) % 251))
    peer.write(bytes)
    await recorder.received(bytes.length)
    assert.ok(recorder.bytes.equals(bytes))
    connection.destroy()
  })

  it('loses nothing that arrives before there is a listener', async () => {
    const { server, connection, recorder } = await pair((socket) => socket.end('early'))
    await using _ = server
    await pause(30)
    connection.setListener(recorder)
    await recorder.event('end')
    assert.equal(recorder.bytes.toString(), 'early')
    connection.destroy()
    await recorder.event('close')
  })

  it('keeps the order of chunks that the socket gives before there is a listener', async () => {
    const { server, connection, recorder } = await pair()
    await using _ = server
    // Sockets that are paused give one chunk at most; this does not depend on it.
    for (const chunk of ['one,', 'two,', 'three']) connection.socketData(Buffer.from(chunk))
    connection.setListener(recorder)
    await recorder.received(13)
    assert.equal(recorder.bytes.toString(), 'one,two,three')
    connection.destroy()
  })

  it('tells a listener that comes after the close', async () => {
    const { server, connection, recorder } = await pair()
    await using _ = server
    connection.destroy()
    await pause(20)
    connection.setListener(recorder)
    await recorder.event('close')
    assert.deepEqual(recorder.events, ['close'])
  })

  it('stops between pause() and resume()', async () => {
    const { server, connection, peer, recorder } = await pair()
    await using _ = server
    connection.setListener(recorder)
    connection.pause()
    peer.write('later')
    await pause(50)
    assert.equal(recorder.bytes.length, 0)
    connection.resume()
    await recorder.received(5)
    connection.destroy()
  })

  it('keeps the order of what TLS had decrypted already when its owner paused', async () => {
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7) % 251))
    await using server = await tlsServer((socket) => socket.write(bytes))
    const one = dialer({ hosts: { 'a.sock.test': '127.0.0.1' } })
    const connection = await connect(one, { host: 'a.sock.test', port: server.port, tls: true })
    const recorder = new PausingRecorder(connection)
    connection.setListener(recorder)
    await recorder.received(bytes.length)
    assert.ok(recorder.bytes.equals(bytes))
    connection.destroy()
  })

  it('TCP-51 reports the FIN behind all data and leaves the closing to its owner', async () => {
    const { server, connection, peer, recorder } = await pair()
    await using _ = server
    const received: Buffer[] = []
    peer.on('data', (chunk) => received.push(chunk))
    connection.setListener(recorder)
    peer.end('bye')
    await recorder.event('end')
    assert.equal(recorder.bytes.toString(), 'bye')
    const written = outcomes()
    connection.write('half-open', written.done)
    await pause(50)
    assert.equal(Buffer.concat(received).toString(), 'half-open')
    assert.deepEqual([...written.list], [{ error: null, written: 9 }])
    connection.destroy()
    await recorder.event('close')
    assert.deepEqual(recorder.events, ['end', 'close'])
  })

  it('TCP-52 reports a reset with both endpoints, then closes', async () => {
    const { server, connection, peer, recorder } = await pair()
    await using _ = server
    connection.setListener(recorder)
    peer.resetAndDestroy()
    await recorder.event('close')
    assert.deepEqual(recorder.events, ['error', 'close'])
    const { localPort } = connection
    assert.equal(
      recorder.error!.message,
      `read tcp 127.0.0.1:${localPort}->127.0.0.1:${server.port}: read: connection reset by peer`,
    )
    assert.equal(recorder.error!.operation, 'read')
  })

  it('TCP-57 delivers nothing after destroy()', async () => {
    const { server, connection, peer, recorder } = await pair()
    await using _ = server
    connection.setListener(recorder)
    peer.write('late')
    connection.destroy()
    await recorder.event('close')
    await pause(20)
    assert.equal(recorder.bytes.length, 0)
    assert.deepEqual(recorder.events, ['close'])
  })
})

describe('connection, writing', () => {
  it('TCP-43 sends in call order and answers in call order', async () => {
    const { server, connection, recorder } = await pair(echo)
    await using _ = server
    connection.setListener(recorder)
    const order: number[] = []
    for (let i = 0; i < 50; i++) connection.write(`${i},`, () => order.push(i))
    const numbers = Array.from({ length: 50 }, (_, i) => i)
    await recorder.received(numbers.join(',').length + 1)
    assert.equal(recorder.bytes.toString(), `${numbers.join(',')},`)
    assert.deepEqual(order, numbers)
    connection.destroy()
  })

  it('TCP-28 sends strings as UTF-8, and lone surrogates as EF BF BD (TCP-29)', async () => {
    const { server, connection, recorder } = await pair(echo)
    await using _ = server
    connection.setListener(recorder)
    const written = outcomes()
    connection.write('héllo€😀', written.done)
    connection.write('\ud800', written.done)
    await recorder.received(16)
    assert.deepEqual(recorder.bytes, Buffer.from('héllo€😀\ufffd'))
    assert.deepEqual(
      [...written.list],
      [
        { error: null, written: 13 },
        { error: null, written: 3 },
      ],
    )
    connection.destroy()
  })

  it('TCP-39 answers an empty write, and never inside write()', async () => {
    const { server, connection } = await pair()
    await using _ = server
    const written = outcomes()
    connection.write('', written.done)
    assert.deepEqual([...written.list], [])
    await pause(20)
    assert.deepEqual([...written.list], [{ error: null, written: 0 }])
    connection.destroy()
  })

  it('TCP-45 fails pending writes at destroy and counts what the kernel had accepted', async () => {
    const { server, connection, peer, recorder } = await pair((socket) => socket.pause())
    await using _ = server
    connection.setListener(recorder)
    const size = 64 * 1024 * 1024
    const written = outcomes()
    connection.write('first', written.done)
    assert.equal(connection.write(Buffer.alloc(size), written.done), false)
    connection.write('', written.done)
    connection.write('last', written.done)
    await pause(50)
    assert.deepEqual([...written.list], [{ error: null, written: 5 }])
    assert.ok(connection.pendingBytes > 0)
    connection.destroy()
    await recorder.event('close')
    const [, large, empty, last] = written.list
    assert.equal(written.list.length, 4)
    assert.ok(large!.written > 0 && large!.written < size, String(large!.written))
    const text = `write tcp 127.0.0.1:${connection.localPort}->127.0.0.1:${server.port}: use of closed network connection`
    for (const outcome of [large, empty, last]) assert.equal(outcome!.error!.message, text)
    assert.equal(last!.written, 0)
    assert.equal(connection.takeTraffic().sent, large!.written + 5)
    peer.destroy()
  })

  it('writeNow() tells at once what the kernel has accepted, and whenWritten() the rest in order', async () => {
    let peer: Socket | undefined
    const { server, connection, recorder } = await pair((socket) => {
      peer = socket
      socket.pause()
    })
    await using _ = server
    connection.setListener(recorder)
    const { list, done } = outcomes()
    assert.equal(connection.writeNow('a', 1), true)
    assert.equal(connection.writeNow(Buffer.from('b'), 1), true)
    const large = Buffer.alloc(32 * 1024 * 1024, 'c')
    assert.equal(connection.writeNow(large, large.length), false)
    connection.whenWritten(large.length, done)
    assert.equal(connection.writeNow('d', 1), false)
    connection.whenWritten(1, done)
    connection.write('e', done)
    let received = 0
    const all = withResolvers<void>()
    peer!.on('data', (chunk) => {
      received += chunk.length
      if (received === large.length + 4) all.resolve()
    })
    peer!.resume()
    await all.promise
    await pause(20)
    const written = list.map(({ error, written }) => [error, written])
    assert.deepEqual(written, [
      [null, large.length],
      [null, 1],
      [null, 1],
    ])
    connection.destroy()
    assert.equal(connection.writeNow('f', 1), false)
    connection.whenWritten(1, done)
    await recorder.event('close')
    assert.match(list[3]?.error?.message ?? '', /use of closed network connection$/)
  })

  it('counts a write as done that the kernel had taken whole when destroy() came', async () => {
    const { server, connection, recorder } = await pair()
    await using _ = server
    connection.setListener(recorder)
    const written = outcomes()
    connection.write('taken', written.done)
    connection.destroy()
    await recorder.event('close')
    assert.deepEqual([...written.list], [{ error: null, written: 5 }])
  })

  it('fails pending writes with the reason when the peer resets', async () => {
    const { server, connection, peer, recorder } = await pair((socket) => socket.pause())
    await using _ = server
    connection.setListener(recorder)
    const written = outcomes()
    connection.write(Buffer.alloc(64 * 1024 * 1024), written.done)
    await pause(50)
    peer.resetAndDestroy()
    await recorder.event('close')
    assert.match(written.list[0]!.error!.message, /^write tcp .*: write: (connection reset by peer|broken pipe)$/)
    assert.equal(written.list[0]!.error!.operation, 'write')
  })

  it('fails a write after destroy() or end()', async () => {
    for (const method of ['destroy', 'end'] as const) {
      const { server, connection } = await pair(echo)
      await using _ = server
      connection[method]()
      const written = outcomes()
      assert.equal(connection.write('late', written.done), false)
      assert.deepEqual([...written.list], [])
      await pause(20)
      assert.match(written.list[0]!.error!.message, /use of closed network connection$/)
      connection.destroy()
    }
  })

  it('end() sends a FIN behind pending writes and goes on receiving', async () => {
    const { server, connection, peer, recorder } = await pair()
    await using _ = server
    connection.setListener(recorder)
    const received: Buffer[] = []
    peer.on('data', (chunk) => received.push(chunk))
    peer.on('end', () => peer.end('answer'))
    connection.write('question')
    connection.end()
    await recorder.event('close')
    assert.equal(Buffer.concat(received).toString(), 'question')
    assert.equal(recorder.bytes.toString(), 'answer')
    assert.deepEqual(recorder.events, ['end', 'close'])
  })

  it('TCP-58 lets the peer see an orderly FIN after destroy()', async () => {
    const { server, connection, peer } = await pair()
    await using _ = server
    const ended = withResolvers<string>()
    peer.on('error', (error) => ended.resolve(error.message))
    peer.on('end', () => ended.resolve('end'))
    peer.resume()
    connection.destroy()
    assert.equal(await ended.promise, 'end')
  })

  it('sends corked writes together', async () => {
    const { server, connection, peer } = await pair()
    await using _ = server
    const chunks: string[] = []
    peer.on('data', (chunk) => chunks.push(chunk.toString()))
    connection.cork()
    connection.write('head')
    connection.write('body')
    await pause(20)
    assert.deepEqual(chunks, [])
    connection.uncork()
    for (let i = 0; i < 100 && chunks.length === 0; i++) await pause(5)
    assert.deepEqual(chunks, ['headbody'])
    connection.destroy()
  })

  it('NET-15 counts an echo of 5 bytes as 5 sent and 5 received, once', async () => {
    const { server, connection, recorder } = await pair(echo)
    await using _ = server
    connection.setListener(recorder)
    connection.write('hello')
    await recorder.received(5)
    assert.deepEqual(connection.takeTraffic(), { sent: 5, received: 5 })
    assert.deepEqual(connection.takeTraffic(), { sent: 0, received: 0 })
    connection.write('again')
    connection.destroy()
    assert.deepEqual(connection.takeTraffic(), { sent: 5, received: 0 })
    await recorder.event('close')
    assert.deepEqual(connection.takeTraffic(), { sent: 0, received: 0 })
  })
})

describe('connection, paused', () => {
  it('reports failure and close once, also when they come while it is paused', async () => {
    const { server, connection, peer, recorder } = await pair((socket) => socket.write('unread'))
    await using _ = server
    connection.setListener(recorder)
    connection.pause()
    await pause(30)
    peer.resetAndDestroy()
    connection.write('x')
    await recorder.event('close')
    connection.resume()
    await pause(20)
    assert.deepEqual(recorder.events, ['error', 'close'])
  })

  it('closes once when it is destroyed while paused', async () => {
    const { server, connection, recorder } = await pair()
    await using _ = server
    connection.setListener(recorder)
    connection.pause()
    connection.destroy()
    await recorder.event('close')
    connection.resume()
    await pause(20)
    assert.deepEqual(recorder.events, ['close'])
  })

  it('keeps data and FIN for a listener that is set while it is paused', async () => {
    const { server, connection, recorder } = await pair((socket) => socket.end('kept'))
    await using _ = server
    connection.pause()
    connection.setListener(recorder)
    await pause(30)
    assert.equal(recorder.bytes.length, 0)
    connection.resume()
    await recorder.event('end')
    assert.equal(recorder.bytes.toString(), 'kept')
    connection.destroy()
  })
})
