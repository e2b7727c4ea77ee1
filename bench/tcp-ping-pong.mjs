/**
 * 64-byte ping-pong over loopback TCP: virtual users of `sockeye run` against Node's own sockets ('data' events) that do the
 * same, both against one echo server in a process of its own. The two take turns, so the ratio holds on a busy machine.
 *
 * Usage   npm run build && node bench/tcp-ping-pong.mjs [VUs] [seconds] [rounds]
 *         --cpu-prof leaves profiles of the sockeye runs in the current folder
 */
import { execFile, fork } from 'node:child_process'
import net from 'node:net'
import { promisify } from 'node:util'

const MAIN = new URL('../dist/cli/main.js', import.meta.url).pathname
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
  const port = await new Promise((resolve) => server.once('message', resolve))
  const ratios = []
  for (let round = 0; round < rounds; round++) {
    const rawRate = await runRaw(port, vus, seconds)
    const rate = await runSockeye(port, vus, seconds, profiles)
    ratios.push(rate / rawRate)
    const shown = [rawRate, rate].map((value) => Math.round(value).toLocaleString('en').padStart(9))
    console.log(`Node ${shown[0]}/s   sockeye ${shown[1]}/s   ratio ${(rate / rawRate).toFixed(3)}`)
  }
  ratios.sort((a, b) => a - b)
  console.log(`\nround trips per second, sockeye to Node, median of ${rounds}: ${ratios[rounds >> 1].toFixed(3)}`)
  server.kill()
}

async function runRaw(port, vus, seconds) {
  const { stdout } = await promisify(execFile)(process.execPath, [
    new URL(import.meta.url).pathname,
    ...['raw', String(port), String(vus), String(seconds)],
  ])
  return Number(stdout)
}

async function runSockeye(port, vus, seconds, profiles) {
  const env = { ...process.env, HOST: '127.0.0.1', PORT: String(port), VUS: String(vus), SECONDS: String(seconds) }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      ...(profiles ? ['--cpu-prof'] : []),
      ...[MAIN, 'run', '--quiet', '--shards', '1', '--include-system-env-vars', '--no-thresholds', SCRIPT],
    ],
    { env },
  )
  return Number(/tcp_reads\.*: (\d+)/.exec(stdout)[1]) / seconds
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
  console.log(roundTrips / seconds)
}
