import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runCli } from '../helpers/run-cli.js'
import { type RunControl, runScript, type ScriptResult } from '../helpers/run-script.js'
import { runTcpScript } from '../helpers/tcp-script.js'
import { echoServer, scriptedServer } from '../helpers/tcp-server.js'
import { startServer } from './websockets-support.js'

const iterations = ({ summary }: ScriptResult): number => summary.metrics['iterations']?.['count'] ?? 0
const constantVus = (duration: string, gracefulStop: string, vus = 1): string =>
  `export const options = { scenarios: { s: { executor: 'constant-vus', vus: ${vus}, duration: '${duration}', gracefulStop: '${gracefulStop}' } } }`

/** Sends the signal as soon as the script has printed `text`. */
function signalAfter(text: string, signal: 'interrupt' | 'terminated' = 'interrupt'): (control: RunControl) => void {
  return (control) => {
    const timer = setInterval(() => {
      if (!control.log.some(({ msg }) => msg === text)) return
      clearInterval(timer)
      control.signal(signal)
    }, 10)
    timer.unref()
  }
}

describe('the end of a scenario', () => {
  const OVERRUNS: readonly (readonly [string, string])[] = [
    ['sleeps', 'sleep(30)'],
    ['waits for a timer', 'await new Promise((resolve) => setTimeout(resolve, 30000))'],
    ['runs one short task after the other', 'for (;;) await new Promise((resolve) => setTimeout(resolve, 1))'],
  ]
  for (const [what, lines] of OVERRUNS) {
    it(`LOOP-17 LOOP-20 interrupts an iteration that ${what} after duration and gracefulStop, and does not count it`, async () => {
      const startedAt = Date.now()
      const result = await runScript(
        `
        import { sleep } from 'k6'
        ${constantVus('1s', '500ms')}
        export default async function () {
          console.log('begun')
          try {
            ${lines}
            console.log('went on')
          } finally {
            console.log('finally')
          }
        }`,
        { samples: true },
      )
      assert.equal(result.exitCode, 0)
      assert.ok(Date.now() - startedAt < 20_000)
      assert.equal(iterations(result), 0)
      assert.equal(result.summary.metrics['iteration_duration'], undefined)
      assert.deepEqual(result.console, ['begun'])
      assert.deepEqual(result.errors, [])
      assert.ok(
        result.warnings.includes('No script iterations fully finished, consider making the test duration longer'),
      )
      for (const metric of ['data_sent', 'data_received']) {
        const samples = result.samples.filter((sample) => sample.metric === metric)
        assert.deepEqual(
          samples.map(({ value }) => value),
          [0],
        )
      }
    })
  }

  it('LOOP-18 ends an iteration that never yields, with a warning that names the VU and the line', async () => {
    const startedAt = Date.now()
    const result = await runScript(
      `
      ${constantVus('1s', '500ms')}
      export default function () {
        while (true) {}
      }`,
    )
    assert.equal(result.exitCode, 0)
    assert.ok(Date.now() - startedAt < 25_000)
    assert.equal(iterations(result), 0)
    assert.deepEqual(result.errors, [])
    assert.ok(
      result.warnings.some((text) =>
        /^VU 1 ran code that does not yield at script\.ts:[45] \(iteration 0\)/.test(text),
      ),
      result.warnings.join('\n'),
    )
  })

  it('LOOP-18 keeps what the VUs of that thread have measured, and still runs teardown and the summary', async () => {
    const result = await runScript(
      `
      import { Counter } from 'k6/metrics'
      import exec from 'k6/execution'
      ${constantVus('1s', '0s', 2)}
      const finished = new Counter('finished')
      export default async function () {
        if (exec.vu.idInTest === 2 && exec.vu.iterationInInstance === 5) for (;;);
        await new Promise((resolve) => setTimeout(resolve, 10))
        finished.add(1)
      }
      export function teardown() { console.log('teardown') }`,
      { flags: ['--shards', '1'] },
    )
    assert.equal(result.exitCode, 0)
    assert.ok((result.summary.metrics['finished']?.['count'] ?? 0) >= 5)
    assert.equal(iterations(result), result.summary.metrics['finished']?.['count'])
    assert.deepEqual(result.console, ['teardown'])
  })

  it('LOOP-18 interrupts a loop of awaits, which never lets another task run', async () => {
    const result = await runScript(`
      ${constantVus('1s', '0s')}
      export default async function () { for (;;) await null }`)
    assert.equal(result.exitCode, 0)
    assert.equal(iterations(result), 0)
  })

  it('LOOP-19 an iteration that finishes within gracefulStop counts', async () => {
    const result = await runScript(`
      import { sleep } from 'k6'
      ${constantVus('1s', '30s')}
      export default function () { sleep(1.4) }`)
    assert.equal(iterations(result), 1)
    assert.deepEqual(result.warnings, [])
  })

  it('LOOP-20 data_sent and data_received of an interrupted iteration hold what it sent and received', async () => {
    await using server = await echoServer()
    const { samplesOf, summary } = await runTcpScript(
      `
      const s = await open()
      await s.write('hello')
      await new Promise((resolve) => s.on('data', resolve))
      sleep(30)`,
      {
        port: server.port,
        samples: true,
        options: { scenarios: { s: { executor: 'per-vu-iterations', vus: 1, maxDuration: '1s', gracefulStop: '0s' } } },
      },
    )
    assert.equal(summary.metrics['iterations'], undefined)
    assert.deepEqual(samplesOf('data_sent').map(({ value }) => value), [5]) // biome-ignore format: one line
    assert.deepEqual(samplesOf('data_received').map(({ value }) => value), [5]) // biome-ignore format: one line
  })

  it('warns of every timer that an interruption cuts off', async () => {
    const result = await runScript(`
      ${constantVus('1s', '0s')}
      export default function () { setTimeout(() => {}, 60000); setInterval(() => {}, 60000) }`)
    assert.ok(result.warnings.includes('setTimeout 1 was stopped because the VU iteration was interrupted'))
    assert.ok(result.warnings.includes('setInterval 2 was stopped because the VU iteration was interrupted'))
  })
})

describe('signals', () => {
  for (const signal of ['interrupt', 'terminated'] as const) {
    it(`LOOP-23 ${signal} interrupts at once, runs teardown, exits with 105 and shows the summary`, async () => {
      const startedAt = Date.now()
      const result = await runScript(
        `
        import { sleep } from 'k6'
        export const options = { vus: 2, duration: '60s' }
        export function setup() { return { from: 'setup' } }
        export default function () { console.log('begun'); sleep(50); console.log('went on') }
        export function teardown(data) { console.log('teardown of ' + data.from) }`,
        { onStart: signalAfter('begun', signal) },
      )
      assert.equal(result.exitCode, 105)
      assert.ok(Date.now() - startedAt < 30_000)
      assert.deepEqual(result.errors, [`test run was aborted because sockeye received a '${signal}' signal`])
      assert.equal(result.console.at(-1), 'teardown of setup')
      assert.ok(!result.console.includes('went on'))
      assert.equal(iterations(result), 0)
      assert.match(result.stdout, /TOTAL RESULTS/)
    })
  }

  it('LOOP-23 ws servers see a close frame: 1001 from k6/ws, 1000 from k6/websockets', async () => {
    const server = await startServer()
    try {
      const result = await runScript(
        `
        import ws from 'k6/ws'
        import { WebSocket } from 'k6/websockets'
        export const options = { scenarios: {
          blocking: { executor: 'per-vu-iterations', exec: 'blocking', gracefulStop: '0s' },
          events: { executor: 'per-vu-iterations', exec: 'events', gracefulStop: '0s' },
        } }
        let open = 0
        export function blocking() { ws.connect(__ENV.URL, (socket) => socket.on('open', () => { socket.setTimeout(() => console.log('open'), 500) })) }
        export function events() { new WebSocket(__ENV.URL) }`,
        { env: { URL: server.url }, onStart: signalAfter('open') },
      )
      assert.equal(result.exitCode, 105)
      for (let i = 0; i < 100 && server.events.length < 2; i++) await new Promise((resolve) => setTimeout(resolve, 20))
      assert.deepEqual([...server.events].sort(), ['close 1000', 'close 1001'])
    } finally {
      await server.close()
    }
  })

  it('LOOP-23 the connections of k6/x/tcp are closed', async () => {
    await using server = await scriptedServer(() => {})
    const { exitCode } = await runTcpScript(`const s = await open(); console.log('open')`, {
      port: server.port,
      options: { duration: '60s' },
      exitCode: 105,
      onStart: signalAfter('open'),
    })
    assert.equal(exitCode, 105)
    await (await server.client(0)).gone
  })

  it('LOOP-23 a signal during setup ends it at once; then there is nothing to tear down', async () => {
    const startedAt = Date.now()
    const result = await runScript(
      `
      import { sleep } from 'k6'
      export function setup() { console.log('begun'); sleep(50); console.log('went on') }
      export default function () { console.log('iteration') }`,
      { onStart: signalAfter('begun') },
    )
    assert.equal(result.exitCode, 105)
    assert.ok(Date.now() - startedAt < 30_000)
    assert.deepEqual(result.console, ['begun'])
    assert.deepEqual(result.errors, ["test run was aborted because sockeye received a 'interrupt' signal"])
  })

  it('LOOP-23 a first signal during teardown lets it finish', async () => {
    const result = await runScript(
      `
      export default function () {}
      export async function teardown() {
        console.log('begun')
        await new Promise((resolve) => setTimeout(resolve, 500))
        console.log('torn down')
      }`,
      { onStart: signalAfter('begun') },
    )
    assert.equal(result.exitCode, 105)
    assert.deepEqual(result.console, ['begun', 'torn down'])
    assert.equal(result.summary.metrics['iterations']?.['count'], 1)
  })

  it('LOOP-23 interrupts code that never yields', async () => {
    const result = await runScript(
      `
      export const options = { duration: '60s' }
      export default function () { console.log('begun'); setTimeout(() => { for (;;); }, 300) }
      export function teardown() { console.log('teardown') }`,
      { onStart: signalAfter('begun') },
    )
    assert.equal(result.exitCode, 105)
    assert.equal(result.console.at(-1), 'teardown')
  })

  it('LOOP-23 a second signal ends at once with what was measured, without teardown', async () => {
    const result = await runScript(
      `
      import { Counter } from 'k6/metrics'
      export const options = { duration: '60s' }
      const counter = new Counter('seen')
      export default async function () { counter.add(3); console.log('begun'); await new Promise((r) => setTimeout(r, 50000)) }
      export async function teardown() { console.log('teardown'); await new Promise((r) => setTimeout(r, 50000)); console.log('went on') }`,
      {
        onStart: (control) => {
          signalAfter('begun')(control)
          signalAfter('teardown')(control)
        },
      },
    )
    assert.equal(result.exitCode, 105)
    assert.equal(result.summary.metrics['seen']?.['count'], 3)
    assert.ok(!result.console.includes('went on'))
    assert.match(result.stdout, /seen/)
  })

  const SCRIPT = `
    import { sleep } from 'k6'
    import { Counter } from 'k6/metrics'
    export const options = { vus: 1, duration: '60s' }
    const counter = new Counter('seen')
    export default function () { counter.add(1); console.log('begun'); sleep(50) }
    export function teardown() { console.log('teardown'); if (__ENV.SLOW) sleep(50) }`

  it('LOOP-23 one SIGINT to the process: teardown, summary, exit code 105', async () => {
    let isSent = false
    const result = await runCli(['run', 'script.js'], {
      files: { 'script.js': SCRIPT },
      onOutput: ({ process: child, stderr }) => {
        if (isSent || !stderr.includes('begun')) return
        isSent = true
        child.kill('SIGINT')
      },
    })
    assert.equal(result.exitCode, 105, result.stderr)
    assert.match(result.stderr, /test run was aborted because sockeye received a 'interrupt' signal/)
    assert.match(result.stderr, /teardown/)
    assert.match(result.stdout, /seen\.*: 1 /)
  })

  it('LOOP-23 two SIGINTs to the process: the summary without the rest of teardown, exit code 105', async () => {
    let sent = 0
    const startedAt = Date.now()
    const result = await runCli(['run', 'script.js', '-e', 'SLOW=1'], {
      files: { 'script.js': SCRIPT },
      onOutput: ({ process: child, stderr }) => {
        const due = stderr.includes('msg=teardown') ? 2 : stderr.includes('begun') ? 1 : 0
        if (sent >= due) return
        sent = due
        child.kill('SIGINT')
      },
    })
    assert.equal(result.exitCode, 105, result.stderr)
    assert.ok(Date.now() - startedAt < 40_000)
    assert.match(result.stdout, /seen\.*: 1 /)
  })
})
