/** How many threads a test is given. */
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { runScript } from '../helpers/run-script.js'

const source = (vus: number): string =>
  `export const options = { vus: ${vus}, iterations: ${vus} }\nexport default function () {}`

const warningsOf = async (vus: number, shards: number): Promise<string[]> => {
  const { log } = await runScript(source(vus), { flags: ['--shards', String(shards)] })
  return log.map((line) => JSON.stringify(line)).filter((line) => line.includes('shards share'))
}

test('more shards than cores get a warning that says what to do, unless there are fewer virtual users', async () => {
  const [warning = ''] = await warningsOf(5, 3)
  assert.match(warning, /3 shards share 2 cores/)
  assert.match(warning, /leave --shards out for one per core/)
  assert.deepEqual(await warningsOf(5, 2), [])
  assert.deepEqual(await warningsOf(1, 16), [])
  assert.ok(availableParallelism() > 0)
})
