import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { TagInterner } from '../../src/metrics/tag-set.js'
import { Timeline } from '../../src/metrics/timeline/timeline.js'
import { abortMessage, crossedMessage, ThresholdEvaluator } from '../../src/threshold/evaluator.js'
import { parseThresholds, submetricsOf } from '../../src/threshold/parse.js'

const NAMES = { counter: 'hits', gauge: 'depth', rate: 'ok', trend: 'rtt' } as const

function setUp(thresholds: Record<string, unknown>) {
  const parsed = parseThresholds(thresholds)
  const registry = new MetricRegistry(submetricsOf(parsed))
  for (const [type, name] of Object.entries(NAMES)) registry.declare(name, type as keyof typeof NAMES)
  const root = new TagInterner().root
  const add = (name: string, value: number, tags: Record<string, string> = {}) =>
    registry.series(registry.get(name)!, root.withAll(tags)).add(value)
  return {
    evaluator: new ThresholdEvaluator(parsed, registry, new Timeline(registry, { history: false, recentMs: 60_000 })),
    add,
    parsed,
  }
}

describe('evaluating thresholds', () => {
  it('names the metrics that fail, sorted', () => {
    const { evaluator, add } = setUp({ rtt: ['avg<10', 'max<2'], hits: ['count>5', 'rate<1'], depth: ['value==3'] })
    for (const value of [1, 3, 5]) add('rtt', value)
    for (let i = 0; i < 10; i++) add('hits', 1)
    add('depth', 3)
    assert.deepEqual(evaluator.evaluate(5000), { crossed: ['hits', 'rtt'], shouldAbort: false })
    assert.deepEqual(evaluator.evaluate(20_000).crossed, ['rtt'])
  })

  it('says for whoever watches what fails now', () => {
    const { evaluator, add } = setUp({ rtt: ['avg<10', 'max<2'], hits: ['count>5'] })
    add('rtt', 5)
    add('hits', 1)
    assert.equal(evaluator.notice, undefined)
    evaluator.evaluate(5000)
    assert.equal(evaluator.notice, 'failing: rtt: max<2 and 1 more')
    for (let i = 0; i < 10; i++) add('hits', 1)
    evaluator.evaluate(7000)
    assert.equal(evaluator.notice, 'failing: rtt: max<2')
  })

  it('knows whether any threshold may abort the run', () => {
    assert.equal(setUp({ rtt: ['avg<10'], hits: [] }).evaluator.mayAbort, false)
    assert.equal(setUp({ rtt: ['avg<10', { threshold: 'max<2', abortOnFail: true }] }).evaluator.mayAbort, true)
  })

  it('knows which threshold failed', () => {
    const { evaluator, add, parsed } = setUp({ rtt: ['avg<10', 'max<2'] })
    add('rtt', 5)
    evaluator.evaluate(1000)
    assert.deepEqual(
      parsed[0]?.thresholds.map((threshold) => evaluator.isOk(threshold)),
      [true, false],
    )
  })

  it('looks at a submetric by itself', () => {
    const { evaluator, add } = setUp({ 'rtt{group:::setup}': ['max<2'], 'rtt{group:}': ['max<2'] })
    add('rtt', 9)
    add('rtt', 9, { group: '::other' })
    add('rtt', 1, { group: '' })
    assert.deepEqual(evaluator.evaluate(1000).crossed, [])
    add('rtt', 9, { group: '::setup' })
    assert.deepEqual(evaluator.evaluate(1000).crossed, ['rtt{group:::setup}'])
  })

  it('skips metrics without samples until the end, when they are zero', () => {
    const { evaluator } = setUp({
      hits: ['count>0', 'rate>0'],
      depth: ['value>0'],
      rtt: ['avg<100', 'p(95)<1'],
      ok: ['rate>0.9'],
    })
    assert.deepEqual(evaluator.evaluate(5000).crossed, [])
    assert.deepEqual(evaluator.evaluate(5000, { final: true }).crossed, ['depth', 'hits'])
  })

  it('judges a threshold over a time window as any other when no window has a sample, and at the end only', () => {
    const { evaluator, add } = setUp({ hits: ['count>0 over 30s'], rtt: ['p(95)<1 over 30s'] })
    assert.deepEqual(evaluator.evaluate(40_000, { rateMs: 40_000 }).crossed, [])
    assert.deepEqual(evaluator.evaluate(50_000, { rateMs: 50_000, final: true }).crossed, ['hits'])
    add('hits', 1)
    assert.deepEqual(evaluator.evaluate(50_000, { rateMs: 50_000, final: true }).crossed, [])
  })

  it('names metrics of every type whose thresholds pass only because there are no samples', () => {
    const { evaluator, add } = setUp({
      ok: ['rate>0.9'],
      'ok{a:b}': ['rate>0.9'],
      hits: ['count>0'],
      'hits{a:b}': ['count<5'],
      depth: ['value<3'],
      rtt: ['p(95)<200', 'avg>1'],
    })
    const unproven = () => {
      evaluator.evaluate(1000, { final: true })
      return evaluator.unproven
    }
    // `count>0` and `avg>1` are crossed, which is a verdict.
    assert.deepEqual(unproven(), ['depth', 'hits{a:b}', 'ok', 'ok{a:b}', 'rtt'])
    add('ok', 1)
    add('rtt', 1)
    assert.deepEqual(unproven(), ['depth', 'hits{a:b}', 'ok{a:b}'])
    add('ok', 0, { a: 'b' })
    add('depth', 1)
    add('hits', 0, { a: 'b' })
    assert.deepEqual(unproven(), [])
  })

  it('takes a counter of failures at zero for a verdict once there was something to count', () => {
    const parsed = parseThresholds({ iterations_failed: ['count<1'] })
    const registry = new MetricRegistry()
    for (const name of ['iterations', 'iterations_failed']) registry.declare(name, 'counter')
    const evaluator = new ThresholdEvaluator(parsed, registry)
    evaluator.evaluate(1000, { final: true })
    assert.deepEqual(evaluator.unproven, ['iterations_failed'])
    registry.series(registry.get('iterations')!, new TagInterner().root).add(1)
    assert.deepEqual(evaluator.unproven, [])
  })

  it('has rates over the time in which scenarios ran', () => {
    const { evaluator, add } = setUp({ hits: ['rate>=2'] })
    add('hits', 4)
    assert.deepEqual(evaluator.evaluate(8000).crossed, ['hits'])
    assert.deepEqual(evaluator.evaluate(8000, { rateMs: 2000 }).crossed, [])
  })

  it('gives a rate of 0 when no time has passed', () => {
    const { evaluator, add } = setUp({ hits: ['rate>0'] })
    add('hits', 1)
    assert.deepEqual(evaluator.evaluate(0).crossed, ['hits'])
  })

  it('wants an abort only when a failing threshold asks for it', () => {
    const { evaluator, add } = setUp({ hits: [{ threshold: 'count<2', abortOnFail: true }, 'count>100'] })
    add('hits', 1)
    assert.deepEqual(evaluator.evaluate(2000), { crossed: ['hits'], shouldAbort: false })
    add('hits', 1)
    assert.equal(evaluator.evaluate(2000).shouldAbort, true)
  })

  it('waits for delayAbortEval before it wants an abort', () => {
    const { evaluator, add } = setUp({ hits: [{ threshold: 'count<1', abortOnFail: true, delayAbortEval: '10s' }] })
    add('hits', 1)
    assert.equal(evaluator.evaluate(10_000).shouldAbort, false)
    assert.equal(evaluator.evaluate(10_001).shouldAbort, true)
  })

  it('has the texts of the reference', () => {
    assert.equal(crossedMessage(['a', 'b{x:y}']), "thresholds on metrics 'a, b{x:y}' have been crossed")
    assert.equal(
      abortMessage(['a']),
      "thresholds on metrics 'a' were crossed; at least one has abortOnFail enabled, stopping test prematurely",
    )
  })
})
