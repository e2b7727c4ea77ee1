/**
 * The machine's clock is set while a test runs (libfaketime). Runs where SOCKEYE_DEBIAN_TESTS is set; a missing library is
 * then a failure.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parseResult } from '../../src/report/result-file.js'
import { runCli } from '../helpers/run-cli.js'

const LIBRARIES = '/usr/lib'
const library = (existsSync(LIBRARIES) ? readdirSync(LIBRARIES) : [])
  .map((name) => join(LIBRARIES, name, 'faketime', 'libfaketimeMT.so.1'))
  .find((path) => existsSync(path))

const SCRIPT = `import { sleep } from 'k6'
export const options = {
  scenarios: {
    loop: { executor: 'constant-vus', vus: 2, duration: '4s' },
    rate: { executor: 'constant-arrival-rate', rate: 10, duration: '4s', preAllocatedVUs: 4 },
  },
  thresholds: { iteration_duration: ['min>=90', 'max<60000'], 'iterations{scenario:rate}': ['count<=41'] },
}
export default function () {
  if (__VU === 1 && __ITER % 5 === 0) console.log('at', Date.now())
  sleep(0.1)
}`

describe('a clock that is set to an hour later, and then to two hours earlier, while a test runs', {
  skip: process.env['SOCKEYE_DEBIAN_TESTS'] === undefined && 'SOCKEYE_DEBIAN_TESTS is not set',
}, () => {
  it('changes what the script reads, and no duration, schedule or time of a result', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sockeye-clock-'))
    const clock = join(folder, 'clock')
    const [csv, saved] = [join(folder, 'out.csv'), join(folder, 'result.json')]
    try {
      assert.ok(library !== undefined, 'faketime is not installed')
      await writeFile(clock, '+0')
      const jumps = ['+3600', '-7200']
      let lines = 0
      const { exitCode, stderr } = await runCli(['run', '-q', '--out', `csv=${csv}`, '--save', saved, 'script.js'], {
        files: { 'script.js': SCRIPT },
        env: {
          LD_PRELOAD: library,
          FAKETIME_TIMESTAMP_FILE: clock,
          FAKETIME_NO_CACHE: '1',
          DONT_FAKE_MONOTONIC: '1',
        },
        onOutput: ({ stderr }) => {
          const seen = stderr.split('msg="at ').length - 1
          if (seen <= lines) return
          lines = seen
          const offset = lines >= 3 ? jumps.shift() : undefined
          if (offset !== undefined) void writeFile(clock, offset)
        },
      })
      assert.equal(exitCode, 0, stderr)
      const read = [...stderr.matchAll(/msg="at (\d+)"/g)].map(([, time]) => Number(time))
      assert.ok(Math.max(...read) - Math.min(...read) > 2.9 * 3_600_000, `the clock was not set: ${read}`)
      const file = parseResult(await readFile(saved), saved)
      assert.ok(file.durationMs >= 4000 && file.durationMs < 60_000, `${file.durationMs} ms`)
      const seconds = (await readFile(csv, 'utf8'))
        .split('\n')
        .slice(1)
        .filter((line) => line.startsWith('iterations,'))
        .map((line) => Number(line.split(',')[1]))
      assert.ok(Math.max(...seconds) - Math.min(...seconds) < 60)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
