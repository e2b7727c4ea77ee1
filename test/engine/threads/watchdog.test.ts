/** Code that never yields, outside of iterations and with an impatient user; what happens inside of iterations is LOOP-18. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RunningCli, runCli } from '../../helpers/run-cli.js'

/** Sends one SIGINT each time one of the texts has been printed. */
function interruptAfter(...texts: string[]): (run: RunningCli) => void {
  return ({ process, stdout, stderr }) => {
    const text = texts[0]
    if (text === undefined || !(stdout + stderr).includes(text)) return
    texts.shift()
    process.kill('SIGINT')
  }
}

describe('code that does not yield', { concurrency: 3 }, () => {
  it('in setup: the log names the function and the line', async () => {
    const script = `export const options = { setupTimeout: '500ms' }
      export function setup() {
        for (;;);
      }
      export default function () {}`
    const { exitCode, stderr } = await runCli(['run', '-q', 'script.js'], { files: { 'script.js': script } })
    assert.equal(exitCode, 100, stderr)
    assert.match(stderr, /msg="setup\(\) ran code that does not yield at script\.js:3; its shard was ended"/)
  })

  it('in the init code: the log says what the test waits for, and Ctrl+C ends it', async () => {
    const { exitCode, stderr } = await runCli(['run', '-q', 'script.js'], {
      files: { 'script.js': 'for (;;);\nexport default function () {}' },
      onOutput: interruptAfter('has been running for'),
    })
    assert.equal(exitCode, 105, stderr)
    assert.match(
      stderr,
      /the init code of the script has been running for 5 s; the test starts when it has come to an end/,
    )
  })

  it('and Ctrl+C twice: ends with the summary, the code of an interrupt and no crash', async () => {
    const script = `export const options = { vus: 1, duration: '1m' }
      export default function () {
        for (;;);
      }`
    const { exitCode, stdout, stderr } = await runCli(['run', '-q', '--shards', '1', 'script.js'], {
      files: { 'script.js': script },
      onOutput: interruptAfter('its shard was ended', "received a 'interrupt' signal"),
    })
    assert.equal(exitCode, 105, stderr)
    assert.match(stdout, /TOTAL RESULTS/)
    assert.match(stderr, /Aborting in response to signal/)
    assert.doesNotMatch(stderr, /did not answer/)
  })

  it('while scenarios run: another thread goes on, what was not started is dropped, and the test exits with 109', async () => {
    const script = `
      import exec from 'k6/execution'
      import { sleep } from 'k6'
      export const options = {
        scenarios: {
          s: { executor: 'constant-arrival-rate', rate: 20, timeUnit: '1s', duration: '15s', preAllocatedVUs: 4, gracefulStop: '1s' },
        },
      }
      export default function () {
        if (exec.scenario.iterationInTest === 3) for (;;);
        sleep(0.01)
      }
      export function teardown() { console.log('torn down') }
      export const handleSummary = ({ metrics }) => ({ stdout: 'dropped ' + metrics.dropped_iterations.values.count })`
    const { exitCode, stdout, stderr } = await runCli(['run', '--shards', '1', 'script.js'], {
      files: { 'script.js': script },
    })
    assert.equal(exitCode, 109, stderr)
    assert.match(stderr, /VU \d ran code that does not yield at script\.js:\d+ \(iteration \d\); its shard was ended/)
    assert.match(stderr, /a new thread goes on with what was left for shard 0; its virtual users begin anew/)
    assert.match(stderr, /torn down/)
    // Interrupted are the one that never yielded, and those that had not had their turn.
    const [, complete, interrupted] =
      [...stdout.matchAll(/(\d+) complete and (\d+) interrupted/g)].at(-1)?.map(Number) ?? []
    const dropped = Number(/dropped (\d+)/.exec(stdout)?.[1])
    assert.equal((complete ?? 0) + (interrupted ?? 0) + dropped, 300, stdout)
    assert.ok((complete ?? 0) > 10, stdout)
  })

  it('at the end of an arrival rate: every scheduled iteration is accounted for', async () => {
    const script = `
      export const options = {
        scenarios: {
          s: { executor: 'constant-arrival-rate', rate: 50, timeUnit: '1s', duration: '2s', preAllocatedVUs: 4, gracefulStop: '0s' },
        },
      }
      export default function () {
        if (__VU === 1 && __ITER === 1) for (;;);
      }
      export const handleSummary = ({ metrics }) => ({
        stdout: JSON.stringify([metrics.iterations.values.count, metrics.dropped_iterations.values.count]),
      })`
    const { exitCode, stdout, stderr } = await runCli(['run', '-q', '--shards', '2', 'script.js'], {
      files: { 'script.js': script },
    })
    assert.equal(exitCode, 109, stderr)
    const [iterations, dropped] = JSON.parse(stdout) as [number, number]
    // Of the VUs of that thread some may have been given an iteration, and not have had their turn.
    assert.ok(iterations + dropped >= 97 && iterations + dropped <= 99, stdout)
  })

  it('inside a built-in that cannot be ended: the test ends without it, with what the other shard has measured', async () => {
    const script = `
      import { sleep } from 'k6'
      export const options = { scenarios: { s: { executor: 'constant-vus', vus: 4, duration: '1s', gracefulStop: '0s' } } }
      export default function () {
        // Takes years, and no memory, unlike new Array(1e9).fill(1).
        if (__VU === 1) Array.prototype.lastIndexOf.call({ length: Number.MAX_SAFE_INTEGER }, 1)
        sleep(0.05)
      }`
    const { exitCode, stdout, stderr } = await runCli(['run', '-q', '--shards', '2', 'script.js'], {
      files: { 'script.js': script },
      // The supervisor ends the process, because the thread never does.
      isSupervised: true,
    })
    assert.equal(exitCode, 109, stderr)
    assert.match(
      stderr,
      /VU 1 ran code that does not yield \(iteration 0\); its shard was ended; what its shard measured in the last second is missing/,
    )
    assert.doesNotMatch(stderr, /the process of the test/)
    assert.match(stdout, /TOTAL RESULTS.*iterations\.+: [1-9]/s)
  })

  it('in every executor: what is left goes on in the new thread, within the time of its scenario', async () => {
    const script = `
      import exec from 'k6/execution'
      import { sleep } from 'k6'
      import { Counter } from 'k6/metrics'
      const late = new Counter('late')
      const EXECUTORS = {
        shared: { executor: 'shared-iterations', vus: 2, iterations: 400, maxDuration: '20s' },
        each: { executor: 'per-vu-iterations', vus: 2, iterations: 200, maxDuration: '20s' },
        constant: { executor: 'constant-vus', vus: 2, duration: '20s' },
        ramping: { executor: 'ramping-vus', startVUs: 1, stages: [{ duration: '20s', target: 2 }] },
        arrivals: { executor: 'ramping-arrival-rate', startRate: 10, timeUnit: '1s', preAllocatedVUs: 2, stages: [{ duration: '20s', target: 20 }] },
        outside: { executor: 'externally-controlled', vus: 2, maxVUs: 2, duration: '20s' },
      }
      export const options = {
        thresholds: Object.fromEntries(Object.keys(EXECUTORS).map((name) => ['late{scenario:' + name + '}', ['count>0']])),
        scenarios: EXECUTORS,
      }
      export default function () {
        if (exec.scenario.name === 'shared' && exec.scenario.iterationInTest === 3) for (;;);
        if (exec.instance.currentTestRunDuration > 10_000) late.add(1)
        sleep(0.1)
      }
      export const handleSummary = ({ metrics }) => ({
        stdout: JSON.stringify(Object.entries(metrics).filter(([name]) => name.startsWith('late{')).map(([name, { values }]) => [name, values.count > 0])),
      })`
    const { exitCode, stdout, stderr } = await runCli(['run', '-q', '--shards', '1', 'script.js'], {
      files: { 'script.js': script },
    })
    assert.equal(exitCode, 109, stderr)
    assert.match(stderr, /a new thread goes on with what was left for shard 0/)
    for (const [name, goesOn] of JSON.parse(stdout) as [string, boolean][]) assert.ok(goesOn, name)
    assert.equal(stdout.match(/late\{/g)?.length, 6)
  })
})
