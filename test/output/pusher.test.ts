/** What every pushing output relies on: what waits, what is tried again, and what is given up. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PushError, Pusher, type PushTarget } from '../../src/output/push/pusher.js'

const LOG = { error() {}, warning() {}, info() {}, debug() {} }
const OPTIONS = { name: 'test', unit: 'samples', intervalMs: 60_000, log: LOG as never } as const

/** A job is its size. `answers` are what the receiver says to one attempt after the other; then it takes everything. */
function target(batches: number[][], answers: (Error | null)[]): PushTarget<number> & { readonly tried: number[] } {
  const tried: number[] = []
  return {
    tried,
    collect: () => batches.shift() ?? [],
    sizeOf: (job) => job,
    send: async (job) => {
      tried.push(job)
      const answer = answers.shift() ?? null
      if (answer !== null) throw answer
    },
  }
}

describe('a pusher', () => {
  it('counts as lost what has no room in its queue', async () => {
    const busy = target([[10, 60, 50, 7]], [])
    const pusher = new Pusher(busy, { ...OPTIONS, mostQueued: 80 })
    pusher.tick()
    await pusher.stop()
    assert.deepEqual(busy.tried, [10, 60, 7])
    assert.deepEqual(pusher.delivery(), { unit: 'samples', delivered: 77, lost: 50 })
  })

  it('tries again at the end of a test without the wait that its failures have earned', async () => {
    const refusing = target([[3]], [new PushError('busy', { isRetryable: true, retryAfterMs: 60_000 })])
    const pusher = new Pusher(refusing, OPTIONS)
    pusher.tick()
    await new Promise((resolve) => setImmediate(resolve))
    await pusher.stop()
    assert.deepEqual(refusing.tried, [3, 3])
    assert.deepEqual(pusher.delivery(), { unit: 'samples', delivered: 3, lost: 0, lastError: 'busy' })
  })

  it('counts as lost what no further attempt would help', async () => {
    const refusing = target([[3, 4]], [new PushError('no such bucket', { isRetryable: false })])
    const pusher = new Pusher(refusing, OPTIONS)
    pusher.tick()
    await pusher.stop()
    assert.deepEqual(refusing.tried, [3, 4])
    assert.deepEqual(pusher.delivery(), { unit: 'samples', delivered: 4, lost: 3, lastError: 'no such bucket' })
  })

  it('keeps totals that fail at the end, because no later ones will hold what they held', async () => {
    const refusing = target([[5]], [new PushError('busy', { isRetryable: true })])
    const restored: number[] = []
    const pusher = new Pusher({ ...refusing, restore: (job) => restored.push(job) }, OPTIONS)
    await pusher.stop()
    assert.deepEqual([refusing.tried, restored], [[5, 5], []])
    assert.deepEqual(pusher.delivery(), { unit: 'samples', delivered: 5, lost: 0, lastError: 'busy' })
  })
})
