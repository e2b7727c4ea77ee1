/** A thread that was told to end, and is inside something that cannot be interrupted: until it has ended no other takes its place. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { ShardPool } from '../../../src/engine/threads/pool.js'
import type { ShardBoot } from '../../../src/engine/threads/protocol.js'
import { Successors } from '../../../src/engine/threads/successors.js'
import { Log } from '../../../src/log/log.js'

/** A thread that waits for a shell, which tells the pipe `told` that it is there, and leaves when something comes through the pipe `gate`. */
const STUCK = `require('node:child_process').spawnSync('sh', ['-c', 'echo > told; read line < gate'], {
  cwd: require('node:worker_threads').workerData,
})`

/** Shards whose thread with number 0 died; what happens is written down. */
class Shards {
  readonly seen: string[] = []
  /** How often the old thread is still there when somebody looks. */
  lingering = 0
  /** Whether the next new thread can begin. */
  begins = true
  time = 0
  end = Number.POSITIVE_INFINITY

  lingers(): boolean {
    return this.lingering-- > 0
  }

  async revive(_shard: number, { isOver }: { readonly isOver: boolean }): Promise<boolean> {
    this.seen.push(`${isOver ? 'counter' : 'thread'} at ${this.time}`)
    return this.begins
  }

  giveUp(): void {
    this.seen.push(`given up at ${this.time}`)
  }

  successors(): Successors {
    return new Successors({
      shards: this,
      log: new Log('error', () => {}),
      isOver: () => this.time >= this.end,
      sleep: async (ms) => {
        this.time += ms
      },
    })
  }
}

describe('a thread that lingers', { timeout: 60_000 }, () => {
  it('is known until it has ended', { skip: process.platform === 'win32' }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sockeye-lingering-'))
    const [told, gate] = [join(folder, 'told'), join(folder, 'gate')]
    execFileSync('mkfifo', [told, gate])
    const worker = new Worker(STUCK, { eval: true, workerData: folder })
    const deaths: string[] = []
    const pool = new ShardPool({ onMessage: () => {}, onDeath: (_shard, reason) => deaths.push(reason) }, () => worker)
    try {
      pool.start({ shard: 3 } as ShardBoot)
      await readFile(told)
      assert.equal(pool.lingers(3), false)
      // Nobody waits for it for longer than a second.
      await pool.terminate(3)
      assert.deepEqual([pool.shards, pool.lingers(3), pool.lingers(0)], [[], true, false])
    } finally {
      const ended = once(worker, 'exit')
      worker.ref()
      await writeFile(gate, '\n')
      await ended
      await rm(folder, { recursive: true, force: true })
    }
    await new Promise(setImmediate)
    assert.equal(pool.lingers(3), false)
    assert.deepEqual(deaths, [])
  })

  it('has no successor before it has ended', async () => {
    const shards = new Shards()
    shards.lingering = 500
    await shards.successors().replace(0)
    assert.deepEqual(shards.seen, ['thread at 51000'])
  })

  it('does not hold up the end of the run: a thread without virtual users counts what is lost', async () => {
    const shards = new Shards()
    shards.lingering = Number.POSITIVE_INFINITY
    shards.end = 7000
    await shards.successors().replace(0)
    assert.deepEqual(shards.seen, ['counter at 7000'])
  })
})

describe('a shard that dies again and again', () => {
  it('has a new thread after a second, then two, up to ten', async () => {
    const shards = new Shards()
    const successors = shards.successors()
    for (let death = 0; death < 12; death++) await successors.replace(0)
    const moments = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 65, 75]
    assert.deepEqual(
      shards.seen,
      moments.map((moment) => `thread at ${moment}000`),
    )
  })

  it('before it can begin is tried three times, and has no more virtual users then', async () => {
    const shards = new Shards()
    shards.begins = false
    shards.end = 60_000
    const successors = shards.successors()
    for (let death = 0; death < 4; death++) await successors.replace(0)
    assert.deepEqual(shards.seen, [
      'thread at 1000',
      'thread at 3000',
      'thread at 6000',
      'counter at 60000',
      'given up at 60000',
    ])
  })
})
