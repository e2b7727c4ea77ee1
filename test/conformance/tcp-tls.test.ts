import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runTcpScript } from '../helpers/tcp-script.js'
import { echoServer, scriptedServer, tlsEchoServer, tlsFixture } from '../helpers/tcp-server.js'

const SKIP_VERIFY = { insecureSkipTLSVerify: true }

describe('k6/x/tcp: TLS', () => {
  it('TCP-69 echoes over TLS when the certificate need not be verified', async () => {
    await using server = await tlsEchoServer()
    const { reported, samplesOf, summary } = await runTcpScript(
      `
      const s = new Socket()
      const answer = new Promise((resolve) => s.on('data', (d) => resolve(text(d))))
      await s.connect({ port: PORT, host: HOST, tls: 'yes' })
      await s.write('a secret')
      report('answer', await answer)
      report('state', [s.ready_state, s.remote_port, s.bytes_written, s.bytes_read])
      s.destroy()`,
      { port: server.port, options: SKIP_VERIFY, samples: true },
    )
    assert.equal(reported['answer'], 'a secret')
    assert.deepEqual(reported['state'], ['open', server.port, 8, 8])
    assert.equal(samplesOf('tcp_socket_connecting').length, 1)
    assert.ok(summary.metrics['data_sent']!['count']! > 200, 'the handshake counts as data')
  })

  it('TCP-69 rejects a certificate that nobody trusts, and the socket can try again', async () => {
    await using server = await tlsEchoServer()
    await using plain = await echoServer()
    const { reported, tcpCounts, summary } = await runTcpScript(
      `
      const s = new Socket()
      const heard = events(s)
      await reportError('rejection', s.connect({ port: PORT, host: HOST, tls: true }))
      report('state', s.ready_state)
      await pause(20)
      report('events', heard)
      await s.connect(__ENV.PLAIN, HOST)
      s.destroy()`,
      { port: server.port, env: { PLAIN: String(plain.port) }, samples: true },
    )
    assert.equal(reported['rejection'].method, 'connect')
    assert.match(reported['rejection'].message, /^TLS handshake failed: tls: failed to verify certificate: x509: /)
    assert.equal(reported['state'], 'disconnected')
    assert.deepEqual(reported['events'], ['error'])
    assert.equal(tcpCounts['tcp_errors'], 1)
    assert.equal(tcpCounts['tcp_sockets'], 1)
    assert.ok(summary.metrics['data_received']!['count']! > 500, 'the failed handshake counts as data')
  })

  it('TCP-70 asks for the host by name but not by address, and offers http/1.1', async () => {
    await using server = await tlsEchoServer()
    await runTcpScript(
      `
      for (const host of ['localhost', 'mapped.test', '127.0.0.1']) {
        const s = new Socket()
        await s.connect({ port: PORT, host, tls: true })
        s.destroy()
      }`,
      { port: server.port, options: { ...SKIP_VERIFY, hosts: { 'mapped.test': '127.0.0.1' } } },
    )
    assert.deepEqual(
      server.handshakes.map(({ serverName }) => serverName),
      ['localhost', 'mapped.test', false],
    )
    assert.deepEqual(
      server.handshakes.map(({ protocol }) => protocol),
      Array(3).fill('http/1.1'),
    )
  })

  it('uses the TLS options of the test: version and client certificate', async () => {
    await using server = await tlsEchoServer({ requestCert: true, ca: tlsFixture('ca.pem'), rejectUnauthorized: true })
    await runTcpScript(
      `
      const s = new Socket()
      const answer = new Promise((resolve) => s.on('data', resolve))
      await s.connect({ port: PORT, host: 'localhost', tls: true })
      await s.write('x')
      await answer
      s.destroy()`,
      {
        port: server.port,
        options: {
          ...SKIP_VERIFY,
          tlsVersion: { min: 'tls1.2', max: 'tls1.2' },
          tlsAuth: [{ cert: tlsFixture('client.pem'), key: tlsFixture('client.key') }],
        },
      },
    )
    assert.equal(server.handshakes[0]?.version, 'TLSv1.2')
    assert.equal(typeof server.handshakes[0]?.certificate, 'string')
  })

  it('TCP-71 a server that speaks no TLS is a failed handshake, after which the socket is disconnected', async () => {
    await using server = await echoServer()
    await using talker = await scriptedServer(({ socket }) => socket.write('220 welcome\\r\\n'))
    const { reported } = await runTcpScript(
      `
      for (const [name, port] of [['echo', PORT], ['talker', Number(__ENV.TALKER)]]) {
        const s = new Socket()
        const heard = events(s)
        await reportError(name, s.connect({ port, host: HOST, tls: true }))
        await pause(10)
        report(name + ' after', [s.ready_state, heard])
      }`,
      { port: server.port, env: { TALKER: String(talker.port) }, options: SKIP_VERIFY },
    )
    for (const name of ['echo', 'talker']) {
      assert.match(reported[name].message, /^TLS handshake failed: /)
      assert.deepEqual(reported[`${name} after`], ['disconnected', ['error']])
    }
  })

  it('destroy during the handshake rejects and closes', async () => {
    await using silent = await scriptedServer(() => {})
    const { reported } = await runTcpScript(
      `
      const s = new Socket()
      const heard = events(s)
      const attempt = s.connect({ port: PORT, host: HOST, tls: true })
      await pause(50)
      report('state', s.ready_state)
      s.destroy()
      await reportError('rejection', attempt)
      await pause(10)
      report('events', heard)`,
      { port: silent.port },
    )
    assert.equal(reported['state'], 'opening')
    assert.equal(reported['rejection'].message, 'socket destroyed before connection was established')
    assert.deepEqual(reported['events'], ['close'])
  })
})
