import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ControlBlock, ScenarioCell, SharedCell } from '../../../src/engine/threads/control-block.js'
import { resume } from '../../../src/engine/threads/resumption.js'
import { type Scenario, ScenarioState } from '../../../src/plan/scenario.js'
import { Share, splitShare } from '../../../src/plan/share.js'
import { constantArrivalRate, perVuIterations, sharedIterations } from '../../helpers/scenarios.js'

function resumed(scenario: Scenario, instance: Share, shards: number, ended: number, dropped = 0, isOver = false) {
  const control = new ControlBlock(shards, 1)
  const shares = splitShare(instance, shards)
  resume([{ ended, dropped, isOver }], { control, scenarios: [scenario], instance, shares })
  return control
}

describe('an engine that takes over a part of a test', () => {
  it('has begun what the other engine had, whatever its number of shards', () => {
    const parts = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }))
    fc.assert(
      fc.property(
        parts,
        fc.integer({ min: 1, max: 30 }),
        fc.nat(500),
        fc.nat(100),
        ([of, shards], vus, ended, dropped) => {
          const sequence = Array.from({ length: of + 1 }, (_, i) => `${i}/${of}`).join(',')
          const instance = Share.parse(`0:1/${of}`, sequence)
          const rate = constantArrivalRate({
            rate: 10,
            timeUnit: 1000,
            duration: 60_000,
            preAllocatedVUs: vus,
            maxVUs: vus,
          })
          const control = resumed(rate, instance, shards, ended, dropped)
          assert.equal(control.sumScenario(0, ScenarioCell.decided), ended + dropped)
          assert.equal(control.getShared(0, SharedCell.taken), ended)
        },
      ),
    )
  })

  it('has given the iterations of each VU their part', () => {
    const control = resumed(perVuIterations({ vus: 5, iterations: 10 }), Share.WHOLE, 2, 23)
    const [first, second] = [0, 1].map((shard) => control.getScenario(shard, 0, ScenarioCell.decided)) as [
      number,
      number,
    ]
    assert.equal(first + second, 23)
    // Three VUs of the first shard, and two of the second.
    assert.ok(first <= 30 && second <= 20)
    assert.equal(first, 13)
  })

  it('goes on with the numbers of shared iterations, and does not begin a scenario that is over', () => {
    const going = resumed(sharedIterations({ vus: 2, iterations: 100 }), Share.WHOLE, 2, 40)
    assert.equal(going.getShared(0, SharedCell.taken), 40)
    assert.equal(going.getScenario(0, 0, ScenarioCell.state), ScenarioState.waiting)
    const over = resumed(sharedIterations({ vus: 2, iterations: 100 }), Share.WHOLE, 2, 100, 0, true)
    for (const shard of [0, 1]) assert.equal(over.getScenario(shard, 0, ScenarioCell.state), ScenarioState.done)
  })
})
