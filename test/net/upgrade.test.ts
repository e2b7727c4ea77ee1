import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createServer as createTlsServer, TLSSocket, type TlsOptions } from 'node:tls'
import type { Connection } from '../../src/net/connection.js'
import type { Dialer, UpgradeRequest } from '../../src/net/dialer.js'
import type { DialError } from '../../src/net/errors.js'
import {
  connect,
  dial,
  dialer,
  echo,
  fixture,
  proxyAt,
  Recorder,
  tcpServer,
  tlsServer,
  withResolvers,
} from './support.js'

const SERVER = { cert: fixture('server.pem'), key: fixture('server.key') }

/** Says `ready` in plain text and speaks TLS after the line `STARTTLS`. */
async function startTlsServer(options: TlsOptions = {}) {
  return await tcpServer((socket) => {
    socket.write('ready\n')
    socket.once('data', (line) => {
      if (line.toString() !== 'STARTTLS\n') return
      socket.write('go\n', () => {
        const secure = new TLSSocket(socket, { isServer: true, ...SERVER, ...options } as never)
        secure.on('error', () => {})
        secure.on('data', (chunk) => secure.write(chunk))
        secure.on('end', () => secure.end())
      })
    })
  })
}

function upgrade(one: Dialer, connection: Connection, request: UpgradeRequest) {
  const { promise, resolve } = withResolvers<{
    connection: Connection | null
    error: DialError | null
    tlsMs: number
  }>()
  one.upgrade(connection, request, {
    onConnected: (upgraded, _duration, tlsMs) => resolve({ connection: upgraded, error: null, tlsMs }),
    onFailed: (error) => resolve({ connection: null, error, tlsMs: 0 }),
  })
  return promise
}

describe('upgrade of a connection to TLS', () => {
  it('goes on encrypted on the same socket, and counts each byte once', async () => {
    await using server = await startTlsServer()
    const one = dialer()
    const plain = await connect(one, { port: server.port })
    const before = new Recorder()
    plain.setListener(before)
    await before.received(6)
    plain.write('STARTTLS\n')
    await before.received(9)
    assert.deepEqual(plain.takeTraffic(), { sent: 9, received: 9 })
    const { connection, tlsMs } = await upgrade(one, plain, { host: 'localhost', alpn: ['imap', 'http/1.1'] })
    assert.ok(connection!.encrypted)
    assert.ok(tlsMs >= 0)
    assert.equal(connection!.localPort, plain.localPort)
    const recorder = new Recorder()
    connection!.setListener(recorder)
    connection!.write('secret')
    await recorder.received(6)
    assert.equal(recorder.bytes.toString(), 'secret')
    assert.deepEqual(plain.takeTraffic(), { sent: 0, received: 0 })
    const traffic = connection!.takeTraffic()
    assert.ok(traffic.sent > 200 && traffic.received > 200, JSON.stringify(traffic))
    connection!.destroy()
    await recorder.event('close')
    await before.event('close')
    assert.deepEqual(before.events, ['close'])
  })

  it('closes both when the certificate is not good, or when the old one is destroyed', async () => {
    await using server = await startTlsServer()
    const one = dialer()
    for (const host of ['other.test', 'localhost']) {
      const plain = await connect(one, { port: server.port })
      const before = new Recorder()
      plain.setListener(before)
      await before.received(6)
      plain.write('STARTTLS\n')
      await before.received(9)
      const { connection, error } = await upgrade(one, plain, { host })
      if (host === 'other.test') {
        assert.match(error!.message, /not other\.test$/)
      } else {
        const recorder = new Recorder()
        connection!.setListener(recorder)
        plain.destroy()
        await recorder.event('close')
      }
      await before.event('close')
    }
  })

  it('puts TLS inside TLS', async () => {
    await using inner = await tlsServer(echo)
    await using outer = await tlsServer((socket) => {
      const far = createConnection(inner.port)
      socket.pipe(far).pipe(socket)
    })
    const one = dialer()
    const tunnel = await connect(one, { host: 'localhost', port: outer.port, tls: true })
    const { connection } = await upgrade(one, tunnel, { host: 'localhost' })
    const recorder = new Recorder()
    connection!.setListener(recorder)
    connection!.write('twice')
    await recorder.received(5)
    connection!.destroy()
    await recorder.event('close')
  })
})

describe('one request', () => {
  it('offers its own protocols and knows the one agreed on', async () => {
    const agreed: unknown[] = []
    const onSocket = (socket: TLSSocket) => {
      agreed.push(socket.alpnProtocol)
      echo(socket)
    }
    await using server = await tlsServer(onSocket, { ALPNProtocols: ['h2', 'http/1.1'] })
    const one = dialer()
    const protocols: string[] = []
    for (const tls of [true, { alpn: ['h2', 'http/1.1'] }, { alpn: [] }]) {
      const connection = await connect(one, { host: 'localhost', port: server.port, tls })
      protocols.push(connection.alpnProtocol)
      const recorder = new Recorder()
      connection.setListener(recorder)
      connection.write('x')
      await recorder.received(1)
      connection.destroy()
    }
    assert.deepEqual(protocols, ['http/1.1', 'h2', ''])
    assert.deepEqual(agreed, ['http/1.1', 'h2', false])
  })

  it('has its own roots, client certificate and leniency', async () => {
    const names: unknown[] = []
    const options = { requestCert: true, rejectUnauthorized: false, ca: fixture('ca.pem') }
    const onSocket = (socket: TLSSocket) => {
      names.push(socket.getPeerCertificate().subject?.CN)
      echo(socket)
    }
    await using server = await tlsServer(onSocket, options)
    const one = dialer({}, { environment: {} })
    const request = { host: 'localhost', port: server.port }
    assert.match((await dial(one, { ...request, tls: true })).error!.message, /unknown authority/)
    const own = { ca: fixture('ca.pem'), cert: fixture('client.pem'), key: fixture('client.key') }
    const context = one.secureContextFor(own)
    assert.equal(one.secureContextFor({ ...own }), context)
    for (const tls of [{ context }, { verify: false }]) {
      const connection = await connect(one, { ...request, tls })
      const recorder = new Recorder()
      connection.setListener(recorder)
      connection.write('x')
      await recorder.received(1)
      connection.destroy()
    }
    assert.equal(typeof names[0], 'string')
    assert.equal(names[1], undefined)
  })

  it('hears of TCP before TLS, each with its own duration', async () => {
    await using server = await tlsServer(echo)
    const heard: [string, number, number?][] = []
    const { promise, resolve } = withResolvers<void>()
    let clock = 0
    const one = dialer({}, { now: () => (clock += 10) })
    one.dial(
      { host: 'localhost', port: server.port, tls: true },
      {
        onResolved: (_ip, ms) => heard.push(['resolved', ms]),
        onTcpConnected: (ms) => heard.push(['tcp', ms]),
        onConnected: (connection, ms, tlsMs) => {
          heard.push(['tls', ms, tlsMs])
          connection.destroy()
          resolve()
        },
        onFailed: () => resolve(),
      },
    )
    await promise
    assert.deepEqual(
      heard.map(([name]) => name),
      ['resolved', 'tcp', 'tls'],
    )
    const [, [, tcp], [, all, tls]] = heard as [unknown, [string, number], [string, number, number]]
    assert.ok(tcp > 0 && tls > 0 && tcp + tls <= all, JSON.stringify(heard))
  })
})

describe('time limits of the phases', () => {
  it('end a resolution, a tunnel and a handshake that do not come to an end', async () => {
    await using silent = await tcpServer(() => {})
    const never = dialer({}, { lookup: () => {} })
    const slow = await dial(never, { host: 'slow.test', limits: { connectMs: 20 } })
    assert.deepEqual([slow.phase, slow.error!.code], ['resolve', 'ERR_DIAL_TIMEOUT'])
    assert.equal(slow.error!.message, 'lookup slow.test: i/o timeout')
    const proxy = proxyAt(silent.port)
    const tunnel = await dial(dialer(), { host: 'x', proxy, limits: { connectMs: 20 } })
    assert.equal(tunnel.error!.message, `dial tcp 127.0.0.1:${silent.port}: i/o timeout`)
    assert.equal(tunnel.phase, 'connect')
    const handshake = await dial(dialer(), { port: silent.port, tls: true, limits: { tlsMs: 20 } })
    assert.match(handshake.error!.message, /^read tcp 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+: i\/o timeout$/)
    assert.deepEqual([handshake.phase, handshake.calls], ['tls', ['resolved', 'tcp', 'failed']])
  })
})

describe('a Unix socket', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'net-unix-'))
  })
  after(async () => {
    await rm(folder, { recursive: true })
  })

  it('is dialled by its path, with and without TLS, whatever is blocked', async () => {
    for (const [name, server] of [
      ['plain', createServer({ allowHalfOpen: true }, echo)],
      ['tls', createTlsServer(SERVER, echo as (socket: Socket) => void)],
    ] as const) {
      const path = join(folder, name)
      await new Promise<void>((resolve) => server.listen(path, resolve))
      const one = dialer({ blockHostnames: ['*'], blacklistIPs: ['0.0.0.0/0'] })
      const connection = await connect(one, {
        host: `unix:${path}`,
        port: 0,
        tls: name === 'tls',
        localAddress: '127.0.0.1',
      })
      assert.deepEqual(
        [connection.remoteAddress, connection.remotePort, connection.localAddress, connection.localPort],
        [path, 0, '', 0],
      )
      assert.equal(connection.endpoints, `@->${path}`)
      const recorder = new Recorder()
      connection.setListener(recorder)
      connection.write('hello')
      await recorder.received(5)
      connection.end()
      await recorder.event('close')
      await new Promise((resolve) => server.close(resolve))
    }
  })

  it('that is not there is an error in the words of Go', async () => {
    const path = join(folder, 'nobody')
    const { error, phase } = await dial(dialer(), { host: `unix:${path}` })
    assert.equal(error!.message, `dial unix ${path}: connect: no such file or directory`)
    assert.deepEqual([phase, error!.code], ['connect', 'ENOENT'])
  })
})
