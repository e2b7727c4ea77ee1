/** `k6/websockets`: how sessions end, and pings. WSS-21 to WSS-38. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { freePort, runBody, startServer, type TestServer } from './websockets-support.js'

/** Prints everything that happens to `ws`. */
const WATCH = `
  ws.addEventListener('open', () => log('open'))
  ws.addEventListener('error', ({ error }) => log('error', error, ws.readyState))
  ws.addEventListener('close', (event) => log('close', 'code' in event ? event.code : 'none', JSON.stringify(event.reason), event.wasClean))
`

describe('the end of a k6/websockets session', () => {
  let server: TestServer
  before(async () => {
    server = await startServer()
  })
  after(() => server.close())

  /** What a script that watches its socket sees when the server ends the session in the way of `path`. */
  async function seenFor(path: string, body: string): Promise<readonly string[]> {
    server.events.length = 0
    const result = await runBody(server, `const ws = new WebSocket(URL + '${path}')\n${WATCH}\n${body}`)
    assert.deepEqual(result.errors, [])
    assert.equal(result.exitCode, 0)
    return result.console
  }

  it('WSS-21 messages sent before close() arrive before the close frame', async () => {
    await seenFor(
      '/',
      `ws.onopen = () => { for (let i = 0; i < 100; i++) ws.send('m' + i); ws.send('x'.repeat(100000)); ws.close() }`,
    )
    assert.equal(server.events.length, 102)
    assert.equal(server.events[99], 'message m99')
    assert.equal(server.events[101], 'close 1000')
  })

  it('WSS-22 close() sends 1000; readyState is 2 until the close event with code 1000', async () => {
    const seen = await seenFor(
      '/',
      'ws.onopen = () => { ws.close(); log(ws.readyState) }; ws.onclose = () => log(ws.readyState)',
    )
    assert.deepEqual(seen, ['2', 'open', '3', 'close 1000 "" true'])
    assert.deepEqual(server.events, ['close 1000'])
  })

  it('WSS-23 close(1000, reason) passes the reason and reports the echo', async () => {
    assert.deepEqual(await seenFor('/', "ws.onopen = () => ws.close(1000, 'why')"), ['open', 'close 1000 "why" true'])
    assert.deepEqual(server.events, ['close 1000 why'])
  })

  it('WSS-24 close(3001, reason) is an error and a close with that code', async () => {
    assert.deepEqual(await seenFor('/', "ws.onopen = () => ws.close(3001, 'r')"), [
      'open',
      'error websocket: close 3001: r 3',
      'close 3001 "r" true',
    ])
  })

  it('WSS-25 close codes other than 1000 and 3000 to 4999 throw and change nothing', async () => {
    const seen = await seenFor(
      '/',
      `ws.onopen = () => {
        for (const code of [1001, 999, 2999, 5000, -1]) exact(() => ws.close(code))
        log(ws.readyState)
        ws.close(3000.9)
      }`,
    )
    const refused = [1001, 999, 2999, 5000, -1].map(
      (code) =>
        "GoError|InvalidAccessError: Failed to execute 'close' on 'WebSocket': " +
        `The close code must be either 1000, or between 3000 and 4999. ${code} is neither`,
    )
    assert.deepEqual(seen, [...refused, '1', 'open', 'error websocket: close 3000 3', 'close 3000 "" true'])
  })

  it('WSS-25 undefined, null, NaN, text and 0 mean 1000', async () => {
    for (const code of ['undefined', 'null', 'NaN', '"abc"', '0']) {
      assert.deepEqual(
        await seenFor('/', `ws.onopen = () => ws.close(${code}, 'r')`),
        ['open', 'close 1000 "r" true'],
        code,
      )
    }
  })

  it('WSS-26 a reason of more than 123 bytes throws; 123 bytes pass', async () => {
    const seen = await seenFor(
      '/',
      `ws.onopen = () => {
        exact(() => ws.close(1000, 'x'.repeat(124)))
        exact(() => ws.close(1000, 'é'.repeat(62)))
        log(ws.readyState)
        ws.close(1000, 'x'.repeat(123))
      }`,
    )
    const refused =
      "GoError|SyntaxError: Failed to execute 'close' on 'WebSocket': The message must not be greater than 123 bytes"
    assert.deepEqual(seen, [refused, refused, '1', 'open', `close 1000 "${'x'.repeat(123)}" true`])
  })

  it('WSS-27 close() while closing and after close does nothing, whatever its arguments', async () => {
    const seen = await seenFor(
      '/',
      'ws.onopen = () => { ws.close(); ws.close(7) }; ws.onclose = () => { ws.close(7); ws.close() }',
    )
    assert.deepEqual(seen, ['open', 'close 1000 "" true'])
    assert.deepEqual(server.events, ['close 1000'])
  })

  it('WSS-28 close() while connecting does not block: no open event, close code 1000', async () => {
    assert.deepEqual(await seenFor('/', 'ws.close(); log(ws.readyState)'), ['2', 'close 1000 "" true'])
    assert.deepEqual(server.events, ['close 1000'])
  })

  it('WSS-29 close() while connecting to a port that refuses gives error and close', async () => {
    const port = await freePort()
    const { console: seen } = await runBody(
      null,
      `const ws = new WebSocket('ws://127.0.0.1:${port}/')\n${WATCH}\nws.close()`,
    )
    assert.deepEqual(seen, [`error dial tcp 127.0.0.1:${port}: connect: connection refused 3`, 'close none "" false'])
  })

  it('WSS-31 HTTP 404 is a bad handshake', async () => {
    assert.deepEqual(await seenFor('/status/404', ''), ['error websocket: bad handshake 3', 'close none "" false'])
  })

  it('WSS-32 close 1000 and 1001 of the server are no errors', async () => {
    assert.deepEqual(await seenFor('/close/1000/bye', "ws.onopen = () => ws.send('x')"), [
      'open',
      'close 1000 "bye" true',
    ])
    assert.deepEqual(await seenFor('/close/1001/', "ws.onopen = () => ws.send('x')"), ['open', 'close 1001 "" true'])
    assert.equal(server.events.at(-1), 'close 1001')
  })

  it('WSS-33 other close codes of the server, an empty close frame and FIN are errors', async () => {
    const ask = "ws.onopen = () => ws.send('x')"
    assert.deepEqual(await seenFor('/close/1011/oops', ask), [
      'open',
      'error websocket: close 1011 (internal server error): oops 3',
      'close 1011 "oops" true',
    ])
    assert.deepEqual(await seenFor('/close/4000/', ask), [
      'open',
      'error websocket: close 4000 3',
      'close 4000 "" true',
    ])
    assert.deepEqual(await seenFor('/close-empty', ask), [
      'open',
      'error websocket: close 1005 (no status) 3',
      'close 1005 "" true',
    ])
    assert.deepEqual(await seenFor('/fin', ask), [
      'open',
      'error websocket: close 1006 (abnormal closure): unexpected EOF 3',
      'close 1006 "unexpected EOF" false',
    ])
  })

  it('WSS-34 a reset is an error and a close with 1006, a protocol violation one with the code that was sent', async () => {
    const ask = "ws.onopen = () => ws.send('x')"
    const [open, error, ...rest] = await seenFor('/rst', ask)
    assert.equal(open, 'open')
    assert.match(error as string, /^error read tcp \S+->\S+: read: connection reset by peer 3$/)
    assert.deepEqual(rest, ['close 1006 "" false'])
    const violation = await seenFor('/violation', ask)
    assert.match(violation[1] as string, /^error websocket: .+ 3$/)
    assert.equal(violation[2], 'close 1002 "" false')
    assert.match(server.events.at(-1) as string, /^close 1002 /)
  })

  it('WSS-35 ping() sends a counter; its pong is an event and a ws_ping sample', async () => {
    server.events.length = 0
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      ws.onopen = () => { ws.ping(); ws.ping() }
      let pongs = 0
      ws.onpong = (event) => { log(event.type, event.target === ws); if (++pongs === 2) ws.close() }`,
    )
    assert.deepEqual(result.console, ['pong true', 'pong true'])
    assert.deepEqual(server.events, ['ping 0', 'ping 1', 'close 1000'])
    const ping = result.summary.metrics['ws_ping']
    assert.ok(ping !== undefined && (ping['max'] as number) > 0, JSON.stringify(ping))
  })

  it('WSS-36 a ping of the server is answered and an event', async () => {
    assert.deepEqual(await seenFor('/ping', 'ws.onping = ({ type }) => { log(type); ws.close() }'), [
      'open',
      'ping',
      'close 1000 "" true',
    ])
    assert.deepEqual(server.events, ['pong beat', 'close 1000'])
  })

  it('WSS-37 messages that arrive after close() are not delivered', async () => {
    const seen = await seenFor(
      '/chatty',
      "ws.onopen = () => { ws.send('hear'); ws.close() }; ws.onmessage = ({ data }) => log(data)",
    )
    assert.deepEqual(
      seen.filter((line) => line !== 'open'),
      ['close 1000 "" true'],
    )
  })

  it('WSS-38 a message that comes with the answer to the handshake is delivered after open', async () => {
    for (let i = 0; i < 3; i++) {
      const seen = await seenFor('/hello', 'ws.onmessage = ({ data }) => { log(data); ws.close() }')
      assert.deepEqual(seen, ['open', 'hello from the server', 'close 1000 "" true'])
    }
  })
})
