import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CardinalityGuard } from '../../src/metrics/cardinality.js'
import { CheckTallies } from '../../src/metrics/checks.js'
import { SampleRecorder } from '../../src/metrics/recorder.js'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { TagInterner } from '../../src/metrics/tag-set.js'
import { parseTrendStat } from '../../src/metrics/trend-stat.js'

const root = new TagInterner().root

describe('a registry', () => {
  it('finds a metric again when it is declared alike, and refuses it otherwise', () => {
    const registry = new MetricRegistry()
    assert.equal(registry.declare('m', 'trend', 'time'), registry.declare('m', 'trend', 'time'))
    assert.throws(() => registry.declare('m', 'rate'), {
      message: "metric 'm' already exists but with type trend, instead of rate",
    })
    assert.throws(() => registry.declare('m', 'trend'), {
      message: "metric 'm' already exists but with a value type time, instead of default",
    })
  })

  it('gives the same series for the same tags and counts them', () => {
    const registry = new MetricRegistry()
    const metric = registry.declare('m', 'counter')
    assert.equal(registry.series(metric, root.with('a', '1')), registry.series(metric, root.with('a', '1')))
    registry.series(metric, root.with('a', '2'))
    assert.equal(registry.seriesCount, 2)
  })

  it('adds up what several shards took', () => {
    const main = new MetricRegistry()
    main.declare('hits', 'counter')
    main.declare('rtt', 'trend')
    for (const values of [[1, 3], [5, 7, 9], []]) {
      const shard = new MetricRegistry()
      const hits = shard.series(shard.declare('hits', 'counter'), root)
      const rtt = shard.series(shard.declare('rtt', 'trend'), root)
      for (const value of values) {
        hits.add(1)
        rtt.add(value)
      }
      main.merge(structuredClone(shard.take()))
      assert.deepEqual(shard.take(), [])
    }
    const [hits, rtt] = [main.sink('hits'), main.sink('rtt')]
    assert.equal(hits?.type === 'counter' && hits.sum, 5)
    assert.ok(rtt?.type === 'trend' && Math.abs(rtt.sketch.quantile(0.9) - 8.2) < 1e-12)
  })

  it('collects views of scenarios and groups only when asked to', () => {
    const off = new MetricRegistry()
    off.series(off.declare('hits', 'counter'), root.with('scenario', 's')).add(1)
    assert.equal([...off.viewSinks()].length, 0)

    const shard = new MetricRegistry([], null, { collectsViews: true })
    const metric = shard.declare('hits', 'counter')
    shard.series(metric, root.withAll({ scenario: 'default', group: '' })).add(1)
    shard.series(metric, root.withAll({ scenario: 'default', group: '::a' })).add(2)
    shard.series(metric, root.withAll({ scenario: 's', group: '::a::b' })).add(4)
    shard.series(metric, root.withAll({ scenario: 's', group: '' })).add(8)
    shard.series(metric, root.withAll({ group: '::setup' })).add(16)
    const main = new MetricRegistry([], null, { collectsViews: true })
    main.declare('hits', 'counter')
    main.merge(structuredClone(shard.take()))
    const sums = [...main.viewSinks()].map(({ view, sink }) => [
      view.scenario,
      view.group,
      sink.type === 'counter' && sink.sum,
    ])
    assert.deepEqual(sums, [
      ['default', '::a', 2],
      ['s', null, 12],
      ['s', '::a::b', 4],
    ])
  })
})

describe('check tallies', () => {
  it('keep the order of first use and add up the deltas of shards', () => {
    const main = new CheckTallies()
    const shard = new CheckTallies()
    shard.add('default', '', 'late', true)
    shard.enter('default', '::g')
    shard.add('default', '::g', 'early', false)
    main.merge(structuredClone(shard.take()!))
    assert.equal(shard.take(), undefined)
    shard.add('default', '', 'late', false)
    main.merge(shard.take()!)
    assert.deepEqual(main.checks(), [
      { scenario: 'default', group: '', name: 'late', passes: 1, fails: 1 },
      { scenario: 'default', group: '::g', name: 'early', passes: 0, fails: 1 },
    ])
    assert.deepEqual(
      main.groups().map(({ path }) => path),
      ['', '::g'],
    )
  })
})

describe('a sample recorder', () => {
  it('describes metrics and tag sets once', () => {
    let now = 1000
    const recorder = new SampleRecorder(() => now++)
    const registry = new MetricRegistry([], recorder)
    const series = registry.series(registry.declare('m', 'counter'), root.with('a', 'b'))
    series.add(1)
    series.add(2)
    const first = recorder.take()
    assert.deepEqual(
      [[...first.time], [...first.value]],
      [
        [1000, 1001],
        [1, 2],
      ],
    )
    assert.deepEqual([first.metrics.length, first.tagSets[0]?.tags], [1, { a: 'b' }])
    assert.equal('metadata' in first, false)
    recorder.metadata = { vu: '7' }
    series.add(3)
    const second = recorder.take()
    assert.deepEqual([second.metrics, second.tagSets, second.metadata], [[], [], [{ vu: '7' }]])
    assert.equal(recorder.take().value.length, 0)
  })

  it('grows with the number of samples', () => {
    const recorder = new SampleRecorder(() => 0)
    const registry = new MetricRegistry([], recorder)
    const series = registry.series(registry.declare('m', 'counter'), root)
    for (let i = 0; i < 3000; i++) {
      if (i === 1500) recorder.metadata = { iter: '1' }
      series.add(i)
    }
    const batch = recorder.take()
    assert.equal(batch.value.length, 3000)
    assert.equal(batch.value[2999], 2999)
    assert.equal(batch.metadata?.length, 3000)
    assert.deepEqual([batch.metadata?.[1499], batch.metadata?.[1500]], [undefined, { iter: '1' }])
  })
})

describe('the guard against too many time series', () => {
  it('warns above the limit and again at each doubling', () => {
    const guard = new CardinalityGuard()
    assert.equal(guard.check(100_000), undefined)
    assert.match(
      guard.check(100_001) ?? '',
      /with 100001 unique time series, which is higher than the suggested limit of 100000/,
    )
    assert.equal(guard.check(200_000), undefined)
    assert.match(guard.check(900_000) ?? '', /900000/)
    assert.equal(guard.check(1_600_000), undefined)
  })
})

describe('a trend statistic', () => {
  it('is one of six names or a percentile', () => {
    assert.deepEqual(parseTrendStat('p(99.9)'), { method: 'p', percentile: 99.9 })
    assert.throws(() => parseTrendStat('foo'), { message: "invalid trend stat 'foo', unknown format", exitCode: 255 })
    for (const bad of ['p(101)', 'p(-1)', 'p()', 'p(x)']) {
      assert.throws(() => parseTrendStat(bad), {
        message: `invalid percentile trend stat value '${bad}', provide a number between 0 and 100`,
      })
    }
  })
})
