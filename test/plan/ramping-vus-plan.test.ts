import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { reservedVus, scheduledVus, type VuStep } from '../../src/plan/ramping-vus-plan.js'
import { requirementsOf } from '../../src/plan/requirements.js'
import { parseSequence, type Segment } from '../../src/plan/segment.js'
import { Share, splitShare } from '../../src/plan/share.js'

const stage = (seconds: number, target: number) => ({ duration: seconds * 1000, target })
const example = {
  startVUs: 4,
  stages: [stage(2, 6), stage(5, 1), stage(4, 5), stage(4, 1), stage(3, 4), stage(2, 4), stage(0, 1), stage(3, 1)],
  gracefulRampDown: 30_000,
  gracefulStop: 30_000,
}
const text = (steps: readonly VuStep[]) => steps.map(({ time, vus }) => `${time / 1000}:${vus}`).join(' ')
const SCHEDULED = '0:4 1:5 2:6 3:5 4:4 5:3 6:2 7:1 8:2 9:3 10:4 11:5 12:4 13:3 14:2 15:1 16:2 17:3 18:4 20:1 23:0'

describe('scheduled VUs of ramping-vus', () => {
  it('steps one VU at a time', () => assert.equal(text(scheduledVus(example, Share.WHOLE)), SCHEDULED))

  it('takes the steps of the VU numbers a segment owns', () => {
    const share = Share.parse('0:1/3', '')
    assert.equal(text(scheduledVus(example, share)), '0:1 1:2 4:1 7:0 8:1 11:2 12:1 15:0 16:1 20:0')
  })

  it('starts at 0 when there are no start VUs, and truncates to nanoseconds', () => {
    assert.equal(
      text(scheduledVus({ startVUs: 0, stages: [stage(1, 3)] }, Share.WHOLE)),
      '0:0 0.333333333:1 0.666666666:2 1:0',
    )
  })

  it('adds up over the shards of all instances, at all times', () => {
    const anyStage = fc.record({ duration: fc.integer({ min: 0, max: 5000 }), target: fc.integer({ min: 0, max: 30 }) })
    const segments = parseSequence('0,1/2,3/5,1') as readonly Segment[]
    const shares = segments.flatMap((segment) => splitShare(Share.ofSegment(segment, segments), 2))
    fc.assert(
      fc.property(fc.nat(30), fc.array(anyStage, { minLength: 1, maxLength: 5 }), (startVUs, stages) => {
        const whole = scheduledVus({ startVUs, stages }, Share.WHOLE)
        const parts = shares.map((share) => scheduledVus({ startVUs, stages }, share))
        for (const { time, vus } of whole) {
          assert.equal(
            parts.map((steps) => at(steps, time)).reduce((a, b) => a + b, 0),
            vus,
          )
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('reserved VUs of ramping-vus', () => {
  it('keeps each level for the graceful ramp-down after a fall', () => {
    assert.equal(text(reservedVus(example, Share.WHOLE)), '0:4 1:5 2:6 33:5 42:4 50:1 53:0')
  })

  it('keeps nothing beyond the graceful stop', () => {
    assert.equal(text(reservedVus({ ...example, gracefulStop: 3000 }, Share.WHOLE)), '0:4 1:5 2:6 26:0')
  })

  it('is the schedule itself without any grace', () => {
    assert.equal(text(reservedVus({ ...example, gracefulStop: 0, gracefulRampDown: 0 }, Share.WHOLE)), SCHEDULED)
  })

  it('keeps what loops to the end for the graceful stop, whatever the ramp-down', () => {
    const profile = { startVUs: 2, stages: [stage(4, 2)], gracefulRampDown: 0, gracefulStop: 30_000 }
    assert.equal(text(reservedVus(profile, Share.WHOLE)), '0:2 34:0')
  })

  it('reaches the level that a ramp ends with', () => {
    const profile = { startVUs: 0, stages: [stage(4, 2)], gracefulRampDown: 0, gracefulStop: 3000 }
    assert.equal(text(reservedVus(profile, Share.WHOLE)), '0:0 2:1 4:2 7:0')
  })

  it('has the VU that starts at the very end, also without any grace', () => {
    const none = { startVUs: 0, gracefulRampDown: 0, gracefulStop: 0 }
    assert.equal(text(reservedVus({ ...none, stages: [stage(1, 2)] }, Share.WHOLE)), '0:0 0.5:1 1:2 1:0')
    assert.equal(text(reservedVus({ ...none, stages: [stage(0, 20)] }, Share.WHOLE)), '0:20 0:0')
    const scenario = {
      name: 'a',
      executor: 'ramping-vus',
      startTime: 0,
      exec: 'default',
      env: {},
      tags: {},
      ...none,
    } as const
    const planned = (...stages: ReturnType<typeof stage>[]) => requirementsOf([{ ...scenario, stages }], Share.WHOLE)
    assert.deepEqual([planned(stage(1, 100)).maxVUs, planned(stage(1, 100)).plannedVUs], [100, 100])
    assert.equal(planned(stage(0, 20)).maxVUs, 20)
    assert.equal(planned(stage(1, 10), stage(0, 20)).maxVUs, 20)
  })

  it('is the highest level of the time before it', () => {
    const anyStage = fc.record({ duration: fc.integer({ min: 0, max: 20 }), target: fc.integer({ min: 0, max: 9 }) })
    fc.assert(
      fc.property(
        fc.nat(9),
        fc.array(anyStage, { minLength: 1, maxLength: 6 }),
        fc.nat(30),
        (startVUs, stages, grace) => {
          const profile = { startVUs, stages, gracefulRampDown: grace, gracefulStop: grace }
          // The level that the last stage ends with is reached, though only to be told to stop.
          const end = { time: stages.reduce((sum, { duration }) => sum + duration, 0), vus: stages.at(-1)?.target ?? 0 }
          const scheduled = [...scheduledVus(profile, Share.WHOLE), end]
          const reserved = reservedVus(profile, Share.WHOLE)
          // A little before and after each change: no comparison of equal fractions.
          const moments = reserved.flatMap(({ time }) => [time - 5e-5, time + 5e-5])
          for (const moment of moments) {
            const recent = scheduled.filter(({ time }) => time > moment - grace && time <= moment)
            const levels = [at(scheduled.slice(0, -1), moment - grace), ...recent.map(({ vus }) => vus)]
            assert.equal(at(reserved, moment), Math.max(...levels))
          }
        },
      ),
      { numRuns: 100 },
    )
  })
})

function at(steps: readonly VuStep[], time: number): number {
  return steps.filter((step) => step.time <= time).pop()?.vus ?? 0
}
