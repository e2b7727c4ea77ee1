/**
 * k6/ws through the whole engine (the real command, one shard) against the raw `ws` package in a process of its own, on the same
 * echo server: ping-pong, sessions per second, and what an idle session keeps resident. Variants take turns within one run, so
 * ratios hold on a busy machine.
 *
 * Usage   npm run build && node bench/k6-ws.mjs [connections] [seconds] [rounds]
 */
import { fork, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MESSAGE = 'x'.repeat(64)
const WARM_UP_MS = 1000
const IDLE_SESSIONS = 5000
const COMMAND = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

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
import ws from 'k6/ws'
export const options = {
  scenarios: { main: { executor: 'constant-vus', vus: Number(__ENV.CONNECTIONS), duration: __ENV.SECONDS + 's' } },
}
export default function () {
  ws.connect(__ENV.URL, (socket) => {
    socket.on('open', () => socket.send('${MESSAGE}'))
    socket.on('message', () => socket.close())
  })
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
  await main(Number(process.argv[2] ?? 100), Number(process.argv[3] ?? 4), Number(process.argv[4] ?? 5))
}

async function main(connections, seconds, rounds) {
  const server = fork(new URL('./websocket-echo.mjs', import.meta.url))
  const url = `ws://127.0.0.1:${await new Promise((resolve) => server.once('message', resolve))}`
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-bench-'))
  console.log('                          k6/ws       ws   ratio   (per second; medians over rounds)')
  try {
    await compare('64-byte round trips', rounds, [
      async () => (await run(folder, PING_PONG, { url, connections, seconds })).metrics.round_trips.count / seconds,
      () => runRaw('ping-pong', url, connections, seconds),
    ])
    await compare('connect, message, close', rounds, [
      async () => (await run(folder, SESSIONS, { url, connections, seconds })).metrics.ws_sessions.count / seconds,
      () => runRaw('sessions', url, connections, seconds),
    ])
    await printMemory(folder, url)
  } finally {
    server.kill()
    rmSync(folder, { recursive: true })
  }
}

async function compare(name, rounds, [ours, theirs]) {
  const rates = []
  for (let round = 0; round < rounds; round++) rates.push([await ours(), await theirs()])
  const column = (pick) => median(rates.map(pick))
  console.log(
    name.padEnd(23),
    column(([a]) => a)
      .toFixed(0)
      .padStart(7),
    column(([, b]) => b)
      .toFixed(0)
      .padStart(8),
    column(([a, b]) => a / b)
      .toFixed(2)
      .padStart(7),
  )
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

/** Runs a script with the command, and gives what `--summary-export` wrote. */
async function run(folder, script, { url, connections, seconds }, onStart = () => {}) {
  const file = join(folder, 'script.js')
  const summary = join(folder, 'summary.json')
  writeFileSync(file, script)
  const child = spawn(
    process.execPath,
    [COMMAND, 'run', '--quiet', '--shards', '1', '--summary-export', summary, file],
    {
      env: { ...process.env, URL: url, CONNECTIONS: String(connections), SECONDS: String(seconds) },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
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
  return new Promise((resolve) => child.once('message', resolve))
}

async function raw(kind, url, connections, seconds) {
  const { WebSocket } = await import('ws')
  const counter = { count: 0, isStopped: false }
  for (let i = 0; i < connections; i++) (kind === 'ping-pong' ? pingPong : sessions)(WebSocket, url, counter)
  await pause(WARM_UP_MS)
  const before = counter.count
  const start = performance.now()
  await pause(seconds * 1000)
  process.send(((counter.count - before) * 1000) / (performance.now() - start), () => process.exit())
}

function pingPong(WebSocket, url, counter) {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('open', () => socket.send(MESSAGE))
  socket.on('message', (data) => {
    // Scripts get text, so the comparison does, too.
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

function residentBytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
