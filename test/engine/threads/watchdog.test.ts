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
      // The log of a thread that is stuck arrives too late.
      onOutput: interruptAfter('does not yield for 5 s', "received a 'interrupt' signal"),
    })
    assert.equal(exitCode, 105, stderr)
    assert.match(stdout, /TOTAL RESULTS/)
    assert.match(stderr, /Aborting in response to signal/)
    assert.doesNotMatch(stderr, /did not answer/)
  })
})
