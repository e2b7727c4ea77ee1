/**
 * The delay with which iterations of the open model begin, by rate, on one shard and on two. With two shards the first has the VU, so every
 * second iteration is handed over.
 *
 * Usage   npm run bench -- start-lag [seconds]
 * Smoke   1
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runScenario } from './lib.mjs'

const SECONDS = Number(process.argv[2] ?? 3)
const folder = mkdtempSync(join(tmpdir(), 'sockeye-bench-'))
const script = join(folder, 'script.js')
writeFileSync(
  script,
  `export const options = { summaryTrendStats: ['avg', 'med', 'p(95)', 'max'], scenarios: { a: {
    executor: 'constant-arrival-rate', rate: Number(__ENV.RATE), duration: '${SECONDS}s',
    preAllocatedVUs: 1, maxVUs: Number(__ENV.MAX),
  } } }
  export default function () {}`,
)

const rows = []
for (const rate of [10, 100, 1000, 10_000, 50_000]) {
  for (const [where, shards, max] of [
    ['own shard', 1, 1],
    ['half handed over', 2, 2],
  ]) {
    const { metrics } = runScenario(script, ['--shards', shards], { RATE: rate, MAX: max })
    const { avg, med, 'p(95)': p95, max: longest } = metrics.iteration_start_lag
    rows.push({
      rate,
      where,
      iterations: metrics.iterations.count,
      dropped: metrics.dropped_iterations?.count ?? 0,
      'avg ms': round(avg),
      'median ms': round(med),
      'p95 ms': round(p95),
      'max ms': round(longest),
    })
  }
}
rmSync(folder, { recursive: true })
console.table(rows)

function round(value) {
  return Number(value.toFixed(2))
}
