/** Sockets of scripts against servers, proxies and certificates of other people's making. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { WebSocketServer } from 'ws'
import { runBody, startServer, type TestServer } from './websockets-support.js'

const fixtures = fileURLToPath(new URL('../../../test/fixtures/tls/', import.meta.url))
const pem = (name: string): string => readFileSync(`${fixtures}${name}`, 'utf8')

/** Messages of the sizes at which the framing changes, each echoed and compared. */
const ECHO_SIZES = `
  const sizes = [0, 1, 125, 126, 127, 4096, 65535, 65536, 1 << 20]
  const expected = sizes.flatMap((size) => ['ü'.repeat(size >> 1) + 'x'.repeat(size & 1), Uint8Array.from({ length: size }, (_, i) => i * 7)])
  let at = 0, wrong = 0
  ws.binaryType = 'arraybuffer'
  ws.onopen = () => ws.send(expected[0])
  ws.onmessage = ({ data }) => {
    const sent = expected[at++]
    const same = typeof sent === 'string' ? data === sent : new Uint8Array(data).every((byte, i) => byte === sent[i]) && data.byteLength === sent.length
    if (!same) wrong++
    if (at < expected.length) ws.send(expected[at])
    else ws.close()
  }
  ws.onerror = ({ error }) => log(error)
  ws.onclose = ({ code }) => log(at, wrong, code)
`

describe('k6/websockets with other software', () => {
  for (const deflate of [false, true]) {
    it(`WSS-05 WSS-18 echoes every size through the ws package ${deflate ? 'with' : 'without'} deflate`, async () => {
      const server = await startServer({ deflate })
      const params = deflate ? "null, { compression: 'deflate' }" : 'null'
      const result = await runBody(server, `const ws = new WebSocket(URL, ${params})\n${ECHO_SIZES}`)
      await server.close()
      assert.deepEqual(result.errors, [])
      assert.deepEqual(result.console, ['18 0 1000'])
    })
  }

  it('WSS-31 a server that rejects, and one that redirects, is told apart by the message of the error', async () => {
    const server = await startServer()
    const result = await runBody(
      server,
      `for (const path of ['/status/401', '/status/302/ws%3A%2F%2Fother%2F']) {
        const ws = new WebSocket(URL + path)
        await new Promise((done) => { ws.onclose = done; ws.onerror = ({ error, message }) => log(error, '|', message) })
      }`,
    )
    await server.close()
    assert.deepEqual(result.console, [
      'websocket: bad handshake | websocket: bad handshake: the server answered HTTP 401 instead of 101',
      'websocket: bad handshake | websocket: bad handshake: the server redirects (HTTP 302) to ws://other/; ' +
        'handshakes do not follow redirects, use that address',
    ])
  })

  it('a server that does not speak HTTP, or hangs up, is an error and a close', async () => {
    const server = createHttpServer()
    server.on('connection', (socket) => socket.end('220 smtp.test ready\r\n'))
    await listen(server)
    const result = await runBody(
      { url: `ws://127.0.0.1:${portOf(server)}` },
      `const ws = new WebSocket(URL); ws.onerror = ({ error }) => log(error); ws.onclose = () => log('close')`,
    )
    server.close()
    assert.match(result.console[0] as string, /^malformed HTTP (status code|response|version)/)
    assert.equal(result.console[1], 'close')
  })
})

describe('k6/websockets over TLS', () => {
  let server: Server
  let clients: unknown[]
  const environment = process.env['SSL_CERT_FILE']

  before(async () => {
    clients = []
    const https = createHttpsServer({
      cert: pem('server.pem'),
      key: pem('server.key'),
      ca: pem('ca.pem'),
      requestCert: true,
      rejectUnauthorized: false,
    })
    new WebSocketServer({ server: https }).on('connection', (socket, request) => {
      clients.push((request.socket as TLSSocket).getPeerCertificate().subject)
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
    })
    server = https
    await listen(server)
  })
  after(() => {
    server.close()
    setEnvironment('SSL_CERT_FILE', environment)
  })

  const url = (): string => `wss://localhost:${portOf(server)}`

  it('a certificate of an unknown authority is refused, and accepted with insecureSkipTLSVerify', async () => {
    const body = `const ws = new WebSocket(URL)
      ws.onopen = () => { log('open'); ws.close() }
      ws.onerror = ({ error }) => log(error)`
    const refused = await runBody({ url: url() }, body)
    assert.deepEqual(refused.console, [
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ])
    const accepted = await runBody({ url: url() }, body, { flags: ['--insecure-skip-tls-verify'] })
    assert.deepEqual(accepted.console, ['open'])
  })

  it('echoes every size with an authority of its own and a client certificate', async () => {
    setEnvironment('SSL_CERT_FILE', `${fixtures}ca.pem`)
    clients.length = 0
    const result = await runBody({ url: url() }, `const ws = new WebSocket(URL)\n${ECHO_SIZES}`, {
      scriptOptions: `{ iterations: 1, tlsAuth: [{ cert: ${JSON.stringify(pem('client.pem'))}, key: ${JSON.stringify(pem('client.key'))} }] }`,
    })
    assert.deepEqual(result.errors, [])
    assert.deepEqual(result.console, ['18 0 1000'])
    assert.equal(clients.length, 1)
    assert.ok(clients[0] !== undefined)
  })
})

describe('k6/websockets through a proxy', () => {
  let server: TestServer
  let proxy: Server
  const tunnels: string[] = []

  before(async () => {
    server = await startServer()
    proxy = createHttpServer()
    proxy.on('connect', (request, socket: Socket) => {
      tunnels.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`)
      const upstream = connect(server.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        socket.pipe(upstream).pipe(socket)
      })
      upstream.on('error', () => socket.destroy())
      socket.on('error', () => upstream.destroy())
    })
    await listen(proxy)
  })
  after(async () => {
    setEnvironment('HTTP_PROXY', undefined)
    setEnvironment('NO_PROXY', undefined)
    await server.close()
    proxy.close()
  })

  it('HTTP_PROXY is used for names that are not loopback, NO_PROXY excepted', async () => {
    setEnvironment('HTTP_PROXY', `http://user:secret@127.0.0.1:${portOf(proxy)}`)
    setEnvironment('NO_PROXY', 'direct.test')
    const result = await runBody(
      server,
      `for (const host of ['far.test:80', 'direct.test:${server.port}']) {
        const ws = new WebSocket('ws://' + host + '/')
        ws.onerror = ({ error }) => log(error)
        ws.onopen = () => ws.send(host)
        ws.onmessage = ({ data }) => { log(data); ws.close() }
        await new Promise((done) => { ws.onclose = done })
      }`,
      { scriptOptions: "{ iterations: 1, hosts: { 'direct.test': '127.0.0.1' } }" },
    )
    assert.deepEqual(result.errors, [])
    assert.deepEqual(result.console, ['far.test:80', `direct.test:${server.port}`])
    assert.deepEqual(tunnels, [`far.test:80 Basic ${Buffer.from('user:secret').toString('base64')}`])
  })

  it('a proxy that cannot be used is a failure to connect', async () => {
    setEnvironment('HTTP_PROXY', 'gopher://127.0.0.1:1')
    setEnvironment('NO_PROXY', undefined)
    const result = await runBody(
      server,
      `const ws = new WebSocket('ws://far.test/'); ws.onerror = ({ error }) => log(error)`,
    )
    assert.deepEqual(result.console, ['proxy: unknown scheme: gopher'])
  })
})

describe('many messages and many sockets', () => {
  let server: TestServer
  before(async () => {
    server = await startServer()
  })
  after(() => server.close())

  it('one VU holds 1,000 sockets', async () => {
    const result = await runBody(
      server,
      `let open = 0, closed = 0
      for (let i = 0; i < 1000; i++) {
        const ws = new WebSocket(URL)
        ws.onopen = () => { if (++open === 1000) log('all open'); ws.send(String(i)) }
        ws.onmessage = ({ data }) => { if (data !== String(i)) log('mixed up'); ws.close() }
        ws.onclose = () => { if (++closed === 1000) log('all closed') }
      }`,
      { scriptOptions: '{ iterations: 1 }' },
    )
    assert.deepEqual(result.errors, [])
    assert.deepEqual(result.console, ['all open', 'all closed'])
    assert.ok((result.summary.metrics['ws_sockets_open']?.['max'] as number) > 100)
  })

  it('a VU that is flooded, also while it sleeps, gets everything in order and lets others have their turns', async () => {
    const flood = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    flood.on('connection', (socket) =>
      socket.on('message', () => {
        for (let i = 0; i < 20_000; i++) socket.send(`${i}`)
      }),
    )
    await once(flood, 'listening')
    const { port } = flood.address() as AddressInfo
    const result = await runBody(
      { url: `ws://127.0.0.1:${port}` },
      `if (exec.scenario.name === 'other') {
        let turns = 0
        const timer = setInterval(() => { if (++turns === 20) { clearInterval(timer); log('other', flooded) } }, 1)
        return
      }
      const ws = new WebSocket(URL)
      let expected = 0
      ws.onopen = () => ws.send('go')
      ws.onmessage = ({ data }) => {
        if (Number(data) !== expected++) log('out of order')
        if (expected === 20000) { log('flooded'); ws.close() }
      }
      sleep(0.2)`,
      {
        head: "import { WebSocket } from 'k6/websockets'; import { sleep } from 'k6'; import exec from 'k6/execution'; const flooded = 1",
        scriptOptions:
          "{ scenarios: { flooded: { executor: 'shared-iterations', maxDuration: '20s' }, other: { executor: 'shared-iterations', maxDuration: '20s' } } }",
        flags: ['--shards', '1'],
      },
    )
    flood.close()
    assert.deepEqual(result.errors, [])
    assert.deepEqual(result.console, ['other 1', 'flooded'])
    assert.equal(result.summary.metrics['ws_msgs_received']?.['count'], 20_000)
  })
})

async function listen(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

/** Threads get a copy of the environment when they start. */
function setEnvironment(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name]
  else process.env[name] = value
}
