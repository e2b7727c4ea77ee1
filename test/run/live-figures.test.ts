import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { declareBuiltins } from '../../src/metrics/builtin.js'
import { CheckTallies } from '../../src/metrics/checks.js'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { TagInterner } from '../../src/metrics/tag-set.js'
import { FigureWatch } from '../../src/run/live-figures.js'

function setUp() {
  const registry = new MetricRegistry()
  declareBuiltins(registry)
  const checks = new CheckTallies()
  const tags = new TagInterner().root
  const add = (name: string, value: number) => registry.series(registry.get(name)!, tags).add(value)
  return { registry, checks, add, watch: new FigureWatch(registry, checks) }
}

const NONE = { complete: 0, failed: 0 }

describe('live figures', () => {
  it('are there once something was measured for a second', () => {
    const { watch, add } = setUp()
    watch.tick(0)
    add('iterations', 10)
    assert.equal(watch.figures(NONE), undefined)
    watch.tick(2000)
    assert.deepEqual(watch.figures({ complete: 10, failed: 1 }), {
      rate: { perSecond: 5, unit: 'iters/s' },
      errorRate: 0.1,
      checks: { failing: 0, total: 0 },
    })
  })

  it('are about messages when there are any, and about the time that the script measures', () => {
    const { watch, add, registry, checks } = setUp()
    registry.declare('rtt', 'trend', 'time')
    watch.tick(0)
    add('iterations', 1)
    add('ws_msgs_received', 30)
    add('ws_connecting', 9)
    watch.tick(1000)
    assert.deepEqual(watch.figures(NONE)?.rate, { perSecond: 30, unit: 'msgs/s' })
    assert.equal(watch.figures(NONE)?.latency?.metric, 'ws_connecting')
    add('rtt', 5)
    assert.deepEqual(watch.figures(NONE)?.latency, { metric: 'rtt', p95: 5 })
    checks.add('a', '', 'same', true)
    checks.add('b', '', 'same', false)
    checks.add('b', '', 'other', true)
    assert.deepEqual(watch.figures(NONE)?.checks, { failing: 1, total: 2 })
  })

  it('count requests that failed among the errors', () => {
    const { watch, add } = setUp()
    watch.tick(0)
    for (const failed of [1, 0, 0, 0]) {
      add('http_reqs', 1)
      add('http_req_failed', failed)
    }
    watch.tick(1000)
    assert.equal(watch.figures({ complete: 100, failed: 1 })?.errorRate, 0.25)
  })
})
