import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { consolidate } from '../../src/config/consolidate.js'
import { requirementsOf, scenarioSteps } from '../../src/plan/requirements.js'
import { Share, splitShare } from '../../src/plan/share.js'

const scenarios = (byName: object) => consolidate({ script: { scenarios: byName }, env: {} }).scenarios
const text = (byName: object, share = Share.WHOLE) =>
  requirementsOf(scenarios(byName), share).steps.map(
    ({ time, planned, unplanned }) => `${time / 1000}:${planned}+${unplanned}`,
  )
const constant = { executor: 'constant-vus', vus: 3, duration: '10s' }
const rate = {
  executor: 'constant-arrival-rate',
  rate: 10,
  duration: '10s',
  preAllocatedVUs: 5,
  maxVUs: 20,
  gracefulStop: '5s',
}

describe('what scenarios need over time', () => {
  it('is their VUs until the graceful stop is over', () => {
    assert.deepEqual(text({ a: constant }), ['0:3+0', '40:0+0'])
    assert.deepEqual(text({ a: { executor: 'per-vu-iterations', vus: 2 } }), ['0:2+0', '630:0+0'])
    assert.deepEqual(text({ a: rate }), ['0:5+15', '15:0+0'])
  })

  it('adds up where they overlap, and only there', () => {
    const later = { ...constant, startTime: '40s' }
    assert.deepEqual(text({ a: constant, b: later }), ['0:3+0', '40:3+0', '80:0+0'])
    const both = requirementsOf(scenarios({ a: constant, b: { ...rate, startTime: '5s' } }), Share.WHOLE)
    assert.deepEqual([both.plannedVUs, both.maxVUs, both.totalDuration], [8, 23, 40_000])
  })

  it('is what ramping-vus reserves', () => {
    const stages = [
      { duration: '2s', target: 6 },
      { duration: '5s', target: 1 },
    ]
    const ramp = { executor: 'ramping-vus', startVUs: 4, stages, gracefulRampDown: '1s', gracefulStop: '3s' }
    assert.deepEqual(text({ a: ramp }), [
      '0:4+0',
      '1:5+0',
      '2:6+0',
      '4:5+0',
      '5:4+0',
      '6:3+0',
      '7:2+0',
      '8:1+0',
      '10:0+0',
    ])
  })

  it('has no end when a scenario has none', () => {
    const external = { executor: 'externally-controlled', maxVUs: 7, duration: 0 }
    const { totalDuration, plannedVUs } = requirementsOf(scenarios({ a: external, b: constant }), Share.WHOLE)
    assert.deepEqual([totalDuration, plannedVUs], [Number.POSITIVE_INFINITY, 10])
  })

  it('is nothing where a share has nothing to do', () => {
    const last = Share.parse('2/3:1', '0,1/3,2/3,1')
    assert.deepEqual(scenarioSteps(scenarios({ a: { ...constant, vus: 2 } })[0] as never, last), [])
    const ramp = { executor: 'ramping-vus', startVUs: 2, stages: [{ duration: '5s', target: 1 }] }
    assert.deepEqual(text({ a: ramp }, last), [])
    assert.equal(requirementsOf([], Share.WHOLE).totalDuration, 0)
  })

  it('adds up over shards to that of the whole', () => {
    const anyRate = fc.record({ preAllocatedVUs: fc.nat(20), more: fc.nat(20), parts: fc.integer({ min: 1, max: 4 }) })
    fc.assert(
      fc.property(anyRate, ({ preAllocatedVUs, more, parts }) => {
        const plan = scenarios({ a: { ...rate, preAllocatedVUs, maxVUs: preAllocatedVUs + more } })
        const sum = (pick: (share: Share) => number) =>
          splitShare(Share.WHOLE, parts)
            .map(pick)
            .reduce((a, b) => a + b, 0)
        assert.equal(
          sum((share) => requirementsOf(plan, share).plannedVUs),
          preAllocatedVUs,
        )
        assert.equal(
          sum((share) => requirementsOf(plan, share).maxVUs),
          preAllocatedVUs + more,
        )
      }),
      { numRuns: 50 },
    )
  })
})
