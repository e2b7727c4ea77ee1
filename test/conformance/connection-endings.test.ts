/** How connections end and begin, in all APIs alike, against servers that keep to no rules. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { constants, createDeflateRaw } from 'node:zlib'
import { type RunScriptOptions, runScript } from '../helpers/run-script.js'
import { runTcpScript } from '../helpers/tcp-script.js'
import { echoServer, reset, scriptedServer } from '../helpers/tcp-server.js'

function acceptance(request: string, extra = ''): string {
  const key = /^Sec-WebSocket-Key: (.*)$/im.exec(request)![1]!.trim()
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${extra}\r\n`
}

const frameOf = (first: number, payload: Buffer | string): Buffer => {
  const bytes = Buffer.from(payload as string)
  const length = bytes.length < 126 ? [bytes.length] : [126, bytes.length >> 8, bytes.length & 255]
  return Buffer.concat([Buffer.from([first, ...length]), bytes])
}

/** What the server does after it has accepted, by path. */
const BEHAVIOURS: Record<string, (socket: Socket, request: string) => void> = {
  '/rst': (socket) => socket.on('data', () => reset(socket)),
  // Together with the answer of the handshake, in one turn of the client's event loop.
  '/rst-at-once': (socket) => reset(socket),
  '/fin': (socket) => socket.end(),
  '/violation': (socket) => socket.write(frameOf(0x83, 'reserved')),
  '/utf8': (socket) => socket.write(frameOf(0x81, Buffer.from([0xff]))),
  '/large': (socket) => socket.write(frameOf(0x81, 'x'.repeat(200))),
  '/silent': () => {},
  '/hello': (socket) => socket.write(frameOf(0x81, 'hello')),
}

describe('a WebSocket whose connection breaks', () => {
  let url: string
  let server: ReturnType<typeof createServer>

  before(async () => {
    server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (data) => {
        const request = data.toString()
        const { pathname, searchParams } = new URL(request.split(' ')[1]!, 'ws://x')
        const extra = searchParams.get('extra') ?? ''
        socket.write((searchParams.get('before') ?? '') + acceptance(request, extra))
        void (pathname === '/context' ? sendInOneContext(socket) : BEHAVIOURS[pathname]?.(socket, request))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `ws://127.0.0.1:${(server.address() as { port: number }).port}`
  })

  after(() => server.close())

  /** Messages of which each refers to those before it. */
  async function sendInOneContext(socket: Socket): Promise<void> {
    const deflate = createDeflateRaw()
    for (let i = 0; i < 3; i++) {
      const chunks: Buffer[] = []
      deflate.on('data', (chunk) => chunks.push(chunk))
      deflate.write(`hello once more ${i}`)
      await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve))
      deflate.removeAllListeners('data')
      socket.write(frameOf(0xc1, Buffer.concat(chunks).subarray(0, -4)))
    }
  }

  /** Runs a script that finds URL, `tell`, and `watch(api, path, params, then)`, which logs all events in one line. */
  async function run(body: string, { options = '{}', ...more }: { options?: string } & RunScriptOptions = {}) {
    const result = await runScript(
      `import ws from 'k6/ws'
      import { WebSocket as K6 } from 'k6/websockets'
      import { sleep } from 'k6'
      export const options = ${options}
      const URL = '${url}'
      const watch = (api, path, params, then = () => {}) => new Promise((done) => {
        const seen = []
        const say = (text) => seen.push(text.replace(/tcp \\S+:\\d+->\\S+:\\d+/, 'tcp ENDPOINTS'))
        const finish = () => { console.log(api + ' ' + path + ': ' + seen.join(', ')); done() }
        if (api === 'ws') {
          const response = ws.connect(URL + path, params ?? {}, (socket) => {
            socket.on('error', (e) => say('error ' + e.error()))
            socket.on('message', (data) => say(data))
            socket.on('close', (code) => say('close ' + code))
            then(socket)
          })
          if (response.error) say(response.error)
          finish()
          return
        }
        const socket = api === 'k6' ? new K6(URL + path, null, params) : new globalThis.WebSocket(URL + path, [], params)
        socket.onopen = () => then(socket)
        socket.onmessage = ({ data }) => say(data)
        socket.onerror = (event) => say('error ' + (event.error.message ?? event.error))
        socket.onclose = (event) => { say('close ' + event.code); finish() }
      })
      export default async function () { ${body} }`,
      { name: 'script.js', ...more },
    )
    return result
  }

  it('tells so with an error and the code: 1006, or the one it was sent', async () => {
    const { console } = await run(
      `for (const api of ['ws', 'k6', 'global'])
        for (const path of ['/rst', '/rst-at-once', '/fin', '/violation', '/large'])
          await watch(api, path, {}, (socket) => { if (path === '/rst') socket.send('go') })
      await watch('global', '/utf8')`,
      { options: '{ maxMessageSize: 100 }' },
    )
    const large = 'message of at least 200 bytes, the limit is 100'
    assert.deepEqual(console, [
      'ws /rst: error read tcp ENDPOINTS: read: connection reset by peer, close 1006',
      'ws /rst-at-once: error read tcp ENDPOINTS: read: connection reset by peer, close 1006',
      'ws /fin: error websocket: close 1006 (abnormal closure): unexpected EOF, close 1006',
      'ws /violation: error websocket: bad opcode 3, close 1002',
      `ws /large: error websocket: ${large}, close 1009`,
      'k6 /rst: error read tcp ENDPOINTS: read: connection reset by peer, close 1006',
      'k6 /rst-at-once: error read tcp ENDPOINTS: read: connection reset by peer, close 1006',
      'k6 /fin: error websocket: close 1006 (abnormal closure): unexpected EOF, close 1006',
      'k6 /violation: error websocket: bad opcode 3, close 1002',
      `k6 /large: error websocket: ${large}, close 1009`,
      'global /rst: error read tcp ENDPOINTS: read: connection reset by peer, close 1006',
      'global /rst-at-once: error read tcp ENDPOINTS: read: connection reset by peer, close 1006',
      'global /fin: close 1006',
      'global /violation: error protocol violation: bad opcode 3, close 1006',
      `global /large: error protocol violation: ${large}, close 1006`,
      'global /utf8: error protocol violation: invalid UTF-8 in text message, close 1006',
    ])
  })

  it('WSS-42 waits for the answer to close() for closeTimeout, of the options or of the call', async () => {
    const { console, summary } = await run(
      `const started = Date.now()
      await watch('k6', '/silent', null, (socket) => socket.close())
      await watch('global', '/silent', { closeTimeout: '30ms' }, (socket) => socket.close())
      console.log(Date.now() - started < 4000)`,
      { options: "{ closeTimeout: '50ms' }" },
    )
    assert.deepEqual(console, [
      'k6 /silent: error websocket: close 1006 (abnormal closure): no answer to the close frame, close 1006',
      'global /silent: close 1006',
      'true',
    ])
    assert.equal(summary.metrics['ws_closes']?.['count'], 2)
  })

  it('accepts each answer to the offer of compression that RFC 7692 allows, also one that keeps the context', async () => {
    const answer = (text: string): string => `extra=${encodeURIComponent(`Sec-WebSocket-Extensions: ${text}\r\n`)}`
    const { console } = await run(
      `const deflate = { compression: 'deflate' }
      for (const api of ['ws', 'k6', 'global']) {
        let left = 3
        await watch(api, '/context?${answer('permessage-deflate; server_max_window_bits=15')}', deflate, (socket) => {
          const count = () => { if (--left === 0) socket.close() }
          if (api === 'ws') socket.on('message', count)
          else socket.addEventListener('message', count)
        })
        await watch(api, '/hello?${answer('permessage-deflate; server_no_context_takeover')}', deflate, (socket) => {
          if (api === 'ws') socket.on('message', () => socket.close())
          else socket.addEventListener('message', () => socket.close())
        })
      }
      await watch('global', '/silent?${answer('x-foo')}')`,
      { options: "{ closeTimeout: '20ms' }" },
    )
    const told = console.map((line) => line.replace(/\?\S+:/, ':').replace(/, (error|close).*/, ''))
    const messages = 'hello once more 0, hello once more 1, hello once more 2'
    assert.deepEqual(told, [
      `ws /context: ${messages}`,
      'ws /hello: hello',
      `k6 /context: ${messages}`,
      'k6 /hello: hello',
      `global /context: ${messages}`,
      'global /hello: hello',
      'global /silent: error websocket: the server chose the extension "x-foo", which was not offered',
    ])
  })

  it('begins behind interim answers, and takes a subprotocol asked for in a header', async () => {
    const early = encodeURIComponent('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n')
    const chat = encodeURIComponent('Sec-WebSocket-Protocol: chat\r\n')
    const { console } = await run(
      `for (const api of ['ws', 'k6', 'global'])
        await watch(api, '/hello?before=${early}&extra=${chat}',
          { headers: { 'Sec-WebSocket-Protocol': 'a, chat' }, compression: api === 'global' ? undefined : 'deflate' },
          (socket) => {
            if (api === 'ws') socket.on('message', () => socket.close(1000))
            else socket.addEventListener('message', () => { console.log(socket.protocol); socket.close() })
          })`,
      { options: "{ closeTimeout: '20ms' }" },
    )
    const told = console.map((line) => line.replace(/\?\S+:/, ':').replace(/(, error.*)?, close.*/, ''))
    assert.deepEqual(told, ['ws /hello: hello', 'chat', 'k6 /hello: hello', 'chat', 'global /hello: hello'])
  })

  it('is counted when its VU is interrupted while it sleeps', async () => {
    const { summary } = await run(`new K6(URL + '/silent'); sleep(30)`, {
      options: `{ scenarios: { a: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '0s' } } }`,
    })
    assert.equal(summary.metrics['ws_sessions']?.['count'], 1)
    assert.ok((summary.metrics['ws_connecting']?.['max'] as number) > 0)
    assert.equal(summary.metrics['ws_sockets_open']?.['value'], 0)
  })

  it('has the metrics of closes and failures in k6/ws, too', async () => {
    const { summary, samples } = await run(
      `await watch('ws', '/fin'); ws.connect('ws://127.0.0.1:1/', () => {})
      await watch('ws', '/hello', {}, (socket) => { socket.send('four'); socket.on('message', () => socket.close(1000)) })`,
      { samples: true },
    )
    const codes = samples.filter(({ metric }) => metric === 'ws_closes').map(({ tags }) => tags['close_code'])
    assert.deepEqual(codes, ['1006', '1000'])
    const [failed] = samples.filter(({ metric }) => metric === 'ws_handshake_failures')
    assert.equal(failed?.tags['reason'], 'refused')
    assert.equal(summary.metrics['ws_data_sent']?.['count'], 4)
    assert.equal(summary.metrics['ws_data_received']?.['count'], 5)
    assert.equal(summary.metrics['ws_sockets_open']?.['value'], 0)
  })

  it('says an error that nobody listens for once, with the place of the constructor', async () => {
    const { log } = await run(
      `for (let i = 0; i < 3; i++) new K6('ws://127.0.0.1:1/')
      new globalThis.WebSocket('ws://127.0.0.1:1/x')`,
      { name: 'place.js' },
    )
    const told = log.map(({ msg }) => msg).filter((msg) => msg.startsWith('WebSocket '))
    assert.equal(told.length, 2, told.join('\n'))
    assert.match(
      told[0]!,
      /^WebSocket ws:\/\/127\.0\.0\.1:1\/: WebSocketError: dial tcp .* connection refused\n\s+at default \(.*place\.js:\d+:\d+\)/,
    )
  })
})

describe('a callback of ws.connect that sleeps while the server closes', () => {
  it('sends on: what the server has sent is read when the callback and the open handlers are through', async () => {
    const received: Buffer[] = []
    await using server = await scriptedServer(({ socket }) => {
      socket.once('data', (data) => {
        socket.write(Buffer.concat([Buffer.from(acceptance(data.toString())), frameOf(0x88, Buffer.from([3, 232]))]))
        socket.on('data', (chunk) => received.push(chunk))
      })
    })
    const { console } = await runScript(
      `import ws from 'k6/ws'
      import { sleep } from 'k6'
      export default function () {
        ws.connect('ws://127.0.0.1:${server.port}/', (socket) => {
          socket.on('error', (e) => console.log('error ' + e.error()))
          socket.on('close', (code) => console.log('close ' + code))
          for (let i = 0; i < 3; i++) { sleep(0.05); socket.send('x') }
          socket.on('open', () => { sleep(0.05); socket.send('last'); console.log('open') })
        })
      }`,
      { name: 'script.js' },
    )
    assert.deepEqual(console, ['open', 'close 1000'])
    // Three messages of one byte, one of four, each behind six bytes; then the answer to the close frame.
    const bytes = Buffer.concat(received)
    assert.deepEqual([bytes[0], bytes[7], bytes[14], bytes[21], bytes[31]], [0x81, 0x81, 0x81, 0x81, 0x88])
  })
})

describe('a target that floods a VU that sleeps', () => {
  it('is not read beyond a limit, and everything arrives when the VU has time again', async () => {
    const total = 48 * 1024 * 1024
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    const message = Buffer.concat([Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 0x10, 0, 0]), chunk])
    let flooded = 0
    let atWake = 0
    /** Writes as fast as the client reads. */
    const flood = (socket: Socket, piece: Buffer): void => {
      for (; flooded < total; flooded += chunk.length) {
        if (!socket.write(piece)) {
          flooded += chunk.length
          socket.once('drain', () => flood(socket, piece))
          return
        }
      }
      socket.end(piece === message ? Buffer.from([0x88, 2, 3, 232]) : '')
    }
    await using tcp = await scriptedServer(({ socket }) => flood(socket, chunk))
    await using webSocket = await scriptedServer(({ socket }) => {
      socket.once('data', (data) => {
        socket.write(acceptance(data.toString()))
        flood(socket, message)
      })
    })
    await using control = await scriptedServer(() => {
      atWake = flooded
    })
    for (const lines of [
      `const socket = new Socket()
      let received = 0
      let isFirst = true
      socket.on('data', (data) => { received += data.length; if (isFirst) { isFirst = false; sleep(0.7); wake() } })
      socket.on('close', () => console.log(received))
      await socket.connect(${tcp.port}, '127.0.0.1')`,
      `const socket = new WebSocket('ws://127.0.0.1:${webSocket.port}/')
      socket.binaryType = 'arraybuffer'
      let received = 0
      let isFirst = true
      socket.onmessage = ({ data }) => { received += data.byteLength; if (isFirst) { isFirst = false; sleep(0.7); wake() } }
      socket.onclose = ({ code }) => console.log(received, code)`,
      `let received = 0
      let isFirst = true
      ws.connect('ws://127.0.0.1:${webSocket.port}/', (socket) => {
        socket.on('binaryMessage', (data) => { received += data.byteLength; if (isFirst) { isFirst = false; sleep(0.7); wake() } })
        socket.on('close', (code) => console.log(received, code))
      })`,
    ]) {
      flooded = 0
      const { console } = await runScript(
        `import { Socket } from 'k6/x/tcp'
        import { WebSocket } from 'k6/websockets'
        import ws from 'k6/ws'
        import { sleep } from 'k6'
        const wake = () => {
          const socket = new Socket()
          socket.on('connect', () => socket.destroy())
          socket.connect(${control.port}, '127.0.0.1')
        }
        export default async function () { ${lines} }`,
        { name: 'script.js' },
      )
      assert.match(console[0] as string, new RegExp(`^${total}( 1000)?$`), lines)
      assert.ok(atWake < total / 2, `${atWake} bytes were read or buffered while the VU slept: ${lines}`)
    }
  })
})

describe('k6/x/tcp', () => {
  it('delivers connect before close when destroy() follows the await', async () => {
    await using server = await echoServer()
    const { reported } = await runTcpScript(
      `for (const wait of [0, 0.05]) {
        const socket = new Socket()
        const seen = []
        const closed = closing(socket)
        socket.on('connect', () => seen.push('connect'))
        await socket.connect(PORT, HOST)
        seen.push('awaited')
        if (wait) sleep(wait)
        socket.destroy()
        await closed
        report('seen ' + wait, seen)
      }`,
      { port: server.port },
    )
    assert.deepEqual(reported, { 'seen 0': ['awaited', 'connect'], 'seen 0.05': ['awaited', 'connect'] })
  })

  it('gives up a TLS handshake that gets no answer, by the limit of the options or of the call', async () => {
    await using server = await scriptedServer(({ socket }) => socket.resume())
    const { reported } = await runTcpScript(
      `for (const options of [{}, { handshakeTimeout: 30 }]) {
        const socket = new Socket()
        await reportError('limit ' + Object.keys(options).length, socket.connect({ port: PORT, host: HOST, tls: true, ...options }))
        report('state', socket.ready_state)
      }
      await reportError('wrong', new Socket().connect({ port: PORT, host: HOST, connectTimeout: 'soon' }))`,
      { port: server.port, options: { handshakeTimeout: '50ms', insecureSkipTLSVerify: true } },
    )
    for (const name of ['limit 0', 'limit 1']) {
      assert.match(reported[name].message, /^TLS handshake failed: read tcp \S+->\S+: i\/o timeout$/)
    }
    assert.equal(reported['state'], 'disconnected')
    assert.equal(reported['wrong'].message, 'connectTimeout must be a duration, got "soon" (string)')
  })

  it('setTimeout fires while connecting, too', async () => {
    await using server = await scriptedServer(({ socket }) => socket.resume())
    const { reported } = await runTcpScript(
      `const socket = new Socket()
      socket.setTimeout(30)
      socket.on('timeout', () => { report('state', socket.ready_state); socket.destroy() })
      await reportError('error', socket.connect({ port: PORT, host: HOST, tls: true }))`,
      { port: server.port },
    )
    assert.equal(reported['state'], 'opening')
    assert.equal(reported['error'].message, 'socket destroyed before connection was established')
  })

  it('errors have a stack that leads to the call', async () => {
    const { reported } = await runTcpScript(
      `async function login() { await new Socket().connect(1, HOST) }
      await pause(1)
      try { await login() } catch (error) { report('stack', error.stack) }`,
      { name: 'stack.js' },
    )
    assert.match(
      reported['stack'],
      /^TCPError: dial tcp 127\.0\.0\.1:1: .*refused\n\s+at login \(.*stack\.js:\d+:\d+\)/,
    )
  })
})
