/** The work of a closed model when a thread dies: the new thread does what was left, and nothing twice. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Scenario } from '../../src/plan/scenario.js'
import { FakeTest } from '../helpers/fake-host.js'
import { perVuIterations, sharedIterations } from '../helpers/scenarios.js'

interface Death {
  readonly shard: number
  /** Milliseconds after the start, or after the death before. */
  readonly after: number
}

const deathsAmong = (shards: number): fc.Arbitrary<Death[]> =>
  fc.array(fc.record({ shard: fc.nat(shards - 1), after: fc.nat(400) }), { minLength: 1, maxLength: 3 })

/** Shards, VUs, iterations and deaths. Iterations last between 1 and 100 ms. */
const cases = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 3, max: 8 }), fc.integer({ min: 1, max: 12 }))
  .chain(([shards, vus, iterations]) => fc.tuple(fc.constant({ shards, vus, iterations }), deathsAmong(shards)))

function runWithDeaths(scenario: Scenario, shards: number, deaths: readonly Death[]): FakeTest {
  const test = new FakeTest({ scenarios: [scenario], shards, lasts: ({ inInstance }) => 1 + ((inInstance * 37) % 100) })
  let time = 0
  for (const { shard, after } of deaths) {
    time += after
    test.run(time).replace(shard)
  }
  return test.run()
}

/** Every iteration was begun once, or was dropped; the time suffices for all. */
function assertAllBegunOnce(test: FakeTest, total: number): void {
  const numbers = test.starts.map(({ inInstance }) => inInstance).sort((a, b) => a - b)
  assert.deepEqual(
    numbers,
    Array.from({ length: total }, (_, i) => i),
  )
  assert.equal(test.total('dropped_iterations'), 0)
  assert.equal(test.active, 0)
}

describe('a thread that takes the place of a dead one', () => {
  it('runs what is left of per-vu-iterations, and what the dead one had begun is neither run again nor lost', () => {
    fc.assert(
      fc.property(cases, ([{ shards, vus, iterations }, deaths]) => {
        assertAllBegunOnce(runWithDeaths(perVuIterations({ vus, iterations }), shards, deaths), vus * iterations)
      }),
    )
  })

  it('the same of shared-iterations, whichever shard takes them', () => {
    fc.assert(
      fc.property(cases, ([{ shards, vus, iterations }, deaths]) => {
        const total = vus * iterations
        assertAllBegunOnce(runWithDeaths(sharedIterations({ vus, iterations: total }), shards, deaths), total)
      }),
    )
  })

  it('gives each of its virtual users a fair part of what is left', () => {
    const test = new FakeTest({ scenarios: [perVuIterations({ vus: 3, iterations: 5 })], lasts: () => 100 })
    // Three have ended, three were begun and died: 9 of 15 are left.
    test.run(150).replace(0)
    const before = test.starts.length
    test.run()
    const ofVu = new Map<number, number>()
    for (const { vu } of test.starts.slice(before)) ofVu.set(vu, (ofVu.get(vu) ?? 0) + 1)
    assert.equal(before, 6)
    assert.deepEqual([...ofVu.values()], [3, 3, 3])
  })

  it('drops what the time does not suffice for: begun and dropped together are all', () => {
    const test = new FakeTest({
      scenarios: [perVuIterations({ vus: 3, iterations: 5, maxDuration: 300, gracefulStop: 0 })],
      lasts: () => 100,
    })
    test.run(150).replace(0).run()
    assert.equal(test.starts.length + test.total('dropped_iterations'), 15)
    assert.equal(test.starts.length, 12)
  })
})
