import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2 from 'node:http2'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { ConnectionDuplex, type DuplexOptions } from '../../src/net/duplex.js'
import { connect, dialer, echo, fixture, pause, tcpServer, withResolvers } from './support.js'

/** Keeps the owner's tasks until they are run. */
class Tasks {
  readonly waiting: (() => void)[] = []
  isOpen = true
  readonly post = (task: () => void): void => {
    this.waiting.push(task)
    if (this.isOpen) setImmediate(() => this.run())
  }
  run(): void {
    if (!this.isOpen) return
    for (const task of this.waiting.splice(0)) task()
  }
}

async function open(port: number, options: Partial<DuplexOptions> = {}) {
  const tasks = new Tasks()
  const connection = await connect(dialer(), { port })
  return { tasks, connection, stream: new ConnectionDuplex(connection, { post: tasks.post, ...options }) }
}

describe('the Duplex of a connection', () => {
  it('sends, receives, ends and closes as a socket of Node does', async () => {
    await using server = await tcpServer(echo)
    const { stream, connection } = await open(server.port)
    const events: string[] = []
    for (const name of ['end', 'finish', 'close']) stream.on(name, () => events.push(name))
    let text = ''
    stream.on('data', (chunk) => (text += chunk))
    stream.cork()
    stream.write('one ')
    stream.write('two ')
    stream.uncork()
    stream.end('three')
    await once(stream, 'close')
    assert.equal(text, 'one two three')
    assert.deepEqual(events.sort(), ['close', 'end', 'finish'])
    assert.deepEqual([stream.bytesRead, stream.bytesWritten], [13, 13])
    assert.deepEqual([stream.remotePort, stream.remoteAddress], [server.port, '127.0.0.1'])
    assert.deepEqual(connection.takeTraffic(), { sent: 13, received: 13 })
  })

  it('ends with the peer, unless half-open connections are allowed', async () => {
    const ended = withResolvers<void>()
    await using closing = await tcpServer((socket) => {
      socket.end('bye')
      socket.on('end', ended.resolve)
      socket.resume()
    })
    const { stream } = await open(closing.port)
    stream.resume()
    await Promise.all([once(stream, 'close'), ended.promise])
    const received = withResolvers<string>()
    await using listening = await tcpServer((socket) => {
      socket.end()
      socket.on('data', (chunk) => received.resolve(chunk.toString()))
    })
    const half = await open(listening.port, { allowHalfOpen: true })
    half.stream.resume()
    await once(half.stream, 'end')
    half.stream.end('still here')
    assert.equal(await received.promise, 'still here')
    await once(half.stream, 'close')
  })

  it('tells everything in tasks of the owner, in order', async () => {
    await using server = await tcpServer((socket) => socket.end('data'))
    const { stream, tasks } = await open(server.port)
    const seen: string[] = []
    stream.on('data', (chunk) => seen.push(String(chunk)))
    stream.on('end', () => seen.push('end'))
    tasks.isOpen = false
    while (tasks.waiting.length < 2) await pause(1)
    assert.deepEqual(seen, [])
    tasks.isOpen = true
    tasks.run()
    await once(stream, 'close')
    assert.deepEqual(seen, ['data', 'end'])
  })

  it('stops reading while the reader, or the owner, does not come to it', async () => {
    let sent = 0
    await using server = await tcpServer((socket) => {
      const chunk = Buffer.alloc(64 * 1024)
      const pump = () => {
        while (sent < 64 * 1024 * 1024 && socket.write(chunk)) sent += chunk.length
      }
      socket.on('drain', pump)
      pump()
    })
    const { stream, tasks } = await open(server.port)
    const settle = async () => {
      for (let last = -1; last !== sent; ) {
        last = sent
        await pause(50)
      }
    }
    // Nobody reads: the stream is full.
    await settle()
    assert.ok(stream.bytesRead < 1024 * 1024, String(stream.bytesRead))
    // The owner runs nothing: what is posted is bounded, too.
    tasks.isOpen = false
    stream.resume()
    await settle()
    assert.ok(stream.bytesRead < 2 * 1024 * 1024, String(stream.bytesRead))
    tasks.isOpen = true
    tasks.run()
    while (stream.bytesRead < 8 * 1024 * 1024) await pause(5)
    stream.destroy()
    await once(stream, 'close')
  })

  it('holds writers back while the peer does not read', async () => {
    const peers: Socket[] = []
    await using server = await tcpServer((socket) => {
      socket.pause()
      peers.push(socket)
    })
    const { stream } = await open(server.port)
    const chunk = Buffer.alloc(256 * 1024)
    let accepted = 0
    while (stream.write(chunk) || (await Promise.race([once(stream, 'drain'), pause(200)]))) accepted++
    assert.ok(accepted > 0)
    peers[0]!.resume()
    await once(stream, 'drain')
    stream.destroy()
    await once(stream, 'close')
  })

  it("fails with Node's errors", async () => {
    await using server = await tcpServer((socket) => socket.on('data', () => socket.resetAndDestroy()))
    const { stream } = await open(server.port)
    stream.write('x')
    const [error] = (await once(stream, 'error')) as [NodeJS.ErrnoException]
    assert.deepEqual([error.code, error.syscall], ['ECONNRESET', 'read'])
    assert.equal(error.message, 'read ECONNRESET')
  })

  it('gives destroy() its error and drops what comes later', async () => {
    await using server = await tcpServer(echo)
    const { stream } = await open(server.port)
    stream.on('data', () => assert.fail('after destroy'))
    stream.write('lost')
    stream.destroy(new Error('enough'))
    const [error] = (await once(stream, 'error')) as [Error]
    assert.equal(error.message, 'enough')
    assert.ok(stream.closed)
  })

  it('carries HTTP/2 of Node', async () => {
    const server = http2.createSecureServer({ cert: fixture('server.pem'), key: fixture('server.key') })
    server.on('stream', (stream) => {
      stream.respond({ ':status': 200 })
      stream.end('over h2')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const connection = await connect(dialer(), { host: 'localhost', port, tls: { alpn: ['h2'] } })
    const tasks = new Tasks()
    const duplex = new ConnectionDuplex(connection, { post: tasks.post })
    assert.deepEqual([duplex.encrypted, duplex.alpnProtocol], [true, 'h2'])
    const session = http2.connect('https://localhost', { createConnection: () => duplex })
    const request = session.request({ ':path': '/' })
    let text = ''
    for await (const chunk of request) text += chunk
    assert.equal(text, 'over h2')
    session.close()
    await once(duplex, 'close')
    await new Promise((resolve) => server.close(resolve))
  })
})
