import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type MemoryEngineOptions, memoryEngine } from '../helpers/memory-engine.js'
import { type RunScriptOptions, runScript, type ScriptResult } from '../helpers/run-script.js'

interface Run extends ScriptResult {
  readonly asked: readonly string[]
}

async function run(engine: MemoryEngineOptions, options: RunScriptOptions = {}): Promise<Run> {
  const { create, made } = memoryEngine(engine)
  const result = await runScript('export default function () {}', { ...options, engine: create })
  return { ...result, asked: made().asked }
}

describe('a run on an engine in memory', () => {
  it('asks in the order of the contract', async () => {
    const { exitCode, asked } = await run({
      script: { functions: ['default', 'setup', 'teardown', 'handleSummary'] },
      calls: { setup: { outcome: 'returned', value: { kind: 'json', json: '{"a":1}' } } },
      run: (made) => made.count(0, { iterations: 3 }),
    })
    assert.equal(exitCode, 0)
    assert.deepEqual(asked, [
      'load',
      'prepare',
      'begin',
      'call setup',
      'start with {"a":1}',
      'call teardown',
      'flush',
      'call handleSummary',
      'close',
    ])
  })

  it('shows what all parts reported, also what they flushed', async () => {
    const { summary, warnings } = await run({
      run: (made) => {
        made.count(0, { iterations: 3 })
        made.count(1, { iterations: 4 })
      },
      flush: (made) => made.count(1, { iterations: 5 }),
    })
    assert.equal(summary.metrics['iterations']?.['count'], 12)
    assert.deepEqual(warnings, [])
  })

  it('judges what was flushed', async () => {
    const { exitCode } = await run({
      script: { options: JSON.stringify({ thresholds: { iterations: ['count<10'] } }) },
      run: () => {},
      flush: (made) => made.count(0, { iterations: 10 }),
    })
    assert.equal(exitCode, 99)
  })

  for (const [outcome, exitCode] of [
    ['threw', 107],
    ['timed out', 100],
  ] as const) {
    it(`starts no scenario when setup ${outcome}, but tears down`, async () => {
      const result = await run({
        script: { functions: ['default', 'setup', 'teardown'] },
        calls: { setup: { outcome } },
        run: () => {},
      })
      assert.equal(result.exitCode, exitCode)
      assert.ok(!result.asked.some((call) => call.startsWith('start')), String(result.asked))
      assert.ok(!result.warnings.some((text) => text.includes('No script iterations')))
    })
  }

  it('is stopped by what the engine tells, and interrupts it', async () => {
    const { exitCode, errors, asked } = await run({
      script: { functions: ['default', 'teardown'] },
      run: ({ events }) => {
        events.onAbort('enough', '')
        return new Promise(() => {})
      },
    })
    assert.equal(exitCode, 108)
    assert.deepEqual(errors, ['test aborted: enough'])
    assert.deepEqual(asked.slice(asked.indexOf('start')), [
      'start',
      'interrupt',
      'call teardown',
      'flush',
      'close',
      'close',
    ])
  })

  it('tells which part was lost, and shows what there is', async () => {
    const { exitCode, errors, summary } = await run({
      run: (made) => {
        made.count(0, { iterations: 3 })
        made.isComplete = false
        made.events.onLost('instance 2', 'no answer')
        return new Promise(() => {})
      },
    })
    assert.equal(exitCode, 109)
    assert.deepEqual(errors, ['instance 2 died: no answer'])
    assert.equal(summary.metrics['iterations']?.['count'], 3)
  })

  it('ends on a signal, whatever it is doing', async () => {
    const { exitCode, asked } = await run(
      {},
      { onStart: (control) => setTimeout(() => control.signal('interrupt'), 300) },
    )
    assert.equal(exitCode, 105)
    assert.equal(asked.at(-1), 'close')
  })
})
