/**
 * A binary protocol: messages with their length in front, sent in one go and put together again from the pieces that come
 * back. One of them is longer than any single read.
 *
 *   sockeye run --echo examples/tcp/binary-protocol.ts
 */
import { check } from 'k6'
import { Counter } from 'k6/metrics'
import type { Options } from 'k6/options'
import { Socket } from 'k6/x/tcp'
import { encodeFrame, FrameReader } from './lib/frame-reader.ts'

export const options: Options = {
  vus: 2,
  iterations: 4,
  thresholds: {
    checks: ['rate==1'],
    messages_received: ['count==20'],
  },
}

const HOST = __ENV.TCP_ECHO_HOST || 'localhost'
const PORT = __ENV.TCP_ECHO_PORT || 7007
const SIZES = [0, 1, 64, 5_000, 200_000]

const messagesReceived = new Counter('messages_received')

export default async function () {
  const sent = SIZES.map((size) => new Uint8Array(size).fill(size % 251))
  const received: Uint8Array[] = []
  const reader = new FrameReader()
  const socket = new Socket()

  socket.on('data', (data) => {
    for (const message of reader.push(data)) {
      messagesReceived.add(1)
      received.push(message)
    }
    if (received.length === sent.length) socket.destroy()
  })
  socket.on('close', () => {
    check(received, {
      'every message came back': (all) => all.length === sent.length,
      'in order and whole': (all) => all.every((message, i) => isEqual(message, sent[i])),
    })
  })

  await socket.connect(PORT, HOST)
  // Not awaited one by one: bytes leave in the order of the calls.
  await Promise.all(sent.map((payload) => socket.write(encodeFrame(payload))))
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
