import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refuseScale } from '../../src/executor/externally-controlled.js'
import { ScenarioState } from '../../src/plan/scenario.js'
import { FakeTest } from '../helpers/fake-host.js'
import { externallyControlled } from '../helpers/scenarios.js'

const plan = externallyControlled({ vus: 2, maxVUs: 4, duration: 10_000 })

describe('externally-controlled', () => {
  it('loops with its VUs until the duration is over', () => {
    const test = new FakeTest({ scenarios: [plan], lasts: () => 1000 }).run(500)
    assert.equal(test.active, 2)
    assert.deepEqual(test.run().ended, [10_000])
    assert.equal(test.starts.length, 20)
    assert.equal(test.cell('state'), ScenarioState.done)
  })

  it('is done when its duration is over, although it cuts off what runs then', () => {
    const test = new FakeTest({ scenarios: [plan], lasts: () => 3000 })
    assert.deepEqual(test.run().ended, [10_000])
    assert.equal(test.total('iterations'), 6)
    assert.equal(test.cell('state'), ScenarioState.done)
  })

  it('is interrupted when the test ends before its duration', () => {
    const test = new FakeTest({ scenarios: [plan], lasts: () => 3000 }).run(1000)
    test.each((run) => run.stop())
    test.run()
    assert.equal(test.cell('state'), ScenarioState.interrupted)
  })

  it('runs until it is stopped when it has no end', () => {
    const test = new FakeTest({ scenarios: [{ ...plan, duration: Number.POSITIVE_INFINITY }], lasts: () => 1000 }).run(
      3_600_500,
    )
    assert.equal(test.starts.length, 7202)
    test.each((run) => run.stop())
    assert.deepEqual(test.run().ended, [3_600_500])
  })

  it('goes on where a thread or a machine before it was, which stood still for a time', () => {
    const test = new FakeTest({
      scenarios: [plan],
      lasts: () => 1000,
      past: { ago: 5000, pauses: [{ from: 1000, to: 3000 }] },
    })
    // Five seconds ago, two of them paused: seven are left.
    assert.deepEqual(test.run().ended, [7000])
    assert.equal(test.starts.length, 14)
  })

  it('starts more VUs and interrupts those that are too many', () => {
    const test = new FakeTest({ scenarios: [plan], lasts: () => 3000 }).run(1000)
    test.each((run) => run.scale(4, 4))
    assert.equal(test.run(1500).active, 4)
    test.each((run) => run.scale(1, 4))
    assert.equal(test.active, 1)
    test.run(3500)
    assert.equal(test.total('iterations'), 1)
    assert.deepEqual(test.vusOfStarts, [1, 2, 3, 4])
  })

  it('initialises VUs when the maximum grows, and starts them as they get ready', () => {
    const test = new FakeTest({ scenarios: [plan], lasts: () => 100, initializationTime: 200 }).run(1000)
    test.each((run) => run.scale(6, 6))
    assert.equal(test.run(1100).active, 4)
    assert.equal(test.run(1250).active, 5)
    assert.equal(test.run(1450).active, 6)
    assert.equal(test.cell('allocatedVus'), 6)
  })

  it('lets VUs finish their iteration when it pauses, and stops its clock', () => {
    const test = new FakeTest({ scenarios: [plan], lasts: () => 1000 }).run(1500)
    test.each((run) => run.pause())
    assert.equal(test.run(1900).active, 2)
    assert.equal(test.run(5500).active, 0)
    assert.equal(test.total('iterations'), 4)
    test.each((run) => assert.equal(run.progress(), 0.15))
    test.each((run) => run.resume())
    assert.equal(test.run(5600).active, 2)
    assert.deepEqual(test.run().ended, [14_000])
  })

  it('begins only when it is resumed if its start comes while it is paused', () => {
    const test = new FakeTest({ scenarios: [{ ...plan, startTime: 1000 }], lasts: () => 1000 }).run(500)
    test.each((run) => run.pause())
    assert.equal(test.run(3000).starts.length, 0)
    test.each((run) => run.resume())
    assert.deepEqual(test.run().ended, [13_000])
    assert.equal(test.starts.length, 20)
  })

  it('uses what it was scaled to while it was paused', () => {
    const test = new FakeTest({ scenarios: [plan], lasts: () => 1000 }).run(1500)
    test.each((run) => run.pause())
    test.each((run) => run.scale(3, 4))
    assert.equal(test.run(3000).active, 0)
    test.each((run) => run.resume())
    assert.equal(test.run(3100).active, 3)
  })

  it('begins with what it was scaled to before its start', () => {
    const test = new FakeTest({ scenarios: [{ ...plan, startTime: 1000 }], lasts: () => 1000 }).run(500)
    test.each((run) => run.scale(3, 5))
    assert.equal(test.run(900).active, 0)
    assert.equal(test.run(1100).active, 3)
  })

  it('divides what it is scaled to among the shards', () => {
    const test = new FakeTest({ scenarios: [plan], shards: 3, lasts: () => 1000 }).run(500)
    test.each((run) => run.scale(4, 4))
    assert.equal(test.run(600).active, 4)
    test.each((run) => run.scale(7, 7))
    assert.equal(test.run(700).active, 7)
    test.each((run) => run.scale(0, 7))
    assert.equal(test.active, 0)
  })

  it('ends in time when it is stopped while it is paused', () => {
    const test = new FakeTest({ scenarios: [plan], lasts: () => 1000 }).run(1500)
    test.each((run) => run.pause())
    test.run(4000)
    test.each((run) => run.stop())
    assert.deepEqual(test.run().ended, [4000])
  })

  it('refuses impossible numbers of VUs with the texts of the reference', () => {
    assert.equal(refuseScale(plan, 3, 4), undefined)
    assert.equal(refuseScale(plan, -1, 4), "the number of VUs can't be negative")
    assert.match(
      refuseScale(plan, 5, 4) ?? '',
      /^the number of active VUs \(5\) must be less than or equal to .* \(4\)$/,
    )
    assert.equal(
      refuseScale(plan, 1, 3),
      'the new number of max VUs cannot be lower than the starting number of max VUs (4)',
    )
    assert.equal(
      refuseScale(plan, 1, 5),
      'the new number of max VUs (5) cannot be higher than the maxVUs of the scenario (4)',
    )
  })
})
