import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { numberInTest, VuNumbers } from '../../../src/engine/threads/vu-numbers.js'
import { Share } from '../../../src/plan/share.js'

function numbersOf(planned: readonly number[], added: number): number[][] {
  let count = 0
  const shards = planned.map((_, shard) => new VuNumbers(planned, shard, () => count++))
  const numbers = shards.map((shard, i) => Array.from({ length: planned[i] as number }, () => shard.next()))
  for (let i = 0; i < added; i++) numbers[i % planned.length]?.push((shards[i % planned.length] as VuNumbers).next())
  return numbers
}

describe('the numbers of VUs', () => {
  it('alternate between shards; a shard that plans more than others has the last ones', () => {
    assert.deepEqual(numbersOf([4, 2], 0), [
      [1, 3, 5, 6],
      [2, 4],
    ])
    assert.deepEqual(numbersOf([1, 3, 0, 2], 0), [[1], [2, 4, 6], [], [3, 5]])
  })

  it('go on in the order in which VUs are added', () => {
    assert.deepEqual(numbersOf([2, 1], 3), [
      [1, 3, 4, 6],
      [2, 5],
    ])
  })

  it('have no gaps in a test on many machines either, however scenarios are divided', () => {
    const sequence = '0,1/3,2/3,1'
    const shares = ['0:1/3', '1/3:2/3', '2/3:1'].map((segment) => Share.parse(segment, sequence))
    const plannedVUs = [4, 2, 2]
    const numbers = shares.map((share, instance) =>
      Array.from({ length: (plannedVUs[instance] as number) + 2 }, (_, i) =>
        numberInTest(i + 1, share, { plannedVUs, instance }),
      ),
    )
    assert.deepEqual(numbers, [
      [1, 4, 7, 8, 9, 12],
      [2, 5, 10, 13],
      [3, 6, 11, 14],
    ])
    assert.equal(numberInTest(2, shares[1] as Share, undefined), 5)
    assert.equal(numberInTest(2, shares[1] as Share, { plannedVUs: [], instance: 1 }), 5)
  })

  it('have no gaps, whatever shards plan', () => {
    const plans = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(plans, fc.integer({ min: 0, max: 10 }), (planned, added) => {
        const numbers = numbersOf(planned, added)
          .flat()
          .sort((a, b) => a - b)
        assert.deepEqual(
          numbers,
          numbers.map((_, i) => i + 1),
        )
      }),
    )
  })
})
