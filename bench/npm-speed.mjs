/**
 * The same client in virtual users of `sockeye run` and in plain Node, in turns, against one server: ping-pong over `node:net`, and SET and GET
 * with ioredis, with the package shared by all VUs (the default) and loaded for each VU. On a busy machine compare operations per processor time,
 * which is the second ratio.
 *
 * Usage   npm run bench -- npm-speed [VUs] [seconds] [rounds]     (needs redis-server for ioredis)
 * Smoke   10 1 1
 */
import { execFile, fork, spawn } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { promisify } from 'node:util'
import { firstMessage, MAIN, median } from './lib.mjs'

const script = (name) => new URL(`scripts/${name}.js`, import.meta.url).pathname
const [mode] = process.argv.slice(2)

if (mode === 'server') {
  const server = net.createServer({ noDelay: true }, (socket) => socket.on('error', () => {}).pipe(socket))
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send(server.address().port))
} else if (mode === 'node') {
  globalThis.__ENV = process.env
  const { default: client } = await import(process.argv[3])
  await Promise.all(Array.from({ length: Number(process.env.VUS) }, () => client()))
} else {
  await main(...process.argv.slice(2).map(Number))
}

async function main(vus = 100, seconds = 4, rounds = 3) {
  const echo = fork(new URL(import.meta.url), ['server'])
  const port = await firstMessage(echo)
  await compare('node:net', script('npm-net'), script('npm-net'), { vus, seconds, rounds, port })
  echo.kill()
  const redisPort = 20000 + (process.pid % 20000)
  const redis = spawn('redis-server', ['--port', String(redisPort), '--save', ''], { stdio: 'ignore' })
  const hasRedis = await new Promise((resolve) => {
    redis.once('error', () => resolve(false))
    redis.once('spawn', () => setTimeout(resolve, 1000, true))
  })
  if (!hasRedis) return console.log('ioredis: no redis-server here')
  const shared = script('npm-ioredis')
  const own = script('.npm-ioredis-per-vu')
  writeFileSync(own, readFileSync(shared, 'utf8').replace('options = {', 'options = { sharedPackages: [],'))
  await compare('ioredis, shared', shared, shared, { vus, seconds, rounds, port: redisPort })
  await compare('ioredis, per VU', own, shared, { vus, seconds, rounds, port: redisPort })
  rmSync(own)
  redis.kill()
}

async function compare(title, inSockeye, inNode, { vus, seconds, rounds, port }) {
  const env = (time) => ({ ...process.env, PORT: String(port), VUS: String(vus), SECONDS: String(time) })
  const node = (time) => timed([new URL(import.meta.url).pathname, 'node', inNode], env(time))
  const sockeye = (time) => timed([MAIN, 'run', '--quiet', '--shards', '1', inSockeye], env(time))
  const rates = []
  const costs = []
  for (let round = 0; round < rounds; round++) {
    const [a, b] = [await node(seconds), await sockeye(seconds)]
    rates.push(b.operations / a.operations)
    costs.push(b.operations / b.processorTime / (a.operations / a.processorTime))
  }
  const [rate, cost] = [median(rates).toFixed(2), median(costs).toFixed(2)]
  console.log(`${title.padEnd(18)} operations/s ${rate}   operations per processor time ${cost}`)
}

/** Runs Node; each client prints a line with its operations. */
async function timed(args, env) {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 1 << 27 })
  const lines = [...`${stdout}${stderr}`.matchAll(/operations (\d+) from (\d+) to (\d+)/g)]
    .map((line) => line.map(Number))
    .filter(([, , from]) => from > 0)
  const operations = lines.reduce((sum, [, count]) => sum + count, 0)
  const begin = Math.min(...lines.map(([, , from]) => from))
  const end = Math.max(...lines.map(([, , , to]) => to))
  return { operations, processorTime: end - begin }
}
