import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'
import { echoServer } from '../helpers/tcp-server.js'

describe('setup and teardown', () => {
  it('LOOP-21 setup with an open socket ends at its timeout with exit code 100; nothing else of the script runs', async () => {
    await using server = await echoServer()
    const result = await runScript(
      `
      import { Socket } from 'k6/x/tcp'
      export const options = { setupTimeout: '1s' }
      export async function setup() { await new Socket().connect(Number(__ENV.PORT), '127.0.0.1'); console.log('connected') }
      export default function () { console.log('iteration') }
      export function teardown() { console.log('teardown') }`,
      { env: { PORT: String(server.port) } },
    )
    assert.equal(result.exitCode, 100)
    assert.deepEqual(result.errors, ['setup() execution timed out after 1 seconds'])
    assert.deepEqual(result.console, ['connected'])
    assert.equal(result.summary.metrics['iterations'], undefined)
    await (await server.client(0)).gone
  })

  const ENDLESS: readonly (readonly [string, string])[] = [
    ['sleeps', 'sleep(50)'],
    ['never yields', 'for (;;);'],
    ['waits for a timer', 'return new Promise((resolve) => setTimeout(resolve, 50000))'],
  ]
  for (const [what, lines] of ENDLESS) {
    it(`LOOP-21 so do a setup that ${what} and, with exit code 101, a teardown`, async () => {
      const script = (name: string) => `
        import { sleep } from 'k6'
        export const options = { ${name}Timeout: '1s' }
        export function ${name}() { ${lines} }
        export default function () {}`
      const setup = await runScript(script('setup'), { name: 's.js' })
      assert.equal(setup.exitCode, 100)
      assert.deepEqual(setup.errors, ['setup() execution timed out after 1 seconds'])
      const teardown = await runScript(script('teardown'), { name: 's.js' })
      assert.equal(teardown.exitCode, 101)
      assert.deepEqual(teardown.errors, ['teardown() execution timed out after 1 seconds'])
      assert.equal(teardown.summary.metrics['iterations']?.['count'], 1)
      assert.match(teardown.stdout, /TOTAL RESULTS/)
    })
  }

  it('LOOP-22 an exception in the init code exits with 107, without outputs and summary', async () => {
    const result = await runScript(`
      throw new Error('in init')
      export default function () { console.log('iteration') }`)
    assert.equal(result.exitCode, 107)
    assert.equal(result.errors.length, 1)
    assert.match(result.errors[0] as string, /^Error: in init\n\tat (file:.*)?script\.ts:2:13/)
    assert.doesNotMatch(result.stdout, /TOTAL RESULTS/)
  })

  it('LOOP-22 an exception in the init code of a later VU exits with 107, without setup and teardown, with the summary', async () => {
    const result = await runScript(`
      if (__VU === 2) throw new Error('in the init code of VU 2')
      export const options = { vus: 2, iterations: 2 }
      export function setup() { console.log('setup') }
      export default function () { console.log('iteration') }
      export function teardown() { console.log('teardown') }`)
    assert.equal(result.exitCode, 107)
    assert.deepEqual(result.console, [])
    assert.match(result.errors.join('\n'), /Error: in the init code of VU 2/)
    assert.match(result.errors.join('\n'), /error while initializing VU #2 \(script exception\)/)
    assert.match(result.stdout, /TOTAL RESULTS/)
  })

  it('LOOP-22 an exception in setup exits with 107: no iterations, no teardown, but the summary', async () => {
    for (const setup of ['function setup() { throw', 'async function setup() { await null; throw']) {
      const result = await runScript(`
        export ${setup} new Error('in setup') }
        export default function () { console.log('iteration') }
        export function teardown() { console.log('teardown') }`)
      assert.equal(result.exitCode, 107)
      assert.equal(result.errors.length, 1, result.errors.join('\n'))
      assert.match(result.errors[0] as string, /Error: in setup\n\tat setup/)
      assert.deepEqual(result.console, [])
      assert.match(result.stdout, /TOTAL RESULTS/)
    }
  })

  it('LOOP-22 an exception in teardown exits with 107, with the summary', async () => {
    const result = await runScript(`
      export default function () { console.log('iteration') }
      export function teardown() { throw new Error('in teardown') }`)
    assert.equal(result.exitCode, 107)
    assert.deepEqual(result.console, ['iteration'])
    assert.match(result.errors[0] as string, /^Error: in teardown\n\tat teardown/)
    assert.equal(result.summary.metrics['iterations']?.['count'], 1)
  })

  it('LOOP-22 exec.test.abort in an iteration exits with 108, runs teardown, and cannot be caught', async () => {
    const result = await runScript(`
      import exec from 'k6/execution'
      import { sleep } from 'k6'
      export const options = { vus: 2, duration: '50s' }
      export default function () {
        if (exec.vu.idInTest === 2) return sleep(40)
        try {
          exec.test.abort('enough')
        } catch (error) {
          console.log('caught')
        } finally {
          console.log('finally')
        }
        console.log('went on')
      }
      export function teardown() { console.log('teardown') }`)
    assert.equal(result.exitCode, 108)
    assert.deepEqual(result.errors, ['test aborted: enough'])
    assert.deepEqual(result.console, ['teardown'])
    // The one that aborted the test counts; the one that slept was interrupted.
    assert.equal(result.summary.metrics['iterations']?.count, 1)
    assert.match(result.stdout, /TOTAL RESULTS/)
  })

  it('LOOP-22 exec.test.abort in a callback that cannot pause is the only error', async () => {
    for (const call of [
      "'abc'.replace(/b/, stop)",
      '[2, 1].sort(stop)',
      'new (class { constructor() { stop() } })()',
    ]) {
      const result = await runScript(`
        import exec from 'k6/execution'
        const stop = () => exec.test.abort('enough')
        export default function () { ${call} }`)
      assert.equal(result.exitCode, 108)
      assert.deepEqual(result.errors, ['test aborted: enough'])
    }
  })

  it('LOOP-22 exec.test.abort in setup and in the init code exits with 108, without teardown', async () => {
    const setup = await runScript(`
      import exec from 'k6/execution'
      export function setup() { exec.test.abort() }
      export default function () { console.log('iteration') }
      export function teardown() { console.log('teardown') }`)
    assert.equal(setup.exitCode, 108)
    assert.deepEqual(setup.errors, ['test aborted'])
    assert.deepEqual(setup.console, [])
    assert.match(setup.stdout, /TOTAL RESULTS/)
    const init = await runScript(`
      import exec from 'k6/execution'
      exec.test.abort('no config')
      export default function () { console.log('iteration') }`)
    assert.equal(init.exitCode, 108)
    assert.deepEqual(init.errors, ['test aborted: no config'])
    assert.doesNotMatch(init.stdout, /TOTAL RESULTS/)
  })

  it('LOOP-24 timers work in setup, the default function and teardown alike', async () => {
    const result = await runScript(`
      const later = (name) => new Promise((resolve) => setTimeout(() => { console.log('timer of ' + name); resolve(name) }, 20))
      export async function setup() { return await later('setup') }
      export default async function (data) { await later('default after ' + data) }
      export async function teardown(data) { setTimeout(() => console.log('last'), 30); await later('teardown after ' + data) }`)
    assert.equal(result.exitCode, 0)
    assert.deepEqual(result.console, [
      'timer of setup',
      'timer of default after setup',
      'timer of teardown after setup',
      'last',
    ])
  })
})
