/**
 * `net.Socket` in a virtual user against Node's own: each row is a piece of a client, run in both, and what it noted must be the same:
 * events, their order among ticks and promises, states, errors. After Node's documentation of net.Socket and stream.
 */
import assert from 'node:assert/strict'
import net, { type Server, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'

type Note = (...values: unknown[]) => void

/** What servers do with a connection, by name; `ports.NAME` in the rows. */
const SERVERS: Readonly<Record<string, (socket: Socket) => void>> = {
  echo: (socket) => socket.pipe(socket),
  greet: (socket) => socket.end('hello'),
  reset: (socket) => socket.once('data', () => socket.resetAndDestroy()),
  silent: (socket) => socket.resume(),
  halfOpen: (socket) => {
    socket.write('first')
    socket.on('end', () => socket.end('after end'))
    socket.resume()
  },
  slow: (socket) => {
    socket.pause()
    setTimeout(() => socket.resume(), 50)
  },
  flood: (socket) => socket.end(Buffer.alloc(300_000, 1)),
}

/** Body of an async function of `net`, `ports`, `note` and `watch`, which notes all events of a socket and resolves with its close. */
const ROWS: Readonly<Record<string, string>> = {
  'connect, write, end': `
    const s = net.connect(ports.echo, '127.0.0.1')
    note(s.connecting, s.pending, s.readyState)
    const closed = watch(s)
    s.on('connect', () => { note(s.connecting, s.pending, s.readyState); s.write('abc', () => note('written')); s.end() })
    await closed
    note(s.destroyed, s.readyState, s.bytesRead, s.bytesWritten)`,
  'the peer ends first': `
    const s = net.connect(ports.greet, '127.0.0.1')
    await watch(s)
    note(s.readableEnded, s.writableEnded, s.bytesRead)`,
  'nobody reads and the peer ends': `
    const s = net.connect(ports.greet, '127.0.0.1')
    const closed = new Promise((done) => s.on('close', () => { note('close'); done() }))
    s.on('end', () => note('end'))
    s.on('connect', () => { note('connect'); s.resume() })
    await closed`,
  'connection refused': `
    const s = net.connect(ports.closed, '127.0.0.1')
    await watch(s)
    note(s.destroyed, s.connecting)`,
  'a name that does not exist': `
    const s = net.connect(80, 'nowhere.invalid')
    s.on('error', (e) => note(e.code, e.syscall, e.hostname))
    await new Promise((done) => s.on('close', (had) => { note('close', had); done() }))`,
  'the peer resets': `
    const s = net.connect(ports.reset, '127.0.0.1')
    const closed = watch(s)
    s.write('x')
    await closed`,
  'destroy before it is connected': `
    const s = net.connect(ports.echo, '127.0.0.1')
    const closed = watch(s)
    s.destroy()
    note(s.destroyed)
    await closed`,
  'destroy with an error': `
    const s = net.connect(ports.echo, '127.0.0.1')
    const closed = watch(s)
    s.on('connect', () => { s.destroy(new Error('enough')); note('destroyed', s.destroyed) })
    await closed`,
  'write after end': `
    const s = net.connect(ports.echo, '127.0.0.1')
    const closed = watch(s)
    s.on('connect', () => { s.end(); s.write('late', (e) => note('callback', e.code)) })
    await closed`,
  'write after destroy': `
    const s = net.connect(ports.echo, '127.0.0.1')
    const closed = watch(s)
    s.on('connect', () => { s.destroy(); s.write('late', (e) => note('callback', e.code)) })
    await closed`,
  'writes before it is connected': `
    const s = net.connect(ports.echo, '127.0.0.1')
    const closed = watch(s, { joined: true })
    note(s.write('a', () => note('a')), s.write('b', () => note('b')), s.bytesWritten)
    s.end('c', () => note('ended'))
    await closed`,
  allowHalfOpen: `
    const s = net.connect({ port: ports.greet, host: '127.0.0.1', allowHalfOpen: true })
    const closed = watch(s)
    s.on('end', () => { note(s.writable, s.readyState); setTimeout(() => s.end(), 10) })
    await closed`,
  'the peer answers after our end': `
    const s = net.connect({ port: ports.halfOpen, host: '127.0.0.1' })
    const closed = watch(s, { joined: true })
    s.once('data', () => s.end())
    await closed`,
  'back-pressure and drain': `
    const s = net.connect(ports.slow, '127.0.0.1')
    await new Promise((done) => s.on('connect', done))
    let writes = 0
    while (s.write(Buffer.alloc(1 << 20))) writes++
    note(writes < 64, s.writableNeedDrain)
    await new Promise((done) => s.on('drain', done))
    note('drain', s.writableLength, s.writableNeedDrain)
    const closed = new Promise((done) => s.on('close', done))
    s.destroy()
    await closed`,
  'pause and resume': `
    const s = net.connect(ports.flood, '127.0.0.1')
    let bytes = 0, paused = false, broken = false
    s.on('data', (chunk) => {
      broken ||= paused
      bytes += chunk.length
      if (bytes < 200000) { s.pause(); paused = true; setTimeout(() => { paused = false; s.resume() }, 2) }
    })
    await new Promise((done) => s.on('close', (had) => { note('close', had); done() }))
    note(bytes, broken)`,
  'read() with readable': `
    const s = net.connect(ports.flood, '127.0.0.1')
    let bytes = 0
    s.on('readable', () => { for (let chunk; (chunk = s.read()) !== null; ) bytes += chunk.length })
    s.on('end', () => note('end', bytes))
    await new Promise((done) => s.on('close', (had) => { note('close', had); done() }))`,
  'for await': `
    let bytes = 0
    const s = net.connect(ports.flood, '127.0.0.1')
    for await (const chunk of s) bytes += chunk.length
    note(bytes, s.destroyed)`,
  setEncoding: `
    const s = net.connect(ports.greet, '127.0.0.1')
    s.setEncoding('utf8')
    s.on('data', (text) => note(typeof text, text))
    await new Promise((done) => s.on('close', done))`,
  'cork and uncork': `
    const s = net.connect(ports.echo, '127.0.0.1')
    const closed = watch(s, { joined: true })
    s.on('connect', () => { s.cork(); s.write('a'); s.write('b', () => note('b')); note(s.writableCorked, s.writableLength); s.uncork(); s.end() })
    await closed`,
  timeout: `
    const s = net.connect(ports.silent, '127.0.0.1')
    const closed = watch(s)
    s.setTimeout(20, () => { note('idle', s.timeout); s.end() })
    await closed`,
  'options and addresses': `
    const s = net.connect({ port: ports.silent, host: '127.0.0.1', noDelay: true, keepAlive: true })
    await new Promise((done) => s.on('ready', done))
    note(s.setNoDelay() === s, s.setKeepAlive(true, 1000) === s, s.ref() === s, s.unref() === s, s.ref() === s)
    note(s.remoteAddress, s.remoteFamily, s.remotePort === ports.silent, typeof s.localPort, s.address().address)
    note(s instanceof net.Socket, s instanceof net.Stream, s.constructor.name)
    s.destroy()
    await new Promise((done) => s.on('close', done))
    note(s.remoteAddress, s.address())`,
  'order among ticks and promises': `
    const s = net.connect(ports.echo, '127.0.0.1')
    s.on('connect', () => {
      note('connect')
      process.nextTick(() => note('tick of connect'))
      Promise.resolve().then(() => note('promise of connect'))
      s.write('x', () => { note('written'); process.nextTick(() => note('tick of written')) })
    })
    s.on('ready', () => note('ready'))
    s.on('data', () => {
      note('data')
      Promise.resolve().then(() => note('promise of data'))
      process.nextTick(() => note('tick of data'))
      s.end()
    })
    s.on('finish', () => note('finish'))
    await new Promise((done) => s.on('close', () => { note('close'); done() }))`,
  'connect again after close': `
    const s = new net.Socket()
    for (let i = 0; i < 2; i++) {
      s.connect(ports.greet, '127.0.0.1')
      s.resume()
      await new Promise((done) => s.once('close', (had) => { note('close', had); done() }))
    }`,
  resetAndDestroy: `
    const s = net.connect(ports.echo, '127.0.0.1')
    const closed = watch(s)
    s.on('connect', () => s.resetAndDestroy())
    await closed`,
  'end twice, write after end': `
    const s = net.connect(ports.echo, '127.0.0.1')
    const closed = watch(s, { joined: true })
    s.end('a', () => note('ended'))
    s.end((e) => note('ended again', e?.code))
    note(s.write('b', (e) => note('late', e?.code)), s.writableEnded)
    await closed`,
  'allowHalfOpen: destroySoon after the end of the peer': `
    const s = net.connect({ port: ports.greet, host: '127.0.0.1', allowHalfOpen: true })
    const closed = watch(s)
    s.on('end', () => { s.write('bye', () => note('written')); s.destroySoon(); note(s.destroyed, s.writableEnded) })
    await closed
    note(s.destroyed)`,
  'setTimeout is begun anew by traffic, and ended by 0': `
    const s = net.connect(ports.echo, '127.0.0.1')
    await new Promise((done) => s.on('connect', done))
    let timeouts = 0
    s.on('timeout', () => timeouts++)
    s.setTimeout(400)
    for (let i = 0; i < 5; i++) {
      s.write('x')
      await new Promise((done) => s.once('data', done))
      await new Promise((done) => setTimeout(done, 20))
    }
    note(timeouts, s.timeout)
    s.setTimeout(20)
    await new Promise((done) => s.once('timeout', done))
    s.setTimeout(0)
    const before = timeouts
    await new Promise((done) => setTimeout(done, 60))
    note(before === timeouts, s.timeout)
    s.destroy()
    await new Promise((done) => s.on('close', done))`,
  'a signal aborts': `
    const abort = new AbortController()
    const s = new net.Socket({ signal: abort.signal })
    s.connect(ports.silent, '127.0.0.1')
    s.on('error', (e) => note(e.name, e.code))
    s.on('connect', () => abort.abort())
    await new Promise((done) => s.on('close', (had) => { note('close', had); done() }))`,
  'autoSelectFamily and a lookup with several addresses': `
    const lookup = (host, options, callback) => { const found = [{ address: '127.0.0.1', family: 4 }]; process.nextTick(() => options.all ? callback(null, found) : callback(null, '127.0.0.1', 4)) }
    const s = net.connect({ port: ports.greet, host: 'some.test', lookup, autoSelectFamily: true })
    await watch(s)`,
  'no bytes are lost between pipe, unpipe and pause': `
    const s = net.connect(ports.flood, '127.0.0.1')
    let bytes = 0
    s.once('data', (chunk) => {
      bytes += chunk.length
      s.pause()
      note(s.isPaused())
      setTimeout(() => { s.on('data', (more) => { bytes += more.length }); s.resume() }, 5)
    })
    await new Promise((done) => s.on('close', done))
    note(bytes, s.bytesRead)`,
  'listeners that are asynchronous': `
    const s = net.connect(ports.greet, '127.0.0.1')
    s.on('data', async () => { note('data'); await null; note('after data') })
    s.on('end', async () => { note('end'); await null; note('after end') })
    await new Promise((done) => s.on('close', async () => { note('close'); await null; note('after close'); done() }))`,
  'a port that is none': `
    try { net.connect(70000, '127.0.0.1') } catch (e) { note(e.name, e.code) }
    try { net.connect({ port: 'x' }) } catch (e) { note(e.name, e.code) }
    try { new net.Socket().write(5) } catch (e) { note(e.name, e.code) }`,
  'destroySoon and writableFinished': `
    const s = net.connect(ports.silent, '127.0.0.1')
    const closed = watch(s)
    s.on('connect', () => { s.write('x'); s.destroySoon(); note(s.writableFinished) })
    await closed
    note(s.writableFinished)`,
}

const HELPERS = `
  const watcher = (note) => (s, { joined = false } = {}) => new Promise((done) => {
    let bytes = 0
    for (const event of ['lookup', 'connect', 'ready', 'end', 'finish', 'drain', 'timeout'])
      s.on(event, () => note(event))
    s.on('data', (chunk) => { bytes += chunk.length; if (!joined) note('data', chunk.toString()) })
    s.on('error', (e) => note('error', e.message.replace(/\\d{4,}/g, 'PORT'), e.code, e.errno, e.syscall, e.address))
    s.on('close', (had) => { note('close', had, joined ? bytes : ''); done() })
  })`

type Row = (name: string, net: unknown, ports: object, note: Note) => Promise<void>

/** The rows as one function: the same text in both worlds. */
const PROGRAM = `${HELPERS}
  const rows = { ${Object.entries(ROWS)
    .map(([name, body]) => `${JSON.stringify(name)}: async (net, ports, note, watch) => {${body}}`)
    .join(',\n')} }
  const run = (name, net, ports, note) => rows[name](net, ports, note, watcher(note))`

describe('net.Socket in a virtual user', { timeout: 60_000 }, () => {
  const servers: Server[] = []
  const ports: Record<string, number> = {}
  let ours: Record<string, unknown[]> = {}

  before(async () => {
    for (const [name, handle] of Object.entries(SERVERS)) {
      const server = net.createServer({ allowHalfOpen: name === 'halfOpen' }, (socket) => {
        socket.on('error', () => {})
        handle(socket)
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      servers.push(server)
      ports[name] = (server.address() as net.AddressInfo).port
    }
    ports['closed'] = await closedPort()
    const result = await runScript(`
      import net from 'node:net'
      ${PROGRAM}
      export default async function () {
        for (const name of ${JSON.stringify(Object.keys(ROWS))}) {
          const notes = []
          await run(name, net, ${JSON.stringify(ports)}, (...values) => notes.push(values))
          console.log('row ' + JSON.stringify([name, notes]))
        }
      }`)
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.errors, [])
    const rows = result.console.filter((line) => line.startsWith('row '))
    ours = Object.fromEntries(rows.map((line) => JSON.parse(line.slice('row '.length))))
  })

  after(() => {
    for (const server of servers) server.close()
  })

  for (const name of Object.keys(ROWS)) {
    it(`does what Node's does: ${name}`, async () => {
      const run = new Function(`${PROGRAM}; return run`)() as Row
      const notes: unknown[][] = []
      await run(name, net, ports, (...values) => notes.push(values))
      assert.deepEqual(ours[name], JSON.parse(JSON.stringify(notes)))
    })
  }
})

async function closedPort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
