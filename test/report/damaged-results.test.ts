/** Result files that were written by hand, cut off or damaged, and what each command that reads them makes of it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SockeyeError } from '../../src/base/errors.js'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { TagInterner } from '../../src/metrics/tag-set.js'
import { Timeline } from '../../src/metrics/timeline/timeline.js'
import type { RunResult } from '../../src/output/run-result.js'
import { compare } from '../../src/report/compare.js'
import { renderComparison } from '../../src/report/render-comparison.js'
import { reportBytes } from '../../src/report/render-report.js'
import { parseResult, resultBytes, resultFile } from '../../src/report/result-file.js'
import { spreadOf } from '../../src/report/spread.js'
import { mergeResults } from '../../src/run/merge-results.js'

const START = Date.UTC(2026, 10, 21, 5)

const RESULT: RunResult = {
  verdict: 'failed',
  exitCode: 99,
  reason: 'thresholds crossed',
  script: 'a.js',
  startedAt: START,
  durationMs: 8000,
  scenariosMs: 8000,
  thresholds: [{ metric: 'rtt', source: 'p(95)<2', ok: false, value: 4, limit: 2 }],
  checks: [{ name: 'fine', group: '::a', passes: 3, fails: 1 }],
  metrics: [
    { name: 'rtt', type: 'trend', contains: 'time', values: { med: 1, 'p(95)': 4 } },
    { name: 'reqs', type: 'counter', contains: 'default', values: { count: 8, rate: 1 } },
  ],
  errors: { listed: [{ message: 'no', count: 1, scenario: 's', place: 'a.js:1:2' }], others: 0 },
  notes: ['late'],
  log: [{ time: START, level: 'info', message: 'hello' }],
  planned: [{ offset: 0, vus: 1, iterationRate: 0 }],
  scenarios: [
    {
      name: 's',
      executor: 'constant-vus',
      state: 'done',
      progress: 1,
      timeMs: 8000,
      totalMs: 8000,
      vus: { active: 0, max: 1 },
      dropped: 0,
    },
  ],
  tags: { env: 'test' },
  machine: { node: 'v22.0.0', platform: 'linux x64', cores: 2 },
}

/** With one series of each type. */
function wholeFile(): Record<string, never> {
  const [shard, main] = [new MetricRegistry(), new MetricRegistry()]
  const { root } = new TagInterner()
  for (const registry of [shard, main]) {
    registry.declare('rtt', 'trend', 'time')
    registry.declare('reqs', 'counter')
    registry.declare('level', 'gauge')
    registry.declare('failed', 'rate')
  }
  const timeline = new Timeline(main, { history: true, recentMs: 0 })
  for (let second = 0; second < 8; second++) {
    for (const name of ['rtt', 'reqs', 'level', 'failed'])
      shard.series(shard.get(name) as never, root).add(1 + (second % 3))
    const aggregates = shard.take()
    main.merge(aggregates)
    timeline.merge(aggregates, START + second * 1000, START + (second + 1) * 1000)
    timeline.advance(START + (second + 1) * 1000)
  }
  return JSON.parse(JSON.stringify(resultFile(RESULT, timeline, 'test', main)))
}

function parse(file: unknown) {
  return parseResult(Buffer.from(JSON.stringify(file)), 'x.json')
}

/** The file with another value at a place; undefined takes it away. */
function changed(path: readonly (string | number)[], value: unknown): unknown {
  const file = wholeFile()
  let parent = file as Record<string, unknown>
  for (const step of path.slice(0, -1)) parent = parent[step] as Record<string, unknown>
  const last = path.at(-1) as string
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return file
}

const WRONG: readonly [path: (string | number)[], value: unknown, message: RegExp][] = [
  [['series'], undefined, /series must be a list, got nothing/],
  [['thresholds'], 'none', /thresholds must be a list, got "none" \(string\)/],
  [['durationMs'], null, /durationMs must be a number from 0, got null/],
  [['durationMs'], -1, /durationMs must be a number from 0, got -1 \(number\)/],
  [['startedAt'], '2026-11-21', /startedAt must be a moment/],
  [['startedAt'], 8_640_000_000_000_001, /startedAt must be a moment/],
  [['verdict'], 'good', /verdict must be 'passed' or 'failed' or 'aborted', got "good"/],
  [['checks', 0, 'fails'], '1', /checks\[0\]\.fails must be a whole number from 0, got "1" \(string\)/],
  [['metrics', 0, 'values', 'med'], 'x', /metrics\[0\]\.values\["med"\] must be a number/],
  [['scenarios', 0, 'vus'], 3, /scenarios\[0\]\.vus must be an object, got 3 \(number\)/],
  [['series', 0, 'type'], 'histogram', /series\[0\]\.type must be 'counter' or .*, got "histogram"/],
  [['series', 1, 'name'], 'rtt', /series\[1\]\.name must be another name than those before it, got "rtt"/],
  [['series', 0, 'points', 1], [0, 1000, 2], /series\[0\]\.points\[1\] must be a list of 5, as points of a trend are/],
  [['series', 0, 'points', 1, 1], 0, /series\[0\]\.points\[1\]\[1\] must be a number above 0, got 0/],
  [['series', 0, 'points', 1, 0], -5, /series\[0\]\.points\[1\]\[0\] must be after 0, the offset of the point before/],
  [['series', 0, 'points', 2, 4], 'AQAA', /series\[0\]\.points\[2\]\[4\] must be a sketch in base64: the bytes end/],
  [['series', 1, 'points', 0, 3], 'many', /series\[1\]\.points\[0\]\[3\] must be a number, got "many"/],
]

describe('a damaged result file', () => {
  for (const [path, value, message] of WRONG) {
    it(`is refused with the place: ${path.join('.')} = ${JSON.stringify(value) ?? 'nothing'}`, () =>
      assert.throws(() => parse(changed(path, value)), {
        code: 'ERR_RESULT_FILE',
        exitCode: 255,
        message: new RegExp(`^'x\\.json' is a damaged result file: ${message.source}`),
      }))
  }

  it('that was cut off is refused, wherever', async () => {
    const bytes = await resultBytes(parse(wholeFile()), 'x.json.gz')
    for (let length = 0; length < bytes.length - 1; length += 97)
      assert.throws(() => parseResult(bytes.subarray(0, length), 'x.json.gz'), { code: 'ERR_RESULT_FILE' })
  })

  it('with anything anywhere ends in a result or in one of our errors, for every command', async () => {
    const places = placesIn(wholeFile())
    const junk = fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 0, 1e300, 0.5, '', '__proto__', [], {}, null))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), junk, async (path, value) => {
        try {
          const changedFile = { path: 'x.json', file: parse(changed(path, value)) }
          const whole = { path: 'y.json', file: parse(wholeFile()) }
          for (const format of ['table', 'markdown', 'json'] as const)
            renderComparison(compare(whole, changedFile), format)
          await reportBytes(changedFile.file, 'x.html', whole)
          await reportBytes(changedFile.file, 'x.md')
          spreadOf([whole.file, changedFile.file])
          mergeResults([whole, changedFile])
        } catch (error) {
          assert.ok(error instanceof SockeyeError, `${path.join('.')} = ${JSON.stringify(value)}: ${error}`)
        }
      }),
      { numRuns: 400 },
    )
  })

  it('of which metrics are something else than in the other parts is not merged', () => {
    const other = changed(['metrics', 1], { name: 'rtt', type: 'counter', contains: 'default', values: {} })
    const without = { ...(other as object), metrics: [(other as { metrics: unknown[] }).metrics[1]], series: [] }
    const parts = [wholeFile(), without].map((file, i) => ({
      path: `${i}.json`,
      file: parse({ ...file, startedAt: i }),
    }))
    assert.throws(() => mergeResults(parts), {
      code: 'ERR_RESULT_FILE',
      message: "'rtt' is a trend of time in '0.json' and a counter in '1.json'",
    })
    const inTotals = { ...parse(wholeFile()), metrics: [], series: [] }
    const metrics = [{ name: 'rtt', type: 'counter', contains: 'default', values: {} }] as const
    assert.throws(() => mergeResults([{ path: 'x.json', file: { ...inTotals, metrics } }]), {
      code: 'ERR_RESULT_FILE',
      message: /^the totals in 'x\.json' do not fit its metrics: /,
    })
  })

  it('is not what a run leaves that measured infinity: it comes back as it was', async () => {
    const registry = new MetricRegistry()
    const level = registry.declare('level', 'gauge')
    const timeline = new Timeline(registry, { history: true, recentMs: 0 })
    const infinite = Number.POSITIVE_INFINITY
    timeline.add(level, START, { type: 'gauge', samples: 1, value: infinite, min: -infinite, max: infinite })
    const file = resultFile(RESULT, timeline, 'test', registry)
    const points = parseResult(await resultBytes(file, 'x.json'), 'x.json').series[0]?.points[0] ?? []
    assert.deepEqual(points.slice(2).map(Number), [infinite, -infinite, infinite])
  })
})

/** Every place in it. */
function placesIn(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path]
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value)
  const inside = [...keys].flatMap((key) => placesIn((value as Record<string, unknown>)[key], [...path, key]))
  return path.length === 0 ? inside : [path, ...inside]
}
