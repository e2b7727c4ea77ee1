/**
 * The global `WebSocket` against the WebSockets Standard: a table of cases, after reading the web platform tests; words and code are
 * our own. Each body runs in a script; what it logs is compared.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { runBody, startServer, type TestServer } from './websockets-support.js'

interface Case {
  readonly title: string
  readonly body: string
  readonly expect: readonly string[]
}

/** Resolves with the next event of a type. */
const HEAD = `
const next = (ws, type) => new Promise((done) => ws.addEventListener(type, done, { once: true }))
const thrown = (fn) => { try { fn(); return 'no exception' } catch (error) { return (error instanceof DOMException) + ' ' + error.name + ' ' + error.code } }
`

const CASES: readonly Case[] = [
  {
    title: 'the constants are on the class and on sockets, and cannot be changed',
    body: `const ws = new WebSocket(URL)
      for (const name of ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED']) { try { WebSocket[name] = 9 } catch (error) { log(error.name) }; log(WebSocket[name], ws[name], name in WebSocket.prototype) }
      ws.onopen = () => ws.close()`,
    expect: [0, 1, 2, 3].flatMap((value) => ['TypeError', `${value} ${value} true`]),
  },
  {
    title: 'it is a class of its own: new is needed, and it can be extended',
    body: `try { WebSocket(URL) } catch (error) { log(error.name) }
      class Mine extends WebSocket { get mine() { return 'mine ' + this.url.startsWith('ws:') } }
      const ws = new Mine(URL)
      log(ws.mine, ws instanceof WebSocket, ws instanceof EventTarget, ws.constructor === Mine, Object.prototype.toString.call(ws))
      await next(ws, 'open'); ws.close()`,
    expect: ['TypeError', 'mine true true true true [object WebSocket]'],
  },
  {
    title: 'URLs that cannot be parsed, of other schemes, relative or with a fragment are SyntaxErrors',
    body: `for (const url of ['', 'ws://', 'ws://a b/', 'mailto:a@b', 'about:blank', 'ftp://h/', '/path', 'ws://h/#', 'ws://h/#x', 'ws://h:99999/']) log(thrown(() => new WebSocket(url)))
      try { new WebSocket() } catch (error) { log(error.name) }`,
    expect: [...Array.from({ length: 10 }, () => 'true SyntaxError 12'), 'SyntaxError'],
  },
  {
    title: 'http and https URLs mean ws and wss; url is serialised',
    body: `const urls = ['HTTP://LOCALHOST:80/a b?q=é', 'https://h', 'ws://h:80', 'wss://h:443/x', 'ws://h:81']
      for (const url of urls) { const ws = new WebSocket(url); log(ws.url); ws.close() }`,
    expect: ['ws://localhost/a%20b?q=%C3%A9', 'wss://h/', 'ws://h/', 'wss://h/x', 'ws://h:81/'],
  },
  {
    title: 'subprotocols that are no tokens or come twice are SyntaxErrors',
    body: `for (const protocols of ['', 'a b', 'a,b', '\\u0000', 'é', ['a', 'a'], ['ok', ''], ['a/b']]) log(thrown(() => new WebSocket(URL, protocols)))`,
    expect: Array.from({ length: 8 }, () => 'true SyntaxError 12'),
  },
  {
    title: 'subprotocols are offered in order, from a string or any iterable; a server that chooses none is refused',
    body: `const one = new WebSocket(URL, 'chat'); await next(one, 'open'); log(one.protocol); one.close()
      const two = new WebSocket(URL, new Set(['v0', 'v2'])); await next(two, 'open'); log(two.protocol); two.close()
      const none = new WebSocket(URL, 'unknown'); log((await next(none, 'close')).code, none.protocol === '')
      const empty = new WebSocket(URL, []); await next(empty, 'open'); log(JSON.stringify(empty.protocol)); empty.close()`,
    expect: ['chat', 'v2', '1006 true', '""'],
  },
  {
    title: 'properties at the beginning',
    body: `const ws = new WebSocket(URL)
      log(ws.readyState, ws.bufferedAmount, JSON.stringify(ws.extensions), JSON.stringify(ws.protocol), ws.binaryType, ws.onopen, ws.onmessage, ws.onerror, ws.onclose)
      await next(ws, 'open'); log(ws.readyState, typeof ws.extensions); ws.close()`,
    expect: ['0 0 "" "" blob null null null null', '1 string'],
  },
  {
    title: 'send while connecting is an InvalidStateError; while closing and after close it only counts',
    body: `const ws = new WebSocket(URL)
      log(thrown(() => ws.send('x')))
      await next(ws, 'open')
      ws.close()
      ws.send('abc'); ws.send(new Uint8Array(5)); log(ws.bufferedAmount)
      await next(ws, 'close')
      ws.send('é'); log(ws.bufferedAmount)`,
    expect: ['true InvalidStateError 11', '8', '10'],
  },
  {
    title: 'send converts what is neither text nor binary to a string; a DataView is binary',
    body: `const ws = new WebSocket(URL)
      ws.binaryType = 'arraybuffer'
      await next(ws, 'open')
      for (const data of [5, null, undefined, true, { toString: () => 'object' }, [1, 2], '\\ud800!']) { ws.send(data); log((await next(ws, 'message')).data) }
      ws.send(new DataView(Uint8Array.of(1, 2, 3).buffer, 1)); log(new Uint8Array((await next(ws, 'message')).data).join())
      ws.send(new Blob(['x', 5])); log(new Uint8Array((await next(ws, 'message')).data).join())
      try { ws.send(Symbol('s')) } catch (error) { log(error.name) }
      ws.close()`,
    expect: ['5', 'null', 'undefined', 'true', 'object', '1,2', '\ufffd!', '2,3', '120,53', 'TypeError'],
  },
  {
    title: 'binary messages are Blobs or ArrayBuffers; another binaryType is ignored',
    body: `const ws = new WebSocket(URL)
      await next(ws, 'open')
      ws.binaryType = 'nodebuffer'; log(ws.binaryType)
      ws.send(new ArrayBuffer(3)); const blob = (await next(ws, 'message')).data; log(blob instanceof Blob, blob.size)
      ws.binaryType = 'arraybuffer'
      ws.send(new ArrayBuffer(4)); const buffer = (await next(ws, 'message')).data; log(buffer instanceof ArrayBuffer, buffer.byteLength)
      ws.close()`,
    expect: ['blob', 'true 3', 'true 4'],
  },
  {
    title: 'bufferedAmount is what the turn sent, also when it is large, and 0 when it is gone',
    body: `const ws = new WebSocket(URL)
      await next(ws, 'open')
      ws.send('a'.repeat(65000)); ws.send('é'); log(ws.bufferedAmount)
      await next(ws, 'message'); log(ws.bufferedAmount)
      ws.close()`,
    expect: ['65002', '0'],
  },
  {
    title: 'close codes are clamped to 16 bits; only 1000 and 3000 to 4999 are allowed',
    body: `const ws = new WebSocket(URL)
      await next(ws, 'open')
      for (const code of [0, 999, 1001, 1005, 2999, 5000, 65536 + 1000, null, NaN, 'x', -1]) log(thrown(() => ws.close(code)))
      log(thrown(() => ws.close(1000, 'é'.repeat(62))), ws.readyState)
      ws.close(3000.5, 'why')
      const { code, reason, wasClean } = await next(ws, 'close'); log(code, reason, wasClean)`,
    expect: [
      ...Array.from({ length: 11 }, () => 'true InvalidAccessError 15'),
      'true SyntaxError 12 1',
      '3000 why true',
    ],
  },
  {
    title: 'arguments of close are checked in every state',
    body: `const ws = new WebSocket(URL)
      log(thrown(() => ws.close(1)))
      await next(ws, 'open'); ws.close(); log(thrown(() => ws.close(1)))
      await next(ws, 'close'); log(thrown(() => ws.close(1)), thrown(() => ws.close()))`,
    expect: ['true InvalidAccessError 15', 'true InvalidAccessError 15', 'true InvalidAccessError 15 no exception'],
  },
  {
    title: 'close() sends no code and reports 1005; a second close() does nothing',
    body: `const ws = new WebSocket(URL)
      await next(ws, 'open')
      ws.close(); log(ws.readyState); ws.close(1000)
      const { code, reason, wasClean } = await next(ws, 'close'); log(code, JSON.stringify(reason), wasClean, ws.readyState)`,
    expect: ['2', '1005 "" true 3'],
  },
  {
    title: 'close() while connecting: error, then close 1006, both later; no open',
    body: `const ws = new WebSocket(URL)
      ws.onopen = () => log('open'); ws.onerror = () => log('error', ws.readyState)
      ws.close(); log(ws.readyState)
      const { code, wasClean } = await next(ws, 'close'); log(code, wasClean)`,
    expect: ['2', 'error 3', '1006 false'],
  },
  {
    title: 'close frames of the server are no errors, whatever their code',
    body: `for (const path of ['/close/1000/bye', '/close/1011/oops', '/close/4321/x', '/close-empty']) {
        const ws = new WebSocket(URL + path)
        ws.onerror = () => log('error')
        await next(ws, 'open'); ws.send('x')
        const { code, reason, wasClean } = await next(ws, 'close'); log(code, reason, wasClean)
      }`,
    expect: ['1000 bye true', '1011 oops true', '4321 x true', '1005  true'],
  },
  {
    title: 'a connection that breaks ends with 1006, not clean',
    body: `for (const path of ['/fin', '/rst', '/violation']) {
        const ws = new WebSocket(URL + path)
        await next(ws, 'open'); ws.send('x')
        const { code, reason, wasClean } = await next(ws, 'close'); log(code, JSON.stringify(reason), wasClean)
      }`,
    expect: ['1006 "" false', '1006 "" false', '1006 "" false'],
  },
  {
    title: 'a handshake that fails: an error event, then close 1006; the error tells what happened',
    body: `const ws = new WebSocket(URL + '/status/302/%2Felsewhere')
      ws.onerror = (event) => log(event.type, event instanceof ErrorEvent, event.error instanceof Error, event.message)
      const { code, wasClean } = await next(ws, 'close'); log(code, wasClean)`,
    expect: [
      'error true true websocket: bad handshake: the server redirects (HTTP 302) to /elsewhere; handshakes do not follow redirects, use that address',
      '1006 false',
    ],
  },
  {
    title: 'events are of the right classes, with the right values',
    body: `const ws = new WebSocket(URL)
      const open = await next(ws, 'open'); log(open.constructor !== MessageEvent, open instanceof Event, open.bubbles, open.cancelable, open.target === ws, open.isTrusted)
      ws.send('x')
      const message = await next(ws, 'message'); log(message instanceof MessageEvent, message.origin === URL, JSON.stringify(message.lastEventId), message.source, message.ports.length)
      ws.close(1000)
      const close = await next(ws, 'close'); log(close instanceof CloseEvent, close.code, close.wasClean)
      const made = new MessageEvent('message', { data: 7 }); log(made.type, made.data, made instanceof Event)`,
    expect: ['true true false false true true', 'true true "" null 0', 'true 1000 true', 'message 7 true'],
  },
  {
    title: 'listeners: once, duplicates, removal, objects, signals, order with the handler',
    body: `const ws = new WebSocket(URL)
      const twice = () => log('twice'), removed = () => log('removed')
      const controller = new AbortController()
      ws.addEventListener('open', function () { log('first', this === ws) }, { once: true })
      ws.onopen = () => log('replaced')
      ws.addEventListener('open', twice); ws.addEventListener('open', twice)
      ws.addEventListener('open', removed); ws.removeEventListener('open', removed)
      ws.addEventListener('open', { handleEvent(event) { log('object', event.type, this.handleEvent !== undefined) } })
      ws.addEventListener('open', () => log('aborted'), { signal: controller.signal }); controller.abort()
      ws.addEventListener('open', null); ws.addEventListener('nonsense', twice)
      ws.onopen = 5; log(ws.onopen); ws.onopen = () => log('handler')
      await next(ws, 'open')
      ws.dispatchEvent(new Event('open'))
      ws.close()`,
    expect: ['null', 'first true', 'twice', 'object open true', 'handler', 'twice', 'object open true', 'handler'],
  },
  {
    title:
      'a listener that is removed while listeners are called is not called; stopImmediatePropagation stops the rest',
    body: `const ws = new WebSocket(URL)
      const second = () => log('second')
      ws.addEventListener('open', () => { log('first'); ws.removeEventListener('open', second); ws.addEventListener('open', () => log('late')) })
      ws.addEventListener('open', second)
      ws.addEventListener('open', (event) => { log('third'); event.stopImmediatePropagation() })
      ws.addEventListener('open', () => log('fourth'))
      await new Promise((done) => setTimeout(done, 100))
      ws.close()`,
    expect: ['first', 'third'],
  },
  {
    title: 'messages of a server that is asked much come in order and whole',
    body: `const ws = new WebSocket(URL)
      await next(ws, 'open')
      let expected = 0, wrong = 0
      ws.onmessage = ({ data }) => { if (data !== 'n' + expected++ ) wrong++; if (expected === 5000) { log(expected, wrong); ws.close() } }
      for (let i = 0; i < 5000; i++) ws.send('n' + i)
      await next(ws, 'close')`,
    expect: ['5000 0'],
  },
  {
    title: 'Blob: the conversions of the standard',
    body: `log(await new Blob([5, null, { toString: () => 'o' }, 'x']).text())
      log(new Blob([], { type: 'TEXT/Plain' }).type, JSON.stringify(new Blob([], { type: 'é' }).type), new Blob(['abc']).slice(1, 2, 'A/B').type)
      try { new Blob('abc') } catch (error) { log(error.name) }
      try { new Blob(null) } catch (error) { log(error.name) }`,
    expect: ['5nullox', 'text/plain "" a/b', 'TypeError', 'TypeError'],
  },
]

describe('the global WebSocket', () => {
  let server: TestServer
  before(async () => {
    server = await startServer({ protocols: ['chat', 'v2'] })
  })
  after(() => server.close())

  for (const { title, body, expect } of CASES) {
    it(title, async () => {
      const result = await runBody(server, HEAD + body, { head: '' })
      assert.deepEqual(result.errors, [])
      assert.deepEqual(result.console, expect)
    })
  }

  it('measures like k6/websockets', async () => {
    const result = await runBody(
      server,
      `const ws = new WebSocket(URL, [], { tags: { kind: 'global' }, headers: { 'X-Id': 1 }, perMessageDeflate: false })
      ws.onopen = () => ws.send('x'); ws.onmessage = () => ws.close()`,
      { head: '', samples: true },
    )
    const names = new Set(result.samples.filter(({ tags }) => tags['kind'] === 'global').map(({ metric }) => metric))
    for (const name of [
      'ws_sessions',
      'ws_connecting',
      'ws_session_duration',
      'ws_msgs_sent',
      'ws_msgs_received',
      'ws_closes',
    ]) {
      assert.ok(names.has(name), name)
    }
    assert.equal(server.requests.at(-1)?.headers['x-id'], '1')
  })

  it('can be replaced by the script, in its own VU', async () => {
    const result = await runBody(
      server,
      `log(typeof WebSocket, 'WebSocket' in globalThis)
      WebSocket.prototype.marked = true
      log(new Set([WebSocket, globalThis.WebSocket]).size, exec.vu.idInTest === 1 || WebSocket.prototype.marked)
      globalThis.WebSocket = 7
      log(WebSocket)`,
      { head: "import exec from 'k6/execution'" },
    )
    assert.deepEqual(result.console, ['function true', '1 true', '7'])
  })
})
