import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Scheduler, type Turn } from '../../src/vu/scheduler.js'

/** Takes so many turns, then notes that in `log`; each turn leaves a microtask behind that must come before the next. */
class Worker implements Turn {
  isScheduled = false
  remaining: number
  readonly #scheduler: Scheduler
  readonly #done: () => void
  unsettled = 0

  constructor(scheduler: Scheduler, turns: number, done: () => void) {
    this.#scheduler = scheduler
    this.remaining = turns
    this.#done = done
  }

  takeTurn(): void {
    assert.equal(this.unsettled, 0, 'the reactions of the turn before have run')
    this.unsettled++
    void Promise.resolve().then(() => this.unsettled--)
    this.remaining--
    if (this.remaining > 0) this.#scheduler.schedule(this)
    else this.#done()
  }
}

/** Turns of Node's loop until all workers are done. A timer that is always due fires once in each. */
async function loopTurns(workers: number, turns: number): Promise<number> {
  const scheduler = new Scheduler()
  let loops = 0
  let busy = workers
  await new Promise<void>((resolve) => {
    const count = (): void => {
      loops++
      if (busy > 0) setImmediate(count)
      else resolve()
    }
    setImmediate(count)
    for (let i = 0; i < workers; i++) scheduler.schedule(new Worker(scheduler, turns, () => busy--))
  })
  return loops
}

describe('the scheduler', () => {
  it('gives one turn at a time, with all promise reactions before the next', async () => {
    await loopTurns(3, 100)
  })

  it('gives a single busy VU many turns between two looks at the sockets', async () => {
    const loops = await loopTurns(1, 10_000)
    assert.ok(loops < 1000, `${loops} turns of the loop for 10,000 turns of the VU`)
  })

  it('looks at the sockets in between, however many VUs are busy', async () => {
    const loops = await loopTurns(100, 1000)
    assert.ok(loops > 500, `${loops} turns of the loop for 100,000 turns of VUs`)
  })

  it('goes on after a turn that threw', async () => {
    const scheduler = new Scheduler()
    const thrown: unknown[] = []
    process.setUncaughtExceptionCaptureCallback((error) => void thrown.push(error))
    await new Promise<void>((resolve) => {
      const failing: Turn = {
        isScheduled: false,
        takeTurn() {
          throw new Error('a script can make anything throw')
        },
      }
      scheduler.schedule(failing)
      scheduler.schedule({ isScheduled: false, takeTurn: resolve })
    })
    await new Promise<void>((resolve) => scheduler.schedule({ isScheduled: false, takeTurn: resolve }))
    process.setUncaughtExceptionCaptureCallback(null)
    assert.equal(thrown.length, 1)
  })

  it('goes on after it has had nothing to do', async () => {
    const scheduler = new Scheduler()
    for (let round = 0; round < 3; round++) {
      await new Promise<void>((resolve) => scheduler.schedule(new Worker(scheduler, 200, resolve)))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })
})
