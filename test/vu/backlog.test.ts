import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { Backlog, waitingBytesOfShard } from '../../src/vu/backlog.js'

const MIB = 1024 * 1024

/** A reader that remembers what it was told. */
function setUp() {
  const told: string[] = []
  const backlog = new Backlog({ pause: () => told.push('pause'), resume: () => told.push('resume') })
  open.push(backlog)
  return { told, backlog }
}

const open: Backlog[] = []

describe('the backlog of a connection', () => {
  afterEach(() => {
    for (const backlog of open.splice(0)) backlog.end()
    assert.equal(waitingBytesOfShard(), 0)
  })

  it('pauses reading at its limit and has it go on when most of that has been handled', () => {
    const { told, backlog } = setUp()
    for (let i = 0; i < 10; i++) backlog.add(100 * 1024)
    assert.deepEqual(told, [])
    backlog.add(100 * 1024)
    assert.deepEqual(told, ['pause'])
    assert.ok(backlog.isFull)
    for (let i = 0; i < 8; i++) backlog.taken(100 * 1024)
    assert.deepEqual(told, ['pause'])
    backlog.taken(100 * 1024)
    assert.deepEqual(told, ['pause', 'resume'])
  })

  it('takes one message of any size, and bounds empty ones', () => {
    const large = setUp()
    large.backlog.add(20 * MIB)
    large.backlog.taken(20 * MIB)
    assert.deepEqual(large.told, ['pause', 'resume'])
    const empty = setUp()
    for (let i = 0; i < 10_000 && !empty.backlog.isFull; i++) empty.backlog.add(0)
    assert.ok(empty.backlog.isFull)
  })

  it('pauses each connection that has anything waiting when the shard has too much, until it has caught up', () => {
    const others = Array.from({ length: 70 }, setUp)
    for (const { backlog } of others) backlog.add(MIB - 1024)
    const small = setUp()
    small.backlog.add(10)
    assert.deepEqual(small.told, ['pause'])
    small.backlog.add(10)
    small.backlog.taken(10)
    assert.ok(small.backlog.isFull)
    small.backlog.taken(10)
    assert.ok(!small.backlog.isFull)
  })

  it('gives back what it has when the connection is over; what is handled later counts no more', () => {
    const { backlog } = setUp()
    backlog.add(5 * MIB)
    backlog.end()
    assert.equal(waitingBytesOfShard(), 0)
    backlog.taken(5 * MIB)
    backlog.add(1)
    assert.equal(waitingBytesOfShard(), 0)
  })
})
