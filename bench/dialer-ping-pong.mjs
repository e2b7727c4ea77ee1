/**
 * Connections of the dialer against sockets of Node: 64-byte ping-pong over loopback TCP with a server in a process of its own, and the memory of
 * idle connections. Variants take turns, so that ratios are right on a busy machine, too.
 *
 * Usage   npm run bench -- dialer-ping-pong [connections] [seconds] [rounds]
 * Smoke   10 1 1
 */
import { fork } from 'node:child_process'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { firstMessage, internals, median } from './lib.mjs'

const { Dialer } = await internals('net/dialer')
const { parseNetworkOptions } = await internals('net/options')

const MESSAGE = Buffer.alloc(64, 'x')
const IDLE_CONNECTIONS = 5000

async function main(connections, seconds, rounds) {
  const server = fork(new URL(import.meta.url), ['server'])
  const port = await firstMessage(server)
  const variants = {
    "net, 'data' events": rawData,
    'net, onread': rawOnRead,
    dialer: withDialer,
    'dialer, write(…, done)': withDone,
  }
  const results = Object.fromEntries(Object.keys(variants).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, variant] of Object.entries(variants)) {
      results[name].push(await measure(variant, port, connections, seconds))
    }
  }
  printRates(results)
  await printMemory(port)
  server.kill()
}

/** Prints medians over the rounds. Ratios compare variants of the same round. Processor times vary less than rates. */
function printRates(results) {
  const [data, onread] = Object.values(results)
  console.log('variant                    round trips/s   to data   to onread   CPU µs each   to data   to onread')
  for (const [name, rounds] of Object.entries(results)) {
    const rate = (others) => median(rounds.map((round, i) => round.rate / others[i].rate)).toFixed(3)
    const cpu = (others) => median(rounds.map((round, i) => others[i].cpu / round.cpu)).toFixed(3)
    const cells = [
      median(rounds.map((round) => round.rate))
        .toFixed(0)
        .padStart(13),
      rate(data).padStart(9),
      rate(onread).padStart(11),
      median(rounds.map((round) => round.cpu))
        .toFixed(2)
        .padStart(13),
      cpu(data).padStart(9),
      cpu(onread).padStart(11),
    ]
    console.log(name.padEnd(26), cells.join(' '))
  }
}

async function measure(variant, port, connections, seconds) {
  const counter = { roundTrips: 0, stopped: false }
  const closers = await Promise.all(Array.from({ length: connections }, () => variant(port, counter)))
  await pause(200)
  const before = counter.roundTrips
  const start = performance.now()
  const cpu = process.cpuUsage()
  await pause(seconds * 1000)
  const roundTrips = counter.roundTrips - before
  const { user, system } = process.cpuUsage(cpu)
  const result = { rate: (roundTrips * 1000) / (performance.now() - start), cpu: (user + system) / roundTrips }
  counter.stopped = true
  for (const close of closers) close()
  await pause(100)
  return result
}

/** Calls `send` once, and again after every 64 bytes. The returned function must be called with the length of each read. */
function pingPong(counter, send) {
  let received = 0
  send()
  return (length) => {
    received += length
    if (received < 64) return
    received = 0
    counter.roundTrips++
    if (!counter.stopped) send()
  }
}

function rawData(port, counter) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('connect', () => {
      const onRead = pingPong(counter, () => socket.write(MESSAGE))
      socket.on('data', (chunk) => onRead(chunk.length))
      resolve(() => socket.destroy())
    })
  })
}

const shared = Buffer.alloc(65_536)

function rawOnRead(port, counter) {
  return new Promise((resolve) => {
    let onRead
    const callback = (length) => {
      onRead(length)
      return true
    }
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer: shared, callback } })
    socket.on('connect', () => {
      onRead = pingPong(counter, () => socket.write(MESSAGE))
      resolve(() => socket.destroy())
    })
  })
}

const dialer = new Dialer(parseNetworkOptions({}))

function dial(port) {
  return new Promise((resolve, reject) => {
    const listener = { onResolved() {}, onConnected: resolve, onFailed: reject }
    dialer.dial({ host: '127.0.0.1', port, tls: false }, listener)
  })
}

class Player {
  constructor(counter, send) {
    this.onRead = pingPong(counter, send)
  }
  onData(chunk) {
    this.onRead(chunk.length)
  }
  onEnd() {}
  onError() {}
  onClose() {}
}

async function withDialer(port, counter) {
  const connection = await dial(port)
  connection.setListener(new Player(counter, () => connection.write(MESSAGE)))
  return () => connection.destroy()
}

function ignore() {}

async function withDone(port, counter) {
  const connection = await dial(port)
  connection.setListener(new Player(counter, () => connection.write(MESSAGE, ignore)))
  return () => connection.destroy()
}

async function printMemory(port) {
  if (globalThis.gc === undefined) return
  const idle = { onData() {}, onEnd() {}, onError() {}, onClose() {} }
  const kept = []
  for (let i = 0; i < 500; i++) kept.push(await dial(port)) // warm
  const before = await resident()
  for (let i = 0; i < IDLE_CONNECTIONS; i++) {
    const connection = await dial(port)
    connection.setListener(idle)
    kept.push(connection)
  }
  const grown = (await resident()) - before
  console.log(
    `\nidle connections: ${IDLE_CONNECTIONS}, resident memory each: ${(grown / IDLE_CONNECTIONS / 1024).toFixed(1)} KB`,
  )
  for (const connection of kept) connection.destroy()
}

async function resident() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc()
    await pause(50)
  }
  return process.memoryUsage().rss
}

if (process.argv[2] === 'server') {
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('data', (chunk) => socket.write(chunk))
    socket.on('error', () => {})
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send(server.address().port))
} else {
  await main(Number(process.argv[2] ?? 100), Number(process.argv[3] ?? 2), Number(process.argv[4] ?? 5))
}
