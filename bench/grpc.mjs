/**
 * `client.invoke` of a small message through the whole engine (the real command, one shard), against raw `@grpc/grpc-js` with as many
 * clients in a process of its own, on the same server. The two take turns within one run. On a machine that does other things as
 * well, the processor time per call (all threads of the process) says more than the rate.
 *
 * Usage   npm run bench -- grpc [clients] [seconds] [rounds]
 * Smoke   10 2 1
 */
import { fork, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { firstMessage } from './first-message.mjs'

// What is measured is the process of the test, not its supervisor.
process.env.SOCKEYE_SUPERVISOR = 'off'

const COMMAND = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const SELF = fileURLToPath(import.meta.url)
const WARM_UP_MS = 3000

const PROTO = `syntax = "proto3";
package bench;
message Text { string text = 1; int64 number = 2; }
service Echo { rpc Say(Text) returns (Text); }
`

const SCRIPT = `
import grpc from 'k6/net/grpc'
const client = new grpc.Client()
client.load(null, 'echo.proto')
export const options = { scenarios: { main: { executor: 'constant-vus', vus: Number(__ENV.CLIENTS), duration: '10m', gracefulStop: '0s' } } }
export default function () {
  client.connect(__ENV.ADDRESS, { plaintext: true })
  client.invoke('bench.Echo/Say', { text: 'hello', number: 1 })
}`

const [role, ...rest] = process.argv.slice(2)
if (role === 'server') await serve(rest[0])
else if (role === 'raw') await raw(rest[0], rest[1], Number(rest[2]))
else await main(process.argv.slice(2).map(Number))

async function main([clients = 50, seconds = 5, rounds = 3]) {
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-bench-'))
  writeFileSync(join(folder, 'echo.proto'), PROTO)
  writeFileSync(join(folder, 'call.js'), SCRIPT)
  const results = { 'grpc-js': [], sockeye: [] }
  try {
    for (let round = 0; round < rounds; round++) {
      for (const name of Object.keys(results)) results[name].push(await run(name, folder, clients, seconds))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  console.log(`calls of a small message, ${clients} clients`)
  const best = Object.fromEntries(Object.entries(results).map(([name, list]) => [name, middle(list)]))
  for (const [name, { rate, microseconds }] of Object.entries(best)) {
    console.log(
      `${name.padEnd(8)} ${Math.round(rate).toLocaleString('en').padStart(9)} calls/s  ${microseconds.toFixed(1)} µs of processor each`,
    )
  }
  const { 'grpc-js': other, sockeye } = best
  console.log(
    `sockeye / grpc-js: rate ${(sockeye.rate / other.rate).toFixed(2)}, by processor time ${(other.microseconds / sockeye.microseconds).toFixed(2)}`,
  )
}

async function run(name, folder, clients, seconds) {
  const server = fork(SELF, ['server', folder])
  const address = await firstMessage(server)
  const env = { ...process.env, ADDRESS: address, CLIENTS: String(clients) }
  const args =
    name === 'sockeye'
      ? [COMMAND, 'run', '--quiet', '--shards', '1', join(folder, 'call.js')]
      : [SELF, 'raw', folder, address, String(clients)]
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' })
  await pause(WARM_UP_MS)
  const [before, cpuBefore, from] = [await calls(server), processorTime(child), performance.now()]
  await pause(seconds * 1000)
  const [after, cpuAfter, to] = [await calls(server), processorTime(child), performance.now()]
  child.kill('SIGKILL')
  server.kill()
  const count = after - before
  return { rate: (count * 1000) / (to - from), microseconds: ((cpuAfter - cpuBefore) * 1e6) / count }
}

function calls(server) {
  server.send('calls')
  return firstMessage(server)
}

/** Seconds, of all threads; Linux counts in hundredths. */
function processorTime({ pid }) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function middle(list) {
  return list.toSorted((a, b) => a.microseconds - b.microseconds)[Math.floor(list.length / 2)]
}

async function echoService(folder) {
  const grpc = await import('@grpc/grpc-js')
  const { loadSync } = await import('@grpc/proto-loader')
  const definition = loadSync('echo.proto', { includeDirs: [folder], longs: String, defaults: true })
  return { grpc, Echo: grpc.loadPackageDefinition(definition).bench.Echo }
}

async function serve(folder) {
  const { grpc, Echo } = await echoService(folder)
  let count = 0
  const server = new grpc.Server()
  server.addService(Echo.service, {
    Say: ({ request }, reply) => {
      count++
      reply(null, request)
    },
  })
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (_error, port) => {
    process.on('message', () => process.send(count))
    process.send(`127.0.0.1:${port}`)
  })
}

async function raw(folder, address, clients) {
  const { grpc, Echo } = await echoService(folder)
  for (let i = 0; i < clients; i++) {
    // A connection each, as virtual users have.
    const client = new Echo(address, grpc.credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 })
    const next = () => client.Say({ text: 'hello', number: 1 }, next)
    next()
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
