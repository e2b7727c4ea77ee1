import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { startRun } from '../helpers/live-run.js'
import { runScript } from '../helpers/run-script.js'

const LOOPING = `
  import { sleep } from 'k6'
  export const options = { vus: 2, duration: '1m' }
  export default function () { sleep(0.05) }
`
const ONCE = `
  export function setup() { console.log('setup'); return { from: 'setup' } }
  export default function (data) { console.log('data ' + JSON.stringify(data)) }
  export function teardown(data) { console.log('teardown ' + JSON.stringify(data)) }
`

function errorOf({ text }: { text: string }): { title: string; detail: string } {
  const [{ title, detail }] = JSON.parse(text).errors
  return { title, detail }
}

describe('control of a run: paused', () => {
  it('starts when the Kubernetes operator releases it, with the request that it sends', async () => {
    const run = await startRun(ONCE, { flags: ['--paused', '--tag', 'instance_id=1'] })
    const before = await run.until(({ status }) => status === 4)
    assert.deepEqual(before, {
      status: 4,
      paused: true,
      vus: 0,
      'vus-max': 1,
      stopped: false,
      running: false,
      tainted: false,
    })
    // curl --retry 3 -X PATCH -H 'Content-Type: application/json' http://<ip>:6565/v1/status -d '…' -s
    const response = await fetch(`http://${run.address}/v1/status`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: '{"data":{"attributes":{"paused":false,"stopped":false},"id":"default","type":"status"}}',
    })
    assert.equal(response.status, 200)
    const { data } = (await response.json()) as { data: { type: string; attributes: { paused: boolean } } }
    assert.equal(data.type, 'status')
    assert.equal(data.attributes.paused, false)
    const { exitCode, console: printed } = await run.ended
    assert.equal(exitCode, 0)
    assert.deepEqual(printed, ['setup', 'data {"from":"setup"}', 'teardown {"from":"setup"}'])
  })

  it('remembers a release that comes before its virtual users are ready', async () => {
    const slow = `const until = Date.now() + 1500; if (__VU > 0) while (Date.now() < until) {}\n${ONCE}`
    const run = await startRun(slow, { flags: ['--paused'] })
    const answer = await run.patch({ paused: false })
    assert.equal(answer.status, 200)
    const { attributes } = JSON.parse(answer.text).data
    assert.ok(attributes.status < 3, 'released while it initialised')
    assert.equal(attributes.paused, false)
    assert.equal((await run.ended).exitCode, 0)
  })

  it('cannot be paused twice', async () => {
    const run = await startRun(ONCE, { flags: ['--paused'] })
    const answer = await run.patch({ paused: true })
    assert.equal(answer.status, 500)
    assert.deepEqual(errorOf(answer), { title: 'Pause error', detail: 'execution is already paused' })
    await run.patch({ paused: false })
    assert.equal((await run.ended).exitCode, 0)
  })

  it('is stopped by the API, with nothing run', async () => {
    const run = await startRun(ONCE, { flags: ['--paused'] })
    await run.until(({ status }) => status === 4)
    const answer = await run.patch({ paused: false, stopped: true })
    assert.equal(answer.status, 200)
    assert.equal(JSON.parse(answer.text).data.attributes.stopped, true)
    const { exitCode, console: printed, errors } = await run.ended
    assert.equal(exitCode, 103)
    assert.deepEqual(errors, ['test run stopped from REST API'])
    assert.deepEqual(printed, [])
  })

  it('is stopped by Ctrl+C', async () => {
    const run = await startRun(ONCE, { env: { K6_PAUSED: 'true' } })
    await run.until(({ status }) => status === 4)
    run.control.signal('interrupt')
    const { exitCode, errors } = await run.ended
    assert.equal(exitCode, 105)
    assert.deepEqual(errors, ["test run was aborted because sockeye received a 'interrupt' signal"])
  })

  it('says that nothing can resume it when there is no API', async () => {
    const { exitCode, warnings } = await runScript(ONCE, {
      flags: ['--paused'],
      onStart: (control) => {
        const timer = setInterval(() => {
          if (!control.log.some(({ level }) => level === 'warning')) return
          clearInterval(timer)
          control.signal('interrupt')
        }, 20)
      },
    })
    assert.equal(exitCode, 105)
    assert.deepEqual(warnings, ['nothing can resume the paused test without the control API'])
  })
})

describe('control of a run: while it runs', () => {
  it('shows its status, metrics, groups and checks', async () => {
    const run = await startRun(
      `import { check, group, sleep } from 'k6'
       export const options = { vus: 2, duration: '1m', thresholds: { checks: ['rate>0.9'], iterations: ['count>0'] } }
       export default function () { group('g', () => { check(1, { ok: () => false }) }); sleep(0.05) }`,
    )
    const status = await run.until(({ tainted }) => tainted)
    assert.deepEqual(status, {
      status: 7,
      paused: false,
      vus: 2,
      'vus-max': 2,
      stopped: false,
      running: true,
      tainted: true,
    })
    const metrics = JSON.parse((await run.send('GET', '/v1/metrics')).text).data
    const byId = Object.fromEntries(metrics.map((metric: { id: string }) => [metric.id, metric]))
    assert.equal(byId.checks.attributes.tainted, true)
    assert.deepEqual(byId.checks.attributes.sample, { rate: 0 })
    assert.equal(byId.iterations.attributes.tainted, false)
    assert.ok(byId.iterations.attributes.sample.count > 0)
    assert.deepEqual(Object.keys(byId.iteration_duration.attributes.sample), [
      'avg',
      'max',
      'med',
      'min',
      'p(90)',
      'p(95)',
    ])
    const groups = JSON.parse((await run.send('GET', '/v1/groups')).text).data
    assert.deepEqual(
      groups.map(({ attributes }: { attributes: { path: string } }) => attributes.path),
      ['', '::g'],
    )
    assert.equal(groups[1].attributes.checks[0].passes, 0)
    assert.ok(groups[1].attributes.checks[0].fails > 0)
    await run.patch({ stopped: true })
    assert.equal((await run.ended).exitCode, 103)
  })

  it('stops at once, with teardown and summary', async () => {
    const run = await startRun(
      `${LOOPING} export function teardown() { console.log('teardown') }
       export function handleSummary(data) { return { 'out.json': String(data.state.testRunDurationMs) } }`,
    )
    await run.until(({ running, vus }) => running && vus === 2)
    assert.equal((await run.patch({ stopped: true })).status, 200)
    const { exitCode, console: printed, errors, read } = await run.ended
    assert.equal(exitCode, 103)
    assert.deepEqual(errors, ['test run stopped from REST API'])
    assert.deepEqual(printed, ['teardown'])
    assert.ok(Number(await read('out.json')) > 0)
  })

  it('cannot be paused, resumed or scaled unless it is externally controlled', async () => {
    const run = await startRun(LOOPING)
    const pause = {
      title: 'Pause error',
      detail: "constant-vus executor 'default' doesn't support pause and resume operations after its start",
    }
    const scale = { title: 'Execution config error', detail: 'live VU configuration updates are not supported' }
    // Before its start too: it does not wait for a release.
    assert.deepEqual(errorOf(await run.patch({ paused: true })), pause)
    await run.until(({ running }) => running)
    for (const attributes of [{ paused: true }, { paused: false }, { paused: false, vus: 5 }]) {
      const answer = await run.patch(attributes)
      assert.equal(answer.status, 500)
      assert.deepEqual(errorOf(answer), pause)
    }
    for (const attributes of [{ vus: 5 }, { 'vus-max': 5 }]) {
      const answer = await run.patch(attributes)
      assert.equal(answer.status, 500)
      assert.deepEqual(errorOf(answer), scale)
    }
    assert.equal((await run.patch({ stopped: false })).status, 200)
    await run.patch({ stopped: true })
    await run.ended
  })
})

describe('control of a run: externally controlled', () => {
  const external = (options: object): string => `
    import { sleep } from 'k6'
    export const options = { scenarios: { ext: { executor: 'externally-controlled', ${JSON.stringify(options).slice(1, -1)} } } }
    export default function () { sleep(0.05) }
  `

  it('scales up to its maximum, and down', async () => {
    const run = await startRun(external({ vus: 1, maxVUs: 6, duration: '0' }))
    await run.until(({ vus }) => vus === 1)
    assert.equal((await run.patch({ vus: 2 })).status, 200)
    await run.until(({ vus }) => vus === 2)
    assert.equal((await run.patch({ vus: 5, 'vus-max': 6 })).status, 200)
    const most = await run.until((status) => status.vus === 5 && status['vus-max'] === 6)
    assert.equal(most.running, true)
    await run.patch({ vus: 0 })
    await run.until(({ vus }) => vus === 0)
    await run.patch({ stopped: true })
    assert.equal((await run.ended).exitCode, 103)
  })

  it('refuses numbers that cannot be, in the words of k6', async () => {
    const run = await startRun(external({ vus: 1, maxVUs: 2, duration: '0' }))
    await run.until(({ running }) => running)
    const table = [
      [{ vus: -1 }, "the number of VUs can't be negative"],
      [{ vus: 3 }, 'the number of active VUs (3) must be less than or equal to the number of maxVUs (2)'],
      [{ 'vus-max': 3 }, 'the new number of max VUs (3) cannot be higher than the maxVUs of the scenario (2)'],
      [{ 'vus-max': 1 }, 'the new number of max VUs cannot be lower than the starting number of max VUs (2)'],
      [{ vus: 1, scenario: 'nope' }, 'no externally controlled scenario is called "nope": name one of ext'],
    ] as const
    for (const [attributes, detail] of table) {
      const answer = await run.patch(attributes)
      assert.equal(answer.status, 500)
      assert.deepEqual(errorOf(answer), { title: 'Execution config error', detail })
    }
    await run.patch({ stopped: true })
    await run.ended
  })

  it('begins with the numbers it was scaled to before its start', async () => {
    const run = await startRun(external({ vus: 1, maxVUs: 3, duration: '0' }), { flags: ['--paused'] })
    await run.until(({ status }) => status === 4)
    assert.equal((await run.patch({ vus: 3, 'vus-max': 3 })).status, 200)
    await run.patch({ paused: false })
    await run.until(({ vus }) => vus === 3)
    await run.patch({ stopped: true })
    await run.ended
  })

  it('needs the name of the scenario when there are several', async () => {
    const scenario = "{ executor: 'externally-controlled', vus: 0, maxVUs: 2, duration: '0' }"
    const run = await startRun(
      `import { sleep } from 'k6'
       export const options = { scenarios: { a: ${scenario}, b: ${scenario} } }
       export default function () { sleep(0.05) }`,
    )
    await run.until(({ running }) => running)
    assert.deepEqual(errorOf(await run.patch({ vus: 1 })), {
      title: 'Execution config error',
      detail: 'several scenarios are externally controlled: name one of a, b in the attribute scenario',
    })
    await run.patch({ vus: 1, scenario: 'a' })
    await run.patch({ vus: 2, scenario: 'b' })
    await run.until(({ vus }) => vus === 3)
    await run.patch({ stopped: true })
    await run.ended
  })

  it('pauses and resumes at any time, and the time between does not count', async () => {
    const run = await startRun(external({ vus: 2, maxVUs: 2, duration: '2s' }))
    await run.until(({ vus }) => vus === 2)
    assert.equal((await run.patch({ paused: true })).status, 200)
    const paused = await run.until(({ vus }) => vus === 0)
    assert.equal(paused.paused, true)
    assert.equal(paused.running, true)
    const again = await run.patch({ paused: true })
    assert.deepEqual(errorOf(again), { title: 'Pause error', detail: 'execution is already paused' })
    // Longer than the whole scenario would take.
    await new Promise((resolve) => setTimeout(resolve, 2500))
    assert.equal((await run.status()).running, true)
    assert.equal((await run.patch({ paused: false })).status, 200)
    await run.until(({ vus }) => vus === 2)
    assert.equal((await run.ended).exitCode, 0)
  })

  it('can be paused before its start', async () => {
    const run = await startRun(external({ vus: 1, maxVUs: 1, duration: '100ms' }))
    assert.equal((await run.patch({ paused: true })).status, 200)
    await run.until(({ status }) => status === 4 || status === 7)
    await run.patch({ paused: false })
    assert.equal((await run.ended).exitCode, 0)
  })
})

describe('control of a run: setup and teardown', () => {
  it('runs them on demand, when the run itself does not', async () => {
    const run = await startRun(ONCE, { flags: ['--no-setup', '--no-teardown', '--paused', '--linger'] })
    assert.deepEqual(JSON.parse((await run.send('GET', '/v1/setup')).text).data.attributes, {})
    const posted = await run.send('POST', '/v1/setup')
    assert.deepEqual(JSON.parse(posted.text), {
      data: { type: 'setupData', id: 'default', attributes: { data: { from: 'setup' } } },
    })
    await run.send('PUT', '/v1/setup', '{"from":"outside"}')
    await run.patch({ paused: false })
    await run.until(({ status }) => status === 9)
    assert.deepEqual(await run.send('POST', '/v1/teardown'), { status: 200, type: null, text: '' })
    run.control.signal('interrupt')
    const { exitCode, console: printed } = await run.ended
    assert.equal(exitCode, 0)
    assert.deepEqual(printed, ['setup', 'data {"from":"outside"}', 'teardown {"from":"outside"}'])
  })

  it('waits for the virtual users before it runs setup', async () => {
    const slow = `const until = Date.now() + 500; if (__VU > 0) while (Date.now() < until) {}\n${ONCE}`
    const run = await startRun(slow, { flags: ['--no-setup', '--no-teardown', '--paused'] })
    assert.equal((await run.send('POST', '/v1/setup')).status, 200)
    await run.patch({ paused: false })
    assert.deepEqual((await run.ended).console, ['setup', 'data {"from":"setup"}'])
  })

  it('says that they failed, and the run goes on', async () => {
    const run = await startRun(
      `export function setup() { throw new Error('no') }
       export async function teardown() { await new Promise(() => setTimeout(() => {}, 60000)) }
       export const options = { teardownTimeout: '200ms' }
       export default function () {}`,
      { flags: ['--no-setup', '--no-teardown', '--paused'] },
    )
    const setup = await run.send('POST', '/v1/setup')
    assert.equal(setup.status, 500)
    assert.deepEqual(errorOf(setup), {
      title: 'Error executing setup',
      detail: 'setup() threw an exception, which is in the log of the test',
    })
    assert.deepEqual(errorOf(await run.send('POST', '/v1/teardown')), {
      title: 'Error executing teardown',
      detail: 'teardown() execution timed out after 0.2 seconds',
    })
    await run.patch({ paused: false })
    assert.equal((await run.ended).exitCode, 0)
  })
})

describe('control of a run: setup that never yields', () => {
  it('ends the run, because virtual users are lost with its thread', async () => {
    const run = await startRun(
      `export const options = { setupTimeout: '200ms' }
       export function setup() { while (true) {} }
       export default function () {}`,
      { flags: ['--no-setup', '--paused'] },
    )
    const answer = await run.send('POST', '/v1/setup')
    assert.deepEqual(errorOf(answer), {
      title: 'Error executing setup',
      detail: 'setup() execution timed out after 0.2 seconds',
    })
    const { exitCode, errors } = await run.ended
    assert.equal(exitCode, 100)
    assert.deepEqual(errors, ['setup() never yielded, and the virtual users of its thread ended with it'])
  })
})

describe('control of a run: linger', () => {
  it('goes on answering after the test, until Ctrl+C', async () => {
    const run = await startRun('export default function () {}', { flags: ['--linger', '--quiet=false', '-i', '3'] })
    const after = await run.until(({ status }) => status === 9)
    assert.deepEqual(after, {
      status: 9,
      paused: false,
      vus: 0,
      'vus-max': 1,
      stopped: true,
      running: false,
      tainted: false,
    })
    const { data } = JSON.parse((await run.send('GET', '/v1/metrics/iterations')).text)
    assert.equal(data.attributes.sample.count, 3)
    assert.doesNotMatch(run.control.stdout(), /TOTAL RESULTS/)
    run.control.signal('interrupt')
    const { exitCode, stdout, errors } = await run.ended
    assert.equal(exitCode, 0)
    assert.deepEqual(errors, [])
    assert.match(
      stdout,
      /The test is done, but --linger was enabled, so sockeye is waiting for Ctrl\+C to continue\.\.\.\n[\s\S]*TOTAL RESULTS/,
    )
    await assert.rejects(run.status(), 'the API has been closed')
  })

  it('is ended by a stop through the API, and the verdict of the test stays', async () => {
    const run = await startRun('export default function () {}', {
      config: { linger: true },
      flags: ['-i', '1'],
    })
    await run.until(({ status }) => status === 9)
    assert.equal((await run.patch({ stopped: true })).status, 200)
    const { exitCode, errors } = await run.ended
    assert.equal(exitCode, 0)
    assert.deepEqual(errors, [])
  })

  it('shows what became of a test that was stopped or marked as failed', async () => {
    const stopped = await startRun(LOOPING, { flags: ['--linger'] })
    await stopped.until(({ vus }) => vus === 2)
    await stopped.patch({ stopped: true })
    assert.equal((await stopped.until(({ running }) => !running)).status, 10)
    await stopped.patch({ stopped: true })
    assert.equal((await stopped.ended).exitCode, 103)

    const failed = await startRun("import exec from 'k6/execution'; export default function () { exec.test.fail() }", {
      env: { K6_LINGER: 'true' },
    })
    assert.equal((await failed.until(({ stopped: isOver }) => isOver)).status, 11)
    failed.control.signal('terminated')
    assert.equal((await failed.ended).exitCode, 110)
  })

  it('does not wait for Ctrl+C a second time', async () => {
    const run = await startRun(LOOPING, { flags: ['--linger'] })
    await run.until(({ vus }) => vus === 2)
    run.control.signal('interrupt')
    assert.equal((await run.ended).exitCode, 105)
  })
})

describe('control of a run: an address that cannot be had', () => {
  const ADDRESSES: readonly (readonly [string, (taken: number) => string, RegExp])[] = [
    [
      'a port that is taken',
      (taken) => `127.0.0.1:${taken}`,
      /^Error from API server: cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/,
    ],
    ['no address', () => 'nonsense', /^the address of the control API must be host:port, got "nonsense"$/],
  ]
  for (const [what, addressOf, message] of ADDRESSES) {
    it(`fails the run when it is ${what} in a flag, and is a warning in a variable`, async () => {
      const other = createServer().listen(0, '127.0.0.1')
      await new Promise((resolve) => other.once('listening', resolve))
      const address = addressOf((other.address() as AddressInfo).port)
      try {
        const flag = await runScript(ONCE, { flags: ['--address', address] })
        assert.equal(flag.exitCode, 106)
        assert.match(flag.errors[0] as string, message)
        assert.equal(flag.errors.length, 1)
        assert.deepEqual(flag.console, [])
        const variable = await runScript(ONCE, { env: { K6_ADDRESS: address } })
        assert.equal(variable.exitCode, 0)
        assert.match(variable.warnings[0] as string, message)
      } finally {
        other.close()
      }
    })
  }
})
