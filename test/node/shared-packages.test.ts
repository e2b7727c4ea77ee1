/** Packages that all VUs of a shard share: what is shared, what stays the VU's, and what users see of it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { WebSocketServer } from 'ws'
import { runScript } from '../helpers/run-script.js'

type Files = Record<string, string>

function packageOf(name: string, files: Files, manifest: object = {}): Files {
  const entries = Object.entries({ 'package.json': JSON.stringify({ name, ...manifest }), ...files })
  return Object.fromEntries(entries.map(([path, text]) => [`node_modules/${name}/${path}`, text]))
}

const ONE_SHARD = ['--shards', '1']

describe('shared packages', () => {
  it('are known clients by default, and exactly those that the script writes otherwise', async () => {
    const files = { ...packageOf('ioredis', { 'index.js': 'let n = 0; exports.next = () => ++n' }) }
    for (const [option, expected] of [
      ['', ['1', '2', '3']],
      ['sharedPackages: []', ['1', '1', '1']],
      ["browserPackages: ['ioredis']", ['1', '1', '1']],
    ] as const) {
      const result = await runScript(
        `import { next } from 'ioredis'
         export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 3 } }, ${option} }
         export default () => console.log(next())`,
        { files, flags: ONE_SHARD },
      )
      assert.deepEqual([...result.console].sort(), expected, result.errors.join('\n'))
    }
  })

  it('are made of modules that exist once, also for what is not shared', async () => {
    const files = {
      ...packageOf('core', { 'index.js': 'exports.Failure = class extends Error {}' }),
      ...packageOf('client', {
        'index.js': "const { Failure } = require('core'); exports.fail = () => { throw new Failure('x') }",
        'promise.js': "exports.client = require('./index.js')",
      }),
      ...packageOf('plugin', {
        'index.js': "__dirname; exports.isFailure = (error) => error instanceof require('core').Failure",
      }),
    }
    const result = await runScript(
      `import * as client from 'client'
       import { client as again } from 'client/promise.js'
       import { isFailure } from 'plugin'
       export const options = { sharedPackages: ['client'] }
       export default function () {
         try { client.fail() } catch (error) { console.log(isFailure(error), client.fail === again.fail) }
       }`,
      { files },
    )
    assert.deepEqual(result.console, ['true true'], result.errors.join('\n'))
  })

  for (const type of ['module', 'commonjs']) {
    it(`keep the forms of their exports, imported by a ${type} file`, async () => {
      const files = {
        'package.json': JSON.stringify({ type }),
        ...packageOf('esm', { 'index.js': "export default 'd'; export const named = 'n'" }, { type: 'module' }),
        ...packageOf('cjs', { 'index.js': "module.exports = () => 'f'; module.exports.part = 'p'" }),
      }
      const result = await runScript(
        `import d, { named } from 'esm'
         import f, { part } from 'cjs'
         export const options = { sharedPackages: ['esm', 'cjs'] }
         export default () => console.log(d, named, f(), part)`,
        { files },
      )
      assert.deepEqual(result.console, ['d n f p'], result.errors.join('\n'))
    })
  }

  it('may require what is not installed', async () => {
    const files = packageOf('dead', { 'index.js': "exports.load = () => require('not-there')" })
    const result = await runScript(
      `import { load } from 'dead'
       export const options = { sharedPackages: ['dead'] }
       export default () => { try { load() } catch (e) { console.log(e.code) } }`,
      { files },
    )
    assert.deepEqual(result.console, ['MODULE_NOT_FOUND'], result.errors.join('\n'))
  })

  it('are named in stacks with their own files and lines', async () => {
    const files = packageOf(
      'thrower',
      { 'lib/index.js': "\n\nexports.go = function go() {\n  throw new Error('from inside')\n}" },
      { main: 'lib' },
    )
    const result = await runScript(
      `import { go } from 'thrower'
       export const options = { sharedPackages: ['thrower'] }
       export default function () { try { go() } catch (e) { console.log(e.stack) } go() }`,
      { files },
    )
    assert.match(
      result.console[0] ?? '',
      /at (exports\.)?go \(\S*node_modules\/thrower\/lib\/index\.js:4:9\)\n\s+at default \(\S+:3:/,
    )
    assert.match(result.errors.join('\n'), /from inside[\s\S]*node_modules\/thrower\/lib\/index\.js:4:9/)
  })

  it('that keep the crypto of Node at their module level compute for the VU that calls', async () => {
    const files = packageOf('hasher', {
      'index.js': `
        const { subtle } = require('crypto').webcrypto
        const own = globalThis.crypto.subtle
        exports.hash = async (text) => {
          const bytes = new TextEncoder().encode(text)
          const [a, b] = [await subtle.digest('SHA-256', bytes), await own.digest('SHA-256', bytes)]
          return Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0
        }`,
    })
    const result = await runScript(
      `import { hash } from 'hasher'
       import exec from 'k6/execution'
       export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 3 } }, sharedPackages: ['hasher'] }
       export default async function () {
         const vu = exec.vu.idInTest
         console.log(await hash('x'), vu === exec.vu.idInTest)
       }`,
      { files, flags: ONE_SHARD },
    )
    assert.deepEqual(result.console, ['true true', 'true true', 'true true'], result.errors.join('\n'))
  })

  it('may leave globals, of which nobody is warned', async () => {
    const files = packageOf('sloppy', { 'index.js': 'leftBehind = 1; exports.get = () => leftBehind' })
    const result = await runScript(
      `import { get } from 'sloppy'
       export const options = { sharedPackages: ['sloppy'] }
       export default () => console.log(get())`,
      { files },
    )
    assert.deepEqual([result.console, result.errors], [['1'], []])
    assert.deepEqual(result.warnings, [])
  })

  it('make the global WebSocket of the VU that calls', async (t) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    t.after(() => server.close())
    await once(server, 'listening')
    const files = packageOf('client', { 'index.js': 'exports.connect = (url) => new WebSocket(url)' })
    const result = await runScript(
      `import { connect } from 'client'
       export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 2 } }, sharedPackages: ['client'] }
       export default function () {
         const socket = connect('ws://127.0.0.1:${(server.address() as { port: number }).port}')
         socket.onopen = () => { console.log('open'); socket.close() }
       }`,
      { files, flags: ONE_SHARD },
    )
    assert.deepEqual(result.console, ['open', 'open'], result.errors.join('\n'))
  })
})
