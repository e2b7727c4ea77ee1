/** Random programs mean the same paused and plain. SOCKEYE_FUZZ_RUNS sets how many (300 unless told otherwise). */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { runCompiled, runPlain } from './harness.js'
import { randomProgram } from './random-program.js'

const RUNS = Number(process.env['SOCKEYE_FUZZ_RUNS'] ?? 300)

it('pausing keeps the meaning of random programs', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(1000), { minLength: 40, maxLength: 400 }), fc.nat(), async (tape, seed) => {
      const source = randomProgram(tape)
      const expected = await runPlain(source)
      const { log, result } = await runCompiled(source, seed)
      assert.deepEqual({ log, result }, expected, source)
    }),
    // The same programs every time, unless asked otherwise: a new counterexample is found by somebody who looks for one.
    { numRuns: RUNS, seed: Number(process.env['SOCKEYE_FUZZ_SEED'] ?? 1), includeErrorInReport: true },
  )
})
