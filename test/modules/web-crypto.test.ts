import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'

describe('the global crypto', () => {
  it('is WebCrypto', async () => {
    const { console, errors } = await runScript(
      `
      const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('')
      const bytes = (text) => new TextEncoder().encode(text)
      export default async function () {
        console.log(hex(await crypto.subtle.digest('SHA-256', bytes('abc'))))
        const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, true, ['encrypt', 'decrypt'])
        const iv = crypto.getRandomValues(new Uint8Array(12))
        const secret = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes('hello'))
        console.log(new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, secret)))
        console.log(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/.test(crypto.randomUUID()), crypto === globalThis.crypto)
        await crypto.subtle.digest('MD5', bytes('abc')).catch((error) => console.log(error.name))
      }`,
      { name: 'script.js' },
    )
    assert.deepEqual(errors, [])
    assert.deepEqual(console, [
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      'hello',
      'true true',
      'NotSupportedError',
    ])
  })

  it('keeps the iteration alive, and what follows runs in its own VU and may pause it', async () => {
    const result = await runScript(
      `
      import { sleep } from 'k6'
      import exec from 'k6/execution'
      export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 4, iterations: 5 } } }
      export default function () {
        const id = exec.vu.idInTest
        const iteration = exec.vu.iterationInInstance
        crypto.subtle.digest('SHA-1', new Uint8Array(100)).then(async () => {
          sleep(0.001)
          await crypto.subtle.digest('SHA-1', new Uint8Array(100))
          console.log(exec.vu.idInTest === id && exec.vu.iterationInInstance === iteration && __VU === id)
        })
      }`,
      { name: 'script.js' },
    )
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.deepEqual(result.console, Array(20).fill('true'))
    assert.equal(result.summary.metrics['iterations']?.['count'], 20)
  })

  it('a rejection that nobody handles fails the iteration', async () => {
    const { errors } = await runScript(`export default function () { crypto.subtle.digest('MD5', new Uint8Array()) }`, {
      name: 'script.js',
    })
    assert.equal(errors.length, 1)
    assert.match(errors[0] as string, /^Uncaught \(in promise\) NotSupportedError/)
  })
})
