import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Lease, type Leased, type LeaseTerm, type Revocation } from '../../src/vu/lease.js'
import { type Outcome, VirtualUser } from '../../src/vu/virtual-user.js'
import { FakeTest } from '../helpers/fake-host.js'

/** Something open whose traffic the test says. */
class Thing implements Leased {
  readonly told: Revocation[] = []
  sent = 0
  /** What it does when it is told. */
  onRevoked: (reason: Revocation) => void = () => {}

  revoked(reason: Revocation): void {
    this.told.push(reason)
    this.onRevoked(reason)
  }

  takeTraffic() {
    const { sent } = this
    this.sent = 0
    return { sent, received: 2 * sent }
  }
}

/** One VU whose runs the test begins; `ended` has their outcomes with the bytes charged by then. */
function setUp(open: (vu: VirtualUser) => void) {
  const test = new FakeTest({ scenarios: [] })
  const vu = new VirtualUser(test.shards[0]!.services, 1, 1)
  const ended: [Outcome, number, number][] = []
  const owner = {
    runEnded: (user: VirtualUser, outcome: Outcome) => ended.push([outcome, user.bytesSent, user.bytesReceived]),
  }
  const run = (body: (vu: VirtualUser) => void) => {
    vu.begin(() => body(vu), [], owner)
    test.run()
  }
  run(open)
  return { test, vu, ended, run }
}

function opened(term: LeaseTerm, thing = new Thing()) {
  let lease!: Lease
  const world = setUp((vu) => {
    lease = new Lease(vu, thing, term)
  })
  return { ...world, thing, lease }
}

describe('a lease', () => {
  it('for work holds the run until it ends, and charges its traffic to it', () => {
    const { thing, lease, ended, test, vu } = opened('work')
    assert.deepEqual(ended, [])
    thing.sent = 5
    lease.end()
    lease.end()
    test.run()
    assert.deepEqual(ended, [['completed', 5, 10]])
    vu.interrupt()
    assert.deepEqual(thing.told, [])
  })

  it('holds the run once more for each thing under way, until that or the lease is over', () => {
    const first = opened('work')
    first.lease.hold()
    first.lease.release()
    first.lease.end()
    first.lease.release()
    first.test.run()
    assert.equal(first.ended.length, 1)
    const second = opened('work')
    second.lease.hold()
    second.lease.end()
    second.test.run()
    assert.equal(second.ended.length, 1)
  })

  it('for a run does not hold it, and is revoked when it ends', () => {
    const thing = new Thing()
    thing.sent = 3
    const { ended, lease } = opened('run', thing)
    assert.deepEqual(thing.told, ['run ended'])
    assert.deepEqual(ended, [['completed', 3, 6]])
    assert.ok(lease.isOver)
  })

  it('of a run that fails goes on until its module ends it, so that tasks still run', () => {
    const order: string[] = []
    const { thing, lease, vu, ended, test } = opened('work')
    ;(vu.shard as { reportException: unknown }).reportException = () => order.push('reported')
    thing.onRevoked = () => {
      lease.post(() => void order.push('goodbye'), undefined, undefined)
      lease.post(() => lease.end(), undefined, undefined)
    }
    vu.fail(new Error('x'))
    assert.deepEqual(thing.told, ['failed'])
    test.run()
    assert.deepEqual(order, ['reported', 'goodbye'])
    assert.equal(ended[0]![0], 'failed')
    vu.interrupt()
    assert.deepEqual(thing.told, ['failed'])
  })

  it('of a run that is interrupted is over at once, also when it was winding down', () => {
    const { thing, lease, vu, ended } = opened('work')
    ;(vu.shard as { reportException: unknown }).reportException = () => {}
    thing.sent = 1
    vu.fail(new Error('x'))
    vu.interrupt()
    assert.deepEqual(thing.told, ['failed', 'interrupted'])
    assert.ok(lease.isOver)
    assert.deepEqual(ended, [['interrupted', 1, 2]])
  })

  it('of the VU outlives runs that end or fail; each run is charged with the traffic up to its end', () => {
    const { thing, lease, vu, ended, run } = opened('vu')
    ;(vu.shard as { reportException: unknown }).reportException = () => {}
    thing.sent = 4
    run(() => {})
    run(() => {
      thing.sent = 1
      throw new Error('x')
    })
    assert.deepEqual(ended, [
      ['completed', 0, 0],
      ['completed', 4, 8],
      ['failed', 5, 10],
    ])
    assert.deepEqual(thing.told, [])
    vu.retire()
    vu.retire()
    assert.deepEqual(thing.told, ['retired'])
    assert.ok(lease.isOver)
  })

  it('of the VU is revoked when the VU is interrupted', () => {
    const { thing, vu, run } = opened('vu')
    run((user) => {
      user.hold()
    })
    vu.interrupt()
    assert.deepEqual(thing.told, ['interrupted'])
  })

  it('of the VU keeps tasks between runs for the next one, in order behind its beginning', () => {
    const { lease, run } = opened('vu')
    const order: string[] = []
    lease.post((name: string) => void order.push(name), 'first', undefined)
    lease.post((name: string) => void order.push(name), 'second', undefined)
    run(() => void order.push('run'))
    assert.deepEqual(order, ['run', 'first', 'second'])
  })

  it('of a run drops tasks that come after the run', () => {
    const { lease, run } = opened('run')
    lease.post(() => assert.fail('too late'), undefined, undefined)
    run(() => {})
  })
})
