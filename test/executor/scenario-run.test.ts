import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ScenarioState } from '../../src/plan/scenario.js'
import { FakeTest } from '../helpers/fake-host.js'
import {
  constantArrivalRate,
  constantVus,
  perVuIterations,
  rampingVus,
  sharedIterations,
  stage,
} from '../helpers/scenarios.js'

describe('scenarios on one shard', () => {
  it('run in sequence with the same VUs', () => {
    const first = constantVus({ name: 'first', vus: 3, duration: 1000, gracefulStop: 0 })
    const second = perVuIterations({ name: 'second', vus: 3, iterations: 2, startTime: 1000 })
    const test = new FakeTest({ scenarios: [first, second], lasts: () => 300 }).run()
    assert.deepEqual(test.vusOfStarts, [1, 2, 3])
    assert.equal(test.starts.filter(({ scenario }) => scenario === 'second').length, 6)
    assert.deepEqual(test.ended, [1600])
    assert.equal(test.logged.length, 0)
  })

  it('run at once with VUs of their own', () => {
    const closed = constantVus({ name: 'closed', vus: 2, duration: 1000 })
    const open = constantArrivalRate({ name: 'open', rate: 10, duration: 1000, preAllocatedVUs: 3 })
    const ramp = rampingVus({ name: 'ramp', startVUs: 0, stages: [stage(1, 2)], startTime: 500 })
    const test = new FakeTest({ scenarios: [closed, open, ramp], lasts: () => 100 }).run()
    const vusOf = (name: string) => new Set(test.starts.filter(({ scenario }) => scenario === name).map(({ vu }) => vu))
    assert.deepEqual([vusOf('closed').size, vusOf('open').size, vusOf('ramp').size], [2, 3, 1])
    assert.equal(test.vusOfStarts.length, 6)
    assert.equal(test.total('dropped_iterations'), 0)
  })

  it('take a VU that is late as soon as it is back, and warn every 400 ms', () => {
    const test = new FakeTest({
      scenarios: [perVuIterations({ name: 'late', vus: 1, iterations: 1, startTime: 100 })],
    }).run(50)
    const [host] = test.shards
    let borrowed: Parameters<NonNullable<typeof host>['giveBack']>[0] | undefined
    host?.borrow((loaded) => {
      borrowed = loaded
    })
    test.run(1000)
    assert.deepEqual(test.logged, [
      'warning: Could not get a VU from the buffer for 400ms',
      'warning: Could not get a VU from the buffer for 800ms',
    ])
    assert.deepEqual(test.ended, [])
    if (borrowed !== undefined) host?.giveBack(borrowed)
    assert.deepEqual(
      test.run().starts.map(({ at }) => at),
      [1000],
    )
    assert.deepEqual(test.ended, [1000])
  })

  it('give up after two seconds without a VU', () => {
    const test = new FakeTest({ scenarios: [perVuIterations({ vus: 1, iterations: 3, startTime: 100 })] }).run(50)
    test.shards[0]?.borrow(() => {})
    assert.deepEqual(test.run().ended, [2100])
    assert.equal(test.logged.at(-1), 'error: could not get a VU from the buffer in 2s')
    assert.equal(test.total('dropped_iterations'), 3)
  })

  it('pad short iterations to minIterationDuration, but not the last one', () => {
    const scenario = perVuIterations({ vus: 1, iterations: 3 })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 100, minIterationDuration: 1000 }).run()
    assert.deepEqual(
      test.starts.map(({ at }) => at),
      [0, 1000, 2000],
    )
    assert.deepEqual(test.ended, [3000])
  })

  it('do not use a VU again for the old scenario when the padding is over', () => {
    const scenario = rampingVus({ startVUs: 1, stages: [stage(0.5, 0), stage(0.1, 0), stage(0, 1), stage(3, 1)] })
    const test = new FakeTest({ scenarios: [scenario], lasts: () => 100, minIterationDuration: 1000 }).run()
    assert.deepEqual(
      test.starts.map(({ at }) => at),
      [0, 600, 1600, 2600],
    )
  })

  it('start nothing after they were stopped, and interrupt what exceeds the graceful stop', () => {
    const scenarios = [
      constantArrivalRate({ name: 'open', rate: 10, duration: 60_000, preAllocatedVUs: 100, gracefulStop: 500 }),
      rampingVus({ name: 'ramp', startVUs: 3, stages: [stage(60, 9)], gracefulStop: 500 }),
      sharedIterations({ name: 'shared', vus: 2, iterations: 100, gracefulStop: 500 }),
    ]
    const test = new FakeTest({ scenarios, shards: 2, lasts: () => 3000 }).run(2050)
    test.each((run) => run.stop())
    test.run()
    assert.ok(test.starts.every(({ at }) => at <= 2050))
    assert.deepEqual(test.ended, [2550, 2550])
    assert.equal(test.cell('dropped', 2), 98)
  })

  it('end at once when they are interrupted', () => {
    const scenarios = [
      constantVus({ vus: 3, duration: 9000 }),
      constantVus({ vus: 3, duration: 9000, startTime: 5000 }),
    ]
    const test = new FakeTest({ scenarios, lasts: () => 1000 }).run(2500)
    test.each((run) => run.interrupt())
    assert.deepEqual(test.ended, [2500])
    assert.equal(test.control.getScenario(0, 0, 0), ScenarioState.interrupted)
    assert.equal(test.control.getScenario(0, 1, 0), ScenarioState.done)
    assert.equal(test.run().active, 0)
  })
})
