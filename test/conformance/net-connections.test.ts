import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { echoServer, tlsEchoServer, tlsFixture } from '../helpers/tcp-server.js'
import { webSocketServer } from '../helpers/websocket-server.js'
import { ALL_OK, dial } from './net-support.js'

const IP = '127.0.0.1'

describe('TLS options', () => {
  it('NET-12 insecureSkipTLSVerify: without it nobody trusts the server, with it everybody does', async () => {
    await using tcp = await tlsEchoServer()
    await using ws = await webSocketServer({ tls: true })
    const targets = { tcp: `${IP}:${tcp.port}`, url: `wss://${IP}:${ws.port}/`, tls: true }
    const { outcome } = await dial(targets)
    for (const text of Object.values(outcome)) assert.match(text, /x509: certificate signed by unknown authority/)
    assert.equal(Object.keys(outcome).length, 3)
    assert.deepEqual((await dial(targets, { options: { insecureSkipTLSVerify: true } })).outcome, ALL_OK)
  })

  it('NET-12 tlsVersion and tlsCipherSuites apply to all three modules', async () => {
    await using server = await tlsEchoServer()
    const targets = { tcp: `${IP}:${server.port}`, url: `wss://${IP}:${server.port}/`, tls: true }
    const insecureSkipTLSVerify = true
    await dial(targets, { options: { insecureSkipTLSVerify, tlsVersion: 'tls1.2' } })
    await dial(targets, { options: { insecureSkipTLSVerify, tlsVersion: { min: 'tls1.3', max: 'tls1.3' } } })
    assert.deepEqual(
      server.handshakes.map(({ version }) => version),
      ['TLSv1.2', 'TLSv1.2', 'TLSv1.2', 'TLSv1.3', 'TLSv1.3', 'TLSv1.3'],
    )
    await using picky = await tlsEchoServer({
      maxVersion: 'TLSv1.2',
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256',
    })
    const { outcome } = await dial(
      { tcp: `${IP}:${picky.port}`, url: `wss://${IP}:${picky.port}/`, tls: true },
      { options: { insecureSkipTLSVerify, tlsCipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'] } },
    )
    for (const text of Object.values(outcome)) assert.match(text, /handshake failure/)
    assert.equal(Object.keys(outcome).length, 3)
  })

  it('NET-13 the certificate of tlsAuth is shown to every server that asks, whatever its domains', async () => {
    await using server = await tlsEchoServer({ requestCert: true, rejectUnauthorized: false })
    await dial(
      { tcp: `${IP}:${server.port}`, url: `wss://${IP}:${server.port}/`, tls: true },
      {
        options: {
          insecureSkipTLSVerify: true,
          tlsAuth: [{ cert: tlsFixture('client.pem'), key: tlsFixture('client.key'), domains: ['other.test'] }],
        },
      },
    )
    const names = server.handshakes.map(({ certificate }) => certificate)
    assert.equal(names.length, 3)
    assert.ok(names[0] !== undefined && names[0] !== '')
    assert.deepEqual(new Set(names).size, 1)
  })

  it('NET-18 offers http/1.1 and nothing else', async () => {
    const offered: string[][] = []
    await using server = await tlsEchoServer({
      ALPNProtocols: undefined,
      ALPNCallback: ({ protocols }) => {
        offered.push(protocols)
        return 'http/1.1'
      },
    })
    await dial(
      { tcp: `${IP}:${server.port}`, url: `wss://${IP}:${server.port}/`, tls: true },
      { options: { insecureSkipTLSVerify: true } },
    )
    assert.deepEqual(offered, [['http/1.1'], ['http/1.1'], ['http/1.1']])
  })
})

describe('connections', () => {
  it('NET-14 --local-ips: virtual users take the addresses in turn', async () => {
    await using tcp = await echoServer()
    await using ws = await webSocketServer({})
    await dial(
      { tcp: `${IP}:${tcp.port}`, url: `ws://${IP}:${ws.port}/` },
      {
        flags: ['--local-ips', '127.0.0.2,127.0.0.3'],
        options: { scenarios: { s: { executor: 'per-vu-iterations', vus: 3, iterations: 1 } } },
      },
    )
    const count = (addresses: readonly (string | undefined)[]): Record<string, number> => {
      const counts: Record<string, number> = {}
      for (const address of addresses) counts[String(address)] = (counts[String(address)] ?? 0) + 1
      return counts
    }
    const addresses = tcp.clients.map(({ remoteAddress }) => remoteAddress)
    assert.deepEqual(count(addresses), { '127.0.0.2': 2, '127.0.0.3': 1 })
    assert.deepEqual(count(ws.peers.map(({ remoteAddress }) => remoteAddress)), { '127.0.0.2': 4, '127.0.0.3': 2 })
  })

  it('NET-15 NET-17 an echo of 5 bytes counts 5 and 5, one sample each per iteration with the tags of the VU only', async () => {
    await using tcp = await echoServer()
    const result = await dial(
      { tcp: `${IP}:${tcp.port}` },
      { samples: true, options: { iterations: 3, tags: { run: 'mine' } } },
    )
    for (const metric of ['data_sent', 'data_received']) {
      const samples = result.samplesOf(metric)
      assert.deepEqual(
        samples.map(({ value }) => value),
        [5, 5, 5],
      )
      for (const { tags } of samples) assert.deepEqual(tags, { run: 'mine', scenario: 'default', group: '' })
    }
  })

  it('NET-16 WebSocket and TLS traffic counts with its overhead', async () => {
    await using ws = await webSocketServer({})
    await using tls = await tlsEchoServer()
    const plain = await dial({ url: `ws://${IP}:${ws.port}/` }, { samples: true })
    const sent = plain.samplesOf('data_sent')[0]?.value ?? 0
    const requests = ws.peers.reduce((sum, { request }) => sum + Buffer.byteLength(request), 0)
    // Each of the two sends its request, a message of 5 bytes and a close frame, masked.
    assert.ok(sent >= requests + 2 * (6 + 5 + 6), `${sent} for ${requests} of requests`)
    assert.ok((plain.samplesOf('data_received')[0]?.value ?? 0) > 2 * 100)
    const secure = await dial(
      { tcp: `${IP}:${tls.port}`, tls: true },
      { samples: true, options: { insecureSkipTLSVerify: true } },
    )
    assert.ok((secure.samplesOf('data_sent')[0]?.value ?? 0) > 200)
    assert.ok((secure.samplesOf('data_received')[0]?.value ?? 0) > 500)
  })

  it('NET-17 data_sent and data_received are 0 when idle', async () => {
    const result = await dial({}, { samples: true })
    for (const metric of ['data_sent', 'data_received']) {
      assert.deepEqual(
        result.samplesOf(metric).map(({ value }) => value),
        [0],
      )
    }
  })

  it('NET-19 every connect is a new connection, whatever the options about reuse say', async () => {
    for (const reuse of [false, true]) {
      await using tcp = await echoServer()
      await using ws = await webSocketServer({})
      const { outcome } = await dial(
        { tcp: `${IP}:${tcp.port}`, url: `ws://${IP}:${ws.port}/` },
        { options: { iterations: 2, noConnectionReuse: !reuse, noVUConnectionReuse: !reuse } },
      )
      assert.deepEqual(outcome, ALL_OK)
      assert.equal(tcp.clients.length, 2)
      assert.equal(ws.peers.length, 4)
    }
  })

  it('NET-20 systemTags without url takes it from ws samples; host and port of tcp samples stay', async () => {
    await using tcp = await echoServer()
    await using ws = await webSocketServer({})
    const result = await dial(
      { tcp: `${IP}:${tcp.port}`, url: `ws://${IP}:${ws.port}/` },
      { samples: true, options: { systemTags: ['scenario', 'status'] } },
    )
    const tags = result.samplesOf('ws_connecting').map((sample) => sample.tags)
    assert.equal(tags.length, 2)
    for (const tag of tags) assert.ok(!('url' in tag) && tag['status'] === '101', JSON.stringify(tag))
    const connecting = result.samplesOf('tcp_socket_connecting')[0]?.tags
    assert.equal(connecting?.['host'], IP)
    assert.equal(connecting?.['port'], String(tcp.port))
    assert.deepEqual(result.samplesOf('data_sent')[0]?.tags, { scenario: 'default' })
  })
})
