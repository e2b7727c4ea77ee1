/** Smaller parts of a cluster: how a test is divided, what clocks say, and which agents a run gets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ClockOffset } from '../../src/cluster/clock-offset.js'
import { divide } from '../../src/cluster/segments.js'
import { Share } from '../../src/plan/share.js'
import { ITERATIONS, Simulation } from '../helpers/simulated-cluster.js'

describe('the parts of a test', () => {
  it('add up to it, and are as large as the weights say', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 12 }),
        fc.nat(5000),
        (weights, total) => {
          const { parts, sequence } = divide(weights)
          const shares = parts.map(({ segment }) => Share.parse(segment, sequence))
          assert.equal(
            shares.reduce((sum, share) => sum + share.scale(total), 0),
            total,
          )
          const all = weights.reduce((sum, weight) => sum + weight, 0)
          for (const [i, { fraction }] of parts.entries()) {
            assert.ok(Math.abs(fraction - (weights[i] as number) / all) < 1e-9)
            assert.ok(Math.abs((shares[i] as Share).scale(total) - total * fraction) <= weights.length)
          }
        },
      ),
    )
  })

  it('follow the cores of agents when that is asked for', async () => {
    const simulation = new Simulation({ seed: 1, machines: 4 })
    const coordinator = simulation.coordinator({ isWeighted: true })
    await simulation.time.until(coordinator.run())
    assert.equal(coordinator.total, ITERATIONS)
    const parts = simulation.machines.map(({ reported }) => Math.round((10 * reported) / ITERATIONS))
    assert.deepEqual(parts, [1, 2, 3, 4])
  })
})

describe('the offset of a clock', () => {
  it('is known to half of the time that the fastest answer was on the road', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e7, max: 1e7, noNaN: true }),
        fc.array(fc.tuple(fc.nat(200), fc.nat(200), fc.nat(50)), { minLength: 1, maxLength: 30 }),
        (offset, exchanges) => {
          const clock = new ClockOffset()
          let now = 1000
          for (const [there, back, work] of exchanges) {
            const receivedAt = now + there + offset
            clock.add({ sentAt: now, receivedAt, answeredAt: receivedAt + work, arrivedAt: now + there + work + back })
            now += 1000
          }
          assert.ok(Math.abs((clock.offset as number) - offset) <= clock.uncertainty + 1e-6)
        },
      ),
    )
  })

  it('is unknown before anything was measured', () => {
    const clock = new ClockOffset()
    assert.equal(clock.offset, undefined)
    assert.equal(clock.uncertainty, Number.POSITIVE_INFINITY)
  })
})
