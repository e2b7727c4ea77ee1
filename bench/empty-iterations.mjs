/**
 * Iterations of an empty script per second and shard, against one setImmediate callback per iteration. No iteration can be faster than that,
 * because its promise reactions must run before the next one begins.
 *
 * Usage   npm run bench -- empty-iterations [seconds]
 * Smoke   1
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runScenario } from './lib.mjs'

const SECONDS = Number(process.argv[2] ?? 3)
const folder = mkdtempSync(join(tmpdir(), 'sockeye-bench-'))

const baseline = await immediatesPerSecond()
const rows = [{ what: 'setImmediate', 'per second': Math.round(baseline), ratio: 1 }]
for (const [name, body] of [
  ['empty function', 'export default function () {}'],
  ['empty async function', 'export default async function () {}'],
]) {
  const script = join(folder, 'script.js')
  writeFileSync(script, body)
  for (const vus of [1, 100]) {
    const { metrics } = runScenario(script, ['--shards', '1', '--vus', vus, '--duration', `${SECONDS}s`])
    const rate = metrics.iterations.rate
    rows.push({
      what: `${name}, ${vus} VUs`,
      'per second': Math.round(rate),
      ratio: Number((rate / baseline).toFixed(2)),
    })
  }
}
rmSync(folder, { recursive: true })
console.table(rows)

function immediatesPerSecond() {
  return new Promise((resolve) => {
    let count = 0
    const start = performance.now()
    const next = () => {
      count++
      const elapsed = performance.now() - start
      if (elapsed < 1000) setImmediate(next)
      else resolve((count * 1000) / elapsed)
    }
    setImmediate(next)
  })
}
