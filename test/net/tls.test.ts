import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { nameFailure } from '../../src/net/certificate.js'
import type { Connection } from '../../src/net/connection.js'
import { keyLogWarning } from '../../src/net/key-log.js'
import { recordFailureText } from '../../src/net/tls-errors.js'
import {
  connect,
  dial,
  dialer,
  echo,
  fixture,
  fixturePath,
  pause,
  Recorder,
  tcpServer,
  tlsServer,
  withResolvers,
} from './support.js'

const VERIFY = 'tls: failed to verify certificate: x509: '

async function handshakeError(server: { port: number }, host = 'localhost', options = {}): Promise<string> {
  const { error, phase, connection } = await dial(dialer(options), { host, port: server.port, tls: true })
  assert.equal(connection, null)
  assert.equal(phase, 'tls')
  assert.equal(error!.code, 'ERR_TLS_HANDSHAKE')
  return error!.message
}

describe('TLS connection', () => {
  it('TCP-69 echoes data when the certificate is trusted, by name and by address', async () => {
    await using server = await tlsServer(echo)
    for (const host of ['localhost', '127.0.0.1']) {
      const connection = await connect(dialer(), { host, port: server.port, tls: true })
      const recorder = new Recorder()
      connection.setListener(recorder)
      connection.write('hello')
      await recorder.received(5)
      assert.equal(recorder.bytes.toString(), 'hello')
      assert.ok(connection.encrypted)
      assert.equal(connection.localAddress, '127.0.0.1')
      assert.ok(connection.localPort > 0)
      connection.destroy()
      await recorder.event('close')
      assert.deepEqual(recorder.events, ['close'])
    }
  })

  it('delivers data in chunks of at most one record, in order', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 11) % 253))
    await using server = await tlsServer((socket) => socket.end(bytes))
    const connection = await connect(dialer(), { host: 'localhost', port: server.port, tls: true })
    const recorder = new Recorder()
    await pause(20)
    connection.setListener(recorder)
    await recorder.event('end')
    assert.ok(recorder.bytes.equals(bytes))
    assert.ok(recorder.chunks.every((chunk) => chunk.length <= 16_384))
    connection.destroy()
  })

  it('NET-16 counts handshake and records as traffic, also after the close', async () => {
    await using server = await tlsServer(echo)
    const connection = await connect(dialer(), { host: 'localhost', port: server.port, tls: true })
    const recorder = new Recorder()
    connection.setListener(recorder)
    const handshake = connection.takeTraffic()
    assert.ok(handshake.sent > 200 && handshake.received > 500, JSON.stringify(handshake))
    connection.write('hello')
    await recorder.received(5)
    const message = connection.takeTraffic()
    // The last flight of the handshake may be in it.
    assert.ok(message.sent > 5 && message.sent < 300, JSON.stringify(message))
    connection.destroy()
    const goodbye = connection.takeTraffic()
    assert.ok(goodbye.sent > 0 && goodbye.sent < 60, JSON.stringify(goodbye))
    await recorder.event('close')
    assert.deepEqual(connection.takeTraffic(), { sent: 0, received: 0 })
  })

  it('takes as long as the target does: our own roots are read before the clock starts', async () => {
    await using server = await tlsServer(echo)
    let clock = 0
    const environment = {
      get SSL_CERT_FILE() {
        clock += 1000
        return fixturePath('ca.pem')
      },
    }
    const slowRoots = dialer({}, { environment, now: () => clock })
    const durations = await new Promise<number[]>((resolve, reject) => {
      const measured: number[] = []
      const listener = {
        onResolved: (_ip: string, duration: number) => measured.push(duration),
        onConnected: (connection: Connection, duration: number) => {
          connection.destroy()
          resolve([...measured, duration])
        },
        onFailed: reject,
      }
      slowRoots.dial({ host: '127.0.0.1', port: server.port, tls: true }, listener)
    })
    assert.ok(clock > 0)
    assert.deepEqual(durations, [0, 0])
  })

  it('says goodbye on destroy(): the server sees an orderly end', async () => {
    const seen = withResolvers<string>()
    await using server = await tlsServer((socket) => {
      socket.on('end', () => seen.resolve('end'))
      socket.on('error', (error) => seen.resolve(error.message))
      socket.resume()
    })
    const connection = await connect(dialer(), { host: 'localhost', port: server.port, tls: true })
    connection.setListener(new Recorder())
    connection.destroy()
    assert.equal(await seen.promise, 'end')
  })

  it('sends what was written when it is destroyed in the turn in which it was made, and the goodbye', async () => {
    const seen = withResolvers<string>()
    await using server = await tlsServer((socket) => {
      let text = ''
      socket.on('data', (data) => {
        text += data
      })
      socket.on('end', () => seen.resolve(`${text}, end`))
      socket.on('error', (error) => seen.resolve(error.message))
    })
    dialer().dial(
      { host: 'localhost', port: server.port, tls: true },
      {
        onConnected: (connection: Connection) => {
          connection.write('hello')
          connection.destroy()
        },
        onFailed: (error: Error) => seen.resolve(error.message),
      },
    )
    assert.equal(await seen.promise, 'hello, end')
  })

  it('fails pending writes at destroy', async () => {
    await using server = await tlsServer((socket) => socket.pause())
    const connection = await connect(dialer(), { host: 'localhost', port: server.port, tls: true })
    const recorder = new Recorder()
    connection.setListener(recorder)
    const errors: (string | null)[] = []
    connection.write('small', (error) => errors.push(error?.message ?? null))
    connection.write(Buffer.alloc(32 * 1024 * 1024), (error) => errors.push(error?.message ?? null))
    await pause(100)
    connection.destroy()
    await recorder.event('close')
    assert.equal(errors.length, 2)
    assert.equal(errors[0], null)
    assert.match(errors[1]!, /use of closed network connection$/)
  })

  it('reports a reset like one without TLS', async () => {
    await using server = await tlsServer(() => {})
    const connection = await connect(dialer(), { host: 'localhost', port: server.port, tls: true })
    const recorder = new Recorder()
    connection.setListener(recorder)
    await pause(20)
    for (const socket of server.sockets) socket.resetAndDestroy()
    await recorder.event('close')
    assert.deepEqual(recorder.events, ['error', 'close'])
    assert.match(
      recorder.error!.message,
      /^read tcp 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+: read: connection reset by peer$/,
    )
  })
})

describe('TLS handshake failures', () => {
  it('TCP-69 an unknown authority', async () => {
    await using server = await tlsServer(echo)
    const untrusting = dialer({}, { environment: {} })
    const { error } = await dial(untrusting, { host: 'localhost', port: server.port, tls: true })
    assert.equal(error!.message, `${VERIFY}certificate signed by unknown authority`)
  })

  it('a certificate for other names', async () => {
    await using server = await tlsServer(echo)
    const hosts = { 'other.test': '127.0.0.1', 'a.sock.test': '127.0.0.1', 'a.b.sock.test': '127.0.0.1' }
    const text = (host: string) => `${VERIFY}certificate is valid for localhost, *.sock.test, not ${host}`
    assert.equal(await handshakeError(server, 'other.test', { hosts }), text('other.test'))
    assert.equal(await handshakeError(server, 'a.b.sock.test', { hosts }), text('a.b.sock.test'))
    const connection = await connect(dialer({ hosts }), { host: 'a.sock.test', port: server.port, tls: true })
    connection.destroy()
  })

  it('a certificate for other addresses, or for none', async () => {
    const server = new X509Certificate(fixture('server.pem'))
    assert.equal(nameFailure(server, '127.0.0.1'), null)
    assert.match(
      nameFailure(server, '10.0.0.1')!,
      /^x509: certificate is valid for 127\.0\.0\.1, .*1, not 10\.0\.0\.1$/,
    )
    const unnamed = new X509Certificate(fixture('no-names.pem'))
    const legacy = 'x509: certificate relies on legacy Common Name field, use SANs instead'
    assert.equal(nameFailure(unnamed, 'localhost'), legacy)
    const noAddress = "x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs"
    assert.equal(nameFailure(unnamed, '10.0.0.1'), noAddress)
  })

  it('an expired certificate, which counts before anything else', async () => {
    await using server = await tlsServer(echo, { cert: fixture('expired.pem'), key: fixture('expired.key') })
    const expired =
      /^tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time \S+Z is after 2021-01-01T00:00:00Z$/
    assert.match(await handshakeError(server), expired)
    assert.match(await handshakeError(server, 'x.test', { hosts: { 'x.test': '127.0.0.1' } }), expired)
  })

  it('TCP-71 a server that echoes or talks plain text', async () => {
    await using echoing = await tcpServer(echo)
    assert.match(await handshakeError(echoing), /^tls: /)
    await using talking = await tcpServer((socket) => socket.write('220 mail.test ESMTP ready, say hello please\r\n'))
    assert.equal(await handshakeError(talking), 'tls: first record does not look like a TLS handshake')
    await using http = await tcpServer((socket) => {
      socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    })
    assert.equal(await handshakeError(http), 'tls: first record does not look like a TLS handshake')
  })

  it('a server that closes or resets', async () => {
    await using closing = await tcpServer((socket) => socket.end())
    assert.equal(await handshakeError(closing), 'EOF')
    await using resetting = await tcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()))
    assert.match(
      await handshakeError(resetting),
      /^read tcp 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+: read: connection reset by peer$/,
    )
  })

  it('an alert of the server', async () => {
    await using server = await tlsServer(echo, { maxVersion: 'TLSv1.2' })
    const text = 'remote error: tls: protocol version not supported'
    assert.equal(await handshakeError(server, 'localhost', { tlsVersion: 'tls1.3' }), text)
  })

  it('a file of roots that cannot be read', async () => {
    await using server = await tlsServer(echo)
    const broken = dialer({}, { environment: { SSL_CERT_FILE: '/does/not/exist.pem' } })
    const { error, phase } = await dial(broken, { host: 'localhost', port: server.port, tls: true })
    assert.equal(phase, 'tls')
    assert.match(error!.message, /the file of SSL_CERT_FILE cannot be read: .*\/does\/not\/exist\.pem/)
  })

  it('gives the alerts of OpenSSL the names of Go', () => {
    const text = (code: string) => recordFailureText(Object.assign(new Error('x'), { code }))
    assert.equal(text('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'), 'remote error: tls: handshake failure')
    assert.equal(text('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'remote error: tls: certificate required')
    assert.equal(text('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), 'remote error: tls: unknown certificate authority')
    assert.equal(text('ERR_SSL_TLSV1_UNRECOGNIZED_NAME'), 'remote error: tls: unrecognized name')
    assert.equal(text('ECONNRESET'), null)
  })
})

describe('TLS options', () => {
  it('TCP-70 sends the host as SNI, none for an address; NET-01 also for a mapped name; NET-18 ALPN is http/1.1 only', async () => {
    const offered: [string | false | null, string | false | null][] = []
    const protocols: string[][] = []
    await using server = await tlsServer((socket) => offered.push([socket.servername, socket.alpnProtocol]), {
      ALPNCallback: (request) => {
        protocols.push(request.protocols)
        return request.protocols[0]
      },
    })
    const one = dialer({ hosts: { 'a.sock.test': '127.0.0.1' } })
    for (const host of ['a.sock.test', '127.0.0.1']) {
      const connection = await connect(one, { host, port: server.port, tls: true })
      await pause(20)
      connection.destroy()
    }
    assert.deepEqual(offered, [
      ['a.sock.test', 'http/1.1'],
      [false, 'http/1.1'],
    ])
    assert.deepEqual(protocols, [['http/1.1'], ['http/1.1']])
  })

  it('uses the server name of the request instead of the host when given', async () => {
    await using server = await tlsServer(echo)
    const request = { host: '127.0.0.1', port: server.port, tls: { serverName: 'other.test' } }
    const { error } = await dial(dialer(), request)
    assert.match(error!.message, /not other\.test$/)
  })

  it('writes the secrets of connections to SSLKEYLOGFILE', async () => {
    await using server = await tlsServer(echo)
    const folder = await mkdtemp(join(tmpdir(), 'net-keylog-'))
    const path = join(folder, 'keys.log')
    const environment = { SSLKEYLOGFILE: path, SSL_CERT_FILE: fixturePath('ca.pem') }
    const connection = await connect(dialer({}, { environment }), { host: 'localhost', port: server.port, tls: true })
    connection.destroy()
    assert.match(await readFile(path, 'utf8'), /^CLIENT_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]{64} [0-9a-f]+$/m)
    assert.match(keyLogWarning(environment)!, /^TLS secrets are written to .*keys\.log/)
    assert.equal(keyLogWarning({}), null)
    const nowhere = dialer({}, { environment: { SSLKEYLOGFILE: join(folder, 'no', 'where') } })
    const { error } = await dial(nowhere, { host: 'localhost', port: server.port, tls: true })
    assert.match(error!.message, /^tls: ENOENT/)
    await rm(folder, { recursive: true })
  })

  it('NET-12 insecureSkipTLSVerify accepts everything', async () => {
    await using server = await tlsServer(echo, { cert: fixture('expired.pem'), key: fixture('expired.key') })
    const one = dialer({ insecureSkipTLSVerify: true, hosts: { 'x.test': '127.0.0.1' } }, { environment: {} })
    const connection = await connect(one, { host: 'x.test', port: server.port, tls: true })
    connection.destroy()
  })

  it('NET-12 tlsVersion decides the protocol, down to TLS 1.0', async () => {
    const versions: (string | null)[] = []
    const onSocket = (socket: TLSSocket) => versions.push(socket.getProtocol())
    await using server = await tlsServer(onSocket, { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' })
    for (const tlsVersion of ['tls1.0', 'tls1.1', 'tls1.2', 'tls1.3', { max: 'tls1.2' }, { min: 'tls1.2' }]) {
      const connection = await connect(dialer({ tlsVersion }), { host: 'localhost', port: server.port, tls: true })
      await pause(20)
      connection.destroy()
    }
    assert.deepEqual(versions, ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3', 'TLSv1.2', 'TLSv1.3'])
  })

  it('NET-12 tlsCipherSuites chooses among those of TLS 1.2 and leaves TLS 1.3 alone', async () => {
    const used: string[] = []
    await using server = await tlsServer((socket) => used.push(socket.getCipher().standardName))
    const tlsCipherSuites = ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256']
    for (const tlsVersion of ['tls1.2', 'tls1.3']) {
      const one = dialer({ tlsVersion, tlsCipherSuites })
      const connection = await connect(one, { host: 'localhost', port: server.port, tls: true })
      await pause(20)
      connection.destroy()
    }
    assert.deepEqual(used, ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'TLS_AES_256_GCM_SHA384'])
  })

  it('NET-13 presents the client certificate to every server that asks', async () => {
    const names: string[] = []
    const options = { requestCert: true, rejectUnauthorized: true, ca: fixture('ca.pem') }
    await using server = await tlsServer(
      (socket) => names.push(String(socket.getPeerCertificate().subject.CN)),
      options,
    )
    const certificate = { cert: fixture('client.pem'), domains: ['elsewhere.test'] }
    const plain = { ...certificate, key: fixture('client.key') }
    const encrypted = { ...certificate, key: fixture('client-encrypted.key'), password: 'secret' }
    for (const entry of [plain, encrypted]) {
      const connection = await connect(dialer({ tlsAuth: [entry] }), {
        host: 'localhost',
        port: server.port,
        tls: true,
      })
      await pause(20)
      connection.destroy()
    }
    assert.deepEqual(names, ['sockeye client', 'sockeye client'])
  })

  it('a server that misses a client certificate says so: at once before TLS 1.3, on reading with it', async () => {
    const options = { requestCert: true, rejectUnauthorized: true, ca: fixture('ca.pem') }
    await using server = await tlsServer(echo, options)
    assert.match(
      await handshakeError(server, 'localhost', { tlsVersion: 'tls1.2' }),
      /^remote error: tls: |^EOF$|reset by peer/,
    )
    const connection = await connect(dialer(), { host: 'localhost', port: server.port, tls: true })
    const recorder = new Recorder()
    connection.setListener(recorder)
    await recorder.event('close')
    assert.match(recorder.error!.message, /^remote error: tls: certificate required$|reset by peer/)
  })
})
