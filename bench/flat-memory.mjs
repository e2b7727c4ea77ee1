/**
 * Resident memory of the command over a long run at full speed: it must not grow with the number of samples.
 *
 * With the argument `outputs` all outputs are on, with servers that accept everything, and a page of the dashboard is open.
 *
 * Usage   npm run bench -- flat-memory [minutes=10] [outputs]
 * Smoke   0.1
 */
import { spawn } from 'node:child_process'
import { createServer, get } from 'node:http'
import { fileURLToPath } from 'node:url'
import { MAIN, residentBytes } from './lib.mjs'

// What is measured is the process of the test, not its supervisor.
process.env.SOCKEYE_SUPERVISOR = 'off'

const minutes = Number(process.argv[2] ?? 10)
const script = fileURLToPath(new URL('../examples/quickstart.ts', import.meta.url))
const sink = process.argv[3] === 'outputs' ? await startSink() : undefined
const child = spawn(
  process.execPath,
  [
    MAIN,
    'run',
    '--echo',
    '--quiet',
    '--no-thresholds',
    '-u',
    '50',
    '-d',
    `${minutes}m`,
    ...(sink?.flags ?? []),
    script,
  ],
  { stdio: ['ignore', 'pipe', sink === undefined ? 'inherit' : 'pipe'], env: { ...process.env, ...sink?.env } },
)
child.stderr?.on('data', (text) => {
  const [, url] = /the dashboard is at (http:\S+)/.exec(String(text)) ?? []
  if (url === undefined) process.stderr.write(text)
  else get(`${url}events`, (events) => events.resume())
})
let summary = ''
child.stdout.on('data', (text) => {
  summary += text
})
const startedAt = Date.now()
const samples = []
const timer = setInterval(
  () => {
    const megabytes = residentBytes(child.pid) / 1024 ** 2
    samples.push(megabytes)
    console.log(`${((Date.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${megabytes.toFixed(1)} MB`)
  },
  (minutes * 60_000) / 40,
)
child.on('exit', () => {
  clearInterval(timer)
  sink?.close()
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

async function startSink() {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(request.url.startsWith('/v1') ? 200 : 204).end())
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  const outputs = [
    'dashboard=port=0',
    'aggregates=/dev/null',
    'json=/dev/null',
    'csv=/dev/null',
    `prometheus=http://127.0.0.1:${port}/write`,
    'opentelemetry',
    `influxdb=http://127.0.0.1:${port}/db`,
    `statsd=127.0.0.1:${port}`,
  ]
  return {
    flags: outputs.map((output) => `--out=${output}`),
    env: { K6_OTEL_EXPORTER_PROTOCOL: 'http/protobuf', K6_OTEL_HTTP_EXPORTER_ENDPOINT: `http://127.0.0.1:${port}` },
    close: () => server.close(),
  }
}
