import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { constantSchedule, rampingSchedule, type Schedule, sharedSchedule, startedBy } from '../../src/plan/schedule.js'
import { Share } from '../../src/plan/share.js'

const starts = (schedule: Schedule) => Array.from({ length: schedule.count }, (_, n) => schedule.startOf(n))
const seconds = (schedule: Schedule) => starts(schedule).map((ms) => Number((ms / 1000).toFixed(3)))
const stages = (...pairs: readonly (readonly [number, number])[]) =>
  pairs.map(([length, target]) => ({ duration: length * 1000, target }))

describe('constant-arrival-rate schedule', () => {
  it('starts at 0 and then every timeUnit/rate', () => {
    const schedule = constantSchedule({ rate: 50, timeUnit: 1000, duration: 100 })
    assert.deepEqual(starts(schedule), [0, 20, 40, 60, 80])
    assert.equal(schedule.startOf(5), Number.POSITIVE_INFINITY)
  })

  it('uses whole nanoseconds', () => {
    const schedule = constantSchedule({ rate: 3, timeUnit: 1000, duration: 1000 })
    assert.deepEqual(starts(schedule), [0, 333.333333, 666.666666, 999.999999])
  })

  it('handles slow rates', () => {
    assert.deepEqual(starts(constantSchedule({ rate: 1, timeUnit: 60_000, duration: 120_000 })), [0, 60_000])
  })

  it('gives the instances of thirds every third start, at the times of the whole test', () => {
    const whole = constantSchedule({ rate: 50, timeUnit: 1000, duration: 1000 })
    const part = (segment: string) => {
      const share = Share.parse(segment, '0,1/3,2/3,1').resegment(9) as Share
      return starts(sharedSchedule(whole, share)).slice(0, 3)
    }
    assert.deepEqual(part('0:1/3'), [0, 60, 120])
    assert.deepEqual(part('1/3:2/3'), [20, 80, 140])
    assert.deepEqual(part('2/3:1'), [40, 100, 160])
  })
})

describe('how many iterations start by a moment', () => {
  it('is the same from whatever number on it is looked for', () => {
    const schedule = constantSchedule({ rate: 10, timeUnit: 1000, duration: 1000 })
    for (const [time, count] of [
      [-1, 0],
      [0, 1],
      [99, 1],
      [100, 2],
      [899, 9],
      [900, 10],
      [5000, 10],
    ] as const) {
      assert.equal(startedBy(schedule, time), count)
      for (let known = 0; known <= count; known++) assert.equal(startedBy(schedule, time, known), count)
    }
  })
})

describe('ramping-arrival-rate schedule', () => {
  const ramp = (startRate: number, ...pairs: readonly (readonly [number, number])[]) =>
    rampingSchedule({ startRate, timeUnit: 1000, stages: stages(...pairs) })

  it('starts when the area under the rate is whole', () => {
    assert.deepEqual(seconds(ramp(0, [5, 1], [1, 1], [5, 0])), [3.162, 4.472, 5.5, 6.528, 7.838, 11])
  })

  it('ramps from 0 to 10 in 2 s', () => {
    // biome-ignore lint/suspicious/noApproximativeNumericConstant: the square root of 2 to three places
    const expected = [0.632, 0.894, 1.095, 1.265, 1.414, 1.549, 1.673, 1.789, 1.897, 2]
    assert.deepEqual(seconds(ramp(0, [2, 10])), expected)
  })

  it('holds and then ramps', () => {
    const schedule = ramp(2, [5, 2], [5, 3])
    assert.equal(schedule.count, 22)
    const constant = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]
    assert.deepEqual(seconds(schedule).slice(0, 14), [...constant, 5.488, 5.954, 6.402, 6.832])
  })

  it('changes only the rate in a stage without length', () => {
    assert.deepEqual(seconds(ramp(0, [0, 2], [1, 2])), [0.5, 1])
  })

  it('starts nothing while the rate is 0', () => {
    assert.deepEqual(seconds(ramp(0, [10, 0], [1, 2])), [11])
    assert.equal(ramp(0, [10, 0]).count, 0)
    assert.equal(ramp(0, [10, 0]).startOf(0), Number.POSITIVE_INFINITY)
  })

  it('splits the starts of 0→10 in 2 s between halves', () => {
    const part = (segment: string) =>
      seconds(sharedSchedule(ramp(0, [2, 10]), Share.parse(segment, '0,1/2,1').resegment(10) as Share))
    // biome-ignore lint/suspicious/noApproximativeNumericConstant: the square root of 2 to three places
    assert.deepEqual(part('0:1/2'), [0.632, 1.095, 1.414, 1.673, 1.897])
    assert.deepEqual(part('1/2:1'), [0.894, 1.265, 1.549, 1.789, 2])
  })

  it('ascends, ends in time, and agrees with the area under the rate', () => {
    const anyStage = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 50 }))
    fc.assert(
      fc.property(fc.nat(50), fc.array(anyStage, { minLength: 1, maxLength: 5 }), (startRate, pairs) => {
        const schedule = ramp(startRate, ...pairs)
        const times = starts(schedule)
        assert.deepEqual(
          times,
          times.toSorted((a, b) => a - b),
        )
        assert.ok(times.every((time, n) => Math.abs(areaUpTo(startRate, pairs, time / 1000) - n - 1) < 1e-4))
        assert.equal(schedule.count, Math.floor(areaUpTo(startRate, pairs, 1e9) + 1e-9))
      }),
      { numRuns: 100 },
    )
  })
})

/** The oracle: the trapezoids up to `end` seconds. */
function areaUpTo(startRate: number, pairs: readonly (readonly [number, number])[], end: number): number {
  let area = 0
  let rate = startRate
  let time = 0
  for (const [length, target] of pairs) {
    const part = Math.min(length, end - time)
    if (part <= 0 && length > 0) break
    if (length > 0) area += part * (rate + ((target - rate) * part) / length / 2)
    time += length
    rate = target
  }
  return area
}
