/**
 * The cost of each output: round trips per second of scripts/tcp-ping-pong.js with the output, against the same script without outputs, in turns.
 * On a busy machine compare round trips per processor time (of all threads of the process), which is the second ratio; the processor time of a
 * run of 0 seconds is subtracted. Receivers and the echo server are in a process of their own.
 *
 * No page is open for the output `dashboard`; the bench long-run measures the cost of a page.
 *
 * Usage   npm run bench -- output-cost [seconds] [rounds] [output …]
 * Smoke   1 1
 */
import { fork, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { firstMessage, MAIN } from './lib.mjs'

const SCRIPT = fileURLToPath(new URL('scripts/tcp-ping-pong.js', import.meta.url))

if (process.argv[2] === 'server') serve()
else {
  const words = process.argv.slice(2)
  const [seconds = 4, rounds = 3] = words.filter((word) => /^\d+$/.test(word)).map(Number)
  await compare(
    seconds,
    rounds,
    words.filter((word) => /\D/.test(word)),
  )
}

function serve() {
  const echo = net.createServer({ noDelay: true }, (socket) => {
    socket.on('data', (chunk) => socket.write(chunk)).on('error', () => {})
  })
  const sink = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(request.url.startsWith('/v1') ? 200 : 204).end())
  })
  echo.listen(0, '127.0.0.1', () => {
    sink.listen(0, '127.0.0.1', () => process.send({ echo: echo.address().port, sink: sink.address().port }))
  })
}

async function compare(seconds, rounds, chosen) {
  const server = fork(new URL(import.meta.url), ['server'])
  const ports = await firstMessage(server)
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-bench-'))
  const url = `http://127.0.0.1:${ports.sink}`
  const all = {
    aggregates: [`--out=aggregates=${folder}/a.ndjson`],
    dashboard: ['--out=dashboard=port=0'],
    save: [`--save=${folder}/r.json`],
    prometheus: [`--out=prometheus=${url}/api/v1/write`],
    opentelemetry: ['--out=opentelemetry'],
    json: [`--out=json=${folder}/s.json`],
    csv: [`--out=csv=${folder}/s.csv`],
    influxdb: [`--out=influxdb=${url}/db`],
    statsd: [`--out=statsd=127.0.0.1:${ports.sink}`],
  }
  const outputs = Object.fromEntries(
    Object.entries(all).filter(([name]) => chosen.length === 0 || chosen.includes(name)),
  )
  const measure = (flags, length = seconds) =>
    runTimed(folder, flags, {
      HOST: '127.0.0.1',
      PORT: String(ports.echo),
      SECONDS: String(length),
      VUS: '50',
      K6_OTEL_EXPORTER_PROTOCOL: 'http/protobuf',
      K6_OTEL_HTTP_EXPORTER_ENDPOINT: `127.0.0.1:${ports.sink}`,
      K6_OTEL_HTTP_EXPORTER_INSECURE: 'true',
      K6_OTEL_EXPORT_INTERVAL: '1s',
    })
  const start = measure([], 0).cpu
  const perTrip = ({ cpu, trips }) => (cpu - start) / trips
  const ratios = Object.fromEntries(Object.keys(outputs).map((name) => [name, { rates: [], costs: [] }]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, flags] of Object.entries(outputs)) {
      // Compared with a run before and one after it, because the speed of a machine varies.
      const [before, measured, after] = [measure([]), measure(flags), measure([])]
      ratios[name].rates.push((2 * measured.trips) / (before.trips + after.trips))
      ratios[name].costs.push((perTrip(before) + perTrip(after)) / 2 / perTrip(measured))
    }
  }
  console.table(
    Object.entries(ratios).map(([output, { rates, costs }]) => ({
      output,
      'round trips/s': spread(rates),
      'round trips per processor time': spread(costs),
    })),
  )
  rmSync(folder, { recursive: true })
  server.kill()
}

/** Runs the script; returns the number of round trips, and the processor time of the process in seconds. */
function runTimed(folder, flags, env) {
  const summary = join(folder, 'summary.json')
  const args = [MAIN, 'run', '--quiet', '--shards', '1', '--summary-export', summary, ...flags, SCRIPT]
  const command = ['-c', 'TIMEFORMAT="%U %S"; time "$@" > /dev/null 2> /dev/null', 'bash', process.execPath, ...args]
  const { stderr } = spawnSync('bash', command, { encoding: 'utf8', env: { ...process.env, ...env } })
  const [user, system] = stderr.trim().split(' ').map(Number)
  return { trips: JSON.parse(readFileSync(summary, 'utf8')).metrics.tcp_reads.count, cpu: user + system }
}

/** The median, and the range with half of the rounds. When it is wide, the machine was busy. */
function spread(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))].toFixed(2)
  return `${at(0.5)} (${at(0.25)} to ${at(0.75)})`
}
