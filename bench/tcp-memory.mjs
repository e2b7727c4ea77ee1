/**
 * Resident memory of a virtual user with one idle TCP connection: the difference between `sockeye run` with few and with many VUs. The server is
 * in another process.
 *
 * Usage   npm run bench -- tcp-memory [VUs]
 * Smoke   600
 */
import { execFileSync, fork, spawn } from 'node:child_process'
import net from 'node:net'
import { firstMessage, MAIN } from './lib.mjs'

// What is measured is the process of the test, not its supervisor.
process.env.SOCKEYE_SUPERVISOR = 'off'

const SCRIPT = new URL('scripts/tcp-idle.js', import.meta.url).pathname
const FEW = 500
/** Time for garbage collection, and for the samples of the connections to be sent. */
const SETTLE_MS = 6000

if (process.argv[2] === 'server') {
  let open = 0
  const server = net.createServer((socket) => {
    open++
    socket.on('error', () => {})
    socket.on('close', () => open--)
    process.send({ open })
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 8192 }, () => process.send({ port: server.address().port }))
} else {
  await main(Number(process.argv[2] ?? 5000))
}

async function main(many) {
  const few = await residentWith(FEW)
  const grown = (await residentWith(many)) - few
  const each = grown / (many - FEW) / 1024
  console.log(`${many} virtual users with one idle connection each: ${each.toFixed(1)} KB per virtual user`)
}

async function residentWith(vus) {
  const server = fork(new URL(import.meta.url), ['server'])
  const { port } = await firstMessage(server)
  const env = { ...process.env, HOST: '127.0.0.1', PORT: String(port), VUS: String(vus) }
  const args = [MAIN, 'run', '--quiet', '--shards', '1', '--include-system-env-vars', SCRIPT]
  const run = spawn(process.execPath, args, { env, stdio: 'ignore' })
  await new Promise((resolve, reject) => {
    server.on('message', ({ open }) => open === vus && resolve())
    run.on('exit', (code) => reject(new Error(`sockeye ended with exit code ${code}`)))
  })
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  const bytes = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(run.pid)], { encoding: 'utf8' })) * 1024
  console.log(`${String(vus).padStart(6)} VUs: ${(bytes / 1024 / 1024).toFixed(0)} MB`)
  run.kill('SIGKILL')
  server.kill()
  return bytes
}
