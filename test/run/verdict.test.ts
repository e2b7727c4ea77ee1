import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { consolidate } from '../../src/config/consolidate.js'
import { resolveRuntime } from '../../src/config/runtime.js'
import { createLogging } from '../../src/log/logging.js'
import { declareBuiltins } from '../../src/metrics/builtin.js'
import { MetricRegistry } from '../../src/metrics/registry.js'
import type { Output } from '../../src/output/output.js'
import { Outputs } from '../../src/output/outputs.js'
import { Measurements } from '../../src/run/measurements.js'
import { StopControl } from '../../src/run/stop-control.js'
import { type TestEnd, Verdict } from '../../src/run/verdict.js'
import { parseThresholds } from '../../src/threshold/parse.js'
import { reportOf } from '../helpers/memory-engine.js'
import { Text } from '../output/fixtures.js'

const END: TestEnd = {
  startedAt: 0,
  durationMs: 1000,
  setupData: undefined,
  iterations: { complete: 7, failed: 0, interrupted: 0 },
  losses: [],
  summaryHook: undefined,
  beforeSummary: async () => {},
}

interface Judged {
  readonly verdict: Verdict
  readonly stdout: Text
  readonly log: () => string
}

function verdictOf(thresholds: Readonly<Record<string, readonly string[]>>, outputs: readonly Output[] = []): Judged {
  const [stdout, stderr] = [new Text(), new Text()]
  const logging = createLogging({ stdout, stderr, startedAt: 0 })
  const { log } = logging
  const registry = new MetricRegistry()
  declareBuiltins(registry)
  const metrics = [...registry.definitions()]
  const workload = { submetrics: [], collectsViews: false, recordsSamples: false, collectsSeries: false, runTags: {} }
  const verdict = new Verdict({
    host: {
      cwd: '.',
      env: {},
      stdout,
      stderr,
      readStdin: async () => new Uint8Array(),
      onSignal: () => () => {},
      cores: 1,
      startedAt: 0,
    },
    log,
    logging,
    stop: new StopControl(log, () => {}),
    runtime: resolveRuntime({ flags: {}, env: {}, file: undefined }),
    plan: consolidate({ env: {} }),
    thresholds: parseThresholds(thresholds, { metrics }),
    outputs: new Outputs(outputs, log),
    measurements: new Measurements({ ...workload, metrics, timeline: { history: false, recentMs: 0 }, now: Date.now }),
    isUnderLoad: () => true,
    scenariosMs: () => 1000,
    scenarios: () => [],
    testBegan: () => 0,
    scenariosBegan: () => 0,
    script: 'script.ts',
    scriptText: '',
  })
  return {
    verdict,
    stdout,
    log: () => {
      logging.flush()
      return stderr.text
    },
  }
}

describe('a verdict', () => {
  it('writes the summary when outputs have stopped and the rest is over, not before', async () => {
    const events: string[] = []
    const slow: Output = {
      description: 'slow',
      start: async () => {},
      stop: async () => {
        events.push('told to stop')
        await new Promise((resolve) => setTimeout(resolve, 50))
        events.push(`stopped, summary ${stdout.text === '' ? 'not ' : ''}written`)
      },
    }
    const { verdict, stdout } = verdictOf({}, [slow])
    verdict.onAggregates(0, reportOf({ iterations: 7 }))
    await verdict.complete({
      ...END,
      beforeSummary: async () => {
        await new Promise((resolve) => setTimeout(resolve, 10))
        events.push(`rest over, summary ${stdout.text === '' ? 'not ' : ''}written`)
      },
    })
    assert.deepEqual(events, ['told to stop', 'stopped, summary not written', 'rest over, summary not written'])
    assert.match(stdout.text, /iterations\W+7 /)
    assert.equal(verdict.pronounce(), 0)
  })

  it('evaluates thresholds before outputs stop, on everything that arrived', async () => {
    let crossed: readonly string[] = []
    const output: Output = {
      description: 'watching',
      start: async () => {},
      stop: async () => {
        crossed = verdict.evaluator.crossed
      },
    }
    const { verdict, log } = verdictOf({ iterations: ['count<7'] }, [output])
    verdict.onAggregates(0, reportOf({ iterations: 6 }))
    verdict.judge(1000)
    assert.deepEqual(verdict.evaluator.crossed, [])
    verdict.onAggregates(0, reportOf({ iterations: 1 }))
    await verdict.complete(END)
    assert.deepEqual(crossed, ['iterations'])
    assert.equal(verdict.pronounce(), 99)
    assert.match(log(), /thresholds on metrics 'iterations' have been crossed/)
  })

  it('is the same for a run and for several runs merged', async () => {
    const merged = verdictOf({ iterations: ['count==10'] })
    merged.verdict.onAggregates(0, reportOf({ iterations: 4, data_sent: 100 }))
    merged.verdict.onAggregates(1, reportOf({ iterations: 6 }))
    const single = verdictOf({ iterations: ['count==10'] })
    single.verdict.onAggregates(0, reportOf({ iterations: 10, data_sent: 100 }))
    for (const { verdict } of [merged, single]) {
      await verdict.complete(END)
      assert.equal(verdict.pronounce(), 0)
    }
    assert.equal(merged.stdout.text, single.stdout.text)
  })
})
