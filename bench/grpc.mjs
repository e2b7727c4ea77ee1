/**
 * `client.invoke` of a small message in `sockeye run` with one shard, against raw `@grpc/grpc-js` with as many clients in a process of its own,
 * on the same server. The two take turns. On a busy machine compare the processor time per call (of all threads of the process), not the rate.
 *
 * Usage   npm run bench -- grpc [clients] [seconds] [rounds]
 * Smoke   10 2 1
 */
import { fork, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { firstMessage, MAIN, printRates, processorSeconds } from './lib.mjs'

// What is measured is the process of the test, not its supervisor.
process.env.SOCKEYE_SUPERVISOR = 'off'

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
  printRates(results, 'calls')
}

async function run(name, folder, clients, seconds) {
  const server = fork(SELF, ['server', folder])
  const address = await firstMessage(server)
  const env = { ...process.env, ADDRESS: address, CLIENTS: String(clients) }
  const args =
    name === 'sockeye'
      ? [MAIN, 'run', '--quiet', '--shards', '1', join(folder, 'call.js')]
      : [SELF, 'raw', folder, address, String(clients)]
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' })
  await pause(WARM_UP_MS)
  const [before, cpuBefore, from] = [await calls(server), processorSeconds(child.pid), performance.now()]
  await pause(seconds * 1000)
  const [after, cpuAfter, to] = [await calls(server), processorSeconds(child.pid), performance.now()]
  child.kill('SIGKILL')
  server.kill()
  const count = after - before
  return { rate: (count * 1000) / (to - from), microseconds: ((cpuAfter - cpuBefore) * 1e6) / count }
}

function calls(server) {
  server.send('calls')
  return firstMessage(server)
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
    // Each client has a connection of its own, like a virtual user.
    const client = new Echo(address, grpc.credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 })
    const next = () => client.Say({ text: 'hello', number: 1 }, next)
    next()
  }
}
