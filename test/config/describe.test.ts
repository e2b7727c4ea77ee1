import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { consolidate } from '../../src/config/consolidate.js'
import { describeScenario } from '../../src/config/describe.js'
import type { Scenario } from '../../src/plan/scenario.js'
import { Share } from '../../src/plan/share.js'

const scenario = (fields: object): Scenario =>
  consolidate({ script: { scenarios: { a: fields } }, env: {} }).scenarios[0] as Scenario
const stages = [
  { duration: '1m', target: 50 },
  { duration: '1m', target: 10 },
]

describe('the description of a scenario', () => {
  for (const [fields, text] of [
    [
      { executor: 'shared-iterations', vus: 5, iterations: 100 },
      '100 iterations shared among 5 VUs (maxDuration: 10m0s, gracefulStop: 30s)',
    ],
    [
      { executor: 'per-vu-iterations', vus: 5, iterations: 2 },
      '2 iterations for each of 5 VUs (maxDuration: 10m0s, gracefulStop: 30s)',
    ],
    [{ executor: 'constant-vus', vus: 5, duration: '1m' }, '5 looping VUs for 1m0s (gracefulStop: 30s)'],
    [{ executor: 'constant-vus', duration: '5s', gracefulStop: 0 }, '1 looping VUs for 5s'],
    [
      { executor: 'ramping-vus', stages },
      'Up to 50 looping VUs for 2m0s over 2 stages (gracefulRampDown: 30s, gracefulStop: 30s)',
    ],
    [
      { executor: 'constant-arrival-rate', rate: 600, timeUnit: '1m', duration: '1m', preAllocatedVUs: 5, maxVUs: 20 },
      '10.00 iterations/s for 1m0s (maxVUs: 5-20, gracefulStop: 30s)',
    ],
    [
      { executor: 'ramping-arrival-rate', stages, preAllocatedVUs: 5 },
      'Up to 50.00 iterations/s for 2m0s over 2 stages (maxVUs: 5, gracefulStop: 30s)',
    ],
    [
      { executor: 'externally-controlled', vus: 2, maxVUs: 10, duration: 0 },
      'Externally controlled execution with 2 VUs, 10 max VUs, infinite duration',
    ],
    [
      { executor: 'constant-vus', vus: 5, duration: '1m', exec: 'chat', startTime: '90s' },
      '5 looping VUs for 1m0s (exec: chat, startTime: 1m30s, gracefulStop: 30s)',
    ],
  ] as const) {
    it(text, () => assert.equal(describeScenario(scenario(fields), Share.WHOLE), text))
  }

  it('counts what a segment runs', () => {
    const half = Share.parse('0:1/2', '0,1/2,1')
    const rate = scenario({
      executor: 'constant-arrival-rate',
      rate: 50,
      duration: '1m',
      preAllocatedVUs: 4,
      maxVUs: 8,
    })
    assert.equal(describeScenario(rate, half), '25.00 iterations/s for 1m0s (maxVUs: 2-4, gracefulStop: 30s)')
    const shared = scenario({ executor: 'shared-iterations', vus: 4, iterations: 11 })
    assert.match(describeScenario(shared, half), /^6 iterations shared among 2 VUs/)
  })
})
