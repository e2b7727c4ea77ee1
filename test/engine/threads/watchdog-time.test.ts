/** What the watchdog makes of time: its own may be short on a machine that is overloaded. What it does to real threads: watchdog.test.ts. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { monotonicClock } from '../../../src/base/clock.js'
import { ControlBlock, ShardCell } from '../../../src/engine/threads/control-block.js'
import type { RunShards } from '../../../src/engine/threads/shards.js'
import { Watchdog } from '../../../src/engine/threads/watchdog.js'
import type { Log } from '../../../src/log/log.js'

const INTERVAL = 250

describe('the watchdog', () => {
  let now = 0
  let control: ControlBlock
  let told: string[]
  let ended: boolean[]
  let isRunning: boolean
  let isStopping: boolean
  let watchdog: Watchdog

  beforeEach(() => {
    now = 1000
    mock.timers.enable({ apis: ['setInterval'] })
    mock.method(monotonicClock, 'now', () => now)
    control = new ControlBlock(1, 1)
    control.setShard(0, ShardCell.heartbeat, 1)
    told = []
    ended = []
    isRunning = true
    isStopping = false
    const tell = (text: string) => void told.push(text)
    watchdog = new Watchdog({
      control: () => control,
      shards: { alive: [0], kill: async () => {} } as unknown as RunShards,
      log: { warning: tell, error: tell } as unknown as Log,
      isRunning: () => isRunning,
      isStopping: () => isStopping,
      onEnded: (_shard, hasLost) => void ended.push(hasLost),
    })
    watchdog.start()
  })

  afterEach(() => {
    watchdog.stop()
    mock.restoreAll()
    mock.timers.reset()
  })

  /** Looks so many times, each as late as said. */
  const look = async (times: number, { late = 0, beats = false } = {}): Promise<void> => {
    for (let i = 0; i < times; i++) {
      now += INTERVAL + late
      if (beats) control.addShard(0, ShardCell.heartbeat, 1)
      mock.timers.tick(INTERVAL)
      await Promise.resolve()
    }
  }

  it('notices a silent thread although each of its own looks is late', async () => {
    isRunning = false
    await look(25, { late: 3000 })
    assert.match(told.join(), /has been running code that does not yield/)
  })

  it('blames no thread for a time in which the whole process stood still', async () => {
    isRunning = false
    await look(4)
    await look(1, { late: 60_000 })
    await look(4, { beats: true })
    assert.deepEqual(told, [])
  })

  it('ends a thread that beats and does not end, some seconds after the test was told to stop', async () => {
    watchdog.deadline = 3_600_000
    await look(20, { beats: true })
    assert.deepEqual(told, [])
    isStopping = true
    await look(42, { beats: true })
    assert.match(told.join(), /shard 0 did not end when its time was over/)
    await new Promise(setImmediate)
    assert.deepEqual(ended, [true])
  })

  it('leaves a teardown the time that it has, also after a signal', async () => {
    isStopping = true
    isRunning = false
    watchdog.calling = 'teardown'
    watchdog.deadline = now + 60_000
    await look(100, { beats: true })
    assert.deepEqual(told, [])
  })
})
