import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../../helpers/run-script.js'

const changes = (warnings: readonly string[]): string[] =>
  warnings
    .filter((text) => text.startsWith('the script changes'))
    .map((text) => text.replace('the script changes ', ''))

describe('built-in objects, which VUs share', () => {
  it('are reported when the script changes them, once for each change', async () => {
    const script = `
      Array.prototype.last = function () { return this[this.length - 1] }
      Date.now = () => 0
      export default function () { globalThis.own = __VU }`
    const { warnings, exitCode } = await runScript(script, {
      flags: ['--vus', '4', '--iterations', '8', '--shards', '1'],
    })
    assert.equal(exitCode, 0)
    assert.deepEqual(changes(warnings).sort(), ['Array.prototype.last', 'Date.now'])
  })

  it('are not reported when a script uses everything but changes nothing', async () => {
    const script = `
      import { sleep } from 'k6'
      import { Socket } from 'k6/x/tcp'
      globalThis.mine = 1
      class Own extends Array {}
      export default function () {
        new Own(1, 2).map((x) => { sleep(0.001); return x })
        void crypto.randomUUID(); void performance.now(); void new URL('ws://x'); void structuredClone({}); void new Socket()
      }`
    const { warnings } = await runScript(script, { flags: ['--iterations', '2'] })
    assert.deepEqual(changes(warnings), [])
  })
})
