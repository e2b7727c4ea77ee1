import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { LATE_START } from '../../../src/engine/generator-load.js'
import { LoadMeter } from '../../../src/engine/threads/load-meter.js'
import { DialError } from '../../../src/net/errors.js'

describe('the load meter', () => {
  it('counts starts and failed connections since the last look', () => {
    const meter = new LoadMeter()
    for (const lag of [0, 2, LATE_START - 0.1, LATE_START, 75]) meter.started(lag)
    meter.dialFailed(new DialError('EMFILE', 'socket: too many open files', new Error()))
    meter.dialFailed(new DialError('ENFILE', 'socket: too many open files in system', new Error()))
    meter.dialFailed(new DialError('EADDRNOTAVAIL', 'connect: cannot assign requested address', new Error()))
    meter.dialFailed(new DialError('EADDRINUSE', 'connect: address already in use', new Error()))
    meter.dialFailed(new DialError('EADDRNOTAVAIL', 'no suitable address found'))
    meter.dialFailed(new DialError('ECONNREFUSED', 'connect: connection refused', new Error()))
    const { starts, lateStarts, longestLag, outOfFiles, outOfPorts } = meter.take()
    assert.deepEqual([starts, lateStarts, longestLag, outOfFiles, outOfPorts], [5, 2, 75, 2, 2])
    const next = meter.take()
    assert.deepEqual([next.starts, next.lateStarts, next.longestLag, next.outOfFiles, next.outOfPorts], [0, 0, 0, 0, 0])
  })

  it('sees that the event loop was busy and did not turn', async () => {
    const meter = new LoadMeter()
    await sleep(50)
    meter.take()
    await sleep(50)
    const until = performance.now() + 300
    while (performance.now() < until);
    await sleep(50)
    const { interval, utilization, longestStall } = meter.take()
    assert.ok(interval >= 350, `interval of ${interval} ms`)
    assert.ok(utilization > 0.3, `utilization ${utilization}`)
    assert.ok(longestStall >= 200, `stall of ${longestStall} ms`)
  })

  it('does not look at stalls in the first second of the scenarios', async () => {
    const meter = new LoadMeter()
    await sleep(50)
    meter.begin()
    const block = async (): Promise<void> => {
      const until = performance.now() + 200
      while (performance.now() < until);
      await sleep(50)
    }
    await block()
    assert.equal(meter.take().longestStall, 0)
    await sleep(1000)
    // Whenever the next report comes: a stall just before it counts, too.
    await block()
    const { longestStall } = meter.take()
    assert.ok(longestStall >= 100, `stall of ${longestStall} ms`)
  })

  it('measures pauses for garbage collection', async () => {
    const meter = new LoadMeter()
    const kept: object[] = []
    for (let i = 0; i < 400_000; i++) kept.push({ i, text: String(i) })
    await sleep(100)
    const { gcTime, longestGc } = meter.take()
    assert.ok(kept.length > 0 && gcTime > 0 && longestGc > 0 && longestGc <= gcTime)
  })
})
