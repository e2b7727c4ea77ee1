/** AsyncLocalStorage in a virtual user: what it finds after each way of waiting is what it finds in plain Node. */
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import crypto from 'node:crypto'
import dns from 'node:dns'
import { once } from 'node:events'
import net from 'node:net'
import { describe, it } from 'node:test'
import timers from 'node:timers/promises'
import zlib from 'node:zlib'
import { runScript } from '../helpers/run-script.js'

const PROGRAM = `
  const run = async ({ AsyncLocalStorage, net, dns, crypto, zlib, timers }, port, note) => {
    const storage = new AsyncLocalStorage()
    const found = (where) => note(where, storage.getStore())
    await storage.run('outer', () => new Promise((done) => setTimeout(done, 20)))
    await Promise.all(['a', 'b'].map((id) => storage.run(id, async () => {
      await new Promise((done) => setTimeout((text) => { found(text); done() }, 2, 'timeout'))
      await new Promise((done) => { let n = 0; const timer = setInterval(() => { found('interval'); if (++n === 2) { clearInterval(timer); done() } }, 1) })
      await new Promise((done) => setImmediate(() => { found('immediate'); done() }))
      await new Promise((done) => process.nextTick(() => { found('tick'); done() }))
      await new Promise((done) => queueMicrotask(() => { found('microtask'); done() }))
      await timers.setTimeout(1)
      found('timers/promises')
      await new Promise((done) => dns.lookup('127.0.0.1', () => { found('lookup'); done() }))
      await new Promise((done) => crypto.randomBytes(8, () => { found('randomBytes'); done() }))
      await new Promise((done) => zlib.gzip('text', () => { found('gzip'); done() }))
      const socket = net.connect(port, '127.0.0.1', () => { found('connect'); socket.write('x', () => found('written')) })
      socket.on('data', () => { found('data'); socket.end() })
      await new Promise((done) => socket.on('close', () => { found('close'); done() }))
      found('after all')
    })))
    found('outside')
  }`

type Modules = Record<string, unknown>
type Run = (modules: Modules, port: number, note: (where: string, store: unknown) => void) => Promise<void>

describe('AsyncLocalStorage in a virtual user', () => {
  it('follows timers, sockets and what other threads compute, as in Node', async (t) => {
    const server = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    const result = await runScript(`
      import { AsyncLocalStorage } from 'node:async_hooks'
      import crypto from 'node:crypto'
      import dns from 'node:dns'
      import net from 'node:net'
      import timers from 'node:timers/promises'
      import zlib from 'node:zlib'
      ${PROGRAM}
      export default async function () {
        const modules = { AsyncLocalStorage, net, dns, crypto, zlib, timers }
        await run(modules, ${port}, (where, store) => console.log(where + ' ' + store))
      }`)
    const expected: string[] = []
    const run = new Function(`${PROGRAM}; return run`)() as Run
    await run({ AsyncLocalStorage, net, dns, crypto, zlib, timers }, port, (where, store) =>
      expected.push(`${where} ${store}`),
    )
    assert.deepEqual([...result.console].sort(), expected.sort(), result.errors.join('\n'))
  })

  it('follows a callback through its pauses, and events that wait for one', async (t) => {
    const server = net.createServer((socket) => socket.end('x')).listen(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    const result = await runScript(`
      import { AsyncLocalStorage } from 'node:async_hooks'
      import net from 'node:net'
      import { sleep } from 'k6'
      const storage = new AsyncLocalStorage()
      const found = (where) => console.log(where, storage.getStore())
      export default function () {
        storage.run('socket', () => net.connect(${port}, '127.0.0.1').on('data', () => found('data')))
        storage.run('timer', () => setTimeout(() => { found('before'); sleep(0.1); found('after') }, 1))
      }`)
    assert.deepEqual(
      [...result.console].sort(),
      ['after timer', 'before timer', 'data socket'],
      result.errors.join('\n'),
    )
  })
})
