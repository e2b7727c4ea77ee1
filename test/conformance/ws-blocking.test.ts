/** k6/ws: what connect blocks, and what it does not (statements WS-31 to WS-34 and WS-52). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Peer, TEXT } from '../helpers/websocket-server.js'
import { runSession } from './ws-support.js'

describe('k6/ws: blocking', () => {
  it('WS-31 global timers and promise reactions wait until connect has returned', async () => {
    const { console } = await runSession(`
      setTimeout(() => log('timer'), 5)
      Promise.resolve().then(() => log('reaction'))
      queueMicrotask(() => log('job'))
      ws.connect(url, (socket) => {
        socket.on('open', async () => {
          await null
          log('after await')
          queueMicrotask(() => ws.connect(url, (socket) => { log('job that pauses'); socket.close() }))
        })
        socket.setTimeout(() => { log('closing'); socket.close() }, 60)
      })
      log('returned')`)
    assert.deepEqual(console, ['closing', 'returned', 'reaction', 'job', 'after await', 'job that pauses', 'timer'])
  })

  it('WS-32 a method then of the script itself calls back as other methods do, also during a session', async () => {
    const { console } = await runSession(`
      const now = (value) => ({ then(callback) { return now(callback.call('self', value)) } })
      const results = []
      now(1).then((value) => { sleep(0.01); results.push(value) })
      log(...results)
      ws.connect(url, (socket) => {
        socket.on('open', () => {
          now(2).then((value) => { results.push(value); return value + 1 }).then(function (value) { results.push(value, String(this)) })
          log(...results)
          now(4).then((value) => { sleep(0.01); results.push(value) })
          log(...results)
          socket.close()
        })
      })`)
    assert.deepEqual(console, ['1', '1 2 3 self', '1 2 3 self 4'])
  })

  it('WS-31 async generators that a handler starts, and that pause, begin their pauses one after the other when connect has returned', async () => {
    const { console, errors } = await runSession(
      `
      const steps = []
      ws.connect(url, (socket) => {
        socket.on('open', () => {
          steps.push(counting('a').next(), counting('b').next())
          log('open')
          socket.close()
        })
      })
      log('returned')
      Promise.all(steps).then((all) => log(...all.map(({ value }) => value)))`,
      {},
      { init: `async function* counting(name) { sleep(0.01); log('slept', name); yield name }` },
    )
    assert.deepEqual([console, errors], [['open', 'returned', 'slept a', 'slept b', 'a b'], []])
  })

  it('WS-31 promise reactions follow in the order in which their promises were settled', async () => {
    const { console } = await runSession(`
      Promise.resolve().then(() => log('before connect'))
      ws.connect(url, (socket) => {
        Promise.resolve().then(() => log('callback'))
        socket.on('open', async () => {
          socket.send('x')
          await null
          log('open')
          await null
          log('open again')
        })
        socket.on('message', async () => {
          socket.close()
          await null
          log('message')
        })
        socket.on('close', () => { Promise.resolve().then(() => log('close')) })
      })
      Promise.resolve().then(() => log('after connect'))
      log('returned')`)
    assert.deepEqual(console, [
      'returned',
      'before connect',
      'callback',
      'open',
      'close',
      'message',
      'after connect',
      'open again',
    ])
  })

  it('WS-31 reactions that waited for one session also wait for the next', async () => {
    const { console } = await runSession(`
      const visit = (name) => {
        ws.connect(url, (socket) => {
          Promise.resolve().then(() => log(name, 'callback'))
          socket.on('open', async () => { socket.close(); await null; log(name, 'open') })
        })
        log(name, 'returned')
      }
      visit('first')
      visit('second')`)
    assert.deepEqual(console, [
      'first returned',
      'second returned',
      'first callback',
      'first open',
      'second callback',
      'second open',
    ])
  })

  it('WS-32 sleep() in a handler delays messages, but loses none', async () => {
    const { console } = await runSession(
      `const seen = []
      ws.connect(url, (socket) => {
        socket.on('message', (text) => {
          if (seen.length === 0) { sleep(0.1); log('slept') }
          seen.push(Number(text))
          if (text === '999') socket.close()
        })
      })
      log(seen.length, seen.every((n, i) => n === i))`,
      {
        onOpen(peer) {
          for (let i = 0; i < 1000; i++) peer.text(String(i))
        },
      },
    )
    assert.deepEqual(console, ['slept', '1000 true'])
  })

  it('does not pause reading for good when thousands of messages wait', async () => {
    const { console } = await runSession(
      `let count = 0
      ws.connect(url, (socket) => {
        socket.on('message', () => { if (count++ % 2000 === 0) sleep(0.02) })
        socket.on('close', (code) => log(count, code))
      })`,
      {
        onOpen(peer) {
          for (let i = 0; i < 10_000; i++) peer.text('x'.repeat(100))
          peer.sendClose(1000)
        },
      },
    )
    assert.deepEqual(console, ['10000 1000'])
  })

  it('WS-33 connect may be nested in handlers', async () => {
    const { console, peers } = await runSession(`
      const response = ws.connect(url, (outer) => {
        outer.on('open', () => { outer.send('outer 1'); outer.send('outer 2') })
        outer.on('message', (text) => {
          log('outer got', text)
          if (text !== 'outer 1') return outer.close()
          const inner = ws.connect(url + '/inner', (socket) => {
            socket.on('open', () => socket.send('inner'))
            socket.on('message', (reply) => { log('inner got', reply); sleep(0.02); socket.close() })
            socket.on('close', () => log('inner closed'))
          })
          log('inner', inner.status)
        })
      })
      log('outer', response.status)`)
    assert.deepEqual(console, [
      'outer got outer 1',
      'inner got inner',
      'inner closed',
      'inner 101',
      'outer got outer 2',
      'outer 101',
    ])
    assert.deepEqual(
      peers.map((peer) => peer.close),
      ['1001', '1001'],
    )
  })

  it('many VUs are inside connect at once on the same threads', async () => {
    const waiting: Peer[] = []
    const { summary } = await runSession(
      `ws.connect(url, (socket) => {
        socket.on('open', () => socket.send('here'))
        socket.on('message', () => socket.close())
      })`,
      {
        // Nobody gets an answer before all have come.
        onFrame(frame, peer) {
          if (frame.opcode === TEXT) waiting.push(peer)
          else peer.answer(frame)
          if (waiting.length === 200) for (const one of waiting.splice(0)) one.text('all are here')
        },
      },
      { options: { vus: 200, iterations: 200 } },
    )
    assert.equal(summary.metrics['ws_msgs_received']?.['count'], 200)
  })

  it('works from a helper function, a class and an array callback', async () => {
    const { console } = await runSession(
      `const chat = new Chat(url)
      log(['a', 'b'].map((text) => chat.ask(text)).join())`,
      {},
      {
        init: `class Chat {
          #url
          constructor(url) { this.#url = url }
          ask(text) {
            let answer
            ws.connect(this.#url, (socket) => {
              socket.on('open', () => socket.send(text))
              socket.on('message', (reply) => { answer = reply.toUpperCase(); socket.close() })
            })
            return answer
          }
        }`,
      },
    )
    assert.deepEqual(console, ['A,B'])
  })

  it('works in an async function, after an await, and in a promise reaction', async () => {
    const { console } = await runSession(
      `return work()`,
      {},
      {
        init: `
        function ask(text) {
          let answer
          ws.connect(url, (socket) => {
            socket.on('open', () => socket.send(text))
            socket.on('message', (reply) => { answer = reply; sleep(0.01); socket.close() })
          })
          return answer
        }
        async function work() {
          log(ask('before'))
          await null
          log(ask('after'))
          log(await Promise.resolve('reaction').then(ask))
        }`,
      },
    )
    assert.deepEqual(console, ['before', 'after', 'reaction'])
  })

  it('says where it cannot pause', async () => {
    const { console } = await runSession(`
      try { [2, 1].sort(() => ws.connect(url, () => {})) } catch (e) { log(e.message) }`)
    assert.match(console[0]!, /^ws\.connect\(\) cannot pause here/)
  })
})

describe('k6/ws: exceptions', () => {
  const places: [title: string, code: string][] = [
    ['the callback', `throw boom`],
    ['an open handler', `socket.on('open', () => { throw boom })`],
    ['a message handler', `socket.on('open', () => socket.send('x')); socket.on('message', () => { throw boom })`],
    ['a handler that pauses', `socket.on('open', () => { sleep(0.01); throw boom })`],
    ['a timer', `socket.setTimeout(() => { throw boom }, 10)`],
  ]
  for (const [title, code] of places) {
    it(`WS-34 what ${title} throws closes the session and comes out of connect unchanged`, async () => {
      const { console, peers, exitCode } = await runSession(`
        for (const boom of [new Error('boom'), 'text', null]) {
          try {
            ws.connect(url, (socket) => {
              socket.on('close', (code) => log('close', code))
              ${code}
            })
          } catch (e) {
            log(e === boom)
          }
        }`)
      // An exception of the callback itself comes before nothing else: the close handler is registered already.
      assert.deepEqual(console, ['close 1001', 'true', 'close 1001', 'true', 'close 1001', 'true'])
      assert.deepEqual(
        peers.map((peer) => peer.close),
        ['1001', '1001', '1001'],
      )
      assert.equal(exitCode, 0)
    })
  }

  it('an exception of a close handler comes out of close() and of connect', async () => {
    const { console } = await runSession(`
      try {
        ws.connect(url, (socket) => {
          socket.on('close', () => { throw new Error('in close') })
          socket.on('open', () => { try { socket.close() } catch (e) { log('close()', e.message); throw e } })
        })
      } catch (e) {
        log('connect', e.message)
      }`)
    assert.deepEqual(console, ['close() in close', 'connect in close'])
  })

  it('an exception that nobody catches fails the iteration, and the next one runs', async () => {
    const { errors, peers, summary } = await runSession(
      `ws.connect(url, (socket) => socket.on('open', () => { throw new Error('boom') }))`,
      {},
      { options: { iterations: 2 } },
    )
    assert.equal(errors.length, 2)
    assert.match(errors[0]!, /^Error: boom\n\tat /)
    assert.equal(summary.metrics['iterations']?.['count'], 2)
    assert.deepEqual(
      peers.map((peer) => peer.close),
      ['1001', '1001'],
    )
  })
})

describe('k6/ws: interruption', () => {
  it('WS-52 sends close 1001, runs no handler, counts neither iteration nor session duration', async () => {
    const { console, peers, samples } = await runSession(
      `try {
        ws.connect(url, (socket) => {
          socket.on('open', () => { log('open'); socket.send('x') })
          socket.on('close', () => log('close'))
          socket.setInterval(() => socket.ping(), 20)
        })
        log('returned')
      } finally { log('finally') }`,
      {},
      {
        samples: true,
        options: { scenarios: { main: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s' } } },
      },
    )
    assert.deepEqual(console, ['open'])
    assert.equal(peers[0]!.close, '1001')
    assert.ok(peers[0]!.isEnded)
    const metrics = new Set(samples.map(({ metric }) => metric))
    assert.ok(metrics.has('ws_sessions') && metrics.has('ws_connecting'))
    assert.ok(!metrics.has('ws_session_duration') && !metrics.has('iterations'))
    assert.ok((samples.find(({ metric }) => metric === 'data_received')?.value ?? 0) > 100)
  })

  it('runs no handler after test.abort()', async () => {
    const { console, peers, exitCode } = await runSession(`
      ws.connect(url, (socket) => {
        socket.on('close', () => log('close'))
        socket.on('open', () => exec.test.abort('enough'))
      })
      log('returned')`)
    assert.deepEqual(console, [])
    assert.equal(peers[0]!.close, '1001')
    assert.equal(exitCode, 108)
  })

  it('ends a handshake that never ends', async () => {
    const { console, peers } = await runSession(
      `ws.connect(url, () => {}); log('returned')`,
      { onRequest: () => {} },
      { options: { scenarios: { main: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s' } } } },
    )
    assert.deepEqual(console, [])
    assert.equal(peers[0]!.close, undefined)
  })

  it('ends nested sessions and a sleep inside them', async () => {
    const { peers, console } = await runSession(
      `ws.connect(url, (outer) => outer.on('open', () => {
        ws.connect(url, (inner) => inner.on('open', () => { sleep(60); log('slept') }))
      }))`,
      {},
      { options: { scenarios: { main: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s' } } } },
    )
    assert.deepEqual(
      peers.map((peer) => peer.close),
      ['1001', '1001'],
    )
    assert.deepEqual(console, [])
  })
})
