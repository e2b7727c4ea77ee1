/**
 * Resident memory of the command over a long run at full speed: it must not grow with the number of samples.
 *
 * Usage   npm run bench -- flat-memory [minutes=10]
 * Smoke   0.1
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// What is measured is the process of the test, not its supervisor.
process.env.SOCKEYE_SUPERVISOR = 'off'

const minutes = Number(process.argv[2] ?? 10)
const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const script = fileURLToPath(new URL('../examples/quickstart.ts', import.meta.url))
const child = spawn(
  process.execPath,
  [command, 'run', '--echo', '--quiet', '--no-thresholds', '-u', '50', '-d', `${minutes}m`, script],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
let summary = ''
child.stdout.on('data', (text) => {
  summary += text
})
const startedAt = Date.now()
const samples = []
const timer = setInterval(
  () => {
    const megabytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024
    samples.push(megabytes)
    console.log(`${((Date.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${megabytes.toFixed(1)} MB`)
  },
  (minutes * 60_000) / 40,
)
child.on('exit', () => {
  clearInterval(timer)
  const third = Math.floor(samples.length / 3)
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [early, late] = [mean(samples.slice(third, 2 * third)), mean(samples.slice(2 * third))]
  console.log(
    summary
      .split('\n')
      .filter((line) => /iterations\.|tcp_reads/.test(line))
      .join('\n'),
  )
  console.log(
    `second third ${early.toFixed(1)} MB, last third ${late.toFixed(1)} MB, ratio ${(late / early).toFixed(3)}`,
  )
})
