/** A second of fuzzing for each parser: the fuzzer still runs, and finds nothing at once. `npm run fuzz` does it for longer. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { it } from 'node:test'

it('a second of mutated inputs breaks no parser', () => {
  const args = [join(process.cwd(), 'scripts', 'fuzz.mjs'), 'all', '--no-build', '--minutes', '0.017', '--seed', '1']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 240_000 })
  assert.equal(status, 0, stdout + stderr)
  assert.match(stdout, /^compiler: [1-9]\d* inputs in 0.017 min with seed 1, 0 findings$/m)
})
