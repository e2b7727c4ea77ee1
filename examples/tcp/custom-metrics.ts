/**
 * Metrics of your own, of all four types, with goals: round trips are timed, large ones apart from small ones.
 *
 *   sockeye run --echo examples/tcp/custom-metrics.ts
 */
import { Counter, Gauge, Rate, Trend } from 'k6/metrics'
import type { Options } from 'k6/options'
import { Socket } from 'k6/x/tcp'

export const options: Options = {
  vus: 2,
  iterations: 4,
  thresholds: {
    'round_trip_time{size:small}': ['med<1000', 'max>0'],
    'round_trip_time{size:large}': ['p(90)<5000', 'max>0'],
    bytes_echoed: ['count==400400'],
    answers_intact: ['rate==1'],
    largest_message: ['value==100000'],
  },
}

const HOST = __ENV.TCP_ECHO_HOST || 'localhost'
const PORT = __ENV.TCP_ECHO_PORT || 7007

const roundTripTime = new Trend('round_trip_time', true)
const bytesEchoed = new Counter('bytes_echoed')
const answersIntact = new Rate('answers_intact')
const largestMessage = new Gauge('largest_message')

export default async function () {
  const socket = new Socket()
  await socket.connect(PORT, HOST)
  await measure(socket, 100, 'small')
  await measure(socket, 100_000, 'large')
  socket.destroy()
}

async function measure(socket: Socket, bytes: number, size: string): Promise<void> {
  const message = new Uint8Array(bytes).fill(7)
  const start = Date.now()
  const received = await echo(socket, message)
  // At least a tenth: Date.now() counts whole milliseconds.
  roundTripTime.add(Math.max(0.1, Date.now() - start), { size })
  bytesEchoed.add(received.length)
  answersIntact.add(received.every((byte) => byte === 7))
  largestMessage.add(bytes)
}

/** Writes a message and resolves with as many bytes when they have come back. */
function echo(socket: Socket, message: Uint8Array): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const received: number[] = []
    socket.on('data', (data) => {
      for (const byte of data) received.push(byte)
      if (received.length >= message.length) resolve(received)
    })
    socket.on('error', reject)
    socket.write(message).catch(reject)
  })
}
