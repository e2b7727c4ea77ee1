import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ShardBoot } from '../../../src/engine/threads/protocol.js'
import { RunShards } from '../../../src/engine/threads/shards.js'

describe('shards', () => {
  it('do not wait for a first shard that has died and cannot be replaced', async () => {
    const deaths: number[] = []
    const nothing = (): void => {}
    const shards = new RunShards({
      onLog: nothing,
      onAbort: nothing,
      onFail: nothing,
      onInitFailed: nothing,
      onBroken: nothing,
      onDeath: (shard) => deaths.push(shard),
    })
    // Without a script the thread throws as soon as it starts.
    const boot = { epochOrigin: 0, secretSources: [] } as unknown as ShardBoot
    assert.equal(await shards.load(boot), undefined)
    assert.deepEqual(deaths, [0])
    assert.equal(await shards.call({ name: 'teardown', argument: undefined, timeout: 1000 }), undefined)
    await shards.terminate()
  })
})
