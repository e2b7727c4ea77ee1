/**
 * The client of `node:http2` in a virtual user against Node's own: each row is a piece of a client, run in both against the same servers,
 * and what it noted must be the same. After Node's documentation of ClientHttp2Session and ClientHttp2Stream.
 */
import assert from 'node:assert/strict'
import http2, { type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { createCertificate } from '../../src/echo/certificate.js'
import { runScript } from '../helpers/run-script.js'

type Note = (...values: unknown[]) => void

/** What the servers do, by path. */
const PATHS: Readonly<Record<string, (stream: ServerHttp2Stream) => void>> = {
  '/': (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'text/plain' })
    stream.end('hello')
  },
  '/echo': (stream) => {
    stream.respond({ ':status': 200 })
    stream.pipe(stream)
  },
  '/big': (stream) => {
    stream.respond({ ':status': 200 })
    stream.end(Buffer.alloc(2_000_000, 1))
  },
  '/missing': (stream) => stream.respond({ ':status': 404 }, { endStream: true }),
  '/trailers': (stream) => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '42' }))
    stream.end('body')
  },
  '/push': (stream) => {
    stream.pushStream({ ':path': '/pushed' }, (_error, pushed) => {
      pushed.respond({ ':status': 200 })
      pushed.end('pushed')
      stream.respond({ ':status': 200 })
      stream.end('main')
    })
  },
  '/reset': (stream) => stream.close(http2.constants.NGHTTP2_REFUSED_STREAM),
  '/silent': (stream) => stream.resume(),
  '/goaway': (stream) => {
    stream.respond({ ':status': 200 })
    stream.end('last')
    stream.session?.close()
  },
  '/destroy': (stream) => stream.session?.destroy(),
}

/** Body of an async function of `http2`, `urls`, `note`, `connect(url)`, `watch(session)` and `ask(session, headers, body, options)`. */
const ROWS: Readonly<Record<string, string>> = {
  'a request and its response': `
    const session = connect(urls.plain)
    note(session.connecting, session.encrypted, session.alpnProtocol)
    const closed = watch(session)
    await ask(session, { ':path': '/' })
    note(session.connecting, session.encrypted, session.alpnProtocol, session.type)
    session.close()
    await closed
    note(session.closed, session.destroyed)`,
  'over TLS': `
    const session = connect(urls.secure)
    note(session.connecting, session.encrypted, session.alpnProtocol)
    const closed = watch(session)
    await ask(session, { ':path': '/' })
    note(session.encrypted, session.alpnProtocol, session.originSet, session.socket.authorized, session.socket.getProtocol())
    session.close()
    await closed`,
  'bodies both ways': `
    const session = connect(urls.plain)
    await ask(session, { ':path': '/echo', ':method': 'POST' }, 'x'.repeat(300000))
    await ask(session, { ':path': '/big' })
    await new Promise((done) => session.close(done))`,
  'the callbacks of write, finish and end': `
    const session = connect(urls.plain)
    const request = session.request({ ':path': '/echo', ':method': 'POST' })
    const ended = new Promise((done) => request.on('close', () => { note('close'); done() }))
    request.on('finish', () => note('finish'))
    request.setEncoding('utf8')
    let text = ''
    request.on('data', (part) => (text += part))
    request.on('end', () => note('end', text))
    await new Promise((done) => request.write('first ', done))
    note('written')
    request.end('second')
    await ended
    await new Promise((done) => session.close(done))`,
  'many at once': `
    const session = connect(urls.plain)
    await Promise.all(Array.from({ length: 20 }, () => new Promise((done) => {
      const request = session.request({ ':path': '/' })
      request.resume().on('close', done)
    })))
    note(session.state.nextStreamID)
    await new Promise((done) => session.close(done))`,
  'headers without a body, and an error of the server': `
    const session = connect(urls.plain)
    await ask(session, { ':path': '/missing' })
    await ask(session, { ':path': '/reset' })
    await new Promise((done) => session.close(done))`,
  trailers: `
    const session = connect(urls.plain)
    await ask(session, { ':path': '/trailers' })
    await new Promise((done) => session.close(done))`,
  'a stream that the server pushes': `
    const session = connect(urls.plain)
    const pushed = new Promise((done) => session.on('stream', (stream, headers) => {
      let text = ''
      stream.on('push', () => note('push'))
      stream.on('data', (part) => (text += part))
      stream.on('end', () => done([headers[':path'], text]))
    }))
    await ask(session, { ':path': '/push' })
    note(...await pushed)
    await new Promise((done) => session.close(done))`,
  'ping and settings': `
    const session = connect(urls.plain)
    await new Promise((done) => session.on('connect', done))
    await new Promise((done) => session.ping((error, _ms, payload) => { note(error, payload.length); done() }))
    await new Promise((done) => session.settings({ enablePush: false }, (error, settings) => { note(error, settings.enablePush); done() }))
    note(session.localSettings.enablePush, typeof session.remoteSettings.initialWindowSize)
    await new Promise((done) => session.close(done))`,
  'ask before it is connected': `
    const session = connect(urls.plain)
    const order = []
    session.on('connect', () => order.push('connect'))
    const request = session.request({ ':path': '/' })
    note(request.pending, session.connecting)
    request.on('ready', () => order.push('ready'))
    request.on('response', () => order.push('response'))
    request.resume()
    await new Promise((done) => request.on('close', done))
    note(order)
    await new Promise((done) => session.close(done))`,
  'the server goes away': `
    const session = connect(urls.plain)
    const gone = new Promise((done) => session.on('goaway', (code) => done(code)))
    const closed = new Promise((done) => session.on('close', done))
    await ask(session, { ':path': '/goaway' })
    note(await gone, session.closed)
    const isRefused = (e) => note(['ERR_HTTP2_GOAWAY_SESSION', 'ERR_HTTP2_INVALID_SESSION'].includes(e.code))
    // Node 24 refuses it in an event, older ones at once.
    try {
      const late = session.request({ ':path': '/' }).on('error', isRefused)
      await new Promise((done) => late.on('close', done))
    } catch (e) { isRefused(e) }
    await closed`,
  // Whether the last write still gets through is a matter of chance.
  'the server ends the connection': `
    const session = connect(urls.plain)
    session.on('error', () => {})
    const closed = new Promise((done) => session.on('close', done))
    const request = session.request({ ':path': '/destroy' })
    request.on('error', () => {})
    await new Promise((done) => request.resume().on('close', done))
    await closed
    note(request.destroyed, session.destroyed, session.closed)`,
  'close and destroy a stream': `
    const session = connect(urls.plain)
    const closing = session.request({ ':path': '/silent' }).resume()
    closing.on('error', (e) => note(e.code)).on('close', () => note('close', closing.rstCode))
    closing.on('ready', () => closing.close(http2.constants.NGHTTP2_CANCEL))
    await new Promise((done) => closing.on('close', done))
    const destroyed = session.request({ ':path': '/silent' })
    destroyed.on('error', (e) => note(e.message))
    destroyed.destroy(new Error('enough'))
    await new Promise((done) => destroyed.on('close', done))
    await new Promise((done) => session.close(done))`,
  'destroy the session': `
    const session = connect(urls.plain)
    const closed = watch(session)
    const request = session.request({ ':path': '/silent' })
    request.on('error', (e) => note('request', e.code)).on('close', () => note('request closed'))
    await new Promise((done) => request.on('ready', done))
    session.destroy()
    await closed`,
  'connection refused': `
    const session = connect('http://127.0.0.1:1')
    session.on('connect', () => note('connect'))
    const closed = watch(session)
    const request = session.request({ ':path': '/' })
    request.on('error', (e) => note('request', e.code, e.message))
    await closed`,
  'timeout of a stream and of a session': `
    const session = connect(urls.plain)
    const request = session.request({ ':path': '/silent' }).resume()
    request.setTimeout(30, () => { note('stream timeout'); request.close() })
    await new Promise((done) => request.on('close', done))
    await new Promise((done) => session.setTimeout(30, () => { note('session timeout'); session.close(done) }))`,
  'its socket': `
    const session = connect(urls.plain)
    await new Promise((done) => session.on('connect', done))
    const { socket } = session
    note(socket.remoteAddress, String(socket.remotePort) === new URL(urls.plain).port, typeof socket.localPort, socket.encrypted)
    for (const name of ['write', 'read', 'pause', 'resume']) try { socket[name]() } catch (e) { note(name, e.code) }
    session.unref()
    session.ref()
    await new Promise((done) => session.close(done))`,
  'a signal aborts a request': `
    const session = connect(urls.plain)
    const abort = new AbortController()
    const request = session.request({ ':path': '/silent' }, { signal: abort.signal })
    request.on('error', (e) => note(e.name))
    request.on('ready', () => abort.abort())
    await new Promise((done) => request.on('close', done))
    await new Promise((done) => session.close(done))`,
}

const HELPERS = `
  const connecting = (http2) => (url) => http2.connect(url, { rejectUnauthorized: false })
  const watcher = (note) => (session) => new Promise((done) => {
    for (const event of ['connect', 'goaway', 'frameError', 'timeout']) session.on(event, () => note('session', event))
    session.on('error', (e) => note('session error', e.code, e.message))
    session.on('close', () => { note('session close'); done() })
  })
  const asking = (note) => (session, headers, body) => new Promise((done) => {
    const request = session.request(headers)
    let bytes = 0
    request.on('response', (answer) => note('response', answer[':status'], answer['content-type']))
    request.on('trailers', (trailers) => note('trailers', trailers['x-sum']))
    request.on('data', (part) => (bytes += part.length))
    request.on('end', () => note('end', bytes))
    request.on('error', (e) => note('error', e.code, e.message))
    request.on('close', () => { note('close', request.rstCode); done() })
    request.end(body)
  })`

type Row = (name: string, http2: unknown, urls: object, note: Note) => Promise<void>

/** The rows as one function: the same text in both worlds. */
const PROGRAM = `${HELPERS}
  const rows = { ${Object.entries(ROWS)
    .map(([name, body]) => `${JSON.stringify(name)}: async (http2, urls, note, connect, watch, ask) => {${body}}`)
    .join(',\n')} }
  const run = (name, http2, urls, note) => rows[name](http2, urls, note, connecting(http2), watcher(note), asking(note))`

describe('node:http2 in a virtual user', { timeout: 120_000 }, () => {
  const servers: Server[] = []
  const sessions: ServerHttp2Session[] = []
  const urls: Record<string, string> = {}
  let ours: Record<string, unknown[]> = {}

  before(async () => {
    const { cert, key } = createCertificate(['localhost'])
    for (const [name, server] of Object.entries({
      plain: http2.createServer(),
      secure: http2.createSecureServer({ cert, key }),
    })) {
      server.on('stream', (stream, headers) => {
        stream.on('error', () => {})
        PATHS[String(headers[':path'])]?.(stream)
      })
      server.on('session', (session) => sessions.push(session))
      servers.push(server)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      urls[name] = name === 'plain' ? `http://127.0.0.1:${port}` : `https://localhost:${port}`
    }
    const result = await runScript(`
      import http2 from 'node:http2'
      ${PROGRAM}
      export const options = { insecureSkipTLSVerify: true }
      export default async function () {
        for (const name of ${JSON.stringify(Object.keys(ROWS))}) {
          const notes = []
          await run(name, http2, ${JSON.stringify(urls)}, (...values) => notes.push(values))
          console.log('row ' + JSON.stringify([name, notes]))
        }
      }`)
    const rows = result.console.filter((line) => line.startsWith('row '))
    ours = Object.fromEntries(rows.map((line) => JSON.parse(line.slice('row '.length))))
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.errors, [])
  })

  after(() => {
    for (const server of servers) server.close()
    for (const session of sessions) session.destroy()
  })

  for (const name of Object.keys(ROWS)) {
    it(`does what Node's does: ${name}`, async () => {
      const run = new Function(`${PROGRAM}; return run`)() as Row
      const notes: unknown[][] = []
      await run(name, http2, urls, (...values) => notes.push(values))
      assert.deepEqual(ours[name], JSON.parse(JSON.stringify(notes)))
    })
  }

  it('measures its requests as those of k6/http, with the tags of the VU', async () => {
    const result = await runScript(
      `import http2 from 'node:http2'
       import { group } from 'k6'
       const ask = (session, path) => new Promise((done) => session.request({ ':path': path }).resume().on('error', () => {}).on('close', done))
       export default async function () {
         const session = http2.connect('${urls['plain']}')
         let asked
         group('inside', () => (asked = ask(session, '/')))
         await asked
         await ask(session, '/missing')
         await ask(session, '/reset')
         session.close()
       }`,
      { samples: true },
    )
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    const requests = result.samples.filter(({ metric }) => metric === 'http_reqs').map(({ tags }) => tags)
    assert.deepEqual(
      requests.map((tags) => [
        new URL(String(tags['url'])).pathname,
        tags['status'],
        tags['proto'],
        tags['group'] ?? '',
      ]),
      [
        ['/', '200', 'HTTP/2.0', '::inside'],
        ['/missing', '404', 'HTTP/2.0', ''],
        ['/reset', '0', undefined, ''],
      ],
    )
    const connecting = result.samples.filter(({ metric }) => metric === 'http_req_connecting').map(({ value }) => value)
    assert.ok(Number(connecting[0]) > 0 && connecting[1] === 0, String(connecting))
  })

  it('tells each VU its own: what a session tells late is a task of the VU that made it', async () => {
    const result = await runScript(
      `import http2 from 'node:http2'
       export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 10, iterations: 3 } } }
       // The module is one for all VUs, and its \`env\` that of the VU whose turn it is.
       const whose = (event) => { if (process.env.ME !== String(__VU)) throw new Error(event + ' of VU ' + __VU + ' in a turn of ' + process.env.ME) }
       export default function () {
         __ENV.ME = String(__VU)
         const session = http2.connect('${urls['plain']}')
         session.on('close', () => whose('session close'))
         const request = session.request({ ':path': '/echo', ':method': 'POST' })
         request.write('x'.repeat(1000), () => whose('written'))
         request.on('finish', () => whose('finish'))
         request.on('close', () => { whose('close'); session.close() })
         request.resume()
         request.end()
       }`,
      { flags: ['--shards', '1'] },
    )
    assert.equal(result.exitCode, 0)
    assert.deepEqual(result.errors, [])
  })
})
