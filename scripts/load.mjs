// npm run test:load [-- --scale 0.1]: checks the numbers of docs/reliability.md against a server on this machine.
//
// Prints one line for each promise; the exit code is 1 when one does not hold. `--scale` makes everything smaller. The full size needs
// `ulimit -n 65536`. Memory is the peak in /proc, and 0 on systems without it.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { root, run } from './lib.mjs'

// What is measured is the process of the test, not its supervisor.
process.env.SOCKEYE_SUPERVISOR = 'off'

const { values } = parseArgs({ options: { scale: { type: 'string', default: '1' }, 'no-build': { type: 'boolean' } } })
const scale = Number(values.scale)
const many = (count) => Math.max(1, Math.round(count * scale))
const command = join(root, 'dist', 'cli', 'main.js')
const folder = mkdtempSync(join(tmpdir(), 'sockeye-load-'))
const script = join(folder, 'script.js')
const summary = join(folder, 'summary.json')

if (!values['no-build']) run(process.execPath, [join(root, 'scripts', 'build.mjs')])

/** Sends back what it gets. */
const echo = createServer((socket) => {
  socket.on('data', (data) => socket.write(data))
  socket.on('error', () => {})
})
await new Promise((resolve) => echo.listen(0, '127.0.0.1', 16_384, resolve))
const { port } = echo.address()

const CONNECT = `
  import { Socket } from 'k6/x/tcp'
  const connect = async () => {
    const socket = new Socket()
    await socket.connect(${port}, '127.0.0.1')
    return socket
  }`

/** Runs a script to its end; returns its metrics, the exit code and the peak of its memory in MB. */
async function play(source, flags, { killAfter } = {}) {
  writeFileSync(script, `${CONNECT}\n${source}`)
  rmSync(summary, { force: true })
  const child = spawn(
    process.execPath,
    [command, 'run', '-q', '--summary-export', summary, ...flags.map(String), script],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let stderr = ''
  child.stderr.on('data', (text) => {
    stderr = (stderr + text).slice(-2000)
  })
  let megabytes = 0
  const look = setInterval(() => {
    megabytes = Math.max(megabytes, highestMemory(child.pid))
  }, 500)
  if (killAfter !== undefined) sleep(killAfter).then(() => child.kill('SIGKILL'))
  const exitCode = await new Promise((resolve) => child.on('close', resolve))
  clearInterval(look)
  if (killAfter === undefined && exitCode !== 0) throw new Error(`the run ended with ${exitCode}: ${stderr}`)
  return {
    exitCode,
    megabytes,
    metrics: killAfter === undefined ? JSON.parse(readFileSync(summary, 'utf8')).metrics : {},
  }
}

function highestMemory(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

const PROMISES = {
  'idle connections': async () => {
    const count = many(19_000)
    const { megabytes, metrics } = await play(
      `import { Counter } from 'k6/metrics'
       const open = new Counter('opened')
       export default async function () {
         const socket = await connect()
         open.add(1)
         await new Promise((resolve) => setTimeout(resolve, 30000))
         socket.destroy()
       }`,
      ['--vus', count, '--iterations', count],
    )
    // In MB: 100 without connections, and 280 for 19,000 of them.
    const limit = 100 + (280 * count) / 19_000
    return {
      holds: metrics.opened.count === count && megabytes <= limit,
      seen: `${metrics.opened.count} of ${count} open, ${Math.round(megabytes)} MB (at most ${Math.round(limit)})`,
    }
  },
  'ping-pong for 60 s': async () => {
    const count = many(5000)
    const { metrics } = await play(
      `import { Counter } from 'k6/metrics'
       const sent = new Counter('sent'), received = new Counter('received')
       export default async function () {
         const socket = await connect()
         const end = Date.now() + ${60_000 * Math.max(0.1, scale)}
         let answered
         socket.on('data', () => { received.add(1); answered() })
         while (Date.now() < end) {
           const answer = new Promise((resolve) => { answered = resolve })
           sent.add(1)
           await socket.write('ping')
           await answer
         }
         socket.destroy()
       }`,
      ['--vus', count, '--iterations', count],
    )
    return {
      holds: metrics.sent.count === metrics.received.count,
      seen: `${count} VUs, ${metrics.sent.count} sent, ${metrics.received.count} came back`,
    }
  },
  'close storm': async () => {
    const count = many(5000)
    const { metrics } = await play(
      `import { Counter } from 'k6/metrics'
       const closed = new Counter('closed')
       export default async function () {
         const socket = await connect()
         const gone = new Promise((resolve) => socket.on('close', resolve))
         await new Promise((resolve) => setTimeout(resolve, Math.max(0, 10000 - (Date.now() % 10000))))
         socket.destroy()
         await gone
         closed.add(1)
       }`,
      ['--vus', count, '--iterations', count],
    )
    return { holds: metrics.closed.count === count, seen: `${metrics.closed.count} of ${count} closed at one moment` }
  },
  'kill -9': async () => {
    const out = join(folder, 'samples.json')
    const startedAt = Date.now()
    await play(
      'export default async function () { await new Promise((resolve) => setTimeout(resolve, 10)) }',
      ['--vus', 10, '--duration', '60s', '--out', `json=${out}`],
      { killAfter: 8000 },
    )
    const lines = readFileSync(out, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
    const last = Math.max(...lines.map((line) => Date.parse(JSON.parse(line).data.time ?? 0) || 0))
    const lost = startedAt + 8000 - last
    return { holds: lost <= 1500, seen: `the last sample is ${lost} ms older than the kill` }
  },
}

let failures = 0
for (const [name, measure] of Object.entries(PROMISES)) {
  const { holds, seen } = await measure().catch((error) => ({ holds: false, seen: error.message }))
  if (!holds) failures++
  console.log(`${holds ? 'holds' : 'FAILS'}  ${name}: ${seen}`)
}
echo.close()
rmSync(folder, { recursive: true })
process.exit(failures > 0 ? 1 : 0)
