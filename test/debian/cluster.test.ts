/** Runs on several machines: processes around Debian's nats-server, as a user starts them. Is skipped where that is not installed. */
import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Machines } from './machines.js'
import { whyNoNats } from './nats-server.js'

/** Iterations have numbers, VUs have ids, and a trend has what both say: all of it the same however the test is divided. */
const SCRIPT = `
import exec from 'k6/execution'
import { sleep } from 'k6'
import { Counter, Trend } from 'k6/metrics'
const vus = new Trend('vus_seen')
const numbers = new Trend('numbers_seen')
const setups = new Counter('setups')
const teardowns = new Counter('teardowns')
export const options = {
  scenarios: {
    each: { executor: 'per-vu-iterations', vus: 7, iterations: 20 },
    rate: { executor: 'constant-arrival-rate', rate: 50, timeUnit: '1s', duration: '3s', preAllocatedVUs: 90, exec: 'rate' },
  },
  thresholds: { iterations: ['count==290'], setups: ['count==1'], teardowns: ['count==1'], numbers_seen: ['p(95)<200'] },
}
export function setup() {
  setups.add(1)
  return 'from setup'
}
export default function (data) {
  if (data !== 'from setup') throw new Error('no data of setup')
  if (__VU !== exec.vu.idInTest) throw new Error('a VU has two numbers')
  vus.add(__VU)
}
export function rate() {
  numbers.add(exec.scenario.iterationInTest)
  sleep(0.01)
}
export function teardown() {
  teardowns.add(1)
}
`

/** Lasts for some seconds, and says where it is. */
const SLOW = `
import { sleep } from 'k6'
export const options = { scenarios: { s: { executor: 'constant-vus', vus: 6, duration: '8s', gracefulStop: '2s' } } }
sleep.called = true
export function setup() {
  console.log('in setup')
  sleep(1.5)
}
export default function () {
  if (__ITER === 3) console.log('in iteration')
  sleep(0.1)
}
export function teardown() {
  console.log('in teardown')
  sleep(1.5)
}
`.replace('sleep.called = true\n', '')

interface Summary {
  readonly metrics: Readonly<Record<string, Readonly<Record<string, number>>>>
}

async function summaryOf({ folder }: Machines): Promise<Summary['metrics']> {
  return (JSON.parse(await readFile(join(folder, 'summary.json'), 'utf8')) as Summary).metrics
}

function withoutRate(values: Readonly<Record<string, number>> = {}): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name !== 'rate'))
}

describe('a run on three agents', { skip: whyNoNats() }, () => {
  it('has the iterations, VU ids, thresholds and percentiles of a run on one machine', async () => {
    await using machines = await Machines.start(3, SCRIPT)
    const single = machines.command('run', '--summary-export', 'summary.json', 'script.js')
    assert.equal(await single.ended, 0, single.output)
    const expected = await summaryOf(machines)
    const run = machines.run('--instances', '3')
    assert.equal(await run.ended, 0, run.output)
    const metrics = await summaryOf(machines)
    for (const name of ['iterations', 'vus_seen', 'numbers_seen', 'setups', 'teardowns']) {
      assert.deepEqual(withoutRate(metrics[name]), withoutRate(expected[name]), name)
    }
    const [, spread = ''] = /started within ([\d.]+) ms/.exec(run.output) ?? []
    assert.ok(Number(spread) >= 0 && spread !== '', run.output)
  })

  it('has raw samples, tags and one line of the log for each that a script prints', async () => {
    await using machines = await Machines.start(2, SCRIPT)
    const run = machines.run('--out', 'json=out.json', '--tag', 'where=cluster', '-q')
    assert.equal(await run.ended, 0, run.output)
    const lines = (await readFile(join(machines.folder, 'out.json'), 'utf8')).trim().split('\n')
    const points = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'Point')
    const iterations = points.filter(({ metric }) => metric === 'iterations')
    assert.equal(iterations.length, 290)
    assert.ok(iterations.every(({ data }) => data.tags.where === 'cluster'))
  })

  it('ends on all machines when a threshold on all of them says so', async () => {
    const script = SLOW.replace("duration: '8s'", "duration: '60s'").replace(
      'scenarios:',
      "thresholds: { iterations: [{ threshold: 'count<100', abortOnFail: true }] }, scenarios:",
    )
    await using machines = await Machines.start(2, script)
    const run = machines.run('-q')
    assert.equal(await run.ended, 99, run.output)
    for (const agent of machines.agents) await agent.says(/waiting for a run/)
  })

  it('is stopped by a signal to the coordinator, with teardown and summary', async () => {
    await using machines = await Machines.start(2, SLOW)
    const run = machines.run('-q')
    await run.says(/in iteration/)
    run.kill('SIGINT')
    assert.equal(await run.ended, 105, run.output)
    assert.match(run.output, /in teardown/)
    assert.match(run.output, /iterations\W+\d+/)
  })
})

describe('kill -9 of an agent', { skip: whyNoNats() }, () => {
  for (const { phase, signal } of [
    { phase: 'while the scenarios run', signal: /in iteration/ },
    { phase: 'before the start', signal: /instances: / },
  ]) {
    it(`${phase}: the run goes on, and says what is missing`, async () => {
      await using machines = await Machines.start(3, SLOW)
      const run = machines.run('-q')
      await run.says(signal)
      machines.agents[2]?.kill()
      assert.equal(await run.ended, 0, run.output)
      assert.match(run.output, /LOST PARTS[\s\S]*agent "a2" with 33\.3 % of the test was lost/)
      assert.match(run.output, /parts of the test were lost/)
      assert.match(run.output, /in teardown/)
    })
  }

  it('in setup(), which runs once only: the run ends', async () => {
    await using machines = await Machines.start(2, SLOW)
    const run = machines.run('-q')
    await run.says(/in setup/)
    machines.agents[0]?.kill()
    assert.equal(await run.ended, 109, run.output)
    assert.match(run.output, /it was lost while it ran setup\(\)/)
    await machines.agents[1]?.says(/waiting for a run/)
  })

  it('in teardown(): everything was measured', async () => {
    await using machines = await Machines.start(2, SLOW)
    const run = machines.run('-q')
    await run.says(/in teardown/)
    machines.agents[0]?.kill()
    assert.equal(await run.ended, 0, run.output)
    assert.match(run.output, /agent .*a0.* was lost after its part of the test/)
  })

  it('with --on-lost abort ends the run', async () => {
    await using machines = await Machines.start(2, SLOW)
    const run = machines.run('-q', '--on-lost', 'abort')
    await run.says(/in iteration/)
    machines.agents[1]?.kill()
    assert.equal(await run.ended, 109, run.output)
    await machines.agents[0]?.says(/waiting for a run/)
  })

  it('with --on-lost replace moves its part to an agent that is free', async () => {
    const shared = `
      import { sleep } from 'k6'
      export const options = { scenarios: { s: { executor: 'shared-iterations', vus: 4, iterations: 400 } } }
      export default function () {
        if (__ITER === 3) console.log('in iteration')
        sleep(0.1)
      }`
    await using machines = await Machines.start(3, shared)
    const run = machines.run('-q', '--instances', '2', '--on-lost', 'replace')
    await run.says(/in iteration/)
    machines.agents[1]?.kill()
    assert.equal(await run.ended, 0, run.output)
    assert.match(run.output, /agent .*a2.* takes over 50 % of the test/)
    const { iterations } = await summaryOf(machines)
    const count = iterations?.['count'] ?? 0
    // What it did in its last second it had not told.
    assert.ok(count <= 400 && count >= 340, String(count))
  })
})

describe('a run on agents', { skip: whyNoNats() }, () => {
  it('loses nothing when NATS restarts for three seconds', async () => {
    await using machines = await Machines.start(
      3,
      SCRIPT.replace("duration: '3s'", "duration: '8s'").replace('==290', '>500').replace('p(95)<200', 'p(95)<500'),
    )
    const run = machines.run('-q')
    await run.says(/started within/)
    await machines.nats.restart(3000)
    assert.equal(await run.ended, 0, run.output)
    assert.doesNotMatch(run.output, /lost/)
    // A machine that stands still at the end drops what was due then, and says so.
    const counts = ['iterations', 'dropped_iterations'].map((name) =>
      Number(new RegExp(`^ +${name}\\.+: (\\d+)`, 'm').exec(run.output)?.[1] ?? 0),
    )
    assert.equal(
      counts.reduce((sum, count) => sum + count),
      540,
    )
  })

  it('ends on the agents when the coordinator dies, and their results can be merged', async () => {
    await using machines = await Machines.start(
      2,
      SLOW.replace('scenarios:', "thresholds: { iterations: ['count>10'] }, scenarios:"),
    )
    const run = machines.run('-q')
    await run.says(/in iteration/)
    await new Promise((resolve) => setTimeout(resolve, 2000))
    run.kill()
    for (const agent of machines.agents) await agent.says(/what was measured is in/)
    const files = (await readdir(join(machines.folder, 'kept'))).map((name) => join('kept', name))
    assert.equal(files.length, 2)
    const merge = machines.command('merge', ...files)
    assert.equal(await merge.ended, 0, merge.output)
    assert.match(merge.output, /✓ 'count>10' count=\d+/)
    assert.match(merge.output, /vus_max\.+: 6/)
  })

  it('gives them to one run at a time, and says so to the other', async () => {
    await using machines = await Machines.start(2, SLOW.replace("duration: '8s'", "duration: '5m'"))
    const run = machines.run('-q')
    await run.says(/in setup/)
    const other = machines.run('-q', '--instances', '2')
    assert.equal(await other.ended, 255)
    assert.match(other.output, /2 agents are needed, and 0 are free \(busy: a0, a1\)/)
    assert.match(other.output, /--wait/)
    const list = machines.command('agents', '--nats', machines.nats.url)
    assert.equal(await list.ended, 0)
    assert.match(list.output, /^NAME +STATE[\s\S]*a0 +busy[\s\S]*a1 +busy/)
    run.kill('SIGINT')
    assert.equal(await run.ended, 105, run.output)
    await writeFile(join(machines.folder, 'script.js'), SLOW)
    const waiting = machines.run(
      '-q',
      '--instances',
      '2',
      '--wait',
      '20s',
      '--no-setup',
      '--no-teardown',
      '--scenario',
      's',
    )
    assert.equal(await waiting.ended, 0, waiting.output)
  })

  it('waits for agents that are still to come, and takes those that have the labels', async () => {
    await using machines = await Machines.start(1, SCRIPT)
    const run = machines.run('-q', '--instances', '1', '--require', 'zone=eu', '--wait', '60s')
    await machines.addAgent('--label', 'zone=eu')
    assert.equal(await run.ended, 0, run.output)
    assert.match(run.output, /1 instance: a1/)
  })

  it('is refused where nobody waits, with a segment of its own, and without NATS', async () => {
    await using machines = await Machines.start(0, SCRIPT)
    for (const [flags, message] of [
      [[], /no agent answers/],
      [['--execution-segment', '0:1/2'], /divides it by itself/],
    ] as const) {
      const run = machines.run('-q', ...flags)
      assert.equal(await run.ended, 255, run.output)
      assert.match(run.output, message)
      assert.match(run.output, /hint=/)
    }
    const nowhere = machines.command('run', '--instances', '2', 'script.js')
    assert.equal(await nowhere.ended, 255)
    assert.match(nowhere.output, /nothing says where NATS is/)
  })

  it('loses an agent that is told to end after it has sent all it has', async () => {
    await using machines = await Machines.start(2, SLOW)
    const run = machines.run('-q')
    await run.says(/in iteration/)
    machines.agents[1]?.kill('SIGTERM')
    assert.equal(await machines.agents[1]?.ended, 0)
    assert.equal(await run.ended, 0, run.output)
    assert.match(run.output, /agent .*a1.* ends early/)
    assert.match(run.output, /LOST PARTS[\s\S]*it was told to end/)
  })
})
