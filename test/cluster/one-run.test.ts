/** A run on several machines is as one on a single machine: real threads and scripts, a network in memory. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TestCluster } from '../helpers/cluster.js'
import { runScript } from '../helpers/run-script.js'

const SCRIPT = `
  import exec from 'k6/execution'
  import { SharedArray } from 'k6/data'
  import { Counter, Trend } from 'k6/metrics'
  const users = new SharedArray('users', () => JSON.parse(open('./users.json')))
  const setups = new Counter('setups')
  const teardowns = new Counter('teardowns')
  const vus = new Trend('vus_seen')
  const numbers = new Trend('numbers_seen')
  export const options = {
    scenarios: {
      each: { executor: 'per-vu-iterations', vus: 6, iterations: 5, tags: { kind: 'each' } },
      together: { executor: 'shared-iterations', vus: 6, iterations: 31, exec: 'together' },
    },
    thresholds: { iterations: ['count==61'], setups: ['count==1'], teardowns: ['count==1'], 'vus_seen{kind:each}': ['max==6'] },
  }
  export function setup() {
    setups.add(1)
    console.log('setup of ' + __ENV.WHO)
    return { secret: 'of setup' }
  }
  export default function (data) {
    if (data.secret !== 'of setup') throw new Error('setup data are missing')
    if (users[exec.vu.idInTest - 1] === undefined) throw new Error('a VU has no user')
    if (__VU !== exec.vu.idInTest) throw new Error('a VU has two numbers')
    vus.add(__VU)
  }
  export function together() {
    numbers.add(exec.scenario.iterationInTest)
  }
  export function teardown() {
    teardowns.add(1)
  }
  export function handleSummary(data) {
    return { stdout: 'done ' + data.metrics.iterations.values.count }
  }
`
const FILES = { 'users.json': JSON.stringify(Array.from({ length: 12 }, (_, i) => `user ${i}`)) }

describe('a run on three machines', () => {
  it('gives the iterations, VU ids, numbers and thresholds of one machine', async () => {
    const options = { files: FILES, flags: ['-e', 'WHO=me'] }
    const cluster = new TestCluster({ agents: [{}, {}, {}] })
    const [alone, together] = await Promise.all([
      runScript(SCRIPT, options),
      runScript(SCRIPT, { ...options, engine: cluster.engine() }),
    ])
    await cluster.end()
    assert.deepEqual(together.errors, [])
    assert.equal(alone.exitCode, 0)
    assert.equal(together.exitCode, 0)
    const { metrics } = together.summary
    for (const metric of ['iterations', 'vus_seen', 'numbers_seen', 'setups', 'teardowns']) {
      const { rate: _, ...expected } = alone.summary.metrics[metric] ?? {}
      const { rate: __, ...values } = metrics[metric] ?? {}
      assert.deepEqual(values, expected, metric)
    }
    assert.equal(together.stdout.trim().endsWith('done 61'), true)
    assert.deepEqual(together.console, ['setup of me'])
    assert.equal(cluster.network.files.size, 0, 'the stored test is removed')
    assert.ok(cluster.agents.every(({ agent }) => !agent.isBusy))
  })
})
