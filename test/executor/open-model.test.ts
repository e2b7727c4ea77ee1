import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ScenarioState } from '../../src/plan/scenario.js'
import { FakeTest } from '../helpers/fake-host.js'
import { constantArrivalRate, rampingArrivalRate, stage } from '../helpers/scenarios.js'

const times = (test: FakeTest) => test.starts.map(({ at }) => Number(at.toFixed(3)))

describe('constant-arrival-rate', () => {
  it('starts iterations at even distances from t = 0, however long they take', () => {
    const scenario = constantArrivalRate({ rate: 4, duration: 2000, preAllocatedVUs: 4 })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 900 }).run()
    assert.deepEqual(times(test), [0, 250, 500, 750, 1000, 1250, 1500, 1750])
    assert.equal(test.total('iterations'), 8)
    assert.equal(test.total('dropped_iterations'), 0)
  })

  it('lets running iterations end within gracefulStop, and waits for its duration otherwise', () => {
    const scenario = constantArrivalRate({ rate: 1, duration: 2000, preAllocatedVUs: 4, gracefulStop: 1000 })
    assert.deepEqual(new FakeTest({ scenarios: [scenario], lasts: () => 1500 }).run().ended, [2500])
    assert.deepEqual(new FakeTest({ scenarios: [scenario], lasts: () => 10 }).run().ended, [2000])
    const cut = new FakeTest({ scenarios: [scenario], lasts: () => 9000 }).run()
    assert.deepEqual(cut.ended, [3000])
    assert.equal(cut.cell('state'), ScenarioState.interrupted)
  })

  it('counts VUs as active only while they run an iteration', () => {
    const scenario = constantArrivalRate({ rate: 2, duration: 2000, preAllocatedVUs: 5 })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 100 })
    assert.equal(test.run(50).active, 1)
    assert.equal(test.run(200).active, 0)
    assert.equal(test.cell('allocatedVus'), 5)
  })

  it('drops an iteration that finds no VU, warns once, and never catches up', () => {
    const scenario = constantArrivalRate({ rate: 10, duration: 1000, preAllocatedVUs: 1 })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 250 }).run()
    assert.deepEqual(times(test), [0, 300, 600, 900])
    assert.equal(test.total('dropped_iterations'), 6)
    assert.equal(test.cell('dropped'), 6)
    assert.deepEqual(test.logged, ['warning: Insufficient VUs, reached 1 active VUs and cannot initialize more'])
  })

  it('initialises one more VU at a time for a dropped iteration, up to maxVUs', () => {
    const scenario = constantArrivalRate({ rate: 10, duration: 2000, preAllocatedVUs: 0, maxVUs: 3 })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 60_000, initializationTime: 150 }).run(1999)
    // Dropped at 0, 100 while the first VU is made, and so on; then all three are busy.
    assert.deepEqual(times(test), [200, 500, 800])
    assert.equal(test.cell('allocatedVus'), 3)
    assert.equal(test.total('dropped_iterations'), 17)
    assert.deepEqual(test.logged, ['warning: Insufficient VUs, reached 3 active VUs and cannot initialize more'])
  })

  it('gives a VU back that was initialised after the end', () => {
    const scenario = constantArrivalRate({ rate: 1, duration: 1000, preAllocatedVUs: 0, maxVUs: 1 })
    const test = new FakeTest({ scenarios: [scenario], initializationTime: 5000 }).run()
    assert.deepEqual(test.ended, [1000])
    assert.equal(test.shards[0]?.idle, 1)
  })

  it('starts overdue iterations one after the other after a stall, and says how late they were', () => {
    const scenario = constantArrivalRate({ rate: 10, duration: 2000, preAllocatedVUs: 20 })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 1000 }).run(50)
    test.stall(400)
    test.run()
    assert.deepEqual(times(test).slice(0, 7), [0, 450, 450, 450, 450, 500, 600])
    assert.deepEqual(test.shards[0]?.lags.slice(0, 6), [0, 350, 250, 150, 50, 0])
    assert.equal(test.total('iterations'), 20)
  })

  it('lets a few VUs do many short iterations that are due at once', () => {
    const scenario = constantArrivalRate({ rate: 1000, duration: 1000, preAllocatedVUs: 2 })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 0 }).run(0.5)
    test.stall(100)
    test.run()
    assert.equal(test.total('iterations'), 1000)
    assert.equal(test.total('dropped_iterations'), 0)
  })

  it('starts nothing once the duration is over: of a backlog that is left then, the rest is dropped', () => {
    const scenario = constantArrivalRate({ rate: 1000, duration: 1000, preAllocatedVUs: 2 })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 0 }).run(900)
    test.stall(300)
    test.run()
    assert.ok(test.starts.length < 1000)
    assert.equal(test.starts.length + test.total('dropped_iterations'), 1000)
    assert.deepEqual(test.ended, [1200])
  })

  it('counts what finds no VU without walking through it, at a rate that no machine can reach', () => {
    const scenario = constantArrivalRate({ rate: 1e9, duration: 4000, preAllocatedVUs: 1 })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 60_000 }).run(0)
    test.stall(3999.999)
    test.run()
    assert.equal(test.starts.length + test.total('dropped_iterations'), 4e9)
  })

  it('counts what is due and not begun as dropped when it is stopped early', () => {
    const scenario = constantArrivalRate({ rate: 100, duration: 10_000, preAllocatedVUs: 1 })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 0 }).run(1000)
    test.stall(500)
    for (const host of test.shards) for (const run of host.runs.values()) run.interrupt()
    assert.equal(test.starts.length + test.total('dropped_iterations'), 151)
  })

  it('works with all its VUs in turn', () => {
    const scenario = constantArrivalRate({ rate: 10, duration: 1000, preAllocatedVUs: 5 })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 10 }).run()
    assert.deepEqual(
      test.starts.map(({ vu }) => vu),
      [1, 2, 3, 4, 5, 1, 2, 3, 4, 5],
    )
  })

  it('shows its rate as its level, the shares of all shards together', () => {
    const scenario = constantArrivalRate({ rate: 30, timeUnit: 60_000, duration: 60_000, preAllocatedVUs: 7 })
    const test = new FakeTest({ scenarios: [scenario], shards: 3 }).run(1000)
    assert.ok(Math.abs(test.cell('level') - 0.5) < 1e-9)
    assert.equal(test.run().cell('level'), 0)
  })
})

describe('ramping-arrival-rate', () => {
  it('starts iterations at the times of the worked examples', () => {
    const first = rampingArrivalRate({ stages: [stage(5, 1), stage(1, 1), stage(5, 0)], preAllocatedVUs: 2 })
    assert.deepEqual(
      times(new FakeTest({ scenarios: [first] }).run()),
      [3162.278, 4472.136, 5500, 6527.864, 7837.722, 11_000],
    )
    const second = rampingArrivalRate({ stages: [stage(2, 10)], preAllocatedVUs: 3 })
    assert.deepEqual(
      times(new FakeTest({ scenarios: [second], lasts: () => 50 }).run()),
      [632.456, 894.427, 1095.445, 1264.911, 1414.214, 1549.193, 1673.32, 1788.854, 1897.367, 2000],
    )
  })

  it('shows the rate of the moment as its level', () => {
    const scenario = rampingArrivalRate({ startRate: 10, stages: [stage(10, 30), stage(10, 0)], preAllocatedVUs: 3 })
    const test = new FakeTest({ scenarios: [scenario] }).run(5001)
    assert.equal(test.cell('level'), 20)
    assert.equal(test.run(15_001).cell('level'), 15)
  })
})

describe('the open model on several shards', () => {
  /** Shard 1 owns the odd iterations, which take longer than its one VU has time for. */
  const uneven = constantArrivalRate({ rate: 50, duration: 2000, preAllocatedVUs: 2 })
  const lasts = ({ inTest }: { inTest: number }) => (inTest % 2 === 1 ? 50 : 5)

  it('hands an iteration to a shard with an idle VU rather than dropping it', () => {
    const test = new FakeTest({ scenarios: [uneven], shards: 2, lasts }).run()
    assert.equal(test.total('iterations'), 100)
    assert.equal(test.total('dropped_iterations'), 0)
    assert.ok(test.starts.some(({ shard, inTest }) => shard === 0 && inTest % 2 === 1))
    assert.deepEqual(
      test.starts.map(({ inTest }) => inTest),
      Array.from({ length: 100 }, (_, i) => i),
    )
  })

  it('drops it when no shard has one', () => {
    const test = new FakeTest({ scenarios: [uneven], shards: 2, lasts: () => 250 }).run()
    assert.equal(test.starts.length + test.total('dropped_iterations'), 100)
    assert.equal(test.starts.length, 16)
    assert.equal(test.logged.length, 1)
  })

  it('begins with iterations of a shard whose VUs all are elsewhere', () => {
    const scenario = constantArrivalRate({ rate: 10, duration: 1000, preAllocatedVUs: 1, maxVUs: 2 })
    const test = new FakeTest({ scenarios: [scenario], shards: 2 }).run()
    assert.equal(test.starts.length, 10)
    assert.deepEqual(
      test.starts.map(({ shard }) => shard),
      Array.from({ length: 10 }, () => 0),
    )
    assert.equal(test.cell('allocatedVus'), 1)
  })

  it('runs an iteration that is on its way when the scenario ends', () => {
    const scenario = rampingArrivalRate({ startRate: 2, stages: [stage(1, 2)], preAllocatedVUs: 1, maxVUs: 2 })
    const test = new FakeTest({ scenarios: [scenario], shards: 2 }).run()
    assert.deepEqual(times(test), [500, 1000])
    assert.equal(test.total('iterations'), 2)
    assert.equal(test.shards[0]?.idle, 1)
  })

  it('runs an iteration that is on its way when the test is stopped', () => {
    const scenario = constantArrivalRate({ rate: 10, duration: 2000, preAllocatedVUs: 2, gracefulStop: 9000 })
    const test = new FakeTest({ scenarios: [scenario], shards: 2, lasts: ({ shard }) => (shard === 1 ? 5000 : 5) })
    const onTheirWay: (() => void)[] = []
    test.run(250)
    test.post = (message) => onTheirWay.push(message)
    test.run(350)
    assert.equal(onTheirWay.length, 1)
    test.each((run) => run.stop())
    const begun = test.starts.length
    onTheirWay[0]!()
    test.run()
    assert.equal(test.starts.length, begun + 1)
    assert.equal(test.total('dropped_iterations'), 0)
  })
})
