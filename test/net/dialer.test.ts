import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect, dial, dialer, echo, Recorder, tcpServer, tlsServer } from './support.js'

describe('dialer', () => {
  it('connects, sends and receives', async () => {
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
    connection.destroy()
    await recorder.event('close')
    assert.deepEqual(recorder.events, ['close'])
  })

  it('connects under TLS and echoes', async () => {
    await using server = await tlsServer(echo)
    const connection = await connect(dialer(), { host: 'localhost', port: server.port, tls: true })
    const recorder = new Recorder()
    connection.setListener(recorder)
    connection.write('hello')
    await recorder.received(5)
    assert.ok(connection.encrypted)
    const { sent, received } = connection.takeTraffic()
    assert.ok(sent > 200 && received > 500, `${sent}/${received}`)
    connection.destroy()
    await recorder.event('close')
  })

  it('TCP-16 reports a refused port in the words of the reference', async () => {
    const server = await tcpServer(echo)
    await server[Symbol.asyncDispose]()
    const { error, phase, calls } = await dial(dialer(), { port: server.port })
    assert.equal(error!.message, `dial tcp 127.0.0.1:${server.port}: connect: connection refused`)
    assert.equal(phase, 'connect')
    assert.deepEqual(calls, ['resolved', 'failed'])
  })
})
