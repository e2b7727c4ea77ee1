import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { Worker } from 'node:worker_threads'
import { ControlBlock } from '../../../src/engine/threads/control-block.js'

const OFFERS = 50_000
const CLAIMANTS = 3

/** Claims all that it can get, and says how many that were. */
const CLAIMANT = `
  const { parentPort, workerData } = require('node:worker_threads')
  import(workerData.module).then(({ ControlBlock }) => {
    const control = new ControlBlock(1, 1, workerData.buffer)
    parentPort.once('message', () => {
      let claimed = 0
      while (control.claimVu(0, 0)) claimed++
      parentPort.postMessage(claimed)
    })
    parentPort.postMessage('ready')
  })
`

async function claimant(buffer: SharedArrayBuffer): Promise<() => Promise<number>> {
  const module = new URL('../../../src/engine/threads/control-block.js', import.meta.url).href
  const worker = new Worker(CLAIMANT, { eval: true, workerData: { module, buffer } })
  const next = (): Promise<unknown> => new Promise((resolve) => worker.once('message', resolve))
  await next()
  return async () => {
    const claimed = next()
    worker.postMessage('go')
    const count = (await claimed) as number
    await worker.terminate()
    return count
  }
}

describe('idle VUs that shards offer each other', () => {
  it('are claimed once each, however many threads claim at once', async () => {
    const control = new ControlBlock(1, 1)
    for (let i = 0; i < OFFERS; i++) control.offerVu(0, 0)
    const claimants = await Promise.all(Array.from({ length: CLAIMANTS }, () => claimant(control.buffer)))
    const counts = await Promise.all(claimants.map((claim) => claim()))
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      OFFERS,
    )
    assert.equal(control.offeredVus(0, 0), 0)
  })

  it('are not claimed by one who looked before another took the last', () => {
    const control = new ControlBlock(1, 1)
    control.offerVu(0, 0)
    const { load } = Atomics
    // Another thread claims it in the moment between the look and the claim.
    mock.method(Atomics, 'load', (array: Int32Array, index: number) => {
      const seen = load(array, index)
      if (seen > 0) Atomics.sub(array, index, 1)
      return seen
    })
    try {
      assert.equal(control.claimVu(0, 0), false)
    } finally {
      mock.restoreAll()
    }
    assert.equal(control.offeredVus(0, 0), 0)
  })

  it('are claimed by nobody once they are withdrawn', () => {
    const control = new ControlBlock(2, 1)
    control.offerVu(1, 0)
    control.offerVu(1, 0)
    assert.equal(control.claimVu(0, 0), false)
    assert.equal(control.withdrawVus(1, 0), 2)
    assert.equal(control.claimVu(1, 0), false)
  })
})
