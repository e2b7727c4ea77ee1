import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { TagInterner } from '../../src/metrics/tag-set.js'
import { Timeline, trackName } from '../../src/metrics/timeline/timeline.js'

const START = Date.UTC(2026, 10, 21, 5)
const SECOND = 1000

/** A shard and a main thread whose clock the test moves. */
function run({ history = true, trackedTags = [] as string[], submetrics = [] as never[] } = {}) {
  const shard = new MetricRegistry(submetrics, null, { trackedTags })
  const main = new MetricRegistry(submetrics)
  const root = new TagInterner().root
  const timeline = new Timeline(main, { history, recentMs: 30 * SECOND })
  let now = START
  return {
    timeline,
    main,
    add(name: string, type: 'counter' | 'trend' | 'rate', value: number, tags: Record<string, string> = {}) {
      main.declare(name, type)
      shard.series(shard.declare(name, type), root.withAll(tags)).add(value)
    },
    tick(ms = SECOND) {
      const since = now
      now += ms
      const aggregates = structuredClone(shard.take())
      main.merge(aggregates)
      timeline.merge(aggregates, since, now)
      timeline.advance(now)
    },
  }
}

function counts(timeline: Timeline, name: string): number[] {
  return (timeline.track(name)?.points() ?? []).map(({ state }) => (state.type === 'counter' ? state.sum : Number.NaN))
}

describe('the time series of a run', () => {
  it('have one point for each second in which something was measured', () => {
    const { timeline, add, tick } = run()
    add('hits', 'counter', 2)
    add('hits', 'counter', 3)
    tick()
    tick()
    add('hits', 'counter', 7)
    tick()
    const points = timeline.track('hits')?.points() ?? []
    assert.deepEqual(
      points.map(({ start, width }) => [start - START, width]),
      [
        [0, SECOND],
        [2 * SECOND, SECOND],
      ],
    )
    assert.deepEqual(counts(timeline, 'hits'), [5, 7])
    assert.equal(timeline.completeUntil, START + 2 * SECOND)
  })

  it('keep quantiles of each second, within half a percent after it has been packed', () => {
    const { timeline, add, tick } = run()
    for (let i = 1; i <= 1000; i++) add('rtt', 'trend', i)
    for (let i = 0; i < 20; i++) tick()
    const [point] = timeline.track('rtt')?.points() ?? []
    const sink = timeline.track('rtt')?.between(START, START + SECOND)
    assert.ok(point?.state.type === 'trend' && sink?.type === 'trend')
    assert.equal(point.state.sketch.count, 1000)
    assert.ok(Math.abs(sink.sketch.quantile(0.95) - 950) < 5)
    assert.equal(sink.sketch.max, 1000)
  })

  it('lose nothing and stay bounded over ten hours: minutes, tens of seconds, seconds', () => {
    const { timeline, add, tick } = run()
    const seconds = 36_000
    for (let i = 0; i < seconds; i++) {
      add('hits', 'counter', 1)
      tick()
    }
    const points = timeline.track('hits')?.points() ?? []
    assert.equal(
      counts(timeline, 'hits').reduce((sum, count) => sum + count, 0),
      seconds,
    )
    assert.ok(points.length < 600 + 540 + 541, `${points.length} points`)
    assert.equal(points.at(-1)?.width, SECOND)
    assert.ok(points.every(({ start }, i) => i === 0 || start > (points[i - 1]?.start as number)))
    // Every full stretch has as many as it is long.
    for (const { width, state } of points.slice(1)) {
      assert.ok(state.type === 'counter' && state.sum === width / SECOND, `${width} ${JSON.stringify(state)}`)
    }
  })

  it('widen their oldest points when a run takes days', () => {
    const { timeline, main } = run()
    const metric = main.declare('vus', 'gauge')
    for (let minute = 0; minute < 5 * 24 * 60; minute++) {
      const at = START + minute * 60 * SECOND
      timeline.add(metric, at, { type: 'gauge', samples: 1, value: minute, min: minute, max: minute })
      timeline.advance(at)
    }
    const points = timeline.track('vus')?.points() ?? []
    assert.ok(points.length < 1700, `${points.length} points`)
    assert.equal(points[0]?.start, Math.floor(START / (points[0]?.width as number)) * (points[0]?.width as number))
    assert.ok(points[0]?.state.type === 'gauge' && points[0].state.min === 0)
  })

  it('are forgotten after a while when nobody wants their history', () => {
    const { timeline, add, tick } = run({ history: false })
    for (let i = 0; i < 1000; i++) {
      add('hits', 'counter', 1)
      tick()
    }
    const { length } = counts(timeline, 'hits')
    assert.ok(length >= 30 && length < 40, `${length}`)
  })

  it('exist for the values of tracked tags, a hundred per metric and shard, and one for the others', () => {
    const { timeline, add, tick } = run({ trackedTags: ['name', 'status'] })
    for (let i = 0; i < 150; i++) add('reqs', 'counter', 1, { name: `n${i}`, status: '200', other: 'x' })
    tick()
    assert.deepEqual(counts(timeline, trackName('reqs', 'name', 'n7')), [1])
    assert.deepEqual(counts(timeline, trackName('reqs', 'name', '(others)')), [50])
    assert.deepEqual(counts(timeline, trackName('reqs', 'status', '200')), [150])
    assert.deepEqual(counts(timeline, 'reqs'), [150])
    assert.equal(timeline.track(trackName('reqs', 'other', 'x')), undefined)
  })

  it('count samples of a threshold on a tracked tag once', () => {
    const submetrics = [{ metric: 'reqs', name: 'reqs{name:a}', tags: { name: 'a' } }] as never[]
    const { timeline, add, tick } = run({ trackedTags: ['name'], submetrics })
    add('reqs', 'counter', 1, { name: 'a' })
    tick()
    assert.deepEqual(counts(timeline, 'reqs{name:a}'), [1])
  })

  it('accept what a thread that stood still reports late', () => {
    const { timeline, add, tick, main } = run()
    add('hits', 'counter', 1)
    tick()
    for (let i = 0; i < 1500; i++) tick()
    const hits = main.get('hits')
    assert.ok(hits !== undefined)
    timeline.add(hits, START + 100, { type: 'counter', samples: 1, sum: 5 })
    assert.deepEqual(counts(timeline, 'hits'), [6])
  })
})
