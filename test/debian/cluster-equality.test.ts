/**
 * What a script sees and what comes of it are the same on three machines as on one: executors, numbers, files, data, tags, packages. Is skipped
 * where nats-server is not installed.
 */
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Machines } from './machines.js'
import { whyNoNats } from './nats-server.js'

const SCRIPT = `
import http from 'k6/http'
import exec from 'k6/execution'
import { SharedArray } from 'k6/data'
import { check, sleep } from 'k6'
import { Counter, Trend } from 'k6/metrics'
import { twice } from 'tiny'
const text = open('./data.txt')
const bytes = open('./data.txt', 'b')
const list = new SharedArray('list', () => JSON.parse(open('./list.json')))
const ids = new Trend('ids')
const numbers = new Trend('numbers')
const once = new Counter('once')
const of = (executor, more) => ({ executor, exec: 'work', tags: { e: executor }, env: { WHO: executor }, ...more })
export const options = {
  scenarios: {
    shared: of('shared-iterations', { vus: 5, iterations: 103 }),
    each: of('per-vu-iterations', { vus: 7, iterations: 11 }),
    rate: of('constant-arrival-rate', { rate: 20, timeUnit: '1s', duration: '4s', preAllocatedVUs: 20 }),
    ramp: of('ramping-arrival-rate', { startRate: 10, stages: [{ target: 30, duration: '4s' }], preAllocatedVUs: 20 }),
    loop: of('constant-vus', { vus: 5, duration: '3s' }),
    steps: of('ramping-vus', { startVUs: 1, stages: [{ target: 7, duration: '3s' }], gracefulRampDown: '1s' }),
    outside: of('externally-controlled', { vus: 4, maxVUs: 6, duration: '3s' }),
  },
  thresholds: {
    checks: ['rate==1'], once: ['count==1'],
    'iterations{e:shared-iterations}': ['count==103'], 'iterations{e:per-vu-iterations}': ['count==77'],
    'numbers{e:shared-iterations}': ['max==102'], 'numbers{e:per-vu-iterations}': ['max==76'],
    'ids{e:per-vu-iterations}': ['min>=1'],
    'iterations{e:constant-arrival-rate}': ['count>0'], 'iterations{e:ramping-arrival-rate}': ['count>0'],
  },
}
export function setup() {
  once.add(1)
  return { from: 'setup', env: __ENV.X }
}
export function work(data) {
  check(data, {
    'data of setup': ({ from, env }) => from === 'setup' && env === 'y',
    'the environment': () => __ENV.X === 'y' && __ENV.WHO === exec.vu.metrics.tags.e,
    'files': () => text === 'hello' && bytes.byteLength === 5,
    'shared data': () => list.length === 5 && list[4] === 50,
    'a package': () => twice(4) === 8,
    'one number of a VU': () => __VU === exec.vu.idInTest,
    'options': () => exec.test.options.tags.where === 'here',
  })
  ids.add(exec.vu.idInTest)
  numbers.add(exec.scenario.iterationInTest)
  if (exec.scenario.name === 'each') http.get(__ENV.TARGET)
  sleep(0.01)
}
export function teardown(data) {
  console.log('teardown with ' + data.from)
}
export function handleSummary({ metrics }) {
  return { stdout: 'the summary of ' + metrics.once.values.count + '\\n', 'whole.json': JSON.stringify(metrics) }
}
`

type Metrics = Readonly<Record<string, { readonly values: Readonly<Record<string, number>> }>>

async function projectIn(folder: string): Promise<void> {
  const tiny = join(folder, 'node_modules', 'tiny')
  await mkdir(tiny, { recursive: true })
  await writeFile(join(tiny, 'package.json'), '{ "name": "tiny", "version": "1.0.0", "main": "index.js" }')
  await writeFile(join(tiny, 'index.js'), 'exports.twice = (value) => 2 * value')
  await writeFile(join(folder, 'data.txt'), 'hello')
  await writeFile(join(folder, 'list.json'), '[10, 20, 30, 40, 50]')
}

describe('a script on three agents', { skip: whyNoNats() }, () => {
  it('sees and does what it sees and does on one machine, on every executor', async () => {
    let requests = 0
    const target = createServer((_, response) => {
      requests++
      response.end('x')
    })
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve))
    const { port } = target.address() as { port: number }
    await using machines = await Machines.start(3, SCRIPT)
    await projectIn(machines.folder)
    const flags = ['-q', '-e', 'X=y', '-e', `TARGET=http://127.0.0.1:${port}/`, '--tag', 'where=here']
    const results: Metrics[] = []
    for (const run of [
      () => machines.command('run', ...flags, 'script.js'),
      () => machines.run('--instances', '3', '--out', 'json=out.json', ...flags),
    ]) {
      requests = 0
      const ended = run()
      assert.equal(await ended.ended, 0, ended.output)
      assert.equal(requests, 77)
      assert.equal(ended.output.match(/teardown with setup/g)?.length, 1, ended.output)
      assert.equal(ended.output.match(/the summary of 1/g)?.length, 1, ended.output)
      results.push(JSON.parse(await readFile(join(machines.folder, 'whole.json'), 'utf8')))
    }
    target.close()
    const [alone, together] = results as [Metrics, Metrics]
    for (const executor of ['shared-iterations', 'per-vu-iterations']) {
      assert.deepEqual(together[`numbers{e:${executor}}`]?.values, alone[`numbers{e:${executor}}`]?.values, executor)
    }
    const begunOrDropped = (metrics: Metrics): number =>
      ['constant', 'ramping'].reduce(
        (sum, kind) => sum + (metrics[`iterations{e:${kind}-arrival-rate}`]?.values['count'] ?? 0),
        metrics['dropped_iterations']?.values['count'] ?? 0,
      )
    assert.equal(begunOrDropped(together), begunOrDropped(alone))
    assert.equal(together['vus_max']?.values['max'], alone['vus_max']?.values['max'])
    const lines = (await readFile(join(machines.folder, 'out.json'), 'utf8')).trim().split('\n')
    const points = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'Point')
    const vus = new Set(points.filter(({ metric }) => metric === 'ids').map(({ data }) => data.value))
    assert.ok(
      [...vus].every((id) => id >= 1 && id <= (together['vus_max']?.values['max'] ?? 0)),
      `ids without gaps: ${[...vus].join()}`,
    )
  })

  it('gets as much of the test as agents have cores, when that is asked for', {
    skip: availableParallelism() < 2 && 'there is one core',
  }, async () => {
    await using machines = await Machines.start(
      0,
      `import exec from 'k6/execution'
      export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 9, iterations: 1 } } }
      export default function () { console.log('vu ' + exec.vu.idInTest) }`,
    )
    await machines.addPinnedAgent('0')
    await machines.addPinnedAgent('0,1')
    const run = machines.run('-q', '--weighted', '--instances', '2')
    assert.equal(await run.ended, 0, run.output)
    for (const [agent, vus] of [
      ['a0', 3],
      ['a1', 6],
    ] as const) {
      assert.equal(run.output.match(new RegExp(`msg="vu \\d+" instance=${agent}`, 'g'))?.length, vus, run.output)
    }
  })
})
