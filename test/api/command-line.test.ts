import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type RunningCli, runCli } from '../helpers/run-cli.js'

const SCRIPT = `
  export const options = { vus: 2, iterations: 10 }
  export default function () {}
`

describe('sockeye run --address', () => {
  it('is released and watched by other processes, lingers, and ends with Ctrl+C', async () => {
    let control: Promise<void> | undefined
    let isLingering = false
    const onOutput = (run: RunningCli): void => {
      const address = /control API on http:\/\/(127\.0\.0\.1:\d+)/.exec(run.stderr)?.[1]
      if (address !== undefined) control ??= release(address)
      if (isLingering || !run.stdout.includes('waiting for Ctrl+C')) return
      isLingering = true
      run.process.kill('SIGINT')
    }
    const args = ['run', 'script.js', '--address=127.0.0.1:0', '--paused', '--linger', '--tag', 'instance_id=1']
    const { exitCode, stdout } = await runCli(args, { files: { 'script.js': SCRIPT }, onOutput })
    await control
    assert.equal(exitCode, 0)
    assert.match(stdout, /waiting for Ctrl\+C to continue\.\.\.\n[\s\S]*iterations\.+: 10 /)
  })

  async function release(address: string): Promise<void> {
    const status = await runCli(['status'], { env: { K6_ADDRESS: address } })
    assert.match(status.stdout, /^status: [0-4]\npaused: true\nvus: 0\n/)
    const resumed = await runCli(['resume', '--address', address])
    assert.equal(resumed.exitCode, 0)
    assert.match(resumed.stdout, /^status: \d\npaused: false\n/)
  }

  it('says how to start a test that can be controlled, when there is none', async () => {
    const { exitCode, stderr } = await runCli(['stop', '--address', '127.0.0.1:1'])
    assert.equal(exitCode, 255)
    assert.match(stderr, /no test can be reached at 127\.0\.0\.1:1: connection refused/)
    assert.match(stderr, /sockeye run --address 127\.0\.0\.1:1 script\.ts/)
  })
})
