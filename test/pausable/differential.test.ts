/**
 * Pausable code means what plain code means: each program gives the same result, the same errors and the same order of side
 * effects when it is paused for random times at its blocking calls as when these just return.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { transformSync } from 'esbuild'
import { runCompiled, runPlain } from './harness.js'
import { asyncs } from './programs/async.js'
import { builtins } from './programs/builtins.js'
import { calls } from './programs/calls.js'
import { classes, typescript } from './programs/classes.js'
import { closures } from './programs/closures.js'
import { control } from './programs/control.js'
import { functions } from './programs/functions.js'
import { generators } from './programs/generators.js'
import { lines } from './programs/lines.js'

const SEEDS = [1, 2, 3, 4]

const suites: Record<string, Record<string, string>> = {
  functions,
  'code between pauses': lines,
  'functions made anew': closures,
  calls,
  control,
  classes,
  builtins,
  asyncs,
  generators,
}

for (const [suite, programs] of Object.entries(suites)) {
  describe(`pausing keeps the meaning of ${suite}`, () => {
    for (const [title, source] of Object.entries(programs)) it(title, () => compare(source))
  })
}

describe('pausing keeps the meaning of what esbuild makes of TypeScript', () => {
  for (const [title, source] of Object.entries(typescript)) {
    it(title, () => {
      const tsconfigRaw = { compilerOptions: { experimentalDecorators: true } }
      return compare(transformSync(source, { loader: 'ts', target: 'es2022', tsconfigRaw }).code)
    })
  }
})

async function compare(source: string): Promise<void> {
  const expected = await runPlain(source)
  for (const seed of SEEDS) {
    const { log, result, pauses } = await runCompiled(source, seed)
    assert.deepEqual({ log, result }, expected, `with seed ${seed}`)
    assert.ok(pauses > 0 || source.includes('if (0)'), 'the program never paused')
  }
}
