/**
 * `--on-lost replace`, with agents that are killed: whoever takes over goes on where the other was, on every kind of executor. Is skipped
 * where nats-server is not installed.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Machines, type Process } from './machines.js'
import { whyNoNats } from './nats-server.js'

interface Point {
  readonly metric: string
  readonly data: { readonly value: number; readonly time: string; readonly tags: Readonly<Record<string, string>> }
}

async function pointsOf({ folder }: Machines): Promise<Point[]> {
  const lines = (await readFile(join(folder, 'out.json'), 'utf8')).trim().split('\n')
  return lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'Point')
}

/** Of the results: raw samples leave a machine more often than what thresholds judge, and may be ahead of that. */
async function begunOrDropped({ folder }: Machines): Promise<number> {
  const { metrics } = JSON.parse(await readFile(join(folder, 'summary.json'), 'utf8'))
  return metrics.iterations.count + (metrics.dropped_iterations?.count ?? 0)
}

/** A run on two of three agents, one of which is killed in the middle. */
async function replacedRun(machines: Machines, ...flags: string[]): Promise<Process> {
  const run = machines.run('-q', '--instances', '2', '--on-lost', 'replace', '--out', 'json=out.json', ...flags)
  await run.says(/in the middle/)
  machines.agents[1]?.kill()
  return run
}

const COUNTING = `
import exec from 'k6/execution'
import { sleep } from 'k6'
import { Trend } from 'k6/metrics'
const number = new Trend('number')
const vu = new Trend('vu')
const age = new Trend('age')
function count() {
  number.add(exec.scenario.iterationInTest)
  vu.add(exec.vu.idInTest)
  age.add(exec.instance.currentTestRunDuration)
}
`

describe('a part that another agent takes over', { skip: whyNoNats() }, () => {
  it('of constant-arrival-rate: every iteration of the schedule has begun once, or is stated as dropped', async () => {
    await using machines = await Machines.start(
      3,
      `${COUNTING}
      export const options = { scenarios: { s: {
        executor: 'constant-arrival-rate', rate: 40, timeUnit: '1s', duration: '18s', preAllocatedVUs: 20, maxVUs: 20 } } }
      export default function () {
        count()
        if (exec.scenario.iterationInTest === 80) console.log('in the middle')
        sleep(0.05)
      }`,
    )
    const run = await replacedRun(machines)
    assert.equal(await run.ended, 0, run.output)
    assert.match(run.output, /agent .*a2.* takes over 50 % of the test/)
    const points = await pointsOf(machines)
    assert.equal(await begunOrDropped(machines), 720, run.output)
    const numbers = points.filter(({ metric }) => metric === 'number').map(({ data }) => data.value)
    assert.equal(new Set(numbers).size, numbers.length, 'an iteration has begun twice')
    const vus = new Set(points.filter(({ metric }) => metric === 'vu').map(({ data }) => data.value))
    assert.ok(
      [...vus].every((id) => id >= 1 && id <= 20),
      [...vus].join(),
    )
    // The part that was taken over goes on: half of the iterations in the last seconds are its own.
    const own = numbers.filter((number) => number >= 640 && number % 2 === 1).length
    assert.ok(own >= 30, `${own} of the last 40`)
    const dropped = points.filter(({ metric }) => metric === 'dropped_iterations')
    assert.ok(dropped.some(({ data }) => data.tags['reason'] === 'shard_died'))
    assertAges(points)
    assert.match(run.output, /LOST PARTS[\s\S]*took over 50 % of the test[\s\S]*rates are of what was done/)
  })

  it('of per-vu-iterations: nothing is done twice that was told, and VUs keep their ids', async () => {
    await using machines = await Machines.start(
      3,
      `${COUNTING}
      export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 6, iterations: 60, maxDuration: '2m' } } }
      export default function () {
        count()
        if (__VU === 1 && __ITER === 20) console.log('in the middle')
        sleep(0.1)
      }`,
    )
    const run = await replacedRun(machines)
    assert.equal(await run.ended, 0, run.output)
    assert.match(run.output, /agent .*a2.* takes over 50 % of the test/)
    const points = await pointsOf(machines)
    const [, missing = '0'] = /; (\d+) iterations? that it did (?:is|are) not in the results/.exec(run.output) ?? []
    assert.equal((await begunOrDropped(machines)) + Number(missing), 360, run.output)
    const vus = new Set(points.filter(({ metric }) => metric === 'vu').map(({ data }) => data.value))
    assert.deepEqual([...vus].sort(), [1, 2, 3, 4, 5, 6])
    assertAges(points)
  })

  it('of an externally controlled scenario that was paused: it ends when the others do', async () => {
    await using machines = await Machines.start(
      3,
      `${COUNTING}
      export const options = { scenarios: { s: { executor: 'externally-controlled', vus: 4, maxVUs: 4, duration: '14s' } } }
      export default function () {
        count()
        if (__VU === 1 && __ITER === 20) console.log('in the middle')
        sleep(0.1)
      }`,
    )
    const address = '127.0.0.1:0'
    const run = machines.run(
      ...['--instances', '2', '--on-lost', 'replace', '--address', address, '--out', 'json=out.json'],
    )
    await run.says(/in the middle/)
    const [, url = ''] = /(http:\/\/127\.0\.0\.1:\d+)/.exec(run.output) ?? []
    const pause = (paused: boolean): Promise<Response> =>
      fetch(`${url}/v1/status`, {
        method: 'PATCH',
        body: JSON.stringify({ data: { type: 'status', id: 'default', attributes: { paused } } }),
      })
    assert.equal((await pause(true)).status, 200)
    await sleep(3000)
    assert.equal((await pause(false)).status, 200)
    machines.agents[1]?.kill()
    assert.equal(await run.ended, 0, run.output)
    const points = await pointsOf(machines)
    const ends = new Map<number, number>()
    for (const { metric, data } of points) {
      if (metric === 'vu') ends.set(data.value, Math.max(ends.get(data.value) ?? 0, Date.parse(data.time)))
    }
    const moments = [...ends.values()]
    assert.equal(moments.length, 4)
    const apart = Math.max(...moments) - Math.min(...moments)
    assert.ok(apart < 1500, `VUs of the two machines end ${apart} ms apart`)
  })

  it('ends with the others when the run is stopped while the test is still loaded there', async () => {
    await using machines = await Machines.start(
      3,
      `import { sleep } from 'k6'
      const end = Date.now() + 3000
      while (Date.now() < end);
      export const options = { scenarios: { s: { executor: 'constant-vus', vus: 2, duration: '10m' } } }
      export default function () {
        if (__VU === 1 && __ITER === 3) console.log('in the middle')
        sleep(0.1)
      }`,
    )
    const run = await replacedRun(machines)
    await run.says(/takes over 50 % of the test/)
    run.kill('SIGINT')
    assert.equal(await run.ended, 105, run.output)
    await machines.agents[2]?.says(/waiting for a run/)
  })
})

/** Time goes on for scripts, whoever runs them. */
function assertAges(points: readonly Point[]): void {
  const ages = points.filter(({ metric }) => metric === 'age')
  const began = ages.map(({ data }) => Date.parse(data.time) - data.value)
  const apart = Math.max(...began) - Math.min(...began)
  assert.ok(apart < 1000, `tests that began ${apart} ms apart`)
}
