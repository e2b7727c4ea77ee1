/** What a run asks of its engine reaches the engines of all instances, and what they tell reaches the run. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ClusterEngine } from '../../src/cluster/cluster-engine.js'
import type { EngineEvents } from '../../src/engine/engine.js'
import type { Program, Workload } from '../../src/engine/workload.js'
import { Log } from '../../src/log/log.js'
import { TestCluster } from '../helpers/cluster.js'
import { type MemoryEngine, memoryEngine } from '../helpers/memory-engine.js'

const WORKLOAD = {
  scenarios: [],
  executionSegment: '',
  executionSegmentSequence: '',
  http: { rps: 90 },
  scriptOptions: {},
  submetrics: [],
  runTags: {},
} as unknown as Workload

interface Told {
  readonly what: string
  readonly about: unknown
}

async function startedOn(agents: number) {
  const fakes = Array.from({ length: agents }, () => memoryEngine())
  const cluster = new TestCluster({ agents: fakes.map(({ create }) => ({ createEngine: create })) })
  const told: Told[] = []
  const say =
    (what: string) =>
    (...about: unknown[]): void =>
      void told.push({ what, about })
  const events: EngineEvents = {
    onLog: (batch, acknowledge) => {
      say('log')(batch.records.map(({ msg, fields }) => `${fields['instance']}: ${msg}`))
      acknowledge()
    },
    onAbort: say('abort'),
    onFail: say('fail'),
    onInitFailed: say('init failed'),
    onLost: say('lost'),
  }
  const log = new Log('info', () => {})
  const engine = cluster.engine({ createLocalEngine: memoryEngine().create })({
    events,
    log,
    shards: 1,
    epochOrigin: 0,
  }) as ClusterEngine
  await engine.load({ archivedFiles: new Map(), script: { url: 'file:///a.js' } } as unknown as Program)
  const parts: number[] = []
  await engine.prepare(WORKLOAD, { onAggregates: (part) => parts.push(part), onSamples: () => {} })
  const made = fakes.map(({ made }) => made())
  return { cluster, engine, made, told, parts, close: () => Promise.all([engine.close(), cluster.end()]) }
}

/** Polls, for what happens on the other side of a network. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

function asked(engines: readonly MemoryEngine[], what: string): boolean {
  return engines.every((engine) => engine.asked.includes(what))
}

describe('a run on three instances', () => {
  it('gives each a part of the work and of the limits of the whole', async () => {
    const { made, close } = await startedOn(3)
    assert.deepEqual(
      made.map(({ workload }) => workload?.executionSegment),
      ['0:1/3', '1/3:2/3', '2/3:1'],
    )
    assert.deepEqual(
      made.map(({ workload }) => Math.round(workload?.http.rps ?? 0)),
      [30, 30, 30],
    )
    await close()
  })

  it('pauses, resumes, scales, reports and stops all of them', async () => {
    const { engine, made, close } = await startedOn(3)
    engine.begin()
    engine.scale(0, 12, 24)
    const over = engine.start('{"a":1}')
    engine.pause()
    engine.resume()
    engine.report()
    engine.stop()
    for (const what of ['begin', 'scale 0 to 12 of 24', 'start with {"a":1}', 'pause', 'resume', 'report', 'stop']) {
      await until(() => asked(made, what))
    }
    engine.interrupt()
    await over
    await close()
    assert.ok(asked(made, 'close'))
  })

  it('fetches what setup returned from a file when there is much of it', async () => {
    const { cluster, engine, made, close } = await startedOn(2)
    const data = JSON.stringify('x'.repeat(300_000))
    const over = engine.start(data)
    await until(() => asked(made, `start with ${data}`))
    assert.ok(cluster.network.files.size > 0)
    engine.interrupt()
    await over
    await close()
    assert.equal(cluster.network.files.size, 0)
  })

  it('calls on one instance, and gives what it returned', async () => {
    const { engine, made, close } = await startedOn(3)
    const result = await engine.call({ name: 'setup', argument: '7', timeout: 1000 })
    assert.deepEqual(result, { outcome: 'returned', value: { kind: 'json', json: '7' } })
    assert.equal(made.filter(({ asked }) => asked.includes('call setup')).length, 1)
    await close()
  })

  it('does not start before all have what setup returned', async () => {
    const { engine, cluster, made, close } = await startedOn(2)
    const data = JSON.stringify('x'.repeat(300_000))
    await engine.call({ name: 'setup', argument: data, timeout: 1000 })
    const files = cluster.network.files.size
    // Nothing is left to fetch.
    cluster.network.files.clear()
    const over = engine.start(data)
    await until(() => asked(made, `start with ${data}`))
    assert.equal(files, 2)
    engine.interrupt()
    await over
    await close()
  })

  it('hears of aborts, failures, logs and parts that are lost on any of them', async () => {
    const { made, told, parts, close } = await startedOn(3)
    const [first, second, third] = made as [MemoryEngine, MemoryEngine, MemoryEngine]
    first.events.onAbort('enough', 'a.js:1:1')
    second.events.onFail('no good')
    second.events.onInitFailed(4)
    second.events.onLost('shard 1', 'out of memory', true)
    third.events.onLog({ records: [{ level: 'info', msg: 'hello', fields: {}, time: 0 }], dropped: 0 }, () => {})
    first.count(0, { iterations: 1 })
    third.count(1, { iterations: 1 })
    await until(() => told.length === 5 && parts.length === 2)
    const heard = new Map(told.map(({ what, about }) => [what, about]))
    assert.deepEqual(heard.get('abort'), ['enough', 'a.js:1:1'])
    assert.deepEqual(heard.get('fail'), ['no good'])
    assert.deepEqual(heard.get('init failed'), [4])
    assert.deepEqual(heard.get('lost'), ['shard 1 of agent "machine-1"', 'out of memory', true])
    assert.deepEqual(heard.get('log'), [['machine-2: hello']])
    assert.equal(new Set(parts).size, 2, 'parts of instances have different numbers')
    await close()
  })

  it('says what agents cannot do it, before anything runs', async () => {
    const cluster = new TestCluster({
      agents: [{ version: '0.9.0' }, { version: '0.9.0' }],
    })
    const engine = cluster.engine({ createLocalEngine: memoryEngine().create })({
      events: {} as EngineEvents,
      log: new Log('error', () => {}),
      shards: 1,
      epochOrigin: 0,
    })
    await engine.load({ archivedFiles: new Map() } as unknown as Program)
    await assert.rejects(engine.prepare(WORKLOAD, { onAggregates: () => {}, onSamples: () => {} }), {
      code: 'ERR_AGENT_VERSION',
      message: 'agent "machine-0" is sockeye 0.9.0, and this is 1.0.0',
    })
    await engine.close()
    await cluster.end()
  })

  it('refuses agents that may not open enough files for their part', async () => {
    const cluster = new TestCluster({ agents: [{ descriptors: () => 100 }] })
    const engine = cluster.engine({ createLocalEngine: memoryEngine().create })({
      events: {} as EngineEvents,
      log: new Log('error', () => {}),
      shards: 1,
      epochOrigin: 0,
    })
    await engine.load({ archivedFiles: new Map() } as unknown as Program)
    const scenarios = [
      { executor: 'constant-vus', name: 'a', vus: 500, duration: 1000, startTime: 0, gracefulStop: 0, exec: 'default' },
    ]
    const workload = { ...WORKLOAD, scenarios } as unknown as Workload
    await assert.rejects(engine.prepare(workload, { onAggregates: () => {}, onSamples: () => {} }), {
      code: 'ERR_AGENT_DESCRIPTORS',
      message: 'agent "machine-0" may open 100 more files, and its part of the test has up to 500 VUs',
    })
    await engine.close()
    await until(() => cluster.agents.every(({ agent }) => !agent.isBusy))
    await cluster.end()
  })
})
