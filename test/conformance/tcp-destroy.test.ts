import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runTcpScript } from '../helpers/tcp-script.js'
import { echoServer, scriptedServer } from '../helpers/tcp-server.js'

describe('k6/x/tcp: destroy', () => {
  it('TCP-54 TCP-56 TCP-58 is done when it returns, fires close once and later, and sends an orderly FIN', async () => {
    await using server = await echoServer()
    const { reported, samplesOf } = await runTcpScript(
      `
      const s = await open()
      const received = new Promise((resolve) => s.on('data', resolve))
      await s.write('hello')
      await received
      const state = () => [s.ready_state, s.connected, s.local_ip, s.local_port, s.remote_ip, s.remote_port, s.bytes_written,
        s.bytes_read]
      let closes = 0
      s.on('close', () => {
        closes++
        report('inClose', state())
      })
      report('results', [s.destroy(), s.destroy()])
      report('after', state())
      report('closesAtOnce', closes)
      await pause(30)
      s.destroy()
      await pause(30)
      report('closes', closes)`,
      { port: server.port, samples: true },
    )
    const destroyed = ['destroyed', false, ...Array(4).fill('undefined'), 5, 5]
    assert.deepEqual(reported['results'], ['undefined', 'undefined'])
    assert.deepEqual(reported['after'], destroyed)
    assert.deepEqual(reported['inClose'], destroyed)
    assert.equal(reported['closesAtOnce'], 0)
    assert.equal(reported['closes'], 1)
    assert.equal(samplesOf('tcp_socket_duration').length, 1)
    assert.equal(await server.clients[0]?.gone, 'fin')
  })

  it('TCP-55 of a socket that never connected fires close and emits no duration', async () => {
    const { reported, tcpCounts } = await runTcpScript(
      `
      const s = new Socket()
      const heard = events(s)
      s.destroy()
      report('atOnce', heard.length)
      await pause(10)
      report('events', heard)`,
      { samples: true },
    )
    assert.equal(reported['atOnce'], 0)
    assert.deepEqual(reported['events'], ['close'])
    assert.deepEqual(tcpCounts, {})
  })

  it('TCP-57 no data event comes after it, also of what had arrived before', async () => {
    await using server = await scriptedServer(({ socket }) => {
      socket.write('one')
      setTimeout(() => socket.write('two'), 30)
      setTimeout(() => socket.write('three'), 60)
    })
    const { reported } = await runTcpScript(
      `
      const s = new Socket()
      let events = ''
      s.on('data', () => {
        events += 'data '
        s.destroy()
      })
      const closed = new Promise((resolve) => s.on('close', () => { events += 'close'; resolve() }))
      await s.connect(PORT, HOST)
      sleep(0.2)
      report('read', s.bytes_read)
      await closed
      await pause(20)
      report('events', events)`,
      { port: server.port },
    )
    assert.ok(reported['read'] > 3, 'more than the first message had arrived')
    assert.equal(reported['events'], 'data close')
  })
})
