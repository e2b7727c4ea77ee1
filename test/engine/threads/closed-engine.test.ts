import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Engine } from '../../../src/engine/engine.js'
import { createThreadEngine } from '../../../src/run/create-engine.js'
import { runScript } from '../../helpers/run-script.js'

describe('an engine of threads that is closed', () => {
  it('starts no thread for a call that comes after that', async () => {
    let engine: Engine | undefined
    const script = 'export function teardown() { console.log("too late") }\nexport default function () {}'
    const run = await runScript(script, {
      engine: (options) => {
        engine = createThreadEngine(options)
        return engine
      },
    })
    assert.equal(run.exitCode, 0)
    const result = await engine?.call({ name: 'teardown', argument: undefined, timeout: 1000 })
    assert.deepEqual(result, { outcome: 'interrupted' })
  })
})
