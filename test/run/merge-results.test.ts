import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { TagInterner } from '../../src/metrics/tag-set.js'
import { Timeline } from '../../src/metrics/timeline/timeline.js'
import type { RunResult, ThresholdOutcome } from '../../src/output/run-result.js'
import type { NamedResult } from '../../src/report/compare.js'
import { parseResult, resultBytes, resultFile, stateOf } from '../../src/report/result-file.js'
import { mergeResults } from '../../src/run/merge-results.js'
import { renderText } from '../../src/summary/text.js'

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

function summaryOf(parts: readonly NamedResult[]): string {
  return renderText(mergeResults(parts).results, { colors: false, width: undefined })
}

describe('results of parts', () => {
  it('are as those of one run when they are merged', () => {
    const summary = summaryOf([partOf({ values: [1, 2, 3], vus: 2 }), partOf({ values: [10, 20], vus: 3 })])
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
    const alsoGood = partOf({ values: [2], thresholds: [['rtt', 'max<5 over 10s', true]] })
    const bad = partOf({ values: [3], thresholds: [['rtt', 'max<5 over 10s', false]] })
    assert.deepEqual(mergeResults([good, alsoGood]).crossed, [])
    const { crossed, file } = mergeResults([good, bad])
    assert.deepEqual(crossed, ['rtt'])
    assert.deepEqual(
      file.thresholds.map(({ source, ok }) => [source, ok]),
      [['max<5 over 10s', false]],
    )
  })

  it('make a result file as one run would have, which can be merged again', async () => {
    const thresholds = [['iterations', 'count<5', true]] as const
    const [a, b, c] = [[1, 2, 3], [10, 20], [30]].map((values, i) => partOf({ values, vus: i + 1, thresholds }))
    const { file } = mergeResults([a, b] as NamedResult[])
    const read = parseResult(await resultBytes(file, 'whole.json'), 'whole.json')
    assert.equal(read.verdict, 'failed')
    assert.equal(read.exitCode, 99)
    assert.equal(read.startedAt, 0)
    const whole = mergeResults([{ path: 'whole.json', file: read }, c as NamedResult]).file
    const iterations = whole.metrics.find(({ name }) => name === 'iterations')
    assert.equal(iterations?.values['count'], 6)
    assert.equal(whole.metrics.find(({ name }) => name === 'vus_max')?.values['value'], 6)
    assert.equal(whole.metrics.find(({ name }) => name === 'rtt')?.values['max'], 30)
  })

  it('have the time series of all of them, second by second', () => {
    const series = (points: readonly (readonly [number, number, number])[], name = 'iterations') => ({
      name,
      metric: name,
      type: name === 'vus' ? ('gauge' as const) : ('counter' as const),
      contains: 'default' as const,
      points: points.map(([offset, count, width]) =>
        name === 'vus' ? ([offset, width, count, count, count] as const) : ([offset, width, count, count] as const),
      ),
    })
    const at = (startedAt: number, values: readonly number[], all: ReturnType<typeof series>[]): NamedResult => {
      const { path, file } = partOf({ values })
      return { path, file: { ...file, startedAt, series: all } }
    }
    const { file } = mergeResults([
      at(
        10_000,
        [1],
        [
          series([
            [0, 5, 1000],
            [1000, 6, 1000],
          ]),
          series([[0, 2, 1000]], 'vus'),
        ],
      ),
      at(
        10_400,
        [2],
        [
          series([
            [600, 7, 1000],
            [2600, 1, 1000],
          ]),
          series([[-400, 3, 1000]], 'vus'),
        ],
      ),
    ])
    const counts = Object.fromEntries(
      file.series.map((each) => [
        each.name,
        each.points.map((point) => {
          const state = stateOf(each, point)
          return [point[0], state.type === 'counter' ? state.sum : state.type === 'gauge' ? state.value : 0]
        }),
      ]),
    )
    assert.deepEqual(counts, {
      iterations: [
        [0, 5],
        [1000, 13],
        [3000, 1],
      ],
      vus: [[0, 5]],
    })
  })

  it('are refused when one is there twice, or of another run', () => {
    const part = partOf({ values: [1] })
    assert.throws(() => mergeResults([part, { ...part, path: 'copy.json' }]), {
      code: 'ERR_RESULT_FILE',
      message: "'part.json' and 'copy.json' hold the same result",
    })
    const [one, other] = [partOf({ values: [1] }), partOf({ values: [2] }, 'old.json')]
    assert.throws(
      () =>
        mergeResults([
          { ...one, file: { ...one.file, run: 'a' } },
          { ...other, file: { ...other.file, run: 'b' } },
        ]),
      { code: 'ERR_RESULT_FILE', message: "'part.json' and 'old.json' are of different runs" },
    )
  })

  it('say why parts ended early', () => {
    const part = partOf({ values: [1] })
    const reason = 'the coordinator of the run was lost'
    const early = { ...part, file: { ...part.file, verdict: 'aborted' as const, reason } }
    assert.match(summaryOf([early, partOf({ values: [2] })]), /1 of 2 parts ended early: the coordinator/)
  })

  it('say when they look as if they did not belong together', () => {
    const [one, other] = [partOf({ values: [1] }), partOf({ values: [2] })]
    const elsewhere = { ...other, file: { ...other.file, script: '/home/b/a.js', startedAt: 1900 } }
    assert.doesNotMatch(summaryOf([one, elsewhere]), /PARTS/)
    const stranger = { ...other, file: { ...other.file, script: 'b.js', startedAt: 62_500 } }
    const summary = summaryOf([one, stranger])
    assert.match(summary, /the parts are of different scripts: a\.js, b\.js/)
    assert.match(summary, /one part ended 1m1s before another began: rates are as if they had run together/)
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
