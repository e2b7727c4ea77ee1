/**
 * `http.get` of 100 bytes over kept-alive connections in `sockeye run` with one shard, against raw undici with as many connections in a process
 * of its own, on the same server; and the resident memory of an idle virtual user with one such connection. The two take turns. On a busy
 * machine compare the processor time per request (of all threads of the process), not the rate.
 *
 * Usage   npm run bench -- http [connections] [seconds] [rounds] [get|idle …]
 * Smoke   10 2 1 get
 */
import { fork, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { firstMessage, MAIN, printRates, processorSeconds, residentBytes } from './lib.mjs'

// What is measured is the process of the test, not its supervisor.
process.env.SOCKEYE_SUPERVISOR = 'off'

const SELF = fileURLToPath(import.meta.url)
const WARM_UP_MS = 1500
const SETTLE_MS = 6000
const FEW = 500
const MANY = 5000

const GET = `
import http from 'k6/http'
export const options = { scenarios: { main: { executor: 'constant-vus', vus: Number(__ENV.CONNECTIONS), duration: '10m', gracefulStop: '0s' } } }
export default function () {
  http.get(__ENV.URL)
}`

const IDLE = `
import http from 'k6/http'
import { sleep } from 'k6'
export const options = { scenarios: { main: { executor: 'per-vu-iterations', vus: Number(__ENV.CONNECTIONS), iterations: 1, maxDuration: '10m' } } }
export default function () {
  http.get(__ENV.URL)
  sleep(600)
}`

const [role, ...rest] = process.argv.slice(2)
if (role === 'server') serve()
else if (role === 'undici') await rawUndici(rest[0], Number(rest[1]))
else await main(process.argv.slice(2))

async function main(args) {
  const [connections = 100, seconds = 5, rounds = 3] = args.slice(0, 3).map(Number)
  const chosen = args.slice(3)
  const isWanted = (name) => chosen.length === 0 || chosen.includes(name)
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-bench-'))
  try {
    if (isWanted('get')) await get(folder, connections, seconds, rounds)
    if (isWanted('idle')) await idle(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function get(folder, connections, seconds, rounds) {
  const script = join(folder, 'get.js')
  writeFileSync(script, GET)
  const results = { undici: [], sockeye: [] }
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(results)) {
      const server = await startServer()
      const child = name === 'undici' ? startUndici(server, connections) : startSockeye(script, server, connections)
      await pause(WARM_UP_MS)
      results[name].push(await measure(child, server, seconds))
      child.kill('SIGKILL')
      server.process.kill()
    }
  }
  console.log(`http.get of 100 bytes, ${connections} connections`)
  printRates(results, 'requests')
}

async function idle(folder) {
  const script = join(folder, 'idle.js')
  writeFileSync(script, IDLE)
  const few = await residentWith(script, FEW)
  const many = await residentWith(script, MANY)
  console.log(
    `an idle virtual user with one kept-alive connection: ${((many - few) / (MANY - FEW) / 1024).toFixed(1)} KB`,
  )
}

async function residentWith(script, vus) {
  const server = await startServer()
  const child = startSockeye(script, server, vus)
  while ((await ask(server)).requests < vus) await pause(200)
  await pause(SETTLE_MS)
  const bytes = residentBytes(child.pid)
  child.kill('SIGKILL')
  server.process.kill()
  return bytes
}

async function measure(child, server, seconds) {
  const [before, cpuBefore, from] = [await ask(server), processorSeconds(child.pid), performance.now()]
  await pause(seconds * 1000)
  const [after, cpuAfter, to] = [await ask(server), processorSeconds(child.pid), performance.now()]
  const requests = after.requests - before.requests
  return { rate: (requests * 1000) / (to - from), microseconds: ((cpuAfter - cpuBefore) * 1e6) / requests }
}

function startSockeye(script, { url }, connections) {
  const env = { ...process.env, URL: url, CONNECTIONS: String(connections) }
  return spawn(process.execPath, [MAIN, 'run', '--quiet', '--shards', '1', script], { env, stdio: 'ignore' })
}

function startUndici({ url }, connections) {
  return spawn(process.execPath, [SELF, 'undici', url, String(connections)], { stdio: 'ignore' })
}

async function rawUndici(url, connections) {
  const { Pool } = await import('undici')
  const pool = new Pool(new URL(url).origin, { connections, pipelining: 1 })
  const loop = async () => {
    for (;;) {
      const { body } = await pool.request({ path: '/', method: 'GET' })
      await body.text()
    }
  }
  await Promise.all(Array.from({ length: connections }, loop))
}

async function startServer() {
  const child = fork(SELF, ['server'])
  const { port } = await firstMessage(child)
  return { process: child, url: `http://127.0.0.1:${port}/` }
}

function ask({ process: child }) {
  return new Promise((resolve) => {
    child.once('message', resolve)
    child.send('count')
  })
}

/** A server with as little work per request as possible. Each read is one request, because no client pipelines. */
function serve() {
  let requests = 0
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n'
  const answer = Buffer.from(head + 'x'.repeat(100))
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {})
    socket.on('data', () => {
      requests++
      socket.write(answer)
    })
  })
  process.on('message', () => process.send({ requests }))
  server.listen({ port: 0, host: '127.0.0.1', backlog: 8192 }, () => process.send({ port: server.address().port }))
}
