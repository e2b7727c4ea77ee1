/** `k6/websockets`: the module, the constructor, properties and listeners. WSS-01 to WSS-20. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'
import { runBody, startServer, type TestServer } from './websockets-support.js'

const TYPED_ARRAYS = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
] as const

describe('k6/websockets', () => {
  let server: TestServer
  before(async () => {
    server = await startServer({ deflate: true, protocols: ['chat', 'v2'] })
  })
  after(() => server.close())

  it('WSS-01 gives WebSocket and Blob to every kind of import; the alias gives the same and warns once', async () => {
    const result = await runScript(
      `import { WebSocket, Blob } from 'k6/websockets'
      import sockets from 'k6/websockets'
      import * as all from 'k6/websockets'
      import { WebSocket as Old, Blob as OldBlob } from 'k6/experimental/websockets'
      const required = require('k6/websockets')
      export const options = { vus: 1, iterations: 2 }
      export default function () {
        console.log([sockets, all, required].every((m) => m.WebSocket === WebSocket && m.Blob === Blob))
        console.log(Old === WebSocket, OldBlob === Blob, Object.keys(sockets).join())
      }`,
      { name: 'script.js' },
    )
    assert.deepEqual(result.errors, [])
    assert.deepEqual(result.console, ['true', 'true true WebSocket,Blob', 'true', 'true true WebSocket,Blob'])
    assert.deepEqual(
      result.warnings.filter((text) => text.includes('experimental')),
      [
        'k6/experimental/websockets is deprecated and will be removed in a future release. Please use k6/websockets instead.',
      ],
    )
  })

  it('WSS-02 the constructor returns at once with readyState 0; open follows with readyState 1', async () => {
    const result = await runBody(
      server,
      `for (const ws of [new WebSocket(URL), WebSocket(URL)]) {
        log(ws.readyState, ws instanceof WebSocket, ws.constructor === WebSocket)
        ws.onopen = () => { log('open', ws.readyState); ws.close() }
      }
      log('returned')`,
    )
    assert.deepEqual(result.console, ['0 true true', '0 true true', 'returned', 'open 1', 'open 1'])
  })

  it('WSS-03 a missing url, a wrong scheme, a fragment and a bad escape throw', async () => {
    const result = await runBody(
      null,
      `exact(() => new WebSocket()); exact(() => new WebSocket(null)); exact(() => new WebSocket(undefined))
      exact(() => new WebSocket('http://h/')); exact(() => new WebSocket('h'))
      exact(() => new WebSocket('ws://h/#a')); exact(() => new WebSocket('ws://h/%zz'))`,
    )
    assert.deepEqual(result.console, [
      'GoError|WebSocket requires a url',
      'GoError|WebSocket requires a url',
      'GoError|WebSocket requires a url',
      'GoError|WebSocket requires url with scheme ws or wss, but got "http"',
      'GoError|WebSocket requires url with scheme ws or wss, but got ""',
      'GoError|WebSocket requires no url fragment, but got "a"',
      'GoError|WebSocket requires valid url, but got "ws://h/%zz" which resulted in parse "ws://h/%zz": invalid URL escape "%zz"',
    ])
  })

  it('WSS-04 an unknown key of params throws', async () => {
    const result = await runBody(server, 'exact(() => new WebSocket(URL, null, { header: {} }))')
    assert.deepEqual(result.console, ["GoError|unknown WebSocket's option header"])
  })

  it('WSS-05 compression accepts deflate only, which is negotiated and listed in extensions', async () => {
    const result = await runBody(
      server,
      `for (const compression of ['', null, 'gzip']) exact(() => new WebSocket(URL, null, { compression }))
      const without = new WebSocket(URL, null, { compression: undefined })
      without.onopen = () => { json(without.extensions); without.close() }
      const ws = new WebSocket(URL, null, { compression: 'deflate' })
      const text = 'compress me '.repeat(100)
      ws.onopen = () => { log(Array.isArray(ws.extensions), ws.extensions.length, ws.extensions[0].includes('permessage-deflate')); ws.send(text) }
      ws.onmessage = ({ data }) => { log(data === text); ws.close() }
      const plain = new WebSocket(URL)
      plain.onopen = () => { json(plain.extensions); plain.close() }`,
    )
    const refused = (name: string) =>
      `GoError|unsupported compression algorithm '${name}', supported algorithm is 'deflate'`
    assert.deepEqual(result.console.slice(0, 3), [refused(''), refused('null'), refused('gzip')])
    assert.deepEqual(result.console.slice(3).sort(), ['[]', '[]', 'true', 'true 1 true'])
  })

  it('WSS-06 protocols are offered; protocol is what the server chose, or empty', async () => {
    const result = await runBody(
      server,
      `const seen = (ws) => new Promise((done) => { ws.onopen = () => { log(JSON.stringify(ws.protocol)); ws.close(); ws.onclose = done } })
      await seen(new WebSocket(URL, 'chat'))
      await seen(new WebSocket(URL, ['v1', 'v2']))
      await seen(new WebSocket(URL, 'other'))
      await seen(new WebSocket(URL, null))`,
    )
    assert.deepEqual(result.console, ['"chat"', '"v2"', '""', '""'])
    assert.equal(
      server.requests.some(({ headers }) => headers['sec-websocket-protocol'] === 'v1, v2'),
      true,
    )
  })

  it('WSS-07 headers, cookies of the jar and tags are as for k6/ws', async () => {
    const result = await runBody(
      server,
      `const seen = (ws) => new Promise((done) => { ws.onopen = () => ws.close(); ws.onclose = done })
      await seen(new WebSocket(URL + '/first', null, { headers: { 'x-token': 7, 'User-Agent': 'mine' }, tags: null, jar: null }))
      await seen(new WebSocket(URL + '/second'))
      const jar = new http.CookieJar()
      jar.set(URL.replace('ws', 'http'), 'own', 'jar')
      await seen(new WebSocket(URL + '/third', null, { jar }))
      exact(() => new WebSocket(URL, null, { tags: { a: {} } }))
      const bad = new WebSocket(URL, null, { headers: { upgrade: 'x' } })
      bad.onerror = ({ error }) => log(error)`,
      { head: "import { WebSocket } from 'k6/websockets'; import http from 'k6/http'" },
    )
    const request = (path: string) => server.requests.find(({ url }) => url === path)?.headers
    assert.equal(request('/first')?.['x-token'], '7')
    assert.equal(request('/first')?.['user-agent'], 'mine')
    assert.equal(request('/first')?.origin, undefined)
    assert.equal(request('/second')?.cookie, 'seen=yes')
    assert.equal(request('/third')?.cookie, 'own=jar')
    assert.deepEqual(result.console, [
      "GoError|invalid WebSocket tags option: invalid value for metric tag 'a': only String, Boolean and Number types are accepted as a metric tag values",
      'websocket: duplicate header not allowed: Upgrade',
    ])
  })

  it('WSS-08 properties other than binaryType and on… cannot be assigned', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      for (const name of ['url', 'readyState', 'bufferedAmount', 'extensions', 'protocol']) exact(() => { ws[name] = 1 })
      ws.binaryType = 'arraybuffer'
      log(ws.binaryType, ws.url === URL)
      ws.onopen = () => ws.close()`,
    )
    const refused = (name: string) => `TypeError|Cannot assign to read only property '${name}'`
    assert.deepEqual(result.console, [
      ...['url', 'readyState', 'bufferedAmount', 'extensions', 'protocol'].map(refused),
      'arraybuffer true',
    ])
  })

  it('WSS-09 binaryType is blob at first and refuses other values', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      log(ws.binaryType)
      exact(() => { ws.binaryType = 'text' })
      log(ws.binaryType)
      ws.onopen = () => ws.close()`,
    )
    assert.deepEqual(result.console, [
      'blob',
      'GoError|unknown binaryType text, the supported ones are "blob" and "arraybuffer"',
      'blob',
    ])
  })

  it('WSS-10 on… properties take a function, null or undefined', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      for (const name of ['open', 'message', 'error', 'close', 'ping', 'pong']) exact(() => { ws['on' + name] = 'x' })
      const handler = () => log('never')
      ws.onopen = handler
      log(ws.onopen === handler, ws.onclose)
      ws.onopen = null
      log(ws.onopen)
      ws.onmessage = undefined
      ws.addEventListener('open', () => ws.close())`,
    )
    const refused = ['open', 'message', 'error', 'close', 'ping', 'pong'].map(
      (name) => `GoError|a value for 'on${name}' should be callable`,
    )
    assert.deepEqual(result.console, [...refused, 'true null', 'null'])
  })

  it('WSS-11 the on… handler runs first, then listeners in order, one added twice twice', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      const twice = () => log('twice')
      ws.addEventListener('open', () => log('first'))
      ws.addEventListener('open', twice)
      ws.addEventListener('open', twice)
      ws.addEventListener('open', () => { log('last'); ws.close() })
      ws.onopen = () => log('handler')`,
    )
    assert.deepEqual(result.console, ['handler', 'first', 'twice', 'twice', 'last'])
  })

  it('WSS-11 listeners that pause keep the order and hold back later events', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      ws.onopen = () => { log('before'); sleep(0.05); log('after'); ws.send('x') }
      ws.addEventListener('open', () => { sleep(0.05); log('second'); ws.send('y') })
      ws.onmessage = ({ data }) => { sleep(0.01); log(data); if (data === 'y') ws.close() }
      ws.onclose = () => { sleep(0.01); log('closed') }`,
      { head: "import { WebSocket } from 'k6/websockets'; import { sleep } from 'k6'" },
    )
    assert.deepEqual(result.console, ['before', 'after', 'second', 'x', 'y', 'closed'])
  })

  it('WSS-12 an unknown type of event warns, a missing listener throws', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      ws.addEventListener('foo', () => {})
      ws.addEventListener('Open', () => {})
      exact(() => ws.addEventListener('open'))
      exact(() => ws.addEventListener('open', null))
      try { ws.addEventListener('open', 5) } catch (error) { log(error.name, error.message.startsWith('could not convert function call parameter 1')) }
      ws.onopen = () => ws.close()`,
    )
    assert.deepEqual(result.warnings, [
      "can't add event handler: unknown event type: foo",
      "can't add event handler: unknown event type: Open",
    ])
    assert.deepEqual(result.console, [
      'GoError|handler for event type "open" isn\'t a callable function',
      'GoError|handler for event type "open" isn\'t a callable function',
      'TypeError true',
    ])
  })

  it('WSS-13 events have type, target and timestamp, and what the standard adds', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      ws.onopen = (event) => {
        log(event.type, event.target === ws, Math.abs(event.timestamp - Date.now()) < 5000, event.timeStamp < event.timestamp)
        log(Object.keys(event).join(), event instanceof Event, event.currentTarget === ws, event.cancelable)
        ws.close()
      }`,
    )
    assert.deepEqual(result.console, ['open true true true', 'type,target,timestamp true true false'])
  })

  it('WSS-14 message events carry text, a Blob or an ArrayBuffer, and the url as origin', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL + '/x')
      ws.onopen = () => { ws.send('text'); ws.send(new Uint8Array([1, 2])) }
      let count = 0
      ws.onmessage = async ({ data, origin }) => {
        log(typeof data, data instanceof Blob, data instanceof ArrayBuffer, origin === ws.url, data.byteLength ?? data.size)
        if (++count === 2) { ws.binaryType = 'arraybuffer'; ws.send(new Uint8Array([3])) }
        if (count === 3) ws.close()
      }`,
    )
    assert.deepEqual(result.console, [
      'string false false true undefined',
      'object true false true 2',
      'object false true true 1',
    ])
  })

  it('WSS-15 WSS-16 WSS-30 a refused connection: error is a string, readyState 3, then close without a code; no exception', async () => {
    const result = await runBody(
      null,
      `const ws = new WebSocket('ws://127.0.0.1:1/')
      ws.onerror = ({ error }) => log(typeof error, error, ws.readyState)
      ws.onclose = (event) => log('code' in event, JSON.stringify(event.reason), event.wasClean, ws.readyState)`,
    )
    assert.deepEqual(result.console, ['string dial tcp 127.0.0.1:1: connect: connection refused 3', 'false "" false 3'])
    assert.deepEqual(result.errors, [])
    assert.equal(result.exitCode, 0)
    assert.equal(result.summary.metrics['iterations']?.['count'], 1)
  })

  it('WSS-17 send and ping throw InvalidStateError before open, while closing and after close', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      const both = () => { exact(() => ws.send('x')); exact(() => ws.ping()) }
      both()
      ws.onopen = () => { ws.close(); both() }
      ws.onclose = both`,
    )
    assert.deepEqual(
      result.console,
      Array.from({ length: 6 }, () => 'GoError|InvalidStateError'),
    )
  })

  it('WSS-18 strings, buffers, every kind of view with its offset, and Blobs arrive as they are', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      ws.binaryType = 'arraybuffer'
      const bytes = Uint8Array.from({ length: 32 }, (_, i) => i + 1).buffer
      const views = ${JSON.stringify(TYPED_ARRAYS)}.map((name) => new globalThis[name](bytes, 8, 2))
      const expected = ['', 'grüße €', bytes, ...views, new Blob(['in a ', new Uint8Array([98])]), new ArrayBuffer(0)]
      const hex = (data) => typeof data === 'string' ? data : Array.from(new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength)).join()
      ws.onopen = () => { for (const data of expected) ws.send(data) }
      let at = 0
      ws.onmessage = async ({ data }) => {
        const sent = expected[at++]
        const wanted = sent instanceof Blob ? await sent.arrayBuffer() : sent
        if (hex(data) !== hex(wanted)) log('differs', at, hex(data), hex(wanted))
        if (at === expected.length) { log('all', at); ws.close() }
      }`,
    )
    assert.deepEqual(result.errors, [])
    assert.deepEqual(result.console, ['all 16'])
  })

  it('WSS-19 everything else cannot be sent', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      ws.onopen = () => {
        const values = [5, null, undefined, true, {}, [1], new Date(), () => {}, new String('x'), new DataView(new ArrayBuffer(2)), Symbol('s')]
        for (const value of values) try { ws.send(value); log('sent') } catch (error) { if (!error.message.startsWith('unsupported send type ')) log(error.message) }
        try { ws.send() } catch (error) { log(error.name) }
        ws.close()
      }`,
    )
    assert.deepEqual(result.console, ['GoError'])
  })

  it('WSS-20 bufferedAmount counts the bytes sent in the same turn, returns to 0, and is never negative', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL)
      log(ws.bufferedAmount)
      const large = 'x'.repeat(100000)
      ws.onopen = () => {
        ws.send('grüße'); ws.send(new Uint8Array(3)); log(ws.bufferedAmount)
        ws.send(large); log(ws.bufferedAmount)
        for (let i = 0; i < 50; i++) ws.send(large.slice(0, 1000))
        log(ws.bufferedAmount)
        ws.ping(); log(ws.bufferedAmount)
      }
      let count = 0
      ws.onmessage = () => { if (++count === 53) { log(ws.bufferedAmount); ws.close(); log(ws.bufferedAmount) } }
      ws.onclose = () => log(ws.bufferedAmount)`,
    )
    assert.deepEqual(result.console, ['0', '10', '100010', '150010', '150010', '0', '0', '0'])
  })
})
