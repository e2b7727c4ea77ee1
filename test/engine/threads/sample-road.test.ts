import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { SampleRoad } from '../../../src/engine/threads/sample-road.js'

describe('batches of samples on the road to the outputs', () => {
  it('are four at most, counted from what was taken before the shard came', () => {
    const taken = new Int32Array(new SharedArrayBuffer(8))
    taken[1] = 7
    const road = new SampleRoad(taken, 1)
    for (let i = 0; i < 4; i++) {
      assert.equal(road.isFull, false, `${i} are on the road`)
      road.sent()
    }
    assert.equal(road.isFull, true)
    Atomics.add(taken, 1, 1)
    assert.equal(road.isFull, false)
  })

  it('make the shard stand still until one is taken, and it shows that it lives meanwhile', async () => {
    const taken = new Int32Array(new SharedArrayBuffer(4))
    const road = new SampleRoad(taken, 0)
    for (let i = 0; i < 4; i++) road.sent()
    const source = `const { workerData } = require('node:worker_threads')
      setTimeout(() => { Atomics.add(workerData, 0, 1); Atomics.notify(workerData, 0) }, 250)`
    const reader = new Worker(source, { eval: true, workerData: taken })
    let signs = 0
    const waited = road.wait(() => signs++)
    assert.ok(waited >= 100, `${waited} ms`)
    assert.ok(signs >= 2, `${signs} signs of life`)
    assert.equal(road.isFull, false)
    await reader.terminate()
  })
})
