import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { consolidate } from '../../src/config/consolidate.js'
import { expectedIterations, loadAt } from '../../src/plan/load.js'
import { isOpenModel, type Scenario } from '../../src/plan/scenario.js'

const scenario = (fields: object): Scenario =>
  consolidate({ script: { scenarios: { a: fields } }, env: {} }).scenarios[0] as Scenario
const stages = [
  { duration: '10s', target: 10 },
  { duration: '0s', target: 4 },
  { duration: '10s', target: 4 },
]

describe('the load of a scenario at a moment', () => {
  it('is its VUs during its regular duration', () => {
    const constant = scenario({ executor: 'constant-vus', vus: 3, duration: '10s', startTime: '5s' })
    assert.deepEqual(
      [4999, 5000, 14_999, 15_000].map((time) => loadAt(constant, time)),
      [0, 3, 3, 0],
    )
  })

  it('follows the stages of ramping-vus', () => {
    const ramp = scenario({ executor: 'ramping-vus', startVUs: 0, stages })
    assert.deepEqual(
      [0, 5000, 10_000, 19_999, 20_000].map((time) => loadAt(ramp, time)),
      [0, 5, 4, 4, 0],
    )
  })

  it('is the iterations per second of arrival rates', () => {
    const vus = { preAllocatedVUs: 1, timeUnit: '500ms' }
    const constant = scenario({ executor: 'constant-arrival-rate', rate: 5, duration: '10s', ...vus })
    const ramp = scenario({ executor: 'ramping-arrival-rate', stages, ...vus })
    assert.deepEqual([isOpenModel(constant), isOpenModel(ramp)], [true, true])
    assert.deepEqual([loadAt(constant, 0), loadAt(ramp, 5000), loadAt(ramp, 15_000)], [10, 10, 8])
  })
})

describe('how many iterations a scenario is expected to start', () => {
  for (const [fields, count] of [
    [{ executor: 'shared-iterations', vus: 2, iterations: 9 }, 9],
    [{ executor: 'per-vu-iterations', vus: 2, iterations: 9 }, 18],
    [{ executor: 'constant-arrival-rate', rate: 5, duration: '10s', preAllocatedVUs: 1 }, 50],
    [{ executor: 'ramping-arrival-rate', stages, preAllocatedVUs: 1 }, 90],
    [{ executor: 'constant-vus', duration: '10s' }, undefined],
  ] as const) {
    it(`is ${count} for ${fields.executor}`, () => assert.equal(expectedIterations(scenario(fields)), count))
  }
})
