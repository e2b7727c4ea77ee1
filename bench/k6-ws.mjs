/**
 * `k6/ws` in `sockeye run` with one shard, against the raw `ws` package in a process of its own, on the same echo server: ping-pong, sessions per
 * second, and the resident memory of an idle session. The two take turns. On a busy machine compare the processor time per operation (of all
 * threads of the process), not the rate.
 *
 * Processor time is measured while all connections are at work, which needs a run of 2 seconds or more.
 *
 * Usage   npm run bench -- k6-ws [connections] [seconds] [rounds] [ping-pong|sessions|idle …]
 * Smoke   10 2 1 ping-pong
 */
import { fork, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { firstMessage, MAIN, median, processorSeconds, residentBytes } from './lib.mjs'

// What is measured is the process of the test, not its supervisor.
process.env.SOCKEYE_SUPERVISOR = 'off'

const MESSAGE = 'x'.repeat(64)
const WARM_UP_MS = 1000
const IDLE_SESSIONS = 5000

const PING_PONG = `
import ws from 'k6/ws'
import { Counter } from 'k6/metrics'
const roundTrips = new Counter('round_trips')
const options = { vus: Number(__ENV.CONNECTIONS), iterations: Number(__ENV.CONNECTIONS) }
export { options }
export default function () {
  ws.connect(__ENV.URL, (socket) => {
    let count = 0
    let counted = 0
    socket.on('open', () => socket.send('${MESSAGE}'))
    socket.on('message', (text) => {
      count++
      socket.send(text)
    })
    socket.setTimeout(() => { counted = count }, ${WARM_UP_MS})
    socket.setTimeout(() => {
      roundTrips.add(count - counted)
      socket.close()
    }, ${WARM_UP_MS} + Number(__ENV.SECONDS) * 1000)
  })
}`

const SESSIONS = `
import exec from 'k6/execution'
import { Counter } from 'k6/metrics'
import ws from 'k6/ws'
const sessions = new Counter('sessions')
export const options = {
  scenarios: {
    main: { executor: 'constant-vus', vus: Number(__ENV.CONNECTIONS), duration: Number(__ENV.SECONDS) * 1000 + ${WARM_UP_MS} },
  },
}
let countFrom = 0
export default function () {
  if (countFrom === 0) countFrom = exec.scenario.startTime + ${WARM_UP_MS}
  ws.connect(__ENV.URL, (socket) => {
    socket.on('open', () => socket.send('${MESSAGE}'))
    socket.on('message', () => socket.close())
  })
  if (Date.now() > countFrom) sessions.add(1)
}`

const IDLE = `
import ws from 'k6/ws'
export const options = {
  scenarios: {
    main: {
      executor: 'per-vu-iterations', vus: ${IDLE_SESSIONS}, iterations: 1, startTime: '6s', maxDuration: '12s', gracefulStop: '0s',
    },
  },
}
export default function () {
  ws.connect(__ENV.URL, (socket) => socket.on('message', () => socket.close()))
}`

if (process.argv[2] === 'raw') {
  await raw(process.argv[3], process.argv[4], Number(process.argv[5]), Number(process.argv[6]))
} else {
  const [connections = 100, seconds = 5, rounds = 5] = process.argv.slice(2, 5).map(Number)
  if (!(seconds >= 2)) throw new Error('measure for at least 2 seconds')
  await main(connections, seconds, rounds, process.argv.slice(5))
}

async function main(connections, seconds, rounds, chosen) {
  const isWanted = (name) => chosen.length === 0 || chosen.includes(name)
  const server = fork(new URL('./websocket-echo.mjs', import.meta.url))
  const url = `ws://127.0.0.1:${await firstMessage(server)}`
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-bench-'))
  console.log('                             per second               µs of processor time     (medians over rounds)')
  console.log('                          k6/ws      ws   ratio      k6/ws      ws   ratio')
  try {
    if (isWanted('ping-pong')) {
      await compare('64-byte round trips', rounds, [
        () => runOurs(folder, PING_PONG, 'round_trips', { url, connections, seconds }),
        () => runRaw('ping-pong', url, connections, seconds),
      ])
    }
    if (isWanted('sessions')) {
      await compare('connect, message, close', rounds, [
        () => runOurs(folder, SESSIONS, 'sessions', { url, connections, seconds }),
        () => runRaw('sessions', url, connections, seconds),
      ])
    }
    if (isWanted('idle')) await printMemory(folder, url)
  } finally {
    server.kill()
    rmSync(folder, { recursive: true })
  }
}

/** `ours` and `theirs` return operations per second, and processor seconds per second. */
async function compare(name, rounds, [ours, theirs]) {
  const rows = []
  for (let round = 0; round < rounds; round++) {
    const [a, b] = [await ours(), await theirs()]
    const [costA, costB] = [a, b].map(({ rate, load }) => (load * 1e6) / rate)
    rows.push([a.rate, b.rate, a.rate / b.rate, costA, costB, costB / costA])
  }
  const digits = [0, 0, 2, 1, 1, 2]
  const widths = [7, 8, 8, 11, 8, 8]
  const columns = digits.map((_, i) => rows.map((row) => row[i]).sort((a, b) => a - b))
  const cells = columns.map((values, i) => median(values).toFixed(digits[i]).padStart(widths[i]))
  const spread = (values) => `${values[0].toFixed(2)} – ${values.at(-1).toFixed(2)}`
  console.log(name.padEnd(23), cells.join(''), `  ratios ${spread(columns[2])}, ${spread(columns[5])}`)
}

async function runOurs(folder, script, metric, settings) {
  const window = []
  // Both moments are after the warm-up and before the end of the run.
  const moments = [2 * WARM_UP_MS, settings.seconds * 1000 + WARM_UP_MS]
  const summary = await run(folder, script, settings, (pid) => {
    for (const moment of moments) {
      setTimeout(() => window.push({ used: processorSeconds(pid), at: performance.now() }), moment)
    }
  })
  const [from, to] = window
  const load = ((to.used - from.used) * 1000) / (to.at - from.at)
  return { rate: summary.metrics[metric].count / settings.seconds, load }
}

async function printMemory(folder, url) {
  let before = 0
  let after = 0
  await run(folder, IDLE, { url, connections: IDLE_SESSIONS, seconds: 0 }, (pid) => {
    setTimeout(() => {
      before = residentBytes(pid)
    }, 5500)
    setTimeout(() => {
      after = residentBytes(pid)
    }, 16_000)
  })
  const each = ((after - before) / IDLE_SESSIONS / 1024).toFixed(1)
  console.log(`${IDLE_SESSIONS} idle sessions: ${each} KB resident each`)
}

/** Runs a script with the command; returns its summary export. */
async function run(folder, script, { url, connections, seconds }, onStart = () => {}) {
  const file = join(folder, 'script.js')
  const summary = join(folder, 'summary.json')
  writeFileSync(file, script)
  const child = spawn(process.execPath, [MAIN, 'run', '--quiet', '--shards', '1', '--summary-export', summary, file], {
    env: { ...process.env, URL: url, CONNECTIONS: String(connections), SECONDS: String(seconds) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  onStart(child.pid)
  const code = await new Promise((resolve) => child.on('exit', resolve))
  if (code !== 0) throw new Error(`the run ended with ${code}: ${errors}`)
  return JSON.parse(readFileSync(summary, 'utf8'))
}

function runRaw(kind, url, connections, seconds) {
  const child = fork(new URL(import.meta.url), ['raw', kind, url, String(connections), String(seconds)])
  return firstMessage(child)
}

async function raw(kind, url, connections, seconds) {
  const { WebSocket } = await import('ws')
  const counter = { count: 0, isStopped: false }
  for (let i = 0; i < connections; i++) (kind === 'ping-pong' ? pingPong : sessions)(WebSocket, url, counter)
  await pause(WARM_UP_MS)
  const before = counter.count
  const start = performance.now()
  const cpu = process.cpuUsage()
  await pause(seconds * 1000)
  const elapsed = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  const result = { rate: ((counter.count - before) * 1000) / elapsed, load: (user + system) / 1000 / elapsed }
  process.send(result, () => process.exit())
}

function pingPong(WebSocket, url, counter) {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('open', () => socket.send(MESSAGE))
  socket.on('message', (data) => {
    // Converted to text, because scripts get text.
    counter.count++
    socket.send(data.toString())
  })
}

/** The next session begins as soon as the close frame is sent, as in k6/ws. */
function sessions(WebSocket, url, counter) {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('open', () => socket.send(MESSAGE))
  socket.on('message', () => {
    socket.close(1001)
    counter.count++
    sessions(WebSocket, url, counter)
  })
}
