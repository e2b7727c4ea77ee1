import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { TagInterner } from '../../src/metrics/tag-set.js'
import { Timeline } from '../../src/metrics/timeline/timeline.js'
import type { RunResult, ThresholdOutcome } from '../../src/output/run-result.js'
import { mergeResults, type NamedResult } from '../../src/report/merge.js'
import { resultFile } from '../../src/report/result-file.js'

interface Part {
  readonly values: readonly number[]
  readonly vus?: number
  readonly thresholds?: readonly (readonly [metric: string, source: string, ok: boolean])[]
}

function partOf({ values, vus = 1, thresholds = [] }: Part, path = 'part.json'): NamedResult {
  const registry = new MetricRegistry()
  const { root } = new TagInterner()
  const rtt = registry.series(registry.declare('rtt', 'trend', 'time'), root)
  const iterations = registry.series(registry.declare('iterations', 'counter'), root)
  for (const value of values) {
    rtt.add(value)
    iterations.add(1)
  }
  registry.series(registry.declare('vus_max', 'gauge'), root).add(vus)
  const result: RunResult = {
    verdict: 'passed',
    exitCode: 0,
    script: 'a.js',
    startedAt: 0,
    durationMs: 2000,
    scenariosMs: 1000,
    thresholds: thresholds.map(
      ([metric, source, ok]): ThresholdOutcome => ({ metric, source, ok, value: null, limit: 0 }),
    ),
    checks: [{ name: 'fine', group: '', passes: values.length, fails: 1 }],
    metrics: [
      { name: 'rtt', type: 'trend', contains: 'time', values: { med: 0, max: 0 } },
      { name: 'iterations', type: 'counter', contains: 'default', values: {} },
      { name: 'vus_max', type: 'gauge', contains: 'default', values: {} },
    ],
  }
  return { path, file: resultFile(result, new Timeline(registry, { history: true, recentMs: 0 }), 'test', registry) }
}

describe('results of parts', () => {
  it('are as those of one run when they are merged', () => {
    const { summary } = mergeResults([partOf({ values: [1, 2, 3], vus: 2 }), partOf({ values: [10, 20], vus: 3 })])
    assert.match(summary, /rtt\W+med=3ms\s+max=20ms/)
    assert.match(summary, /iterations\W+5 +5\/s/)
    assert.match(summary, /vus_max\W+5 /)
    assert.match(summary, /fine/)
    assert.match(summary, /5 out of 7|71\.42% +5/)
  })

  it('are judged by their thresholds as a whole', () => {
    const thresholds = [
      ['iterations', 'count>=5', false],
      ['rtt', 'max<15', true],
    ] as const
    const { crossed } = mergeResults([
      partOf({ values: [1, 2, 3], thresholds }),
      partOf({ values: [10, 20], thresholds }),
    ])
    assert.deepEqual(crossed, ['rtt'])
  })

  it('keep what a threshold over a time window has said', () => {
    const good = partOf({ values: [1], thresholds: [['rtt', 'max<5 over 10s', true]] })
    const bad = partOf({ values: [1], thresholds: [['rtt', 'max<5 over 10s', false]] })
    assert.deepEqual(mergeResults([good, good]).crossed, [])
    assert.deepEqual(mergeResults([good, bad]).crossed, ['rtt'])
  })

  it('cannot be merged without totals, or with damaged ones', () => {
    const { file } = partOf({ values: [1] })
    const { totals: _, ...old } = file
    for (const [each, message] of [
      [old, /old\.json.*did not keep totals/],
      [{ ...file, totals: 'AAAA' }, /the totals in 'old\.json' cannot be read/],
    ] as const) {
      assert.throws(() => mergeResults([{ path: 'old.json', file: each }]), { code: 'ERR_RESULT_FILE', message })
    }
  })
})
