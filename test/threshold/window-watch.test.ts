import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { TagInterner } from '../../src/metrics/tag-set.js'
import { Timeline } from '../../src/metrics/timeline/timeline.js'
import { parseExpression } from '../../src/threshold/expression.js'
import { parseThresholds } from '../../src/threshold/parse.js'
import { WindowWatch } from '../../src/threshold/window-watch.js'

const START = Date.UTC(2026, 10, 21, 5)

/** Judges a threshold on one value per second; null is a second without any. */
function judged(source: string, type: 'trend' | 'counter' | 'rate', values: readonly (number | null)[]) {
  const [shard, main] = [new MetricRegistry(), new MetricRegistry()]
  main.declare('m', type)
  const series = shard.series(shard.declare('m', type), new TagInterner().root)
  const timeline = new Timeline(main, { history: false, recentMs: 60_000 })
  const [entry] = parseThresholds({ m: [source] })
  const [threshold] = entry?.thresholds ?? []
  assert.ok(threshold?.expression.windowMs !== undefined)
  const watch = new WindowWatch('m', threshold, threshold.expression.windowMs, timeline)
  const failedAt: number[] = []
  values.forEach((value, second) => {
    if (value !== null) series.add(value)
    const now = START + (second + 1) * 1000
    timeline.merge(shard.take(), now - 1000, now)
    timeline.advance(now + 600)
    watch.judge(START, now, false)
    if (watch.hasFailed) failedAt.push(second + 1)
  })
  watch.judge(START, START + values.length * 1000, true)
  return { hasFailed: watch.hasFailed, value: watch.value, firstFailure: failedAt[0] }
}

describe('a threshold over a time window', () => {
  it('fails when it does in any window, also when the whole run is fine', () => {
    const values = [10, 10, 10, 10, 500, 500, 500, 10, 10, 10, 10, 10]
    const { hasFailed, value, firstFailure } = judged('avg<300 over 3s', 'trend', values)
    assert.equal(hasFailed, true)
    assert.equal(firstFailure, 6)
    // The worst window.
    assert.equal(value, 500)
  })

  it('that holds shows the window that was nearest to failing', () => {
    assert.equal(judged('avg<300 over 2s', 'trend', [10, 10, 200, 200, 10, 10]).value, 200)
    assert.equal(judged('avg>5 over 2s', 'trend', [10, 10, 6, 6, 10, 10]).value, 6)
  })

  it('is not judged before its first window is full', () => {
    assert.equal(judged('avg<300 over 5s', 'trend', [500, 500, 10, 10, 10, 10]).hasFailed, false)
    assert.equal(judged('avg<100 over 5s', 'trend', [500, 500, 10, 10, 10, 10]).firstFailure, 5)
  })

  it('takes a test that is shorter than its window as one window', () => {
    assert.equal(judged('avg<300 over 1m', 'trend', [500, 500]).hasFailed, true)
    assert.equal(judged('avg<300 over 1m', 'trend', [100, 100]).hasFailed, false)
  })

  it('counts what did not happen as zero, and has no latency of it', () => {
    const pause = [1, 1, 1, null, null, null, 1]
    assert.equal(judged('count>0 over 3s', 'counter', pause).hasFailed, true)
    assert.equal(judged('count>0 over 4s', 'counter', pause).hasFailed, false)
    assert.equal(judged('rate>=0.5 over 2s', 'counter', [1, 1, 1, 1]).hasFailed, false)
    assert.equal(judged('avg>100 over 2s', 'trend', [200, 200, null, null, null, 200]).hasFailed, false)
    assert.equal(judged('rate>0.9 over 2s', 'rate', [1, 1, null, null, null, 1]).hasFailed, false)
  })
})

describe('its expression', () => {
  it('has a duration after over', () => {
    assert.equal(parseExpression('p(95)<200 over 30s').windowMs, 30_000)
    assert.equal(parseExpression(' p(95) < 200  over  1m30s ').windowMs, 90_000)
    assert.equal(parseExpression('p(95)<200').windowMs, undefined)
    assert.equal(parseExpression('rate<0.1 over 1500ms').windowMs, 2000)
  })
  for (const source of [
    'p(95)<200 over',
    'p(95)<200 over soon',
    'p(95)<200 over 0s',
    'p(95)<200 over 25h',
    'over 30s',
  ]) {
    it(`is refused as ${source}`, () => assert.throws(() => parseExpression(source), { code: 'ERR_INVALID_THRESHOLD' }))
  }
})
