/** Flags and variables that concern only this run of the tool. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'

const SCRIPT = `
import { check } from 'k6'
export const options = { vus: 2, iterations: 4, thresholds: { checks: ['rate>0.5'] } }
export function setup() { console.log('setup ran') }
export default function () {
  console.log('iteration')
  check(1, { ok: () => true })
}
`

describe('--dry-run', () => {
  it('shows the plan and runs nothing but init code', async () => {
    const result = await runScript(`console.log('init')\n${SCRIPT}`, { flags: ['--dry-run', '--vus', '3'] })
    assert.equal(result.exitCode, 0)
    assert.deepEqual(result.console, ['init'])
    assert.match(result.stdout, /^\n {2}\* default: 4 iterations shared among 3 VUs/)
    assert.match(result.stdout, /iterations {2}4\n {2}VUs {9}at most 3/)
  })

  for (const [what, flags, exitCode, message] of [
    ['a wrong option', ['--dry-run', '--vus', '0'], 104, /the number of VUs must be more than 0/],
    ['a wrong output', ['--dry-run', '--out', 'nope'], 255, /invalid output type 'nope'/],
    ['a wrong scenario', ['--dry-run', '--scenario', 'x'], 104, /scenario 'x' is not defined/],
  ] as const) {
    it(`fails for ${what} as the run would`, async () => {
      const result = await runScript(SCRIPT, { flags })
      assert.equal(result.exitCode, exitCode)
      assert.match(result.errors.join('\n'), message)
      assert.equal(result.stdout, '')
    })
  }
})

describe('the console output', () => {
  it('goes to the file that a variable names, ours before that of k6', async () => {
    const env = { K6_CONSOLE_OUTPUT: 'k6.txt', SOCKEYE_CONSOLE_OUTPUT: 'ours.txt' }
    const result = await runScript(SCRIPT, { env })
    assert.deepEqual(result.console, [])
    assert.equal((await result.read('ours.txt')).match(/iteration/g)?.length, 4)
    await assert.rejects(result.read('k6.txt'))
  })

  it('goes to the file of the flag rather than that of a variable', async () => {
    const result = await runScript(SCRIPT, {
      env: { K6_CONSOLE_OUTPUT: 'variable.txt' },
      flags: ['--console-output', 'flag.txt'],
    })
    assert.match(await result.read('flag.txt'), /setup ran/)
    await assert.rejects(result.read('variable.txt'))
  })
})

describe('--new-machine-readable-summary', () => {
  const script = `${SCRIPT}
export function handleSummary(data) { return { 'hook.json': JSON.stringify(data) } }`

  for (const [how, options] of [
    ['a flag', { flags: ['--new-machine-readable-summary'] }],
    ['a variable', { env: { K6_NEW_MACHINE_READABLE_SUMMARY: 'true' } }],
  ] as const) {
    it(`as ${how} gives handleSummary and the export file the newer schema`, async () => {
      const result = await runScript(script, options)
      assert.equal(result.exitCode, 0)
      for (const file of ['hook.json', 'summary.json']) {
        const data = JSON.parse(await result.read(file))
        assert.deepEqual(Object.keys(data).toSorted(), ['config', 'metadata', 'results', 'version'])
        assert.equal(data.config.script, script)
        assert.equal(data.metadata.k6_version, '2.2.0')
        assert.deepEqual(data.results.checks.results, [{ name: 'ok', passes: 4, fails: 0 }])
      }
    })
  }
})

describe('--profiling-enabled', () => {
  it('is refused as a flag, and a warning as a variable', async () => {
    const { warnings, exitCode } = await runScript(SCRIPT, { env: { K6_PROFILING_ENABLED: 'true' } })
    assert.equal(exitCode, 0)
    assert.ok(warnings.includes('K6_PROFILING_ENABLED has no effect: serving profiles is not supported yet'))
  })
})
