import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'
import { echoServer, refusedPort, type TcpServer, tlsEchoServer } from '../helpers/tcp-server.js'
import { type WebSocketServer, webSocketServer } from '../helpers/websocket-server.js'
import { ALL_OK, dial } from './net-support.js'

describe('hosts, blockHostnames, blacklistIPs', () => {
  let tcp: TcpServer
  let ws: WebSocketServer
  before(async () => {
    tcp = await echoServer()
    ws = await webSocketServer({})
  })
  after(async () => {
    await tcp[Symbol.asyncDispose]()
    await ws[Symbol.asyncDispose]()
  })
  const named = (name: string) => ({ tcp: `${name}:${tcp.port}`, url: `ws://${name}:${ws.port}/` })

  it('NET-01 hosts maps a name in any case for all three modules; tags and the Host header keep the name', async () => {
    const before = ws.peers.length
    const result = await dial(named('App.Test'), { options: { hosts: { 'aPP.test': '127.0.0.1' } }, samples: true })
    assert.deepEqual(result.outcome, ALL_OK)
    for (const peer of ws.peers.slice(before)) assert.equal(peer.header('Host'), `App.Test:${ws.port}`)
    assert.equal(ws.peers.length - before, 2)
    assert.equal(result.samplesOf('tcp_socket_connecting')[0]?.tags['host'], 'App.Test')
    for (const { tags } of result.samplesOf('ws_connecting')) assert.equal(tags['url'], `ws://App.Test:${ws.port}/`)
  })

  it('NET-01 the server name of TLS keeps the name too', async () => {
    await using server = await tlsEchoServer()
    await dial(
      { tcp: `app.test:${server.port}`, url: `wss://app.test:${server.port}/`, tls: true },
      { options: { hosts: { 'app.test': '127.0.0.1' }, insecureSkipTLSVerify: true } },
    )
    assert.deepEqual(
      server.handshakes.map(({ serverName }) => serverName),
      ['app.test', 'app.test', 'app.test'],
    )
  })

  it('NET-02 a wildcard maps names below a domain and not the domain', async () => {
    const options = { hosts: { '*.w.test': '127.0.0.1' } }
    assert.deepEqual((await dial(named('a.w.test'), { options })).outcome, ALL_OK)
    assert.deepEqual((await dial(named('a.b.w.test'), { options })).outcome, ALL_OK)
    const { outcome } = await dial(named('w.test'), { options })
    for (const text of Object.values(outcome))
      assert.match(text, /lookup w\.test.*(no such host|server misbehaving|temporary)/)
  })

  it('NET-03 an address with a port redirects the port, in all three modules', async () => {
    const refused = await refusedPort()
    const { outcome } = await dial(
      { tcp: `tcp.test:${refused}`, url: `ws://ws.test:${refused}/` },
      { options: { hosts: { 'tcp.test': `127.0.0.1:${tcp.port}`, 'ws.test': `127.0.0.1:${ws.port}` } } },
    )
    assert.deepEqual(outcome, ALL_OK)
  })

  it('NET-04 a key with a port applies to that port only, before the key without', async () => {
    const refused = await refusedPort()
    const { outcome } = await dial(named('app.test'), {
      options: {
        hosts: {
          'app.test': `127.0.0.1:${refused}`,
          [`app.test:${tcp.port}`]: '127.0.0.1',
          [`app.test:${ws.port}`]: '127.0.0.1',
        },
      },
    })
    assert.deepEqual(outcome, ALL_OK)
    const other = await dial(named('app.test'), { options: { hosts: { 'app.test:1': '127.0.0.1' } } })
    for (const text of Object.values(other.outcome)) assert.match(text, /lookup app\.test/)
  })

  it('NET-05 hosts maps an IPv4 address', async () => {
    const { outcome } = await dial(named('192.0.2.7'), { options: { hosts: { '192.0.2.7': '127.0.0.1' } } })
    assert.deepEqual(outcome, ALL_OK)
  })

  it('NET-06 blockHostnames refuses names, exact and with a wildcard, also mapped ones, and no addresses', async () => {
    const hosts = { 'Bad.test': '127.0.0.1', 'a.worse.test': '127.0.0.1' }
    const options = { hosts, blockHostnames: ['BAD.test', '*.worse.test'] }
    for (const [name, pattern] of [
      ['Bad.test', 'bad.test'],
      ['a.worse.test', '*.worse.test'],
    ] as const) {
      const { outcome } = await dial(named(name), { options })
      const text = `hostname (${name}) is in a blocked pattern (${pattern})`
      for (const module of ['tcp', 'ws', 'websockets'] as const) {
        assert.ok(outcome[module]?.includes(text), `${module}: ${outcome[module]}`)
      }
    }
    assert.deepEqual((await dial(named('127.0.0.1'), { options: { blockHostnames: ['*'] } })).outcome, ALL_OK)
  })

  it('NET-07 blacklistIPs refuses addresses, those of hosts, and those that a name resolves to', async () => {
    const options = { hosts: { 'app.test': '127.0.0.1' }, blacklistIPs: ['10.0.0.0/8', '127.0.0.0/24', '::1/128'] }
    for (const name of ['127.0.0.1', 'app.test']) {
      const { outcome } = await dial(named(name), { options })
      for (const module of ['tcp', 'ws', 'websockets'] as const) {
        const text = 'IP (127.0.0.1) is in a blacklisted range (127.0.0.0/24)'
        assert.ok(outcome[module]?.includes(text), `${module}: ${outcome[module]}`)
      }
    }
    const { outcome } = await dial(named('localhost'), { options })
    for (const text of Object.values(outcome)) assert.match(text, /IP \((127\.0\.0\.1|::1)\) is in a blacklisted range/)
  })

  const INVALID: readonly (readonly [string, object, string, number])[] = [
    ['hosts pattern', { hosts: { 'a*': '127.0.0.1' } }, "invalid host pattern 'a*'", 104],
    ['address in hosts', { hosts: { a: 'not an address' } }, 'not an address', 104],
    ['pattern in blockHostnames', { blockHostnames: ['a*'] }, "invalid hostname pattern 'a*'", 104],
    [
      'range in blacklistIPs',
      { blacklistIPs: ['10.0.0.1'] },
      "failed to parse CIDR '10.0.0.1': invalid CIDR address: 10.0.0.1",
      104,
    ],
    ['tlsVersion', { tlsVersion: 'tls9' }, "unknown TLS version 'tls9'", 104],
    ['tlsVersion.min', { tlsVersion: { min: 'x', max: 'tls1.3' } }, "unknown TLS version 'x'", 104],
    ['tlsCipherSuites', { tlsCipherSuites: ['TLS_FANTASY'] }, "unknown cipher suite 'TLS_FANTASY'", 104],
    ['dns.ttl', { dns: { ttl: 'soon' } }, 'invalid DNS TTL: soon', 255],
    ['dns.ttl below 0', { dns: { ttl: '-1s' } }, 'invalid DNS TTL: -1s', 255],
    ['dns.select', { dns: { select: 'last' } }, 'last does not belong to DNSSelect values', 104],
    ['dns.policy', { dns: { policy: 'ipv5' } }, 'ipv5 does not belong to DNSPolicy values', 104],
    ['tlsAuth', { tlsAuth: [{ cert: 'x', key: 'y' }] }, 'tls: failed to find any PEM data in certificate input', 104],
  ]
  for (const [what, options, text, exitCode] of INVALID) {
    it(`NET-08 an invalid ${what} stops the test before it begins`, async () => {
      const result = await runScript(
        `export const options = ${JSON.stringify(options)}
         export default function () { console.log('iteration') }`,
        { name: 's.js' },
      )
      assert.ok(result.errors.join('\n').includes(text), result.errors.join('\n'))
      assert.equal(result.exitCode, exitCode)
      assert.deepEqual(result.console, [])
      assert.doesNotMatch(result.stdout, /TOTAL RESULTS/)
    })
  }
})
