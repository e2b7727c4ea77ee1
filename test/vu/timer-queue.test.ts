import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Alarm, TimerQueue } from '../../src/vu/timer-queue.js'

/** A clock and an alarm that the test moves. */
class Bench implements Alarm {
  time = 100
  due = Number.POSITIVE_INFINITY
  readonly fired: string[] = []
  readonly queue = new TimerQueue({ now: () => this.time }, this)
  #ring = (): void => {}

  arm(delay: number, ring: () => void): void {
    this.due = this.time + Math.max(0, delay)
    this.#ring = ring
  }

  disarm(): void {
    this.due = Number.POSITIVE_INFINITY
  }

  add(delay: number, name: string) {
    return this.queue.add(delay, (text) => void this.fired.push(text), name)
  }

  ringAt(time: number): void {
    this.time = time
    this.due = Number.POSITIVE_INFINITY
    this.#ring()
  }
}

describe('the timer queue', () => {
  it('fires in order of due times, ties in order of creation', () => {
    const bench = new Bench()
    for (const [delay, name] of [
      [30, 'c'],
      [10, 'a'],
      [30, 'd'],
      [20, 'b'],
    ] as const) {
      bench.add(delay, name)
    }
    assert.equal(bench.due, 110)
    bench.ringAt(130)
    assert.deepEqual(bench.fired, ['a', 'b', 'c', 'd'])
    assert.equal(bench.due, Number.POSITIVE_INFINITY)
  })

  it('never fires early, even when the alarm does', () => {
    const bench = new Bench()
    bench.add(10, 'a')
    bench.ringAt(109.5)
    assert.deepEqual(bench.fired, [])
    assert.equal(bench.due, 110)
  })

  it('arms its alarm again for an earlier timer, and for the next one', () => {
    const bench = new Bench()
    bench.add(50, 'late')
    bench.add(5, 'early')
    assert.equal(bench.due, 105)
    bench.ringAt(105)
    assert.equal(bench.due, 150)
  })

  it('does not fire what was cancelled, and disarms when nothing is left', () => {
    const bench = new Bench()
    const timer = bench.add(5, 'a')
    bench.queue.cancel(timer)
    bench.queue.cancel(timer)
    assert.equal(bench.due, Number.POSITIVE_INFINITY)
    assert.equal(bench.queue.size, 0)
  })

  it('lets a timer that is added while others fire wait for the next ring', () => {
    const bench = new Bench()
    bench.queue.add(5, () => bench.add(0, 'second'), undefined)
    bench.ringAt(105)
    assert.deepEqual(bench.fired, [])
    bench.ringAt(105)
    assert.deepEqual(bench.fired, ['second'])
  })
})
