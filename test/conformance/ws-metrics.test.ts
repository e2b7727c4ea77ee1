/** k6/ws: what is measured, and with which tags (statements WS-46 to WS-51 and WS-54). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Sample } from '../helpers/run-script.js'
import { runSession } from './ws-support.js'

const ECHO_ONCE = `(socket) => {
  socket.on('open', () => socket.send('x'))
  socket.on('message', () => socket.close())
}`

function named(samples: readonly Sample[], metric: string): readonly Sample[] {
  return samples.filter((sample) => sample.metric === metric)
}

describe('k6/ws: metrics', () => {
  it('WS-46 and WS-47 a session has url, status, subproto and the tags it was given, and no name', async () => {
    const { samples, peers } = await runSession(
      `ws.connect(url, { tags: { mine: 'a', number: 5, flag: true, url: 'lost' } }, ${ECHO_ONCE})`,
      {},
      { samples: true },
    )
    const url = `ws://${peers[0]!.header('Host')}`
    const expected = {
      flag: 'true',
      group: '',
      mine: 'a',
      number: '5',
      scenario: 'default',
      status: '101',
      subproto: '',
      url,
    }
    for (const metric of ['ws_sessions', 'ws_connecting', 'ws_session_duration', 'ws_msgs_sent', 'ws_msgs_received']) {
      const [sample, ...more] = named(samples, metric)
      assert.deepEqual({ ...sample?.tags }, expected, metric)
      assert.equal(more.length, 0, metric)
    }
    assert.equal(named(samples, 'ws_sessions')[0]!.value, 1)
    const connecting = named(samples, 'ws_connecting')[0]!.value
    const duration = named(samples, 'ws_session_duration')[0]!.value
    assert.ok(connecting > 0 && connecting <= duration)
  })

  it('WS-48 a refused connection is counted and measured, without status and subproto', async () => {
    const { samples } = await runSession(`ws.connect('ws://127.0.0.1:1', () => {})`, {}, { samples: true })
    for (const metric of ['ws_sessions', 'ws_connecting', 'ws_session_duration']) {
      assert.deepEqual(
        named(samples, metric).map(({ tags }) => ({ ...tags })),
        [{ group: '', scenario: 'default', url: 'ws://127.0.0.1:1' }],
        metric,
      )
    }
  })

  it('an HTTP answer that is no 101 is counted with its status', async () => {
    const { samples } = await runSession(
      `ws.connect(url, () => {})`,
      { onRequest: (peer) => peer.socket.end('HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n') },
      { samples: true },
    )
    assert.equal(named(samples, 'ws_session_duration')[0]!.tags['status'], '503')
  })

  it('WS-49 ws_msgs_sent counts send and sendBinary, failed ones too, but neither ping nor close', async () => {
    const { summary } = await runSession(`
      ws.connect(url, (socket) => {
        socket.on('open', () => {
          socket.send('a')
          socket.sendBinary(new ArrayBuffer(3))
          socket.ping()
          socket.close()
          socket.send('failed')
        })
        socket.on('error', () => {})
      })`)
    assert.equal(summary.metrics['ws_msgs_sent']?.['count'], 3)
  })

  it('WS-50 ws_msgs_received counts text and binary messages', async () => {
    const { summary } = await runSession(`
      ws.connect(url, (socket) => {
        let count = 0
        const one = () => { if (++count === 2) socket.close() }
        socket.on('open', () => { socket.ping(); socket.send('a'); socket.sendBinary(new ArrayBuffer(3)) })
        socket.on('message', one)
        socket.on('binaryMessage', one)
      })`)
    assert.equal(summary.metrics['ws_msgs_received']?.['count'], 2)
  })

  it('WS-51 the group is that of the call of connect', async () => {
    const { samples } = await runSession(
      `group('outer', () => {
        ws.connect(url, (socket) => {
          socket.on('open', () => group('inner', () => socket.send('x')))
          socket.on('message', () => group('other', () => socket.close()))
        })
      })`,
      {},
      { samples: true },
    )
    const ofSession = samples.filter(({ metric }) => metric.startsWith('ws_') && metric !== 'ws_sockets_open')
    const groups = ofSession.map(({ tags }) => tags['group'])
    assert.deepEqual([...new Set(groups)], ['::outer'])
  })

  it('WS-54 the ip tag is there when enabled, and a refused connection returns', async () => {
    const { samples, console } = await runSession(
      `ws.connect(url, ${ECHO_ONCE})
      log(ws.connect('ws://127.0.0.1:1', () => {}).status)`,
      {},
      { samples: true, options: { systemTags: ['ip', 'vu', 'iter'] } },
    )
    assert.deepEqual(console, ['0'])
    const sessions = named(samples, 'ws_sessions')
    assert.deepEqual(
      sessions.map(({ tags }) => ({ ...tags })),
      [{ ip: '127.0.0.1' }, { ip: '127.0.0.1' }],
    )
    assert.deepEqual({ ...sessions[0]!.metadata }, { vu: '1', iter: '0' })
  })

  it('counts the bytes on the wire', async () => {
    const { samples, peers } = await runSession(`ws.connect(url, ${ECHO_ONCE})`, {}, { samples: true })
    const sent = named(samples, 'data_sent')[0]!.value
    // The request, 1 byte in a frame of 6 + 1, and the close frame of 6 + 2.
    assert.equal(sent, peers[0]!.request.length + 7 + 8)
    assert.ok(named(samples, 'data_received')[0]!.value > 100)
  })
})
