import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DialListener } from '../../src/net/dialer.js'
import type { LookupFunction } from '../../src/net/resolver.js'
import { connect, dial, dialer, echo, pause, Recorder, tcpServer } from './support.js'

/** Every name is at 127.0.0.1. */
const localLookup: LookupFunction = (_name, callback) => {
  setImmediate(callback, null, [{ address: '127.0.0.1', family: 4 }])
}

async function closedPort(): Promise<number> {
  const server = await tcpServer(echo)
  await server[Symbol.asyncDispose]()
  return server.port
}

describe('dialer', () => {
  it('TCP-07 connects, knows both endpoints, sends and receives', async () => {
    await using server = await tcpServer(echo)
    const connection = await connect(dialer(), { port: server.port })
    const recorder = new Recorder()
    connection.setListener(recorder)
    connection.write('hello')
    await recorder.received(5)
    assert.equal(recorder.bytes.toString(), 'hello')
    assert.equal(connection.remoteAddress, '127.0.0.1')
    assert.equal(connection.remotePort, server.port)
    assert.equal(connection.localAddress, '127.0.0.1')
    assert.ok(connection.localPort > 0)
    assert.equal(connection.encrypted, false)
    connection.destroy()
    await recorder.event('close')
    assert.deepEqual(recorder.events, ['close'])
  })

  it('TCP-10 resolves localhost, and brackets around IPv6 literals do not matter', async () => {
    await using server = await tcpServer(echo)
    const { connection, ip, calls } = await dial(dialer(), { host: 'localhost', port: server.port })
    assert.equal(ip, '127.0.0.1')
    assert.deepEqual(calls, ['resolved', 'tcp', 'connected'])
    connection!.destroy()
    const { error } = await dial(dialer({ blacklistIPs: ['::/0'] }), { host: '[::1]' })
    assert.equal(error!.message, 'IP (::1) is in a blacklisted range (::/0)')
  })

  it('TCP-11 fails to resolve an empty name', async () => {
    const { error, phase, calls } = await dial(dialer(), { host: '' })
    assert.equal(error!.message, 'lookup : no such host')
    assert.equal(phase, 'resolve')
    assert.deepEqual(calls, ['failed'])
  })

  it('TCP-14 dials port 0 and fails', async () => {
    const { error, phase } = await dial(dialer(), { port: 0 })
    assert.match(error!.message, /^dial tcp 127\.0\.0\.1:0: connect: /)
    assert.equal(phase, 'connect')
  })

  it('TCP-15 rejects impossible ports when it comes to dialling', async () => {
    for (const port of [70_000, -1]) {
      const { error, phase } = await dial(dialer(), { port })
      assert.equal(error!.message, `dial tcp: address ${port}: invalid port`)
      assert.equal(phase, 'connect')
    }
  })

  it('TCP-16 reports a refused port in the words of the reference', async () => {
    const port = await closedPort()
    const { error, phase, calls } = await dial(dialer(), { port })
    assert.equal(error!.message, `dial tcp 127.0.0.1:${port}: connect: connection refused`)
    assert.equal(error!.code, 'ECONNREFUSED')
    assert.equal(phase, 'connect')
    assert.deepEqual(calls, ['resolved', 'failed'])
  })

  it('puts IPv6 addresses in brackets in messages', async () => {
    const { error } = await dial(dialer(), { host: '::1', port: 1 })
    assert.match(error!.message, /^dial tcp \[::1\]:1: connect: /)
  })

  it('names the limit when the peer never answers', async () => {
    const messages: string[] = []
    const listener: DialListener = {
      onResolved: () => queueMicrotask(() => dialing.timedOut()),
      onConnected: () => assert.fail('connected'),
      onFailed: (error, phase) => messages.push(`${phase}: ${error.message}`),
    }
    const dialing = dialer().dial({ host: '127.0.0.1', port: await closedPort(), tls: false }, listener)
    await pause(50)
    assert.equal(messages.length, 1)
    assert.match(messages[0]!, /^connect: dial tcp 127\.0\.0\.1:\d+: i\/o timeout$/)
  })

  it('calls nothing inside dial() and nothing after cancel()', async () => {
    await using server = await tcpServer(echo)
    const calls: string[] = []
    const listener: DialListener = {
      onResolved: () => {
        calls.push('resolved')
        if (calls.includes('second')) dialing.cancel()
      },
      onConnected: () => calls.push('connected'),
      onFailed: () => calls.push('failed'),
    }
    const request = { host: '127.0.0.1', port: server.port, tls: false }
    let dialing = dialer().dial(request, listener)
    assert.equal(calls.length, 0)
    dialing.cancel()
    await pause(20)
    assert.equal(calls.length, 0)
    calls.push('second')
    dialing = dialer().dial(request, listener)
    await pause(20)
    assert.deepEqual(calls, ['second', 'resolved'])
  })

  it('closes the connection of an attempt that is cancelled half-way', async () => {
    let opened = 0
    let closed = 0
    await using server = await tcpServer((socket) => {
      opened++
      socket.on('close', () => closed++)
      socket.on('end', () => socket.end())
      socket.resume()
    })
    const listener: DialListener = { onResolved() {}, onConnected: () => assert.fail(), onFailed: () => assert.fail() }
    const dialing = dialer().dial({ host: '127.0.0.1', port: server.port, tls: true }, listener)
    for (let i = 0; i < 200 && opened === 0; i++) await pause(5)
    dialing.cancel()
    dialing.cancel()
    for (let i = 0; i < 200 && closed === 0; i++) await pause(5)
    assert.equal(closed, 1)
    const { sent } = dialing.takeTraffic()
    assert.ok(sent > 0, 'the ClientHello counts')
    assert.deepEqual(dialing.takeTraffic(), { sent: 0, received: 0 })
  })

  it('NET-19 opens a new connection for every dial', async () => {
    const ports = new Set<number>()
    await using server = await tcpServer((socket) => ports.add(socket.remotePort!))
    const one = dialer()
    const connections = [await connect(one, { port: server.port }), await connect(one, { port: server.port })]
    await pause(20)
    assert.equal(ports.size, 2)
    for (const connection of connections) connection.destroy()
  })
})

describe('dialer and the network rules', () => {
  it('NET-01 hosts maps a name, whatever its case', async () => {
    await using server = await tcpServer(echo)
    const one = dialer({ hosts: { 'Target.test': '127.0.0.1' } })
    const { connection, ip } = await dial(one, { host: 'tARGET.test', port: server.port })
    assert.equal(ip, '127.0.0.1')
    connection!.destroy()
  })

  it('NET-02 a wildcard in hosts matches sub-domains and not the domain itself', async () => {
    await using server = await tcpServer(echo)
    const one = dialer({ hosts: { '*.w.test': '127.0.0.1' } }, { lookup: (_name, callback) => callback(null, []) })
    const { connection } = await dial(one, { host: 'a.w.test', port: server.port })
    connection!.destroy()
    const { error } = await dial(one, { host: 'w.test', port: server.port })
    assert.equal(error!.message, 'lookup w.test: no such host')
  })

  it('NET-03 a port in the value of hosts redirects', async () => {
    await using server = await tcpServer(echo)
    const one = dialer({ hosts: { 'a.test': `127.0.0.1:${server.port}` } })
    const connection = await connect(one, { host: 'a.test', port: 1 })
    assert.equal(connection.remotePort, server.port)
    connection.destroy()
  })

  it('NET-04 a key with a port applies to that port only, and comes before the key without', async () => {
    await using server = await tcpServer(echo)
    const one = dialer({
      hosts: { 'a.test:5': `127.0.0.1:${server.port}`, 'a.test': '127.0.0.2:1', '*': '127.0.0.3:1' },
    })
    const connection = await connect(one, { host: 'a.test', port: 5 })
    connection.destroy()
    const { ip } = await dial(one, { host: 'a.test', port: 6 })
    assert.equal(ip, '127.0.0.2')
  })

  it('NET-05 hosts can remap an IPv4 literal', async () => {
    await using server = await tcpServer(echo)
    const one = dialer({ hosts: { '10.1.2.3': '127.0.0.1' } })
    const connection = await connect(one, { host: '10.1.2.3', port: server.port })
    assert.equal(connection.remoteAddress, '127.0.0.1')
    connection.destroy()
  })

  it('NET-06 blockHostnames blocks names, also mapped ones, and no IP literals', async () => {
    await using server = await tcpServer(echo)
    const one = dialer({
      blockHostnames: ['Bad.test', '*.Evil.test', '*'].slice(0, 2),
      hosts: { 'bad.test': '127.0.0.1' },
    })
    const exact = await dial(one, { host: 'BAD.test', port: server.port })
    assert.equal(exact.error!.message, 'hostname (BAD.test) is in a blocked pattern (bad.test)')
    assert.equal(exact.phase, 'resolve')
    const wildcard = await dial(one, { host: 'x.evil.test', port: server.port })
    assert.equal(wildcard.error!.message, 'hostname (x.evil.test) is in a blocked pattern (*.evil.test)')
    const literal = await connect(dialer({ blockHostnames: ['*'] }), { port: server.port })
    literal.destroy()
  })

  it('NET-07 blacklistIPs rejects literals, mapped and resolved names', async () => {
    const one = dialer({ blacklistIPs: ['127.0.3.9/16'], hosts: { 'a.test': '127.0.0.1' } }, { lookup: localLookup })
    for (const host of ['127.0.0.1', 'a.test', 'b.test']) {
      const { error, phase, calls } = await dial(one, { host })
      assert.equal(error!.message, 'IP (127.0.0.1) is in a blacklisted range (127.0.0.0/16)')
      assert.equal(phase, 'resolve')
      assert.deepEqual(calls, ['failed'])
    }
  })

  it('NET-09 onlyIPv6 on a name with IPv4 addresses only finds no host', async () => {
    const { error, phase } = await dial(dialer({ dns: { policy: 'onlyIPv6' } }, { lookup: localLookup }), {
      host: 'a.test',
    })
    assert.equal(error!.message, 'lookup a.test: no such host')
    assert.equal(phase, 'resolve')
  })

  it('NET-14 connects from the local address given', async () => {
    const sources: string[] = []
    await using server = await tcpServer((socket) => sources.push(socket.remoteAddress!))
    const connection = await connect(dialer(), { port: server.port, localAddress: '127.0.0.2' })
    assert.equal(connection.localAddress, '127.0.0.2')
    await pause(20)
    assert.deepEqual(sources, ['127.0.0.2'])
    connection.destroy()
  })

  it('shows the local address in messages, and says when it cannot be used', async () => {
    const port = await closedPort()
    const refused = await dial(dialer(), { port, localAddress: '127.0.0.2' })
    assert.equal(refused.error!.message, `dial tcp 127.0.0.2:0->127.0.0.1:${port}: connect: connection refused`)
    const foreign = await dial(dialer(), { port, localAddress: '203.0.113.9' })
    assert.equal(
      foreign.error!.message,
      `dial tcp 203.0.113.9:0->127.0.0.1:${port}: bind: cannot assign requested address`,
    )
    const otherFamily = await dial(dialer(), { port, localAddress: '::1' })
    assert.equal(otherFamily.error!.message, 'dial tcp: address [::1]:0: no suitable address found')
  })
})
