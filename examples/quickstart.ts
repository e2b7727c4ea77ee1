/**
 * The first load test: fifty virtual users, ten seconds, one TCP connection per iteration, a hundred messages on each.
 *
 *   sockeye run --echo examples/quickstart.ts       starts the echo server beside the test
 *   sockeye run examples/quickstart.ts              uses one that is running (`sockeye echo`)
 */
import { check } from 'k6'
import { Trend } from 'k6/metrics'
import { Socket } from 'k6/x/tcp'

export const options = {
  vus: 50,
  duration: '10s',
  thresholds: {
    checks: ['rate == 1'],
    tcp_errors: ['count == 0'],
    round_trip: ['p(95) < 250'],
  },
}

const MESSAGES = 100
const message = 'sixty-four bytes, as chat and games and trading tend to send …'

const roundTrip = new Trend('round_trip', true)

export default async function () {
  const socket = new Socket()
  let received = 0
  let sentAt = 0

  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  const send = () => {
    sentAt = performance.now()
    socket.write(message)
  }
  socket.on('data', () => {
    roundTrip.add(performance.now() - sentAt)
    received += 1
    if (received === MESSAGES) socket.destroy()
    else send()
  })

  await socket.connect(__ENV.TCP_ECHO_PORT || 7007, __ENV.TCP_ECHO_HOST || '127.0.0.1')
  send()
  await closed
  check(received, { 'every message came back': (count) => count === MESSAGES })
}
