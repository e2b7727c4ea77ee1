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

describe('code that does not yield', () => {
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
          s: { executor: 'constant-arrival-rate', rate: 20, timeUnit: '1s', duration: '9s', preAllocatedVUs: 4, gracefulStop: '1s' },
        },
      }
      export default function () {
        if (exec.scenario.iterationInTest === 3) for (;;);
        sleep(0.01)
      }
      export function teardown() { console.log('torn down') }
      export const handleSummary = ({ metrics }) => ({
        stdout: JSON.stringify([metrics.iterations.values.count, metrics.dropped_iterations.values.count]),
      })`
    const { exitCode, stdout, stderr } = await runCli(['run', '-q', '--shards', '1', 'script.js'], {
      files: { 'script.js': script },
    })
    assert.equal(exitCode, 109, stderr)
    assert.match(stderr, /VU \d ran code that does not yield at script\.js:\d+ \(iteration \d\); its shard was ended/)
    assert.match(stderr, /a new thread goes on with what was left for shard 0; its virtual users begin anew/)
    assert.match(stderr, /torn down/)
    const [iterations, dropped] = JSON.parse(stdout) as [number, number]
    // The one that never yielded was started, too.
    assert.equal(iterations + dropped + 1, 180)
    assert.ok(iterations > 10, stdout)
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
})
