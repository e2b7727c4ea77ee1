/**
 * 64-byte ping-pong over loopback TCP in virtual users of `sockeye run`, against the same with sockets of Node ('data' events), on one echo server
 * in a process of its own. The two take turns. On a busy machine compare the processor time per round trip, which is the second ratio; the
 * processor time of a run of 0 seconds is subtracted.
 *
 * Usage   npm run bench -- tcp-ping-pong [VUs] [seconds] [rounds]
 * Smoke   10 1 1
 *         --cpu-prof leaves profiles of the sockeye runs in the current folder
 */
import { execFile, fork } from 'node:child_process'
import net from 'node:net'
import { promisify } from 'node:util'
import { firstMessage, MAIN, median } from './lib.mjs'

const SCRIPT = new URL('scripts/tcp-ping-pong.js', import.meta.url).pathname
const MESSAGE = 'x'.repeat(64)

if (process.argv[2] === 'server') {
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('data', (chunk) => socket.write(chunk))
    socket.on('error', () => {})
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send(server.address().port))
} else if (process.argv[2] === 'raw') {
  await raw(...process.argv.slice(3).map(Number))
} else {
  const profiles = process.argv.includes('--cpu-prof')
  const [vus = 100, seconds = 5, rounds = 5] = process.argv
    .slice(2)
    .filter((word) => /^\d+$/.test(word))
    .map(Number)
  await compare(vus, seconds, rounds, profiles)
}

async function compare(vus, seconds, rounds, profiles) {
  const server = fork(new URL(import.meta.url), ['server'])
  const port = await firstMessage(server)
  const rates = []
  const costs = []
  const nodeStart = await runRaw(port, vus, 0)
  const sockeyeStart = await runSockeye(port, vus, 0, false)
  for (let round = 0; round < rounds; round++) {
    const node = measured(await runRaw(port, vus, seconds), nodeStart, seconds)
    const sockeye = measured(await runSockeye(port, vus, seconds, profiles), sockeyeStart, seconds)
    rates.push(sockeye.rate / node.rate)
    costs.push(node.cost / sockeye.cost)
    console.log(
      `Node ${describe(node)}   sockeye ${describe(sockeye)}   ratio ${rates.at(-1).toFixed(3)} ${costs.at(-1).toFixed(3)}`,
    )
  }
  console.log(`\nsockeye to Node, medians of ${rounds}:`)
  console.log(`  round trips per second          ${median(rates).toFixed(3)}`)
  console.log(`  round trips per processor time  ${median(costs).toFixed(3)}`)
  server.kill()
}

function describe({ rate, cost }) {
  return `${Math.round(rate).toLocaleString('en').padStart(7)}/s ${cost.toFixed(1).padStart(5)} µs`
}

async function runRaw(port, vus, seconds) {
  const { stdout, cpuSeconds } = await timed([
    new URL(import.meta.url).pathname,
    ...['raw', String(port), String(vus), String(seconds)],
  ])
  return { roundTrips: Number(stdout.split('\n')[0]), cpuSeconds }
}

async function runSockeye(port, vus, seconds, profiles) {
  const env = { ...process.env, HOST: '127.0.0.1', PORT: String(port), VUS: String(vus), SECONDS: String(seconds) }
  const args = [...(profiles ? ['--cpu-prof'] : []), MAIN, 'run', '--quiet', '--shards', '1', '--no-thresholds', SCRIPT]
  const { stdout, cpuSeconds } = await timed(args, env)
  return { roundTrips: Number(/tcp_reads\.*: (\d+)/.exec(stdout)[1]), cpuSeconds }
}

function measured({ roundTrips, cpuSeconds }, start, seconds) {
  return { rate: roundTrips / seconds, cost: ((cpuSeconds - start.cpuSeconds) * 1e6) / roundTrips }
}

/** Runs Node in a shell, whose last line has the processor time: `0m1.200s 0m0.300s`. */
async function timed(args, env = process.env) {
  const { stdout } = await promisify(execFile)('sh', ['-c', '"$@"; times', 'sh', process.execPath, ...args], { env })
  const times = stdout.trim().split('\n').at(-1)
  let cpuSeconds = 0
  for (const [, minutes, seconds] of times.matchAll(/(\d+)m([\d.]+)s/g))
    cpuSeconds += Number(minutes) * 60 + Number(seconds)
  return { stdout, cpuSeconds }
}

async function raw(port, connections, seconds) {
  let roundTrips = 0
  const end = Date.now() + seconds * 1000
  await Promise.all(
    Array.from({ length: connections }, () => {
      let missing = 64
      const socket = net.connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write(MESSAGE))
      socket.on('data', (chunk) => {
        missing -= chunk.length
        if (missing > 0) return
        missing = 64
        roundTrips++
        if (Date.now() < end) socket.write(MESSAGE)
        else socket.destroy()
      })
      return new Promise((resolve) => socket.on('close', resolve))
    }),
  )
  console.log(roundTrips)
}
