/** What one agent says counts for all, and what comes from outside reaches all. Is skipped where nats-server is not installed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Machines, type Process } from './machines.js'
import { whyNoNats } from './nats-server.js'

const LOOP = (body: string): string => `
import exec from 'k6/execution'
import { sleep } from 'k6'
export const options = { scenarios: { s: { executor: 'constant-vus', vus: 4, duration: '60s', gracefulStop: '2s' } } }
export default function () {
  ${body}
  sleep(0.1)
}
`

async function assertFree({ agents }: Machines): Promise<void> {
  for (const agent of agents) await agent.says(/waiting for a run/)
}

describe('one agent of several', { skip: whyNoNats() }, () => {
  it('ends the test for all with test.abort()', async () => {
    await using machines = await Machines.start(2, LOOP("if (__VU === 2 && __ITER === 5) exec.test.abort('enough')"))
    const run = machines.run('-q')
    assert.equal(await run.ended, 108, run.output)
    assert.match(run.output, /test aborted: enough/)
    await assertFree(machines)
  })

  it('ends the test for all when a VU of it cannot be initialised, and says where', async () => {
    await using machines = await Machines.start(2, `if (__VU === 2) throw new Error('no second VU')\n${LOOP('')}`)
    const run = machines.run('-q')
    assert.equal(await run.ended, 107, run.output)
    assert.match(run.output, /no second VU[^\n]*instance=a1/)
    await assertFree(machines)
  })

  it('says whose exceptions they are, which end no test', async () => {
    await using machines = await Machines.start(
      2,
      LOOP("if (__VU === 2) throw new Error('only there')").replace("duration: '60s'", "duration: '2s'"),
    )
    const run = machines.run('-q')
    assert.equal(await run.ended, 0, run.output)
    assert.match(run.output, /only there[^\n]*instance=a1/)
    assert.doesNotMatch(run.output, /only there[^\n]*instance=a0/)
    assert.match(run.output, /iterations_failed\.+: [1-9]/)
  })
})

describe('a run on agents that is controlled from outside', { skip: whyNoNats() }, () => {
  it('is scaled, paused and stopped as a whole', async () => {
    await using machines = await Machines.start(
      2,
      `import { sleep } from 'k6'
      export const options = { scenarios: { s: { executor: 'externally-controlled', vus: 2, maxVUs: 10, duration: '5m' } } }
      export default function () { sleep(0.05) }
      export function teardown() { console.log('in teardown') }`,
    )
    const run = machines.run('--address', '127.0.0.1:0')
    await run.says(/started within/)
    await vusAre(run, 2)
    await patch(run, { vus: 7 })
    await vusAre(run, 7)
    await patch(run, { paused: true })
    await vusAre(run, 0)
    await patch(run, { paused: false })
    await vusAre(run, 7)
    await patch(run, { stopped: true })
    await run.ended
    assert.match(run.output, /in teardown/)
    assert.match(run.output, /iterations\.+: \d+/)
    await assertFree(machines)
  })
})

describe('runs on the same agents', { skip: whyNoNats() }, () => {
  it('that begin at the same time: one gets them, the other waits', async () => {
    await using machines = await Machines.start(
      2,
      'export const options = { iterations: 40, vus: 4 }\nexport default () => {}',
    )
    const runs = [1, 2].map(() => machines.run('-q', '--instances', '2', '--wait', '2m'))
    for (const run of runs) {
      assert.equal(await run.ended, 0, run.output)
      assert.match(run.output, /iterations\.+: 40 /)
    }
  })

  it('that are repeated take them again each time', async () => {
    await using machines = await Machines.start(
      2,
      'export const options = { iterations: 40, vus: 4, thresholds: { iterations: ["count==40"] } }\nexport default () => {}',
    )
    const run = machines.run('-q', '--instances', '2', '--repeat', '2')
    assert.equal(await run.ended, 0, run.output)
    assert.equal(run.output.match(/2 instances: a0, a1/g)?.length, 2, run.output)
  })
})

function urlOf({ output }: Process): string {
  return `${/(http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1]}/v1/status`
}

async function patch(run: Process, attributes: object): Promise<void> {
  const body = JSON.stringify({ data: { type: 'status', id: 'default', attributes } })
  const { status } = await fetch(urlOf(run), { method: 'PATCH', body })
  assert.equal(status, 200)
}

async function vusAre(run: Process, count: number): Promise<void> {
  for (;;) {
    const { data } = (await (await fetch(urlOf(run))).json()) as { data: { attributes: { vus: number } } }
    if (data.attributes.vus === count) return
    await sleep(100)
  }
}
