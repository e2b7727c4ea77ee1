/** Issue 5: any split of a test over shards and instances does exactly the work of the unsplit one. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Scenario } from '../../src/plan/scenario.js'
import { parseSequence, type SegmentSequence } from '../../src/plan/segment.js'
import { Share } from '../../src/plan/share.js'
import { FakeTest } from '../helpers/fake-host.js'
import {
  constantArrivalRate,
  constantVus,
  perVuIterations,
  rampingArrivalRate,
  rampingVus,
} from '../helpers/scenarios.js'

const sequence = fc.constantFrom('0,1', '0,1/2,1', '0,1/3,1', '0,1/3,2/3,1', '0,1/4,1/2,1', '0,0.1,0.5,1')
const split = fc.record({ sequence, shards: fc.integer({ min: 1, max: 4 }) })
const stages = (most: number) =>
  fc.array(fc.record({ duration: fc.integer({ min: 0, max: 3000 }), target: fc.nat(most) }), {
    minLength: 1,
    maxLength: 4,
  })

/** One test of each instance; time passes in all of them. */
function runSplit(
  scenarios: readonly Scenario[],
  { sequence: points, shards }: { sequence: string; shards: number },
  lasts: number,
): FakeTest[] {
  const segments = parseSequence(points) as SegmentSequence
  return segments.map((segment) => {
    const instance = Share.ofSegment(segment, segments)
    return new FakeTest({ scenarios, shards, instance, lasts: () => lasts }).run()
  })
}

/** The numbers in the test and times of all iterations of a scenario. */
function startsOf(tests: readonly FakeTest[], scenario: string): string[] {
  return tests
    .flatMap(({ starts }) => starts.filter((start) => start.scenario === scenario))
    .sort((a, b) => a.inTest - b.inTest)
    .map(({ inTest, at }) => `${inTest} at ${at.toFixed(6)}`)
}

const total = (tests: readonly FakeTest[], metric: string) => tests.reduce((sum, test) => sum + test.total(metric), 0)

describe('any split over instances and shards', () => {
  it('starts the iterations of the open model at the times of the whole test, with its numbers', () => {
    const plan = fc.record({
      rate: fc.integer({ min: 1, max: 60 }),
      vus: fc.integer({ min: 1, max: 20 }),
      stages: stages(40),
    })
    fc.assert(
      fc.property(plan, split, (plan, split) => {
        const scenarios = [
          constantArrivalRate({ name: 'constant', rate: plan.rate, duration: 1500, preAllocatedVUs: plan.vus }),
          rampingArrivalRate({ name: 'ramp', startRate: plan.rate, stages: plan.stages, preAllocatedVUs: plan.vus }),
        ]
        const whole = [new FakeTest({ scenarios }).run()]
        const parts = runSplit(scenarios, split, 0)
        for (const { name } of scenarios) assert.deepEqual(startsOf(parts, name), startsOf(whole, name))
        assert.equal(total(parts, 'dropped_iterations'), 0)
      }),
      { numRuns: 40 },
    )
  })

  it('starts or drops each of them when there are too few VUs, and shards of one instance drop no more than one would', () => {
    // Half a millisecond more, so that no VU is free at the very moment at which an iteration is due: then either order is right.
    const lasts = fc.integer({ min: 1, max: 900 }).map((ms) => ms + 0.5)
    const plan = fc.record({ vus: fc.integer({ min: 1, max: 6 }), lasts })
    fc.assert(
      fc.property(plan, split, ({ vus, lasts }, split) => {
        const scenarios = [constantArrivalRate({ rate: 10, duration: 3000, preAllocatedVUs: vus, gracefulStop: 5000 })]
        const parts = runSplit(scenarios, split, lasts)
        assert.equal(total(parts, 'iterations') + total(parts, 'dropped_iterations'), 30)
        if (split.sequence === '0,1') {
          const whole = [new FakeTest({ scenarios, lasts: () => lasts }).run()]
          assert.deepEqual(startsOf(parts, 'test'), startsOf(whole, 'test'))
        }
      }),
      { numRuns: 40 },
    )
  })

  it('has as many VUs at work at all times', () => {
    fc.assert(
      fc.property(fc.nat(12), stages(25), split, (startVUs, stages, split) => {
        const scenarios = [rampingVus({ startVUs, stages, gracefulStop: 0 })]
        const moments = (test: FakeTest) => Array.from({ length: 30 }, (_, i) => test.run(i * 410 + 31).active)
        const whole = moments(new FakeTest({ scenarios, lasts: () => 30 }))
        const segments = parseSequence(split.sequence) as SegmentSequence
        const parts = segments.map((segment) => {
          const instance = Share.ofSegment(segment, segments)
          return moments(new FakeTest({ scenarios, shards: split.shards, instance, lasts: () => 30 }))
        })
        assert.deepEqual(
          whole.map((_, i) => parts.reduce((sum, active) => sum + (active[i] as number), 0)),
          whole,
        )
      }),
      { numRuns: 40 },
    )
  })

  it('uses the VU numbers of the whole test, each once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), split, (vus, split) => {
        const scenarios = [
          perVuIterations({ name: 'each', vus, iterations: 2 }),
          constantVus({ name: 'loop', vus: 3, duration: 1000 }),
        ]
        const parts = runSplit(scenarios, split, 100)
        assert.equal(startsOf(parts, 'each').length, vus * 2)
        assert.equal(startsOf(parts, 'loop').length, 30)
      }),
      { numRuns: 40 },
    )
  })
})
