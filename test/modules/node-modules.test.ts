import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'

describe('modules of Node', () => {
  it('can be imported with and without their prefix', async () => {
    const result = await runScript(`
      import util, { inspect } from 'node:util'
      import * as path from 'path'
      const os = require('os')
      export default function () {
        console.log(util.format('%d', 1), inspect(2), path.posix.join('a', 'b'), os.EOL === '\\n')
      }`)
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.console, ['1 2 a/b true'])
  })

  it('that cannot be there may be imported, and say what was called and why it is not possible', async () => {
    const result = await runScript(`
      import { spawn } from 'node:child_process'
      import fs from 'node:fs'
      import net from 'net'
      import vm from 'vm'
      const calls = {
        spawn: () => spawn('ls'),
        read: () => fs.readFileSync('./a.txt'),
        write: () => fs.writeFileSync('./a.txt', ''),
        listen: () => net.createServer(),
        server: () => new net.Server(),
        exit: () => process.exit(1),
        context: () => vm.runInNewContext('1'),
      }
      export default function () {
        for (const call of Object.values(calls)) try { call() } catch (e) { console.log(e.code, e.message) }
      }`)
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    const starts = [
      'child_process.spawn()',
      'fs.readFileSync()',
      'fs.writeFileSync()',
      'net.createServer()',
      'net.Server',
      'process.exit()',
      'vm.runInNewContext()',
    ]
    assert.equal(result.console.length, starts.length)
    for (const [index, start] of starts.entries()) {
      const line = result.console[index] as string
      assert.ok(line.startsWith(`ERR_NODE_CALL_REFUSED ${start} is not possible in a virtual user: `), line)
    }
  })

  it('read files in the init code only, as open() does', async () => {
    const result = await runScript(
      `
      import fs, { existsSync } from 'node:fs'
      import { readFile } from 'node:fs/promises'
      const text = fs.readFileSync('./data.txt', 'utf8')
      const bytes = await readFile('./data.txt')
      const there = [existsSync('./data.txt'), existsSync('./nothing.txt')]
      export default function () { console.log(text, bytes.length, there.join()) }`,
      { files: { 'data.txt': 'héllo' } },
    )
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.console, ['héllo 6 true,false'])
  })

  it('give timers as objects, which hold the iteration unless they are unreferenced', async () => {
    const result = await runScript(`
      import 'node:events'
      import { setTimeout as wait } from 'node:timers/promises'
      import { promisify } from 'node:util'
      export default async function () {
        const late = setTimeout(() => console.log('never'), 60000).unref()
        const again = setTimeout(() => console.log('again'), 5)
        again.refresh()
        console.log(late.hasRef(), again.hasRef(), typeof Number(again), await wait(2, 'waited'))
        clearTimeout(Number(setTimeout(() => console.log('never'), 1)))
        setImmediate((text) => console.log(text), 'immediate')
        clearImmediate(setImmediate(() => console.log('never')))
        let ticks = 0
        const interval = setInterval(() => { if (++ticks === 3) { clearInterval(interval); console.log('three') } }, 1)
        await promisify(setTimeout)(1)
      }`)
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual([...result.console].sort(), ['again', 'false true number waited', 'immediate', 'three'])
  })

  it('start a timer anew with refresh(), and what it was due for before is forgotten', async () => {
    const result = await runScript(`
      import 'node:events'
      export default function () {
        const from = performance.now()
        const late = setTimeout(() => console.log(performance.now() - from >= 109), 60)
        setTimeout(() => late.refresh(), 50)
      }`)
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.console, ['true'])
  })

  it('make signals that time out in a turn of their VU', async () => {
    const result = await runScript(`
      import 'node:net'
      import { setTimeout as wait } from 'node:timers/promises'
      export default async function () {
        const signal = AbortSignal.timeout(5)
        signal.addEventListener('abort', () => console.log(signal.reason.name))
        await wait(60000, null, { signal }).catch((error) => console.log(error.name))
        const { instance } = await WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))
        console.log(instance instanceof WebAssembly.Instance)
      }`)
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual([...result.console].sort(), ['AbortError', 'TimeoutError', 'true'])
  })

  it('give back what other threads compute as tasks of the iteration', async () => {
    const result = await runScript(`
      import crypto from 'node:crypto'
      import dns from 'node:dns'
      import zlib from 'node:zlib'
      import { pipeline } from 'node:stream/promises'
      import { Readable } from 'node:stream'
      import { promisify } from 'node:util'
      export const options = { vus: 3, iterations: 9, hosts: { 'here.test': '127.0.0.9' } }
      export default async function () {
        const key = await promisify(crypto.pbkdf2)('p', 's', 1000, 8, 'sha256')
        const packed = await promisify(zlib.gzip)(Buffer.alloc(200000, 'a'))
        const gunzip = zlib.createGunzip()
        let bytes = 0
        gunzip.on('data', (chunk) => (bytes += chunk.length))
        await pipeline(Readable.from([packed.subarray(0, 50), packed.subarray(50)]), gunzip)
        const bad = await promisify(zlib.gunzip)(Buffer.from('no')).catch((e) => e.code)
        const { address } = await dns.promises.lookup('here.test')
        crypto.randomBytes(4, (error, random) => console.log(key.length, bytes, bad, address, random.length))
      }`)
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.console, Array(9).fill('8 200000 Z_DATA_ERROR 127.0.0.9 4'))
  })
})
