import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Fraction } from '../../src/plan/fraction.js'
import { requirementsOf } from '../../src/plan/requirements.js'
import { constantSchedule, rampingSchedule, type Schedule, sharedSchedule } from '../../src/plan/schedule.js'
import { parseSequence, type Segment } from '../../src/plan/segment.js'
import { Share, splitShare } from '../../src/plan/share.js'

/** The shares of all shards of all instances of a test that is split at any points. */
const anySplit = fc
  .tuple(fc.integer({ min: 1, max: 30 }), fc.array(fc.nat(), { maxLength: 4 }), fc.integer({ min: 1, max: 3 }))
  .map(([denominator, cuts, shards]) => {
    const inner = [...new Set(cuts.map((cut) => cut % denominator))].filter((cut) => cut > 0).sort((a, b) => a - b)
    const points = [0, ...inner, denominator].map((point) => Fraction.of(point, denominator)).join(',')
    const segments = parseSequence(points) as readonly Segment[]
    return segments.flatMap((segment) => splitShare(Share.ofSegment(segment, segments), shards))
  })
const anyStages = fc.array(
  fc.record({ duration: fc.integer({ min: 0, max: 9000 }), target: fc.integer({ min: 0, max: 40 }) }),
  { minLength: 1, maxLength: 4 },
)
const starts = (schedule: Schedule) => Array.from({ length: schedule.count }, (_, n) => schedule.startOf(n))
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

/** What the parts start, together. */
function startsOfParts(schedule: Schedule, shares: readonly Share[], maxVUs: number): number[] {
  const parts = shares.flatMap((share) => share.resegment(maxVUs) ?? [])
  return parts.flatMap((part) => starts(sharedSchedule(schedule, part))).sort((a, b) => a - b)
}

describe('a test that is split over instances and shards', () => {
  it('starts the iterations of a constant rate at the times of the whole', () => {
    const anyRate = fc.record({
      rate: fc.integer({ min: 1, max: 60 }),
      timeUnit: fc.integer({ min: 100, max: 2000 }),
      duration: fc.integer({ min: 1000, max: 5000 }),
    })
    fc.assert(
      fc.property(anySplit, anyRate, fc.integer({ min: 1, max: 40 }), (shares, plan, maxVUs) => {
        const schedule = constantSchedule(plan)
        assert.deepEqual(startsOfParts(schedule, shares, maxVUs), starts(schedule))
      }),
      { numRuns: 60 },
    )
  })

  it('starts the iterations of a ramping rate at the times of the whole', () => {
    fc.assert(
      fc.property(
        anySplit,
        anyStages,
        fc.nat(40),
        fc.integer({ min: 1, max: 40 }),
        (shares, stages, startRate, maxVUs) => {
          const schedule = rampingSchedule({ startRate, timeUnit: 1000, stages })
          assert.deepEqual(startsOfParts(schedule, shares, maxVUs), starts(schedule))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('plans the VUs and shares the iterations of the whole', () => {
    const base = { name: 'a', startTime: 0, gracefulStop: 0, exec: 'default', env: {}, tags: {}, maxDuration: 1000 }
    fc.assert(
      fc.property(anySplit, fc.integer({ min: 1, max: 60 }), fc.nat(500), (shares, vus, more) => {
        const scenario = { ...base, executor: 'shared-iterations', vus, iterations: vus + more } as const
        assert.equal(sum(shares.map((share) => requirementsOf([scenario], share).plannedVUs)), vus)
        const iterations = shares.map((share) => share.resegment(vus)?.scale(scenario.iterations) ?? 0)
        assert.equal(sum(iterations), scenario.iterations)
      }),
      { numRuns: 60 },
    )
  })
})
