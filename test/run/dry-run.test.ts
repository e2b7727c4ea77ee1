import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { consolidate } from '../../src/config/consolidate.js'
import { drawPlan } from '../../src/run/dry-run.js'

const drawn = (script: object) => drawPlan(consolidate({ script, env: {} }))

describe('the picture of a plan', () => {
  it('has the scenarios, a chart of VUs, and totals', () => {
    const text = drawn({ vus: 3, iterations: 9 })
    assert.match(text, /\* default: 9 iterations shared among 3 VUs/)
    assert.match(text, /\n {2}VUs\n {5}3 ┤█{60}\n/)
    assert.doesNotMatch(text, /iterations\/s/)
    assert.match(
      text,
      /iterations {2}9\n {2}VUs {9}at most 3, 3 of them from the start\n {2}duration {4}at most 10m30s, graceful stop included\n$/,
    )
  })

  it('has a chart of the rate for the open model, and both for both', () => {
    const rate = { executor: 'constant-arrival-rate', rate: 5, duration: '10s', preAllocatedVUs: 1, maxVUs: 4 }
    const open = drawn({ scenarios: { rate } })
    assert.match(open, /\n {2}iterations\/s\n {5}5 ┤/)
    assert.doesNotMatch(open, /\n {2}VUs\n/)
    assert.match(open, /iterations {2}50\n {2}VUs {9}at most 4, 1 of them from the start/)
    const both = drawn({ scenarios: { rate, looping: { executor: 'constant-vus', duration: '20s' } } })
    assert.match(both, /\n {2}VUs\n[\s\S]+\n {2}iterations\/s\n/)
    assert.match(both, /iterations {2}50, and as many as fit in the scenarios of looping VUs/)
  })

  it('draws a minute of a test without end', () => {
    const text = drawn({ scenarios: { a: { executor: 'externally-controlled', vus: 2, duration: 0 } } })
    assert.match(text, /1m0s\n[\s\S]*iterations {2}as many as fit\n[\s\S]*duration {4}until it is stopped/)
  })
})
