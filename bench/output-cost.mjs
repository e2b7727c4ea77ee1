/**
 * What each output costs a whole run: round trips per second of scripts/tcp-ping-pong.js with it, against the same without any,
 * measured in turn. Receivers and the echo server are a process of their own, so on two cores network outputs compete with them.
 *
 * Usage   npm run bench -- output-cost [seconds] [rounds]
 * Smoke   1 1
 */
import { fork } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runScenario } from './run-scenario.mjs'

const SCRIPT = fileURLToPath(new URL('scripts/tcp-ping-pong.js', import.meta.url))

if (process.argv[2] === 'server') serve()
else
  await compare(
    ...process.argv
      .slice(2)
      .filter((word) => /^\d+$/.test(word))
      .map(Number),
  )

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

async function compare(seconds = 4, rounds = 3) {
  const server = fork(new URL(import.meta.url), ['server'])
  const ports = await new Promise((resolve) => server.once('message', resolve))
  const file = (name) => join(tmpdir(), `sockeye-bench-${process.pid}-${name}`)
  const url = `http://127.0.0.1:${ports.sink}`
  const outputs = {
    aggregates: [`--out=aggregates=${file('a.ndjson')}`],
    save: [`--save=${file('r.json')}`],
    prometheus: [`--out=prometheus=${url}/api/v1/write`],
    opentelemetry: ['--out=opentelemetry'],
    json: [`--out=json=${file('s.json')}`],
    csv: [`--out=csv=${file('s.csv')}`],
    influxdb: [`--out=influxdb=${url}/db`],
    statsd: [`--out=statsd=127.0.0.1:${ports.sink}`],
  }
  const ratios = Object.fromEntries(Object.keys(outputs).map((name) => [name, []]))
  const rate = (flags) => {
    const env = {
      HOST: '127.0.0.1',
      PORT: String(ports.echo),
      SECONDS: String(seconds),
      VUS: '50',
      K6_OTEL_EXPORTER_PROTOCOL: 'http/protobuf',
      K6_OTEL_HTTP_EXPORTER_ENDPOINT: `127.0.0.1:${ports.sink}`,
      K6_OTEL_HTTP_EXPORTER_INSECURE: 'true',
      K6_OTEL_EXPORT_INTERVAL: '1s',
    }
    return runScenario(SCRIPT, ['--shards', 1, ...flags], env).metrics.tcp_reads.count / seconds
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, flags] of Object.entries(outputs)) {
      // Before and after, because a machine is not equally fast all the time.
      const [before, measured, after] = [rate([]), rate(flags), rate([])]
      ratios[name].push((2 * measured) / (before + after))
    }
  }
  console.table(
    Object.entries(ratios).map(([output, values]) => ({
      output,
      'rate, without = 1': Number(median(values).toFixed(3)),
    })),
  )
  for (const name of ['a.ndjson', 'r.json', 's.json', 's.csv']) rmSync(file(name), { force: true })
  server.kill()
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1]
}
