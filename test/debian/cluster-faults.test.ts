/** A coordinator, an agent or NATS that stands still, stays away or dies. Is skipped where nats-server is not installed. */
import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseResult } from '../../src/report/result-file.js'
import { Machines, type Process } from './machines.js'
import { whyNoNats } from './nats-server.js'

/** Raw samples as fast as they go. */
const SAMPLES = `
import { Counter } from 'k6/metrics'
const many = new Counter('many')
export const options = { scenarios: { s: { executor: 'constant-vus', vus: 4, duration: '10s' } } }
export default function () {
  if (__VU === 1 && __ITER === 3) console.log('in iteration')
  for (let i = 0; i < 100; i++) many.add(1)
}
`

const LOOP = `
import { sleep } from 'k6'
export const options = { scenarios: { s: { executor: 'constant-vus', vus: 6, duration: '5m', gracefulStop: '2s' } } }
export default function () {
  // By then agents have reported twice: what a killed one measured since its last report, up to a second, is missing.
  if (__VU === 1 && __ITER === 30) console.log('in iteration')
  sleep(0.1)
}
`

const MIB = 1024

/** The most that a process has had, in KiB. */
async function peakMemory({ child }: Process): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1])
}

async function countOf(folder: string, name: string): Promise<number> {
  return JSON.parse(await readFile(join(folder, 'summary.json'), 'utf8')).metrics[name].count
}

describe('raw samples over NATS', { skip: whyNoNats() || (process.platform !== 'linux' && 'it reads /proc') }, () => {
  it('hold agents up while the coordinator stands still: none is lost, and memory stays bounded', async () => {
    await using machines = await Machines.start(2, SAMPLES)
    const run = machines.run('-q', '--out', 'csv=out.csv')
    await run.says(/in iteration/)
    run.kill('SIGSTOP')
    await sleep(3000)
    run.kill('SIGCONT')
    const peaks: number[] = []
    run.ended.then(() => {})
    while (run.child.exitCode === null) {
      for (const process of [...machines.agents, run]) {
        const peak = await peakMemory(process).catch(() => 0)
        if (!Number.isNaN(peak)) peaks.push(peak)
      }
      await sleep(200)
    }
    assert.equal(await run.ended, 0, run.output)
    assert.doesNotMatch(run.output, /was lost|LOST PARTS/)
    const lines = await linesWith(join(machines.folder, 'out.csv'), 'many,')
    assert.equal(lines, await countOf(machines.folder, 'many'))
    assert.ok(Math.max(...peaks) < 700 * MIB, `${Math.max(...peaks) / MIB} MiB`)
  })
})

async function linesWith(path: string, beginning: string): Promise<number> {
  assert.ok((await stat(path)).size > 0)
  const text = await readFile(path, 'utf8')
  let count = text.startsWith(beginning) ? 1 : 0
  for (let at = text.indexOf(`\n${beginning}`); at >= 0; at = text.indexOf(`\n${beginning}`, at + 1)) count++
  return count
}

describe('a run whose NATS stays away', { skip: whyNoNats() }, () => {
  it('ends with 109 and a summary after thirty seconds; agents have ended by then, and kept what they had', async () => {
    await using machines = await Machines.start(2, LOOP)
    const run = machines.run('-q')
    await run.says(/in iteration/)
    await machines.nats.stop()
    for (const agent of machines.agents) await agent.says(/what was measured is in/)
    assert.equal(await run.ended, 109, run.output)
    assert.match(run.output, /NATS was not there for 30 s/)
    assert.match(run.output, /iterations\.+: \d+/)
  })
})

describe('a coordinator that is killed', { skip: whyNoNats() }, () => {
  it('leaves results on the agents, which merge joins: counts add up, percentiles are of all, thresholds decide', async () => {
    await using machines = await Machines.start(
      2,
      `import exec from 'k6/execution'
      import { Trend } from 'k6/metrics'
      const numbers = new Trend('numbers')
      ${LOOP.replace('sleep(0.1)', 'numbers.add(exec.vu.idInTest); sleep(0.1)').replace(
        'scenarios:',
        "thresholds: { numbers: ['max<6'], iterations: ['count>10'] }, scenarios:",
      )}`,
    )
    const run = machines.run('-q')
    await run.says(/in iteration/)
    run.kill()
    for (const agent of machines.agents) await agent.says(/what was measured is in/)
    const folder = join(machines.folder, 'kept')
    const paths = (await readdir(folder)).map((name) => join('kept', name))
    const merge = machines.command(
      ...['merge', ...paths, '--save', 'whole.json', '--report', 'whole.md', '--report', 'whole.html'],
      ...['-o', 'junit=junit.xml', '--summary-export', 'summary.json'],
    )
    assert.equal(await merge.ended, 99, merge.output)
    assert.match(merge.output, /✗ 'max<6' max=6/)
    assert.match(merge.output, /2 of 2 parts ended early: the coordinator of the run was lost/)
    const resultOf = async (path: string) => parseResult(await readFile(join(machines.folder, path)), path)
    const [whole, ...parts] = await Promise.all(['whole.json', ...paths].map(resultOf))
    const count = (file = whole): number =>
      file?.metrics.find(({ name }) => name === 'iterations')?.values['count'] ?? 0
    assert.equal(
      count(),
      parts.reduce((sum, part) => sum + count(part), 0),
    )
    assert.equal(count(), await countOf(machines.folder, 'iterations'))
    assert.equal(whole?.verdict, 'failed')
    const points = whole?.series.find(({ name }) => name === 'iterations')?.points ?? []
    assert.equal(
      points.reduce((sum, [, , , value]) => sum + Number(value), 0),
      count(),
    )
    const junit = await readFile(join(machines.folder, 'junit.xml'), 'utf8')
    assert.match(junit, /failures="1"/)
    assert.match(await readFile(join(machines.folder, 'whole.md'), 'utf8'), /coordinator of the run was lost/)
    assert.match((await readFile(join(machines.folder, 'whole.html'), 'utf8')).slice(0, 20), /^<!doctype html>/)
    const again = machines.command('merge', ...paths, '--save', paths[0] as string)
    assert.equal(await again.ended, 255)
    assert.match(again.output, /is one of the parts/)
  })
})

describe('kill -9 of an agent', { skip: whyNoNats() }, () => {
  it('while it makes the summary: another one makes it', async () => {
    await using machines = await Machines.start(
      2,
      `export const options = { iterations: 20, vus: 4 }
      export default () => {}
      export function handleSummary({ metrics }) {
        console.log('in the summary')
        const end = Date.now() + 3000
        while (Date.now() < end);
        return { stdout: 'the summary of ' + metrics.iterations.values.count }
      }`,
    )
    const run = machines.run('-q')
    await run.says(/in the summary[^\n]*instance=a0/)
    machines.agents[0]?.kill()
    assert.equal(await run.ended, 0, run.output)
    assert.match(run.output, /in the summary[^\n]*instance=a1/)
    assert.match(run.output, /the summary of 20/)
  })

  it('while it loads the test: the run goes on without it, or with another one in its place', async () => {
    const slow = `
      const end = Date.now() + (__ENV.SLOW ? 2000 : 0)
      while (Date.now() < end);
      export const options = { iterations: 40, vus: 4 }
      export default () => {}`
    for (const [policy, message] of [
      ['continue', /agent .*a1.* with 50 % of the test was lost before the start/],
      ['replace', /agent .*a2.* took over 50 % of the test before the start/],
    ] as const) {
      await using machines = await Machines.start(3, slow)
      const run = machines.run('-q', '--instances', '2', '--on-lost', policy, '-e', 'SLOW=1')
      await run.says(/2 instances: a0, a1/)
      machines.agents[1]?.kill()
      assert.equal(await run.ended, 0, run.output)
      assert.match(run.output, message)
      assert.match(run.output, policy === 'replace' ? /iterations\.+: 40 / : /iterations\.+: 20 /)
    }
  })

  it('between two runs: the next one does not wait for it', async () => {
    await using machines = await Machines.start(
      2,
      'export const options = { iterations: 40, vus: 4 }\nexport default () => {}',
    )
    machines.agents[0]?.kill()
    await machines.agents[0]?.ended
    const run = machines.run('-q', '--instances', '1')
    assert.equal(await run.ended, 0, run.output)
    assert.match(run.output, /1 instance: a1/)
  })
})
