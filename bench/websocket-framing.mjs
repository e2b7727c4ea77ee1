/**
 * The WebSocket client of sockeye without the engine, against that of the `ws` package, on the same echo server. Variants take turns, so that
 * ratios are right on a busy machine, too.
 *
 *   ping-pong   64-byte text on 100 connections, round trips a second
 *   sessions    connect, one message, its echo, close; sessions a second, 50 at a time
 *   large       1 MiB binary messages echoed on 4 connections, a second
 *   burst       messages a second when the server sends 100,000 at once
 *   idle        resident memory per idle connection (run with --expose-gc)
 *
 * Usage   npm run bench -- websocket-framing [rounds] [case…]
 * Smoke   1 ping-pong
 */
import { fork, spawnSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import WebSocket from 'ws'
import { firstMessage, internals, median } from './lib.mjs'

const { Dialer } = await internals('net/dialer')
const { parseNetworkOptions } = await internals('net/options')
const { WebSocketClient } = await internals('net/websocket/client')
const { prepareHandshake } = await internals('net/websocket/handshake')
const { targetOf } = await internals('net/websocket/target')

const CASES = { 'ping-pong': pingPong, sessions, large, burst, idle }
const SECONDS = 2
const dialer = new Dialer(parseNetworkOptions({}))
const nothing = () => {}

/** The client of sockeye with the interface that the cases use; WsSocket has the same. */
class OurSocket {
  constructor(url, events) {
    this.events = events
    this.client = new WebSocketClient(this)
    const options = { headers: [], userAgent: 'bench', cookies: '', protocols: [], deflate: false }
    this.client.open(dialer, prepareHandshake({ ...options, target: targetOf(url) }))
  }
  send(data) {
    if (typeof data === 'string') this.client.sendText(data)
    else this.client.sendBinary(data)
  }
  /** Waits for the server's answer, as `ws` does. */
  close() {
    this.client.close(1000)
  }
  terminate() {
    this.client.destroy()
  }
  onOpen() {
    this.events.open(this)
  }
  onMessage(data) {
    this.events.message(this, data)
  }
  onEnded() {
    this.events.close(this)
  }
  onFailed(error) {
    throw error
  }
  onPing() {}
  onPong() {}
  onDrain() {}
}

/** Closes as k6/ws does: sends a close frame and FIN, and does not wait for the answer. */
class OurImpatientSocket extends OurSocket {
  close() {
    this.client.closeNow(1000)
    this.events.close(this)
  }
}

class WsSocket {
  constructor(url, events) {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    this.socket = socket
    socket.on('open', () => events.open(this))
    socket.on('message', (data, isBinary) => events.message(this, isBinary ? data : data.toString()))
    socket.on('close', () => events.close(this))
  }
  send(data) {
    this.socket.send(data)
  }
  close() {
    this.socket.close(1000)
  }
  terminate() {
    this.socket.terminate()
  }
}

const ours = (url, events) => new OurSocket(url, events)
const impatient = (url, events) => new OurImpatientSocket(url, events)
const ws = (url, events) => new WsSocket(url, events)

if (process.argv[2] === 'idle') await idleOnce(process.argv[3], process.argv[4])
else await main(Number(process.argv[2] ?? 5), process.argv.slice(3))

async function main(rounds, chosen) {
  const server = fork(fileURLToPath(new URL('websocket-echo.mjs', import.meta.url)))
  const port = await firstMessage(server)
  for (const [name, run] of Object.entries(CASES)) {
    if (chosen.length === 0 || chosen.includes(name)) await run(`ws://127.0.0.1:${port}`, rounds)
  }
  server.kill()
}

async function pingPong(url, rounds) {
  const message = 'x'.repeat(64)
  await compare('ping-pong 64 B × 100, round trips/s', rounds, { ws, ours }, async (connect) => {
    let count = 0
    const events = {
      open: (socket) => socket.send(message),
      message(socket, data) {
        if (data.length !== 64) throw new Error('not what was sent')
        count++
        socket.send(message)
      },
      close: nothing,
    }
    const sockets = Array.from({ length: 100 }, () => connect(url, events))
    await pause(300)
    const rate = await perSecond(() => count)
    for (const socket of sockets) socket.terminate()
    return rate
  })
}

async function sessions(url, rounds) {
  const variants = { ws, ours, 'ours, closing at once': impatient }
  await compare('connect + message + close, sessions/s', rounds, variants, async (connect) => {
    let count = 0
    let stopped = false
    const events = {
      open: (socket) => socket.send('hello'),
      message: (socket) => socket.close(),
      close() {
        count++
        if (!stopped) connect(url, events)
      },
    }
    for (let i = 0; i < 50; i++) connect(url, events)
    await pause(300)
    const rate = await perSecond(() => count)
    stopped = true
    return rate
  })
}

async function large(url, rounds) {
  const payload = new Uint8Array(1024 * 1024).fill(7)
  await compare('1 MiB binary × 4, echoes/s', rounds, { ws, ours }, async (connect) => {
    let count = 0
    const events = {
      open: (socket) => socket.send(payload),
      message(socket, data) {
        if (data.byteLength !== payload.length) throw new Error('not what was sent')
        count++
        socket.send(payload)
      },
      close: nothing,
    }
    const sockets = Array.from({ length: 4 }, () => connect(url, events))
    await pause(300)
    const rate = await perSecond(() => count)
    for (const socket of sockets) socket.terminate()
    return rate
  })
}

async function burst(url, rounds) {
  const total = 100_000
  await compare('burst of 100,000 × 64 B, messages/s', rounds, { ws, ours }, async (connect) => {
    const finish = startMeasuring()
    await new Promise((resolve) => {
      let count = 0
      const message = (socket) => {
        if (++count === total) {
          socket.terminate()
          resolve()
        }
      }
      connect(url, { open: (socket) => socket.send(`burst ${total}`), message, close: nothing })
    })
    return finish(total)
  })
}

async function idle(url) {
  console.log('\nidle connections: resident memory of each, 5,000 in a process of its own')
  for (const name of ['ws', 'ours']) {
    spawnSync(process.execPath, ['--expose-gc', fileURLToPath(import.meta.url), 'idle', name, url], {
      stdio: 'inherit',
    })
  }
}

async function idleOnce(name, url) {
  const connect = name === 'ws' ? ws : ours
  const keep = []
  const events = { close: nothing, message: nothing, open: nothing }
  const open = (count) =>
    Promise.all(
      Array.from({ length: count }, () => {
        return new Promise((resolve) => keep.push(connect(url, { ...events, open: resolve })))
      }),
    )
  // The first connections are not measured: they load code and grow the heap for all.
  await open(500)
  const before = await residentBytes()
  for (let i = 0; i < 10; i++) await open(500)
  const after = await residentBytes()
  console.log(`  ${name.padEnd(24)} ${((after - before) / 5000 / 1024).toFixed(1).padStart(8)} KiB`)
  process.exit()
}

async function residentBytes() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc()
    await pause(100)
  }
  return process.memoryUsage.rss()
}

async function compare(title, rounds, variants, measure) {
  const results = Object.fromEntries(Object.keys(variants).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, connect] of Object.entries(variants)) {
      results[name].push(await measure(connect))
      await pause(200)
    }
  }
  console.log(`\n${title}  (medians of ${rounds} rounds)`)
  for (const [name, measured] of Object.entries(results)) {
    const rate = median(measured.map((one) => one.rate)).toFixed(0)
    const ratio = median(measured.map((one, i) => one.rate / results.ws[i].rate)).toFixed(2)
    const cpu = median(measured.map((one) => one.cpu)).toFixed(2)
    console.log(
      `  ${name.padEnd(24)} ${rate.padStart(8)}   ${ratio} of ws   ${cpu.padStart(8)} µs of CPU in this process each`,
    )
  }
}

async function perSecond(count) {
  const before = count()
  const finish = startMeasuring()
  await pause(SECONDS * 1000)
  return finish(count() - before)
}

function startMeasuring() {
  const start = performance.now()
  const cpuBefore = process.cpuUsage()
  return (count) => {
    const { user, system } = process.cpuUsage(cpuBefore)
    return { rate: (count * 1000) / (performance.now() - start), cpu: (user + system) / count }
  }
}
