import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { connect as connectTls } from 'node:tls'
import WebSocket from 'ws'
import { createCertificate } from '../../src/echo/certificate.js'
import { describeEcho, echoEnvironment } from '../../src/echo/report.js'
import { type EchoServer, EchoServerError, startEchoServer } from '../../src/echo/server.js'
import { startEchoThread } from '../../src/echo/thread.js'

const HOST = '127.0.0.1'
const EVERYTHING = { host: HOST, tcpPort: 0, tlsPort: 0, wsPort: 0, wssPort: 0 }

/** Everything the peer sends until it ends. */
async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function wsRoundTrip(url: string, message: Buffer, ca?: string): Promise<Buffer> {
  const socket = new WebSocket(url, { perMessageDeflate: false, ...(ca && { ca }) })
  await once(socket, 'open')
  socket.send(message)
  const [answer] = await once(socket, 'message')
  socket.close(1000, 'bye')
  const [code, reason] = await once(socket, 'close')
  assert.deepEqual([code, String(reason)], [1000, 'bye'])
  return answer as Buffer
}

describe('the echo server', () => {
  let server: EchoServer
  before(async () => {
    server = await startEchoServer(EVERYTHING)
  })
  after(() => server.close())

  const port = (protocol: 'tcp' | 'tls' | 'ws' | 'wss') => server[protocol]?.port as number

  it('returns bytes over TCP, after the client’s end too', async () => {
    const socket = connect({ host: HOST, port: port('tcp'), allowHalfOpen: true })
    const big = Buffer.alloc(3_000_000, 'sockeye ')
    socket.end(big)
    assert.ok((await readAll(socket)).equals(big))
  })

  it('returns bytes over TLS to a client that trusts its certificate', async () => {
    for (const servername of ['localhost', '']) {
      const socket = connectTls({ host: HOST, port: port('tls'), ca: server.certificate, servername })
      await once(socket, 'secureConnect')
      assert.equal(socket.authorized, true)
      socket.write('hello')
      const [data] = await once(socket, 'data')
      assert.equal(String(data), 'hello')
      socket.destroy()
    }
  })

  it('returns WebSocket messages, plain and encrypted', async () => {
    const big = Buffer.alloc(1_000_000, 1)
    assert.ok((await wsRoundTrip(server.ws?.url as string, big)).equals(big))
    assert.ok((await wsRoundTrip(server.wss?.url as string, big, server.certificate)).equals(big))
    assert.equal(String(await wsRoundTrip(`${server.ws?.url}/any/path?x=1`, Buffer.from('x'))), 'x')
  })

  it('chooses the first subprotocol and answers pings', async () => {
    const socket = new WebSocket(server.ws?.url as string, ['chat', 'other'])
    await once(socket, 'open')
    assert.equal(socket.protocol, 'chat')
    socket.ping('are you there')
    const [data] = await once(socket, 'pong')
    assert.equal(String(data), 'are you there')
    socket.terminate()
  })

  it('refuses what is no WebSocket handshake', async () => {
    const page = await fetch(`http://${HOST}:${port('ws')}/`)
    assert.equal(page.status, 426)
    const socket = connect({ host: HOST, port: port('ws') })
    socket.write('garbage\r\n\r\n')
    assert.match(String(await readAll(socket)), /^HTTP\/1\.1 400 Bad Request\r\n/)
    const endless = connect({ host: HOST, port: port('ws') })
    endless.write('GET / HTTP/1.1\r\n'.padEnd(20_000, 'x'))
    assert.match(String(await readAll(endless)), /the request is too long/)
  })

  it('takes frames that arrive together with the handshake', async () => {
    const socket = connect({ host: HOST, port: port('ws') })
    const request = 'GET / HTTP/1.1\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
    socket.write(Buffer.concat([Buffer.from(request), Buffer.from('81810000000061888000000000', 'hex')]))
    const text = (await readAll(socket)).toString('latin1')
    assert.ok(text.includes('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n'), 'the example of RFC 6455')
    assert.ok(text.endsWith('\r\n\r\n\x81\x01a\x88\x00'))
  })

  it('survives resets, garbage and clients that vanish', async () => {
    for (const protocol of ['tcp', 'tls', 'ws', 'wss'] as const) {
      const reset = connect({ host: HOST, port: port(protocol) })
      await once(reset, 'connect')
      reset.write(Buffer.alloc(100_000, 0xff))
      reset.resetAndDestroy()
      const vanishing = connect({ host: HOST, port: port(protocol) })
      await once(vanishing, 'connect')
      vanishing.destroy()
    }
    assert.equal(String(await wsRoundTrip(server.ws?.url as string, Buffer.from('still here'))), 'still here')
  })

  it('does not read on from a client that does not read', async () => {
    const socket = connect({ host: HOST, port: port('tcp') })
    socket.pause()
    await once(socket, 'connect')
    const chunk = Buffer.alloc(1024 * 1024)
    let written = 0
    while (written < 200 && socket.write(chunk)) written++
    // Kernel buffers take some megabytes; a server that kept everything would take it all.
    for (let i = 0; i < 200; i++) socket.write(chunk)
    await new Promise((resolve) => setTimeout(resolve, 300))
    assert.ok(socket.writableLength > 100 * chunk.length, `${socket.writableLength} bytes wait`)
    socket.destroy()
  })
})

describe('starting and stopping the echo server', () => {
  it('leaves out what has no port', async () => {
    const server = await startEchoServer({ host: HOST, tcpPort: 0 })
    assert.deepEqual(Object.keys(server).sort(), ['close', 'tcp'])
    await server.close()
    await server.close()
  })

  it('ends open connections when it closes', async () => {
    const server = await startEchoServer(EVERYTHING)
    const socket = connect({ host: HOST, port: server.tcp?.port as number })
    await once(socket, 'connect')
    socket.write('x')
    await once(socket, 'data')
    const closed = once(socket, 'close')
    await server.close()
    await closed
  })

  it('says which port is taken and frees the others', async () => {
    const taken = createServer().listen(0, HOST)
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const start = startEchoServer({ host: HOST, tcpPort: 0, wsPort: port })
    await assert.rejects(start, (error) => {
      assert.ok(error instanceof EchoServerError)
      assert.equal(error.message, `cannot listen on 127.0.0.1:${port} (ws): another program uses this port`)
      assert.equal(error.hint, 'choose another with --ws-port, or 0 for any free one')
      return true
    })
    await assert.rejects(startEchoThread({ host: HOST, tcpPort: port }), /another program uses this port/)
    taken.close()
  })

  it('says when the host is no address of this machine', async () => {
    await assert.rejects(
      startEchoServer({ host: '192.0.2.1', tcpPort: 0 }),
      /192\.0\.2\.1 is no address of this machine/,
    )
  })

  it('runs in a thread of its own', async () => {
    const server = await startEchoThread(EVERYTHING)
    assert.equal(String(await wsRoundTrip(server.wss?.url as string, Buffer.from('hi'), server.certificate)), 'hi')
    await server.close()
    const socket = connect({ host: HOST, port: server.tcp?.port as number })
    const [error] = await once(socket, 'error')
    assert.equal(error.code, 'ECONNREFUSED')
  })
})

describe('the certificate', () => {
  it('is valid for its names and signs itself', () => {
    const { cert } = createCertificate(['localhost', '127.0.0.1', '::1', 'echo.test'])
    const parsed = new X509Certificate(cert)
    assert.equal(parsed.checkHost('echo.test'), 'echo.test')
    assert.equal(parsed.checkHost('other.test'), undefined)
    assert.equal(parsed.checkIP('127.0.0.1'), '127.0.0.1')
    assert.equal(parsed.checkIP('::1'), '::1')
    assert.equal(parsed.ca, true)
    assert.ok(parsed.verify(parsed.publicKey))
    assert.ok(parsed.checkIssued(parsed))
  })

  it('is valid across the year 2050, where the form of dates changes', () => {
    const parsed = new X509Certificate(createCertificate(['localhost'], Date.UTC(2049, 11, 1)).cert)
    assert.equal(parsed.validFrom, 'Nov 30 00:00:00 2049 GMT')
    assert.equal(parsed.validTo, 'Dec  1 00:00:00 2050 GMT')
  })
})

describe('where the echo server says it is', () => {
  const addresses = {
    tcp: { host: '0.0.0.0', port: 7007 },
    tls: { host: '0.0.0.0', port: 7008 },
    ws: { host: '::1', port: 7009, url: 'ws://[::1]:7009' },
  }

  it('is a list for people', () => {
    assert.equal(
      describeEcho(addresses),
      `echo server listening, Ctrl+C stops it

  TCP        0.0.0.0:7007
  TLS        0.0.0.0:7008
  WebSocket  ws://[::1]:7009

for scripts that read where it is from __ENV:

  -e TCP_ECHO_HOST=127.0.0.1
  -e TCP_ECHO_PORT=7007
  -e TLS_ECHO_PORT=7008
  -e WS_ECHO_URL=ws://[::1]:7009
`,
    )
  })

  it('is an environment for scripts', () => {
    assert.deepEqual(echoEnvironment({ wss: { host: '127.0.0.1', port: 5, url: 'wss://127.0.0.1:5' } }), {
      WSS_ECHO_URL: 'wss://127.0.0.1:5',
    })
  })
})
