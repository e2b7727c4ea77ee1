/**
 * `k6/websockets` in `sockeye run` with one shard, against the `ws` package that does the same in a process of its own, on the same echo server.
 * The two take turns, so that ratios are right on a busy machine, too.
 *
 *   ping-pong   64-byte text, 100 VUs with a socket each; round trips a second
 *   one-vu      the same on 1,000 sockets of one VU
 *   sessions    connect, one message, its echo, close; sessions a second, 50 at a time
 *   large       1 MiB binary messages echoed on 4 sockets, a second
 *   burst       a server sends 100,000 messages at once: messages a second, and the longest delay of a timer of another VU
 *   idle        resident memory per VU with an idle socket, 5,000 of them
 *
 * Usage   npm run bench -- k6-websockets [rounds] [case…]
 * Smoke   1 ping-pong
 */
import { execFile, fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import WebSocket from 'ws'
import { firstMessage, MAIN, median, residentBytes } from './lib.mjs'

// What is measured is the process of the test, not its supervisor.
process.env.SOCKEYE_SUPERVISOR = 'off'

const run = promisify(execFile)
const SECONDS = 3

const CASES = {
  'ping-pong': compared('ping-pong 64 B × 100 VUs, round trips/s', pingPongScript(100, 1), {
    kind: 'ping-pong',
    sockets: 100,
  }),
  'one-vu': compared('ping-pong 64 B × 1,000 sockets of one VU', pingPongScript(1, 1000), {
    kind: 'ping-pong',
    sockets: 1000,
  }),
  sessions: compared(
    'connect, message, close; sessions/s',
    sessionScript(50),
    { kind: 'sessions', sockets: 50 },
    'ws_sessions',
  ),
  large: compared('1 MiB echoed × 4, messages/s', largeScript(4), { kind: 'large', sockets: 4 }),
  burst,
  idle,
}

if (process.argv[2] === 'raw') await raw(JSON.parse(process.argv[3]))
else await main(Number(process.argv[2] ?? 3), process.argv.slice(3))

async function main(rounds, chosen) {
  const server = fork(fileURLToPath(new URL('websocket-echo.mjs', import.meta.url)))
  const port = await firstMessage(server)
  for (const [name, measure] of Object.entries(CASES)) {
    if (chosen.length === 0 || chosen.includes(name)) await measure(`ws://127.0.0.1:${port}`, rounds)
  }
  server.kill()
}

/** Alternates between the two and prints medians and their ratio. */
function compared(title, script, task, metric = 'ws_msgs_received') {
  return async (url, rounds) => {
    const rates = { ws: [], sockeye: [] }
    for (let round = 0; round < rounds; round++) {
      rates.ws.push(await rateOfWs(url, task))
      rates.sockeye.push((await runScript(url, script)).metrics[metric].rate)
    }
    const [ws, sockeye] = [median(rates.ws), median(rates.sockeye)]
    const ratio = (sockeye / ws).toFixed(2)
    console.log(`${title.padEnd(46)} ws ${format(ws)}   sockeye ${format(sockeye)}   ratio ${ratio}`)
  }
}

async function rateOfWs(url, task) {
  const argument = JSON.stringify({ ...task, url })
  const { stdout } = await run(process.execPath, [fileURLToPath(import.meta.url), 'raw', argument])
  return Number(stdout)
}

/** Runs a script; returns its summary export. `lines` is what it printed to stderr. */
async function runScript(url, script, flags = []) {
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-bench-'))
  try {
    const [path, summary] = [join(folder, 'script.js'), join(folder, 'summary.json')]
    writeFileSync(path, script)
    const options = ['--shards', '1', '--quiet', '--log-format', 'raw', '--summary-export', summary, '-e', `URL=${url}`]
    const { stderr } = await run(process.execPath, [MAIN, 'run', ...options, ...flags, path], { maxBuffer: 1e8 })
    return { ...JSON.parse(readFileSync(summary, 'utf8')), lines: stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function closedModel(vus, seconds = SECONDS) {
  return `{ scenarios: { main: { executor: 'constant-vus', vus: ${vus}, duration: '${seconds}s', gracefulStop: '0s' } } }`
}

function pingPongScript(vus, socketsPerVu) {
  return `import { WebSocket } from 'k6/websockets'
    export const options = ${closedModel(vus)}
    const message = 'x'.repeat(64)
    export default function () {
      for (let i = 0; i < ${socketsPerVu}; i++) {
        const ws = new WebSocket(__ENV.URL)
        ws.onopen = () => ws.send(message)
        ws.onmessage = (event) => {
          if (event.data.length !== 64) throw new Error('not what was sent')
          ws.send(message)
        }
      }
    }`
}

function sessionScript(vus) {
  return `import { WebSocket } from 'k6/websockets'
    export const options = ${closedModel(vus)}
    export default function () {
      const ws = new WebSocket(__ENV.URL)
      ws.onopen = () => ws.send('x')
      ws.onmessage = () => ws.close()
    }`
}

function largeScript(vus) {
  return `import { WebSocket } from 'k6/websockets'
    export const options = ${closedModel(vus)}
    const message = new Uint8Array(1 << 20)
    export default function () {
      const ws = new WebSocket(__ENV.URL)
      ws.binaryType = 'arraybuffer'
      ws.onopen = () => ws.send(message)
      ws.onmessage = (event) => {
        if (event.data.byteLength !== message.length) throw new Error('not what was sent')
        ws.send(message)
      }
    }`
}

/** Two scenarios on one shard: a VU that gets all messages, and one that measures the delay of its timer. */
async function burst(url) {
  const script = `import { WebSocket } from 'k6/websockets'
    import { Trend } from 'k6/metrics'
    const late = new Trend('late', true), took = new Trend('took', true)
    export const options = { scenarios: {
      flooded: { executor: 'shared-iterations', vus: 1, iterations: 3, exec: 'flooded' },
      other: { executor: 'shared-iterations', vus: 1, iterations: 1, exec: 'other' } } }
    export function flooded() {
      const ws = new WebSocket(__ENV.URL)
      let left = 100000, startedAt
      ws.onopen = () => { startedAt = Date.now(); ws.send('burst 100000') }
      ws.onmessage = () => { if (--left === 0) { took.add(Date.now() - startedAt); ws.close() } }
    }
    export function other() {
      let last = performance.now(), turns = 0
      const timer = setInterval(() => {
        const now = performance.now()
        late.add(now - last - 1)
        last = now
        if (++turns === 300) clearInterval(timer)
      }, 1)
    }`
  const { metrics } = await runScript(url, script)
  const rate = 100_000 / (metrics.took.med / 1000)
  console.log(
    `burst of 100,000, messages/s${' '.repeat(18)} sockeye ${format(rate)}   a 1 ms timer of another VU: p95 ${metrics.late['p(95)'].toFixed(1)} ms late, at most ${metrics.late.max.toFixed(1)} ms`,
  )
}

async function idle(url) {
  const script = (count) => `import { WebSocket } from 'k6/websockets'
    export const options = { scenarios: { main: { executor: 'per-vu-iterations', vus: 5000, iterations: 1, maxDuration: '20s', gracefulStop: '0s' } } }
    export default function () {
      if (__VU > ${count}) return new Promise(() => setTimeout(() => {}, 20000))
      const ws = new WebSocket(__ENV.URL)
      ws.onmessage = () => {}
      ws.onclose = () => {}
    }`
  const [without, withSockets] = [await residentMemory(url, script(0)), await residentMemory(url, script(5000))]
  console.log(`idle socket, 5,000 VUs: ${((withSockets - without) / 5000 / 1024).toFixed(1)} KB each on top of the VU`)
}

/** The resident memory in bytes, some seconds after all sockets have opened. */
async function residentMemory(url, script) {
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-bench-'))
  const path = join(folder, 'script.js')
  writeFileSync(path, script)
  const child = execFile(process.execPath, [MAIN, 'run', '--shards', '1', '--quiet', '-e', `URL=${url}`, path])
  await pause(12_000)
  const memory = residentBytes(child.pid)
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
  return memory
}

/** The `ws` package, in a process of its own; prints the rate. */
async function raw({ kind, sockets, url }) {
  let count = 0
  const payload = kind === 'large' ? Buffer.alloc(1 << 20) : 'x'.repeat(64)
  const connect = () => {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    if (kind === 'sessions') {
      socket.on('open', () => socket.send('x'))
      socket.on('message', (data) => data.toString() === 'x' && socket.close())
      socket.on('close', () => {
        count++
        connect()
      })
    } else {
      socket.on('open', () => socket.send(payload))
      socket.on('message', (data, isBinary) => {
        const message = isBinary ? data : data.toString()
        if (message.length !== payload.length) throw new Error('not what was sent')
        count++
        socket.send(payload)
      })
    }
  }
  const startedAt = performance.now()
  for (let i = 0; i < sockets; i++) connect()
  await pause(SECONDS * 1000)
  console.log((count / (performance.now() - startedAt)) * 1000)
  process.exit()
}

function format(number) {
  return Math.round(number).toLocaleString('en').padStart(9)
}
