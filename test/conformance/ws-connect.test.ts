/** k6/ws: the call of connect, its request, its response and its failures (statements WS-01 to WS-05, WS-35 to WS-46, WS-53). */
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'
import { type Peer, webSocketServer } from '../helpers/websocket-server.js'
import { runSession, THROWS } from './ws-support.js'

const CLOSE_ON_OPEN = `(socket) => socket.on('open', () => socket.close())`

function httpAnswer(text: string): (peer: Peer) => void {
  return (peer) => peer.socket.end(text)
}

describe('k6/ws: the call', () => {
  it('WS-01 connect in the init context throws', async () => {
    const { console } = await runScript(`
      import ws from 'k6/ws'
      try { ws.connect('ws://127.0.0.1:1', () => {}) } catch (e) { console.log(e.name, e.message) }
      export default () => {}`)
    // Once for the init code of VU 0, once for that of VU 1.
    assert.deepEqual([...new Set(console)], ['GoError using websockets in the init context is not supported'])
  })

  it('WS-02 and WS-03 refuse a wrong number of arguments and a callback that is none', async () => {
    const { console } = await runSession(`${THROWS}
      thrown(() => ws.connect(url))
      thrown(() => ws.connect(url, {}, () => {}, 4))
      thrown(() => ws.connect(url, () => {}, {}))
      thrown(() => ws.connect(url, undefined))
      log(ws.connect.length, Object.keys(ws).join())`)
    assert.deepEqual(console, [
      'GoError|invalid number of arguments to ws.connect',
      'GoError|invalid number of arguments to ws.connect',
      'GoError|last argument to ws.connect must be a function',
      'GoError|last argument to ws.connect must be a function',
      '2 connect',
    ])
  })

  it('WS-04 returns only after close; code after it runs later than all handlers', async () => {
    const { console, exitCode } = await runSession(`
      ws.connect(url, (socket) => {
        log('callback')
        socket.on('open', () => { log('open'); socket.send('hello') })
        socket.on('message', (text) => { log('message', text); socket.close() })
        socket.on('close', (code) => log('close', code))
      })
      log('returned')`)
    assert.deepEqual(console, ['callback', 'open', 'message hello', 'close 1001', 'returned'])
    assert.equal(exitCode, 0)
  })

  it('WS-05 gives a response with the url as given, status, canonical headers, empty body and error', async () => {
    const { console } = await runSession(
      `const response = ws.connect(url + '/path?q=1#part', null, ${CLOSE_ON_OPEN})
      log(Object.keys(response).join(), response.url === url + '/path?q=1#part', response.status)
      log(JSON.stringify([response.body, response.error, response.headers['Sec-Websocket-Accept'].length]))
      log(response.headers['X-Twice'], response.headers['Upgrade'])`,
      { headers: 'x-twice: a\r\nX-TWICE: b\r\n' },
    )
    assert.deepEqual(console, ['url,status,headers,body,error true 101', '["","",28]', 'a, b websocket'])
  })

  it('WS-46 refuses tags that are no text, number or boolean', async () => {
    const { console } = await runSession(`${THROWS}
      thrown(() => ws.connect(url, { tags: { bad: {} } }, () => {}))
      thrown(() => ws.connect(url, { tags: { bad: null } }, () => {}))`)
    const text =
      "GoError|invalid ws.connect() metric tags: invalid value for metric tag 'bad': only String, Boolean and Number types are accepted as a metric tag values"
    assert.deepEqual(console, [text, text])
  })

  it('ignores parameters that are null, undefined, primitive or unknown', async () => {
    const { console } = await runSession(`
      for (const params of [null, undefined, 5, 'text', { unknown: 1, headers: null, tags: undefined, jar: 'none' }]) {
        log(ws.connect(url, params, ${CLOSE_ON_OPEN}).status)
      }`)
    assert.deepEqual(console, ['101', '101', '101', '101', '101'])
  })

  it('is found by every form of import', async () => {
    await using server = await webSocketServer()
    const { console } = await runScript(
      `import ws, { connect } from 'k6/ws'
      import * as all from 'k6/ws'
      const required = require('k6/ws')
      export default function () {
        const close = ${CLOSE_ON_OPEN}
        const url = __ENV.SERVER_URL
        for (const f of [ws.connect, connect, all.connect, required.connect]) console.log(f(url, close).status)
      }`,
      { name: 'script.js', env: { SERVER_URL: server.url } },
    )
    assert.deepEqual(console, ['101', '101', '101', '101'])
  })
})

describe('k6/ws: the request', () => {
  it('WS-40 sends headers with canonical names; User-Agent, Host and Origin can be set', async () => {
    const { peers } = await runSession(`
      ws.connect(url, { headers: { 'x-a': 5, 'X-LIST': [1, 2], 'user-agent': 'mine', host: 'other.test', ORIGIN: 'http://o' } },
        ${CLOSE_ON_OPEN})`)
    const peer = peers[0]!
    assert.deepEqual(
      ['X-A', 'X-List', 'User-Agent', 'Host', 'Origin'].map((name) => peer.header(name)),
      ['5', '1,2', 'mine', 'other.test', 'http://o'],
    )
  })

  it('WS-41 has the user agent of the options and no Origin', async () => {
    const body = `ws.connect(url, ${CLOSE_ON_OPEN})`
    const { peers } = await runSession(body, {}, { options: { userAgent: 'from options' } })
    assert.equal(peers[0]!.header('User-Agent'), 'from options')
    assert.equal(peers[0]!.header('Origin'), undefined)
    assert.match(peers[0]!.request, /^GET \/ HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/)
    const unset = await runSession(body)
    assert.match(unset.peers[0]!.header('User-Agent') ?? '', /\S/)
  })

  it('WS-42 refuses headers that belong to the handshake', async () => {
    const { console } = await runSession(`
      const names = ['upgrade', 'Connection', 'sec-websocket-key', 'Sec-WebSocket-Version', 'Sec-WebSocket-Extensions']
      for (const name of names) log(ws.connect(url, { headers: { [name]: 'x' } }, () => {}).error)`)
    assert.deepEqual(
      console,
      ['Upgrade', 'Connection', 'Sec-Websocket-Key', 'Sec-Websocket-Version', 'Sec-Websocket-Extensions'].map(
        (name) => `websocket: duplicate header not allowed: ${name}`,
      ),
    )
  })

  it('WS-43 asks for subprotocols by header and tags samples with the chosen one', async () => {
    const { samples, peers } = await runSession(
      `ws.connect(url, { headers: { 'Sec-WebSocket-Protocol': 'a, b' } }, ${CLOSE_ON_OPEN})`,
      { headers: 'Sec-WebSocket-Protocol: b\r\n' },
      { samples: true },
    )
    assert.equal(peers[0]!.header('Sec-WebSocket-Protocol'), 'a, b')
    assert.equal(samples.find(({ metric }) => metric === 'ws_sessions')?.tags['subproto'], 'b')
  })

  it('WS-44 takes compression: undefined, and the empty text, for none', async () => {
    const { console, peers } = await runSession(
      `for (const compression of [undefined, '', ' ']) {
        const { status } = ws.connect(url, { compression }, (socket) => socket.on('open', () => socket.close()))
        log(status)
      }`,
    )
    assert.deepEqual(console, ['101', '101', '101'])
    assert.deepEqual(
      peers.map((peer) => peer.header('Sec-WebSocket-Extensions')),
      [undefined, undefined, undefined],
    )
  })

  it('WS-44 compresses with deflate, without context, and refuses other algorithms', async () => {
    const { console, peers } = await runSession(
      `${THROWS}
      ws.connect(url, { compression: ' deflate ' }, (socket) => {
        socket.on('open', () => socket.send('abc'.repeat(1000)))
        socket.on('message', (text) => { log(text === 'abc'.repeat(1000)); socket.close() })
      })
      thrown(() => ws.connect(url, { compression: 'gzip' }, () => {}))
      thrown(() => ws.connect(url, { compression: null }, () => {}))`,
      {
        headers:
          'Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n',
      },
    )
    assert.deepEqual(console, [
      'true',
      "GoError|unsupported compression algorithm 'gzip', supported algorithm is 'deflate'",
      "GoError|unsupported compression algorithm 'null', supported algorithm is 'deflate'",
    ])
    assert.equal(
      peers[0]!.header('Sec-WebSocket-Extensions'),
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    )
    assert.ok(peers[0]!.frames[0]!.payload.length < 200)
    const off = await runSession(`log(ws.connect(url, { compression: '' }, ${CLOSE_ON_OPEN}).status)`)
    assert.deepEqual(off.console, ['101'])
    assert.equal(off.peers[0]!.header('Sec-WebSocket-Extensions'), undefined)
  })

  it('WS-45 sends the cookies of the jar and keeps those that the server sets', async () => {
    const { console, peers } = await runSession(
      `const jar = http.cookieJar()
      jar.set(url.replace('ws', 'http'), 'mine', 'a')
      ws.connect(url, ${CLOSE_ON_OPEN})
      log(JSON.stringify(jar.cookiesForURL(url)))
      ws.connect(url, ${CLOSE_ON_OPEN})
      const other = new http.CookieJar()
      other.set(url, 'other', 1)
      ws.connect(url, { jar: other }, ${CLOSE_ON_OPEN})`,
      { headers: 'Set-Cookie: theirs=b; Path=/\r\nSet-Cookie: foreign=c; Domain=elsewhere.test\r\n' },
      { options: { iterations: 2 } },
    )
    assert.deepEqual(console, ['{"mine":["a"],"theirs":["b"]}', '{"mine":["a"],"theirs":["b"]}'])
    const cookies = ['mine=a', 'mine=a; theirs=b', 'other=1']
    // The jar of the second iteration is a new one.
    assert.deepEqual(
      peers.map((peer) => peer.header('Cookie')),
      [...cookies, ...cookies],
    )
  })

  it('keeps the cookies of a VU with option noCookiesReset', async () => {
    const { peers } = await runSession(
      `ws.connect(url, ${CLOSE_ON_OPEN})`,
      { headers: 'Set-Cookie: session=b\r\n' },
      { options: { iterations: 2, noCookiesReset: true } },
    )
    assert.deepEqual(
      peers.map((peer) => peer.header('Cookie')),
      [undefined, 'session=b'],
    )
  })
})

describe('k6/ws: failures', () => {
  it('WS-35 a refused connection gives a response with the reason', async () => {
    const { console, exitCode, warnings } = await runScript(
      `import ws from 'k6/ws'
      export default function () {
        console.log(JSON.stringify(ws.connect('ws://127.0.0.1:1', () => console.log('called'))))
      }`,
      { name: 'script.js' },
    )
    assert.deepEqual(console, [
      '{"url":"","status":0,"headers":{},"body":"","error":"dial tcp 127.0.0.1:1: connect: connection refused"}',
    ])
    assert.deepEqual(warnings, ['Attempt to establish a WebSocket connection failed'])
    assert.equal(exitCode, 0)
  })

  it('WS-36 an HTTP answer gives its status, headers and the start of its body', async () => {
    const { console } = await runSession(
      `const response = ws.connect(url, () => log('called'))
      log(JSON.stringify([response.url, response.status, response.headers, response.body.length, response.error]))`,
      { onRequest: httpAnswer(`HTTP/1.1 404 Not Found\r\nx-a: 1\r\nConnection: close\r\n\r\n${'b'.repeat(2000)}`) },
    )
    assert.deepEqual(console, ['["",404,{"X-A":"1","Connection":"close"},1024,""]'])
  })

  it('WS-37 option throw turns failures into exceptions', async () => {
    const { console } = await runSession(
      `${THROWS}
      thrown(() => ws.connect('ws://127.0.0.1:1', () => {}))
      thrown(() => ws.connect(url, () => {}))`,
      { onRequest: httpAnswer('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n') },
      { options: { throw: true } },
    )
    assert.deepEqual(console, [
      'GoError|dial tcp 127.0.0.1:1: connect: connection refused',
      'GoError|websocket: bad handshake',
    ])
  })

  it('WS-38 URLs that are no ws or wss URL fail', async () => {
    const { console } = await runSession(`
      for (const bad of ['INVALID', 'http://127.0.0.1', '', 'ws://user:secret@127.0.0.1/', 'ws://h/%zz']) {
        log(ws.connect(bad, () => log('called')).error)
      }`)
    const malformed = 'malformed ws or wss URL'
    assert.deepEqual(console, [
      malformed,
      malformed,
      malformed,
      malformed,
      'parse "ws://h/%zz": invalid URL escape "%zz"',
    ])
  })

  it('WS-39 does not follow redirects', async () => {
    const { console, peers } = await runSession(
      `log(ws.connect(url, () => {}).status, ws.connect(url, () => {}).status)`,
      {
        onRequest: httpAnswer('HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'),
      },
    )
    assert.deepEqual(console, ['302 302'])
    assert.equal(peers.length, 2)
  })

  it('reports a server that does not speak HTTP', async () => {
    const { console } = await runSession(`log(ws.connect(url, () => {}).error)`, {
      onRequest: httpAnswer('220 mail.test ESMTP\r\n'),
    })
    assert.match(console[0]!, /^malformed HTTP (response|version|status code) "/)
  })

  it('reports blocked names and addresses', async () => {
    const { console } = await runSession(
      `log(ws.connect('ws://blocked.test/', () => {}).error)
      log(ws.connect('ws://10.1.2.3/', () => {}).error)`,
      {},
      { options: { blockHostnames: ['*.test'], blacklistIPs: ['10.0.0.0/8'] } },
    )
    assert.deepEqual(console, [
      'hostname (blocked.test) is in a blocked pattern (*.test)',
      'IP (10.1.2.3) is in a blacklisted range (10.0.0.0/8)',
    ])
  })

  it('goes on with the next VU code when a connection ends during the handshake', async () => {
    const { console } = await runSession(`log(ws.connect(url, () => {}).error); log('next')`, {
      onRequest: (peer) => peer.socket.destroy(),
    })
    assert.equal(console[1], 'next')
    assert.match(console[0]!, /EOF|reset/)
  })
})

describe('k6/ws: wss', () => {
  it('WS-53 works with insecureSkipTLSVerify and fails without it', async () => {
    await using server = await webSocketServer({ tls: true })
    const body = `
      const response = ws.connect(url, (socket) => {
        socket.on('open', () => socket.send('secret'))
        socket.on('message', (text) => { log(text); socket.close() })
      })
      log(response.status, response.error)`
    const trusting = await runSession(body, server, { options: { insecureSkipTLSVerify: true } })
    assert.deepEqual(trusting.console, ['secret', '101 '])
    assert.equal(server.peers[0]!.close, '1001')
    const strict = await runSession(body, server)
    assert.match(strict.console[0]!, /^0 tls: failed to verify certificate: x509: /)
  })

  it('reports a server without TLS', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const { console } = await runScript(
      `import ws from 'k6/ws'
      export default () => console.log(ws.connect('wss://127.0.0.1:${port}', () => {}).error)`,
      { name: 'script.js' },
    )
    server.close()
    assert.deepEqual(console, ['tls: first record does not look like a TLS handshake'])
  })
})
