import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { TagInterner } from '../../src/metrics/tag-set.js'
import { Timeline } from '../../src/metrics/timeline/timeline.js'
import type { RunResult } from '../../src/output/run-result.js'
import { compare } from '../../src/report/compare.js'
import { parseRegressionLimit } from '../../src/report/regression-limit.js'
import { renderComparison } from '../../src/report/render-comparison.js'
import { parseResult, type ResultFile, resultBytes, resultFile } from '../../src/report/result-file.js'
import { alarms, pairedTest } from '../../src/report/statistics.js'

/** The same sequence for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const START = Date.UTC(2026, 10, 21, 5)
const SECONDS = 60

/** A run with heavy-tailed latencies, in which the load doubles half way and neighbouring seconds resemble each other. */
function simulatedRun(seed: number, { factor = 1, seconds = SECONDS } = {}): ResultFile {
  const next = random(seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  const [shard, main] = [new MetricRegistry(), new MetricRegistry()]
  const root = new TagInterner().root
  for (const registry of [shard, main]) {
    registry.declare('rtt', 'trend', 'time')
    registry.declare('reqs', 'counter')
    registry.declare('failed', 'rate')
  }
  const series = (name: string) => shard.series(shard.get(name) as never, root)
  const [rtt, reqs, failed] = [series('rtt'), series('reqs'), series('failed')]
  const timeline = new Timeline(main, { history: true, recentMs: 0 })
  let drift = 0
  for (let second = 0; second < seconds; second++) {
    drift = 0.5 * drift + 0.03 * normal()
    const requests = Math.round((second < seconds / 2 ? 60 : 120) * Math.exp(0.05 * normal()))
    for (let i = 0; i < requests; i++) {
      rtt.add(factor * 20 * Math.exp(0.8 * normal() + drift))
      reqs.add(1)
      failed.add(next() < 0.02 ? 1 : 0)
    }
    timeline.merge(shard.take(), START + second * 1000, START + (second + 1) * 1000)
    timeline.advance(START + (second + 1) * 1000)
  }
  const result: RunResult = {
    verdict: 'passed',
    exitCode: 0,
    script: 'simulated.js',
    startedAt: START,
    durationMs: seconds * 1000,
    thresholds: [],
    checks: [],
    metrics: [],
  }
  return resultFile(result, timeline, 'test', main)
}

const named = (path: string, file: ResultFile) => ({ path, file })

describe('a comparison of two runs', () => {
  it('says nothing of the generator: how busy it was is no result of the target', () => {
    const withGenerator = (file: ResultFile): ResultFile => ({
      ...file,
      series: file.series.flatMap((series) =>
        series.name === 'reqs' ? [series, { ...series, name: 'generator_lag', metric: 'generator_lag' }] : [series],
      ),
    })
    const { rows } = compare(named('a', withGenerator(simulatedRun(1))), named('b', withGenerator(simulatedRun(2))))
    assert.deepEqual([...new Set(rows.map(({ metric }) => metric))].toSorted(), ['failed', 'reqs', 'rtt'])
  })

  it('raises a false alarm for at most 5 % of equal pairs', () => {
    const runs = Array.from({ length: 40 }, (_, i) => simulatedRun(i + 1))
    let [pairs, wrong] = [0, 0]
    for (let a = 0; a < runs.length; a++) {
      for (let b = a + 1; b < runs.length; b += 4) {
        const { rows } = compare(named('a', runs[a] as ResultFile), named('b', runs[b] as ResultFile))
        pairs++
        if (rows.some(({ isSignificant }) => isSignificant)) wrong++
      }
    }
    assert.ok(pairs > 200, `${pairs}`)
    assert.ok(wrong / pairs <= 0.05, `${wrong} of ${pairs}`)
  })

  it('sees that latencies are 15 % longer', () => {
    const seen = Array.from({ length: 20 }, (_, i) => {
      const { rows } = compare(named('a', simulatedRun(100 + i)), named('b', simulatedRun(200 + i, { factor: 1.15 })))
      return rows.find(({ metric, statistic }) => metric === 'rtt' && statistic === 'med')?.isSignificant === true
    }).filter(Boolean).length
    assert.ok(seen >= 18, `${seen} of 20`)
  })

  it('says how large the difference is, and what is beyond a limit', () => {
    const limits = ['p(95)>+10%', 'reqs:rate<-50%', 'p(99.9)>+500%'].map(parseRegressionLimit)
    const { rows, missing } = compare(
      named('main.json', simulatedRun(1)),
      named('new.json', simulatedRun(2, { factor: 1.5 })),
      limits,
    )
    const row = (metric: string, statistic: string) =>
      rows.find((each) => each.metric === metric && each.statistic === statistic)
    const p95 = row('rtt', 'p(95)')
    assert.ok(p95 !== undefined && Math.abs(p95.change - 0.5) < 0.15, `${p95?.change}`)
    assert.equal(p95.isRegression, true)
    assert.equal(row('reqs', 'rate')?.isRegression, false)
    assert.equal(row('rtt', 'p(99.9)')?.isRegression, false)
    assert.deepEqual(missing, [])
  })

  it('calls a large change that is not proven unclear, and only a small one noise', () => {
    const runs = { seconds: 8 }
    const lines = renderComparison(
      compare(named('a', simulatedRun(1, runs)), named('b', simulatedRun(2, { ...runs, factor: 1.5 }))),
      'table',
    )
    assert.match(lines, /^rtt +p\(95\) .*\+\d+ % +unclear$/m)
    assert.match(lines, /^reqs +rate .* % +noise$/m)
    assert.match(lines, /changed by 10 % or more and may be noise all the same \(unclear\): longer runs tell/)
  })

  it('does not judge runs that are too short', () => {
    const { rows } = compare(named('a', simulatedRun(1, { seconds: 3 })), named('b', simulatedRun(2, { seconds: 3 })))
    assert.ok(rows.every(({ isSignificant }) => isSignificant === undefined))
    assert.match(
      renderComparison(
        compare(named('a', simulatedRun(1, { seconds: 3 })), named('b', simulatedRun(1, { seconds: 3 }))),
        'table',
      ),
      /Too short to tell differences from noise/,
    )
  })

  it('is the same in Markdown and JSON, and texts of scripts are no markup there', () => {
    const file = { ...simulatedRun(1, { seconds: 10 }), script: '<b>|x|</b>' }
    const comparison = compare(named('a', file), named('b', file))
    const markdown = renderComparison(comparison, 'markdown')
    assert.match(markdown, /\\<b\\>\\\|x\\\|\\<\/b\\>|\\<b\\>\\\|x\\\|/)
    assert.match(markdown, /\| rtt \| p\(95\) \| .* ms \| .* ms \| 0\.0 % \| noise \|/)
    assert.deepEqual(JSON.parse(renderComparison(comparison, 'json')).rows.length, comparison.rows.length)
  })
})

describe('the test behind it', () => {
  it('knows the values of a table of the t distribution', () => {
    // Differences with mean 1, standard deviation 1 and no resemblance of neighbours: t = √n.
    const a = [1, 1, 1, 1, 1, 1, 1, 1]
    const b = [2, 0, 2, 0, 1, 2, 0, 1].map((d) => Math.exp(d))
    const p = pairedTest(a, b) as number
    // mean 1, s = √(6/7), t = 3.055 with 7 degrees of freedom
    assert.ok(Math.abs(p - 0.0184) < 0.0005, `${p}`)
  })

  it('says nothing of fewer than five parts, and nothing of equal ones', () => {
    assert.equal(pairedTest([1, 2, 3, 4], [1, 2, 3, 4]), undefined)
    assert.equal(pairedTest([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]), 1)
  })

  it('holds its promise for many metrics, also when neighbouring parts resemble each other', () => {
    const [metrics, runs, parts] = [22, 300, 30]
    for (const [correlation, mostFalse, leastFound] of [
      [0, 0.05, 0.95],
      [0.3, 0.07, 0.7],
    ] as const) {
      const random = noise(correlation)
      let [falseAlarms, found] = [0, 0]
      for (let run = 0; run < runs; run++) {
        // The first metric is 15 % higher, with noise of 5 %.
        const probabilities = Array.from({ length: metrics }, (_, metric) => {
          const [a, b] = [random(parts), random(parts)]
          return pairedTest(a, metric === 0 ? b.map((value) => value * 1.15) : b)
        })
        const [first, ...others] = alarms(probabilities)
        if (others.includes(true)) falseAlarms++
        if (first) found++
      }
      assert.ok(falseAlarms / runs <= mostFalse, `${falseAlarms} of ${runs} at ${correlation}`)
      assert.ok(found / runs >= leastFound, `${found} of ${runs} at ${correlation}`)
    }
  })

  it('becomes stricter the more is tested', () => {
    assert.deepEqual(alarms([0.04], 0.05), [true])
    assert.deepEqual(alarms([0.04, 0.9], 0.05), [false, false])
    assert.deepEqual(alarms([0.03, undefined, 0.01], 0.05), [true, false, true])
  })
})

describe('a result file', () => {
  it('comes back as it was, compressed or not', async () => {
    const file = simulatedRun(1, { seconds: 5 })
    for (const path of ['r.json', 'r.json.gz']) assert.deepEqual(parseResult(await resultBytes(file, path), path), file)
  })

  it('stays small however long the run was', async () => {
    const file = simulatedRun(1, { seconds: 3000 })
    for (const { points } of file.series) assert.ok(points.length <= 600, `${points.length}`)
    const reqs = file.series.find(({ name }) => name === 'reqs')
    const sum = reqs?.points.reduce((total, [, , , value]) => total + Number(value), 0) as number
    assert.ok(Math.abs(sum - 3000 * 90) < 3000 * 5, `${sum}`)
    assert.ok((await resultBytes(file, 'x.json.gz')).length < 1_000_000)
  })

  const BAD: [content: string, message: RegExp][] = [
    ['', /holds no result of a run/],
    ['[]', /holds no result of a run/],
    ['null', /holds no result of a run/],
    ['{"format":"sockeye-result","formatVersion":9}', /of version 9, this sockeye reads version 1/],
  ]
  for (const [content, message] of BAD) {
    it(`is refused when it holds ${content || 'nothing'}`, () =>
      assert.throws(() => parseResult(Buffer.from(content), 'x.json'), {
        message,
        code: 'ERR_RESULT_FILE',
        exitCode: 255,
      }))
  }
})

describe('a limit of --fail-on', () => {
  it('is beyond what its sign says, of the metric and the statistic that it names', () => {
    const fewer = parseRegressionLimit('reqs:rate<-5%')
    assert.deepEqual(
      [-0.06, -0.05, 0, 0.5].map((change) => fewer.isBeyond(changed('reqs', 'rate', change))),
      [true, false, false, false],
    )
    assert.equal(fewer.isBeyond(changed('others', 'rate', -0.5)), false)
    const slower = parseRegressionLimit('p(95)>+10%')
    assert.deepEqual(
      [-0.5, 0.1, 0.11].map((change) => slower.isBeyond(changed('any', 'p(95)', change))),
      [false, false, true],
    )
    assert.equal(slower.isBeyond(changed('any', 'p(99)', 0.5)), false)
  })

  it('is beyond when what it names has grown from zero', () => {
    const fromZero = { metric: 'lost', statistic: 'rate', baseline: 0, candidate: 3, change: Number.NaN }
    assert.equal(parseRegressionLimit('lost:rate>+10%').isBeyond(fromZero), true)
    assert.equal(parseRegressionLimit('lost:rate<-10%').isBeyond(fromZero), false)
    assert.equal(parseRegressionLimit('rate>+10%').isBeyond(fromZero), false)
  })

  it('is tested with what other limits are about, and not with every value that is shown', () => {
    const [a, b] = [simulatedRun(1, { seconds: 8 }), simulatedRun(2, { seconds: 8, factor: 2.5 })]
    const row = (limits: string[]) =>
      compare(named('a', manyMetrics(a)), named('b', manyMetrics(b)), limits.map(parseRegressionLimit)).rows.find(
        ({ metric, statistic }) => metric === 'rtt' && statistic === 'med',
      )
    assert.deepEqual(
      [row(['med>+10%']), row(['rtt:med>+10%'])].map((each) => [each?.isBeyondLimit, each?.isRegression]),
      [
        [true, false],
        [true, true],
      ],
    )
    const unproven = compare(named('a', manyMetrics(a)), named('b', manyMetrics(b)), [parseRegressionLimit('med>+10%')])
    assert.match(renderComparison(unproven, 'table'), /Beyond the limit of --fail-on, and maybe noise: rtt med \+\d+ %/)
  })

  for (const [text, message, hint] of [
    ['rt:p(95)>+10%', /about the metric "rt", which neither result has/, /did you mean rtt\?/],
    ['reqs:p(95)>+10%', /is about p\(95\), and "reqs" is a counter/, /their rate/],
    ['rtt:rate>+10%', /is about rate, and "rtt" is a trend/, /p\(N\)/],
  ] as const) {
    it(`is refused when it can never be crossed, as ${text}`, () =>
      assert.throws(
        () => compare(named('a', simulatedRun(1)), named('b', simulatedRun(2)), [parseRegressionLimit(text)]),
        { code: 'ERR_INVALID_FLAG', message, hint },
      ))
  }

  for (const text of ['p(95)', 'p(95)>10', 'p(95)>10%', 'nope>+1%', 'p(101)>+1%', '>+1%']) {
    it(`is refused when it is ${text}`, () =>
      assert.throws(() => parseRegressionLimit(text), { code: 'ERR_INVALID_FLAG', message: /cannot be understood/ }))
  }
})

function changed(metric: string, statistic: string, change: number) {
  return { metric, statistic, baseline: 1, candidate: 1 + change, change }
}

/** The result with its metrics under many names. */
function manyMetrics(file: ResultFile): ResultFile {
  const copies = Array.from({ length: 12 }, (_, i) =>
    file.series.map((each) => ({ ...each, name: `${each.name}_${i}` })),
  )
  return { ...file, series: [...file.series, ...copies.flat()] }
}

/** Values around 1 with noise of 5 %, of which a part carries over to the next. The same at each run of the test. */
function noise(correlation: number): (count: number) => number[] {
  let seed = 7
  const uniform = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return (seed + 0.5) / 2 ** 32
  }
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  return (count) => {
    let last = normal()
    return Array.from({ length: count }, () => {
      last = correlation * last + Math.sqrt(1 - correlation ** 2) * normal()
      return Math.exp(0.05 * last)
    })
  }
}
