import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runScript } from '../helpers/run-script.js'

test('with the feature freeze-env a script cannot change __ENV, without it that is its own until the next scenario', async () => {
  const source = `
    const set = () => { try { __ENV.NEW = 'x'; return __ENV.NEW } catch (error) { return error.name } }
    export const options = { scenarios: { s: { executor: 'per-vu-iterations', env: { OF: 'scenario' } } } }
    export default function () { console.log(set(), __ENV.OF) }`
  const plain = await runScript(source)
  assert.deepEqual(plain.console, ['x scenario'])
  const frozen = await runScript(source, { flags: ['--features', 'freeze-env'] })
  assert.deepEqual(frozen.console, ['TypeError scenario'])
  assert.deepEqual(frozen.warnings, [])
})
