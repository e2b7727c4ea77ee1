import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parseResult } from '../../src/report/result-file.js'
import { startRun } from '../helpers/live-run.js'
import { runCli } from '../helpers/run-cli.js'

describe('the results of a run', () => {
  it('can be read when its scenario had no end, with the plan for as long as it ran', async () => {
    const script = `
import { sleep } from 'k6'
export const options = { scenarios: { live: { executor: 'externally-controlled', vus: 1, maxVUs: 2, duration: '0' } } }
export default function () { sleep(0.05) }`
    const run = await startRun(script, { flags: ['--save', 'result.json'] })
    await run.until(({ vus }) => vus === 1)
    await run.patch({ stopped: true })
    const { exitCode, read } = await run.ended
    assert.equal(exitCode, 103)
    const { planned = [], durationMs } = parseResult(Buffer.from(await read('result.json')), 'result.json')
    assert.ok(planned.length > 1)
    for (const { offset, vus } of planned) assert.deepEqual([offset >= 0 && offset <= durationMs + 1, vus], [true, 1])
  })

  it('are complete when its script was deleted meanwhile, also in the schema that has its text', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sockeye-deleted-'))
    const path = join(folder, 'script.js')
    const script = `import { sleep } from 'k6'
export const options = { duration: '2s' }
export default function () { sleep(0.1) } // ü`
    await writeFile(path, script)
    const summary = join(folder, 'summary.json')
    const args = ['run', '--new-machine-readable-summary', '--summary-export', summary, path]
    const { exitCode, stderr } = await runCli(args, {
      isSupervised: true,
      onOutput: ({ stdout }) => void (stdout.includes('running (') && rm(path, { force: true })),
    })
    assert.equal(exitCode, 0, stderr)
    const { config, results } = JSON.parse(await readFile(summary, 'utf8'))
    assert.equal(config.script, script)
    assert.ok(results.metrics.length > 0)
    await assert.rejects(readFile(path), { code: 'ENOENT' })
    await rm(folder, { recursive: true })
  })
})
