/**
 * The whole process for an empty script, from start to exit, against Node doing nothing at all, alternately.
 *
 * Usage   npm run bench -- start-up [rounds]
 * Smoke   2
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const rounds = Number(process.argv[2] ?? 15)
const folder = mkdtempSync(join(tmpdir(), 'sockeye-bench-'))
const script = join(folder, 'empty.js')
writeFileSync(script, 'export default function () {}\n')
const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const cases = {
  'node -e 0': ['-e', '0'],
  'sockeye run --quiet empty.js': [command, 'run', '--quiet', script],
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

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
