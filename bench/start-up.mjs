/**
 * The time of `sockeye run` with an empty script, from start to exit, against a Node process that does nothing, in turns.
 *
 * Usage   npm run bench -- start-up [rounds]
 * Smoke   2
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MAIN, median } from './lib.mjs'

const rounds = Number(process.argv[2] ?? 15)
const folder = mkdtempSync(join(tmpdir(), 'sockeye-bench-'))
const script = join(folder, 'empty.js')
writeFileSync(script, 'export default function () {}\n')
const cases = {
  'node -e 0': ['-e', '0'],
  'sockeye run --quiet empty.js': [MAIN, 'run', '--quiet', script],
}
const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]))
for (let round = 0; round < rounds; round++) {
  for (const [name, args] of Object.entries(cases)) {
    const start = performance.now()
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' })
    if (status !== 0) throw new Error(`${name} ended with ${status}`)
    times[name].push(performance.now() - start)
  }
}
rmSync(folder, { recursive: true })
const baseline = median(times['node -e 0'])
console.table(
  Object.fromEntries(
    Object.entries(times).map(([name, values]) => [
      name,
      {
        'median ms': Math.round(median(values)),
        'fastest ms': Math.round(Math.min(...values)),
        'ratio of medians': Number((median(values) / baseline).toFixed(2)),
      },
    ]),
  ),
)
