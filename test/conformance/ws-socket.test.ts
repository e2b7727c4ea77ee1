/** k6/ws: the socket, its events and the ends of a session (statements WS-06 to WS-30 and WS-55). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BINARY, CLOSE, type Peer, PING, PONG, TEXT } from '../helpers/websocket-server.js'
import { runSession, THROWS } from './ws-support.js'

/** Logs every event of a socket with its arguments; errors with their text, code and reason. */
const WATCH = `const watch = (socket) => {
  for (const event of ['open', 'message', 'binaryMessage', 'ping', 'pong', 'close']) {
    socket.on(event, (...args) => log(event, JSON.stringify(args)))
  }
  socket.on('error', (e) => log('error', e.error(), e.code, e.text))
}`

describe('k6/ws: events', () => {
  it('WS-06 the callback runs before open, and what it sends reaches the server', async () => {
    const { console, peers } = await runSession(`
      ws.connect(url, (socket) => {
        socket.send('early')
        log('callback')
        socket.on('open', () => log('open'))
        socket.on('message', (text) => { log(text); socket.close() })
      })`)
    assert.deepEqual(console, ['callback', 'open', 'early'])
    assert.deepEqual(peers[0]!.texts, ['early'])
  })

  it('WS-07 handlers of one event run in order of registration, all of them', async () => {
    const { console } = await runSession(`
      ws.connect(url, (socket) => {
        for (const n of [1, 2, 3]) socket.on('message', function (text) { log(n, text, this === undefined); socket.close() })
        socket.on('open', () => socket.send('a'))
        socket.on('close', () => log('first'))
        socket.on('close', () => log('second'))
      })`)
    assert.deepEqual(console, ['1 a true', 'first', 'second', '2 a true', '3 a true'])
  })

  it('WS-08 ignores handlers that are none and events that do not exist', async () => {
    const { console, exitCode } = await runSession(`
      ws.connect(url, (socket) => {
        log(socket.on('message', 'no function'), socket.on('message'), socket.on('nothing', () => log('never')), socket.on())
        socket.on('open', () => { socket.send('a') })
        socket.on('message', () => socket.close())
      })
      log('returned')`)
    assert.deepEqual(console, ['undefined undefined undefined undefined', 'returned'])
    assert.equal(exitCode, 0)
  })

  it('WS-09 gives messages one string or ArrayBuffer, close one number, the others nothing', async () => {
    const { console } = await runSession(
      `ws.connect(url, (socket) => {
        for (const event of ['open', 'message', 'binaryMessage', 'ping', 'pong', 'close']) {
          socket.on(event, function () {
            const [first] = arguments
            log(event, arguments.length, first instanceof ArrayBuffer ? 'ArrayBuffer ' + first.byteLength : typeof first)
          })
        }
        log(Object.keys(socket).sort().join())
      })`,
      {
        onOpen(peer) {
          peer.text('text')
          peer.send(BINARY, 'data!')
          peer.send(PING, 'p')
          peer.send(PONG, 'q')
          peer.sendClose(1000)
        },
      },
    )
    assert.deepEqual(console, [
      'close,on,ping,send,sendBinary,setInterval,setTimeout',
      'open 0 undefined',
      'message 1 string',
      'binaryMessage 1 ArrayBuffer 5',
      'ping 0 undefined',
      'pong 0 undefined',
      'close 1 number',
    ])
  })

  it('WS-55 replaces invalid UTF-8 in text', async () => {
    const { console } = await runSession(
      `ws.connect(url, (socket) => socket.on('message', (text) => { log(JSON.stringify(text)); socket.close() }))`,
      { onOpen: (peer) => peer.send(TEXT, Buffer.from([0x61, 0xff, 0xfe, 0x62])) },
    )
    assert.deepEqual(console, ['"a\uFFFD\uFFFDb"'])
  })

  it('delivers what several frames of one packet, fragments and large messages bring, in order', async () => {
    const { console } = await runSession(
      `let bytes = 0
      ws.connect(url, (socket) => {
        socket.on('message', (text) => { log(text.length > 9 ? text.length : text); if (text === 'end') socket.close() })
        socket.on('ping', () => log('ping'))
      })`,
      {
        onOpen(peer) {
          peer.socket.cork()
          peer.text('a')
          peer.send(TEXT, 'b', 0)
          peer.send(PING)
          peer.send(0, 'c')
          peer.send(TEXT, 'x'.repeat(60_000))
          peer.text('end')
          peer.text('after the end')
          peer.socket.uncork()
        },
      },
    )
    assert.deepEqual(console, ['a', 'ping', 'bc', '60000', 'end'])
  })
})

describe('k6/ws: sending', () => {
  it('WS-10 send converts everything to text', async () => {
    const { peers } = await runSession(`
      ws.connect(url, (socket) => {
        socket.on('open', () => {
          const { send } = socket
          for (const value of [5, true, {}, [1, 2], new ArrayBuffer(2), null, undefined, 'ü €']) send(value)
          socket.send()
          socket.send('end')
        })
        socket.on('message', (text) => { if (text === 'end') socket.close() })
      })`)
    const expected = ['5', 'true', '[object Object]', '1,2', '[object ArrayBuffer]', '', '', 'ü €', '', 'end']
    assert.deepEqual(peers[0]!.texts, expected)
  })

  it('WS-11 sendBinary echoes identical bytes', async () => {
    const { console } = await runSession(`
      const sent = new Uint8Array(70000).map((_, i) => i * 7)
      ws.connect(url, (socket) => {
        socket.on('open', () => socket.sendBinary(sent.buffer))
        socket.on('binaryMessage', (data) => {
          const got = new Uint8Array(data)
          log(got.length, got.every((byte, i) => byte === sent[i]))
          socket.close()
        })
      })`)
    assert.deepEqual(console, ['70000 true'])
  })

  it('WS-12 and WS-13 sendBinary takes an ArrayBuffer only', async () => {
    const { console } = await runSession(`${THROWS}
      class Custom {}
      ws.connect(url, (socket) => {
        const values = [undefined, null, 5, 'text', true, [], new Uint8Array(1), new DataView(new ArrayBuffer(1)), {},
          () => {}, Symbol('s'), new Custom()]
        for (const value of values) thrown(() => socket.sendBinary(value))
        thrown(() => socket.sendBinary())
        socket.close()
      })`)
    const types = 'undefined null Number String Boolean Array Uint8Array DataView Object Function Symbol Custom'.split(
      ' ',
    )
    assert.deepEqual(console, [
      ...types.map((type) => `GoError|expected ArrayBuffer as argument, received: ${type}`),
      'GoError|missing argument, expected ArrayBuffer',
    ])
  })

  it('WS-17 and WS-18 sending after close fires error and does not throw', async () => {
    const { console } = await runSession(`
      ws.connect(url, (socket) => {
        socket.on('error', (e) => log(typeof e.error(), e.error(), String(e), e.message, e instanceof Error))
        socket.on('open', () => {
          socket.close()
          socket.send('late')
          socket.sendBinary(new ArrayBuffer(1))
          socket.ping()
          log('no exception')
        })
      })`)
    const error = 'string websocket: close sent websocket: close sent websocket: close sent false'
    assert.deepEqual(console, [error, error, error, 'no exception'])
  })

  it('lets an error handler that pauses follow soon after the call', async () => {
    const { console } = await runSession(`
      ws.connect(url, (socket) => {
        socket.on('error', (e) => { sleep(0.01); log(e.error()) })
        socket.on('close', () => socket.send('late'))
        socket.on('open', () => socket.close())
      })
      log('returned')`)
    assert.deepEqual(console, ['websocket: close sent', 'returned'])
  })
})

describe('k6/ws: close by the script', () => {
  it('WS-14 close() sends 1001 and fires close before it returns', async () => {
    const { console, peers } = await runSession(`
      ws.connect(url, (socket) => {
        socket.on('close', (code) => log('close', code))
        socket.on('open', () => { log(socket.close()); log('after') })
      })`)
    assert.deepEqual(console, ['close 1001', 'undefined', 'after'])
    assert.equal(peers[0]!.close, '1001')
    assert.ok(peers[0]!.isEnded)
  })

  it('WS-15 close(code) sends that code; what is no number counts as 0', async () => {
    const { console, peers } = await runSession(`
      for (const code of [1000, 4000, undefined, 'abc', '3001', 99999, 1005]) {
        ws.connect(url, (socket) => {
          socket.on('close', (got) => log(got))
          socket.close(code)
        })
      }`)
    assert.deepEqual(console, ['1000', '4000', '0', '0', '3001', '99999', '1005'])
    assert.deepEqual(
      peers.map((peer) => peer.close),
      ['1000', '4000', '0', '0', '3001', `${99999 & 0xffff}`, 'none'],
    )
  })

  it('WS-16 a second close() does nothing', async () => {
    const { console, peers } = await runSession(`
      ws.connect(url, (socket) => {
        socket.on('close', (code) => { log('close', code); socket.close(1002) })
        socket.on('open', () => { socket.close(1000); socket.close(1003) })
      })`)
    assert.deepEqual(console, ['close 1000'])
    assert.equal(peers[0]!.frames.filter(({ opcode }) => opcode === CLOSE).length, 1)
  })

  it('close() in the callback fires close, then open', async () => {
    const { console } = await runSession(`${WATCH}
      ws.connect(url, (socket) => { watch(socket); socket.close() })`)
    assert.deepEqual(console, ['close [1001]', 'open []'])
  })

  it('a close handler may pause, and does so inside close()', async () => {
    const { console } = await runSession(`
      ws.connect(url, (socket) => {
        socket.on('close', () => { log('closing'); sleep(0.02); log('closed') })
        socket.on('open', () => { socket.close(); log('after') })
      })
      log('returned')`)
    assert.deepEqual(console, ['closing', 'closed', 'after', 'returned'])
  })

  it('delivers nothing more after close()', async () => {
    const { console } = await runSession(
      `ws.connect(url, (socket) => {
        socket.on('message', (text) => { log(text); sleep(0.05); socket.close() })
      })`,
      {
        onOpen(peer) {
          for (const text of ['first', 'second', 'third']) peer.text(text)
        },
      },
    )
    assert.deepEqual(console, ['first'])
  })
})

describe('k6/ws: close by the server', () => {
  const cases: [title: string, onOpen: (peer: Peer) => void, events: string[], reply: string | undefined][] = [
    ['WS-19 1000: only close', (peer) => peer.sendClose(1000, 'bye'), ['close [1000]'], '1000'],
    ['WS-19 1001: only close', (peer) => peer.sendClose(1001), ['close [1001]'], '1001'],
    [
      'WS-20 1011 with a reason: error, then close',
      (peer) => peer.sendClose(1011, 'oops'),
      ['error websocket: close 1011 (internal server error): oops 1011 oops', 'close [1011]'],
      '1011',
    ],
    [
      'WS-21 4000: error with code and text, then close',
      (peer) => peer.sendClose(4000, 'custom'),
      ['error websocket: close 4000: custom 4000 custom', 'close [4000]'],
      '4000',
    ],
    [
      'WS-22 no code: error and close with 1005',
      (peer) => peer.sendClose(),
      ['error websocket: close 1005 (no status) 1005 ', 'close [1005]'],
      'none',
    ],
    [
      'WS-23 FIN: error and close with 1006',
      (peer) => peer.socket.end(),
      ['error websocket: close 1006 (abnormal closure): unexpected EOF 1006 unexpected EOF', 'close [1006]'],
      undefined,
    ],
    [
      'WS-24 RST: an error, and close with 1006',
      (peer) => setTimeout(() => peer.socket.resetAndDestroy(), 20),
      ['error read tcp ENDPOINTS: read: connection reset by peer undefined undefined', 'close [1006]'],
      undefined,
    ],
    [
      'a violation of the protocol: an error, close with 1002, and 1002 to the server',
      (peer) => peer.send(3, 'reserved'),
      ['error websocket: bad opcode 3 undefined undefined', 'close [1002]'],
      '1002 bad opcode 3',
    ],
  ]
  for (const [title, onOpen, events, reply] of cases) {
    it(`${title}${title.startsWith('WS-19') ? '; WS-25 the client answers with the same code' : ''}`, async () => {
      const { console, peers, exitCode } = await runSession(
        `${WATCH}
        log(ws.connect(url, watch).status)`,
        { onOpen, onFrame: () => {} },
      )
      const seen = console.map((line) => line.replace(/tcp \S+:\d+->\S+:\d+/, 'tcp ENDPOINTS'))
      assert.deepEqual(seen, ['open []', ...events, '101'])
      assert.equal(peers[0]!.close, reply)
      assert.equal(exitCode, 0)
    })
  }
})

describe('k6/ws: ping and pong', () => {
  it('WS-26 pings count from 0, every answer fires pong and one ws_ping', async () => {
    const { console, peers, samples } = await runSession(
      `let pongs = 0
      ws.connect(url, (socket) => {
        socket.on('open', () => { socket.ping(); socket.ping(); log(socket.ping()) })
        socket.on('pong', () => { log('pong'); if (++pongs === 3) socket.close() })
      })`,
      {},
      { samples: true },
    )
    assert.deepEqual(console, ['undefined', 'pong', 'pong', 'pong'])
    const pings = peers[0]!.frames.filter(({ opcode }) => opcode === PING)
    assert.deepEqual(
      pings.map(({ payload }) => payload.toString()),
      ['0', '1', '2'],
    )
    const measured = samples.filter(({ metric }) => metric === 'ws_ping')
    assert.equal(measured.length, 3)
    assert.ok(measured.every(({ value }) => value > 0 && value < 10_000))
  })

  it('WS-27 a ping of the server fires ping and is answered with its payload', async () => {
    const { console, peers } = await runSession(
      `ws.connect(url, (socket) => socket.on('ping', () => { log('ping'); socket.close() }))`,
      { onOpen: (peer) => peer.send(PING, 'payload') },
    )
    assert.deepEqual(console, ['ping'])
    assert.deepEqual(
      peers[0]!.frames.map(({ opcode, payload }) => [opcode, payload.length]),
      [
        [PONG, 7],
        [CLOSE, 2],
      ],
    )
  })

  it('WS-28 a pong that nobody asked for fires pong, but is not measured', async () => {
    const { console, samples } = await runSession(
      `ws.connect(url, (socket) => socket.on('pong', () => { log('pong'); socket.close() }))`,
      { onOpen: (peer) => peer.send(PONG, '0') },
      { samples: true },
    )
    assert.deepEqual(console, ['pong'])
    assert.equal(samples.filter(({ metric }) => metric === 'ws_ping').length, 0)
  })
})

describe('k6/ws: timers of the socket', () => {
  it('WS-29 refuses periods that are not above 0, and callbacks that are none', async () => {
    const { console } = await runSession(`${THROWS}
      ws.connect(url, (socket) => {
        for (const ms of [0, -1.234, NaN, null, undefined, 'abc', 1e-7]) {
          thrown(() => socket.setTimeout(() => {}, ms))
          thrown(() => socket.setInterval(() => {}, ms))
        }
        thrown(() => socket.setTimeout('code', 5))
        log(socket.setTimeout(() => {}, '5'), socket.setInterval(() => {}, 0.5))
        socket.close()
      })`)
    const shown = ['0.00', '-1.23', 'NaN', '0.00', '0.00', 'NaN', '0.00']
    assert.deepEqual(console, [
      ...shown.flatMap((value) =>
        ['setTimeout', 'setInterval'].map(
          (name) => `GoError|${name} requires a >0 timeout parameter, received ${value}`,
        ),
      ),
      'GoError|setTimeout requires a function as its first argument, received: String',
      'undefined undefined',
    ])
  })

  it('WS-30 setTimeout fires once, setInterval repeats, both end with the session', async () => {
    const { console } = await runSession(`
      const start = Date.now()
      let ticks = 0
      ws.connect(url, (socket) => {
        socket.setInterval(function () { ticks++; log('tick', arguments.length, this === undefined) }, 40)
        socket.setTimeout(() => { const ms = Date.now() - start; log('timeout', ms >= 99 && ms < 2000) }, 100)
        socket.setTimeout(() => log('never'), 60000)
        socket.setTimeout(() => { log('closing'); socket.close() }, 150)
      })
      const seen = ticks
      sleep(0.1)
      log(seen >= 1, ticks === seen)`)
    assert.deepEqual(
      console.filter((line) => !line.startsWith('tick')),
      ['timeout true', 'closing', 'true true'],
    )
    assert.equal(console[0], 'tick 0 true')
    assert.ok(console.filter((line) => line === 'tick 0 true').length <= 3)
  })

  it('coalesces the ticks that fall due while a handler runs', async () => {
    const { console } = await runSession(`
      ws.connect(url, (socket) => {
        let ticks = 0
        socket.setInterval(() => {
          ticks++
          if (ticks === 1) sleep(0.3)
          if (ticks === 3) { socket.close() }
        }, 30)
        socket.on('close', () => log(ticks))
        socket.setTimeout(() => log('after', ticks), 100)
      })`)
    // The tick that fell due during the sleep comes first, the timeout behind it.
    assert.deepEqual(console, ['after 2', '3'])
  })
})
