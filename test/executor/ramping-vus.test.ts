import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ScenarioState } from '../../src/plan/scenario.js'
import { FakeTest } from '../helpers/fake-host.js'
import { rampingVus, stage } from '../helpers/scenarios.js'

const example = [stage(2, 6), stage(5, 1), stage(4, 5), stage(4, 1), stage(3, 4), stage(2, 4), stage(0, 1), stage(3, 1)]

/** Active VUs a moment after each of these times, in seconds. */
function activeAt(test: FakeTest, times: readonly number[]): string {
  return times.map((seconds) => `${seconds}:${test.run(seconds * 1000 + 1).active}`).join(' ')
}

describe('ramping-vus', () => {
  it('follows the worked example when iterations are short', () => {
    const test = new FakeTest({ scenarios: [rampingVus({ startVUs: 4, stages: example })], lasts: () => 0.7 })
    const times = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 23]
    assert.equal(
      activeAt(test, times),
      '0:4 1:5 2:6 3:5 4:4 5:3 6:2 7:1 8:2 9:3 10:4 11:5 12:4 13:3 14:2 15:1 16:2 17:3 18:4 20:1 23:0',
    )
    assert.deepEqual(test.vusOfStarts, [1, 2, 3, 4, 5, 6])
  })

  it('lets a VU that is told to stop finish its iteration, and starts no other', () => {
    const scenario = rampingVus({ startVUs: 2, stages: [stage(2, 0), stage(10, 0)], gracefulRampDown: 5000 })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 4000 }).run(3000)
    assert.equal(test.active, 2)
    test.run()
    assert.equal(test.starts.length, 2)
    assert.equal(test.total('iterations'), 2)
  })

  it('interrupts what takes longer than gracefulRampDown', () => {
    const scenario = rampingVus({ startVUs: 2, stages: [stage(2, 0), stage(10, 0)], gracefulRampDown: 500 })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 60_000 })
    assert.equal(activeAt(test, [1, 1.4, 1.6, 2.4, 2.6]), '1:2 1.4:2 1.6:1 2.4:1 2.6:0')
    test.run()
    assert.equal(test.total('iterations'), 0)
    assert.deepEqual(test.ended, [12_000])
  })

  it('goes on with the same VU when the profile rises again within the grace', () => {
    const scenario = rampingVus({
      startVUs: 2,
      stages: [stage(1, 1), stage(1, 2), stage(8, 2)],
      gracefulRampDown: 5000,
    })
    const test = new FakeTest({ scenarios: [scenario], lasts: ({ vu }) => (vu === 2 ? 3000 : 1000) }).run(9000)
    assert.deepEqual(
      test.starts.filter(({ vu }) => vu === 2).map(({ at }) => at),
      [0, 3000, 6000, 9000],
    )
    assert.equal(test.active, 2)
  })

  it('is bounded by the stages and gracefulStop, which can cut the ramp-down short', () => {
    const scenario = rampingVus({ startVUs: 3, stages: [stage(1, 1)], gracefulRampDown: 30_000, gracefulStop: 2000 })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 60_000 }).run()
    assert.deepEqual(test.ended, [3000])
    assert.equal(test.cell('state'), ScenarioState.interrupted)
  })

  it('gives what loops to the end the graceful stop, not the graceful ramp-down', () => {
    const scenario = rampingVus({ startVUs: 2, stages: [stage(1, 2)], gracefulRampDown: 100, gracefulStop: 5000 })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 3000 }).run()
    assert.equal(test.total('iterations'), 2)
    assert.deepEqual(test.ended, [3000])
  })

  it('takes only the last of several steps after a stall', () => {
    const test = new FakeTest({
      scenarios: [rampingVus({ startVUs: 0, stages: [stage(1, 10), stage(1, 3), stage(5, 3)] })],
      lasts: () => 100,
    })
    test.run(50)
    test.stall(2500)
    assert.equal(test.run(2600).active, 3)
  })

  it('shows the number of wanted VUs as its level', () => {
    const test = new FakeTest({ scenarios: [rampingVus({ startVUs: 4, stages: example })], shards: 3, lasts: () => 10 })
    test.run(4001)
    assert.equal(test.cell('level'), 4)
    test.run()
    assert.equal(test.cell('level'), 0)
  })
})
