import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runTcpScript } from '../helpers/tcp-script.js'
import { echoServer, scriptedServer } from '../helpers/tcp-server.js'

describe('k6/x/tcp: events', () => {
  it('TCP-26 TCP-27 connect comes without arguments, in state open, after the promise and before any data', async () => {
    await using server = await scriptedServer(({ socket }) => socket.end('at once'))
    const { reported } = await runTcpScript(
      `
      const s = new Socket()
      const order = []
      s.on('connect', (...args) => {
        order.push('connect')
        report('connect', [args.length, s.ready_state, s.connected])
      })
      s.on('data', () => order.push('data'))
      const closed = new Promise((resolve) => s.on('close', () => { order.push('close'); resolve() }))
      await s.connect(PORT, HOST)
      order.push('promise')
      await null
      order.push('reaction')
      await closed
      report('order', order)`,
      { port: server.port },
    )
    assert.deepEqual(reported['connect'], [0, 'open', true])
    assert.deepEqual(reported['order'], ['promise', 'reaction', 'connect', 'data', 'close'])
  })

  it('TCP-64 TCP-65 TCP-66 on() takes the five events, keeps one listener each, and refuses what is no function', async () => {
    const { reported, warnings } = await runTcpScript(`
      const s = new Socket()
      const heard = []
      report('results', ['close', 'Close', 'end', 5, undefined, null, {}].map((event) => s.on(event, () => heard.push(event))))
      report('none', s.on())
      report('replaced', s.on('close', () => heard.push('replacement')))
      const thrown = ['x', 5, {}, true].map((listener) => {
        try { s.on('data', listener) } catch (e) { return [e instanceof TypeError, e.message] }
      })
      report('thrown', thrown)
      report('without', [s.on('data'), s.on('data', null), s.on('data', undefined)])
      s.destroy()
      await pause(10)
      report('heard', heard)`)
    assert.deepEqual(reported['results'], Array(7).fill('undefined'))
    assert.equal(reported['none'], 'undefined')
    assert.equal(reported['replaced'], 'undefined')
    for (const [isTypeError, message] of reported['thrown']) {
      assert.equal(isTypeError, true)
      assert.match(message, /^could not convert function call parameter 1/)
    }
    assert.deepEqual(reported['without'], Array(3).fill('undefined'))
    assert.deepEqual(reported['heard'], ['replacement'])
    // The log tells five equal lines whole and counts the others.
    assert.deepEqual(warnings.slice(0, 5), Array(5).fill('Unknown event type'))
    assert.deepEqual(
      warnings.filter((warning) => warning !== 'Unknown event type'),
      ['Event handler already registered, overriding'],
    )
  })

  it('TCP-67 listeners are called with this undefined and the documented number of arguments', async () => {
    await using server = await scriptedServer(({ socket }) => socket.on('data', () => socket.write('answer')))
    const { reported } = await runTcpScript(
      `
      const seen = {}
      const listen = (socket, name) => new Promise((resolve) => socket.on(name, function (...args) {
        seen[name] = [this === undefined, args.length]
        resolve()
      }))
      const failed = new Socket()
      const error = listen(failed, 'error')
      failed.connect(true).catch(() => {})
      await error
      const s = new Socket()
      s.setTimeout(30)
      const all = ['connect', 'timeout'].map((name) => listen(s, name))
      await s.connect(PORT, HOST)
      await Promise.all(all)
      const data = listen(s, 'data')
      await s.write('question')
      await data
      const close = listen(s, 'close')
      s.destroy()
      await close
      report('seen', seen)`,
      { port: server.port },
    )
    const [none, one] = [
      [true, 0],
      [true, 1],
    ]
    assert.deepEqual(reported['seen'], { error: one, connect: none, timeout: none, data: one, close: none })
  })

  it('TCP-68 two sockets of an iteration work at the same time and do not mix', async () => {
    await using server = await echoServer()
    const { reported, summary } = await runTcpScript(
      `
      const a = await open()
      const b = await open()
      const received = { a: '', b: '' }
      const filled = (socket, name) => new Promise((resolve) => socket.on('data', (d) => {
        received[name] += text(d)
        if (received[name].length === 300) resolve()
      }))
      const both = Promise.all([filled(a, 'a'), filled(b, 'b')])
      for (let i = 0; i < 100; i++) {
        a.write('aaa')
        b.write('bbb')
      }
      await both
      report('received', [received.a === 'a'.repeat(300), received.b === 'b'.repeat(300)])
      a.destroy()
      report('states', [a.ready_state, b.ready_state])
      const last = new Promise((resolve) => b.on('data', (d) => resolve(text(d))))
      await b.write('alone')
      report('last', await last)
      b.destroy()`,
      { port: server.port },
    )
    assert.deepEqual(reported['received'], [true, true])
    assert.deepEqual(reported['states'], ['destroyed', 'open'])
    assert.equal(reported['last'], 'alone')
    assert.equal(summary.metrics['data_sent']?.['count'], 605)
    assert.equal(summary.metrics['data_received']?.['count'], 605)
  })
})
