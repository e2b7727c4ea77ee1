/** A run on a thousand simulated machines; see test/cluster/simulation.test.ts. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ITERATIONS, Simulation } from '../helpers/simulated-cluster.js'

describe('a run on a thousand simulated machines', () => {
  it('does all of the work once, on a network that loses, doubles and delays', async () => {
    const simulation = new Simulation({
      seed: 7,
      machines: 1000,
      clockSpread: 3_600_000,
      loss: 0.02,
      duplication: 0.02,
      delay: [0, 100],
    })
    const coordinator = simulation.coordinator()
    await simulation.time.until(coordinator.run())
    assert.deepEqual(coordinator.engine.losses, [])
    assert.equal(coordinator.total, ITERATIONS)
  })
})
