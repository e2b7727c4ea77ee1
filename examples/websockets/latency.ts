/**
 * Latency in two ways: pings of the protocol, which only the server's network layer sees (metric ws_ping), and messages, which pass
 * through the application (a trend of our own).
 *
 *   sockeye run --echo examples/websockets/latency.ts
 */
import { Trend } from 'k6/metrics'
import type { Options } from 'k6/options'
import { WebSocket } from 'k6/websockets'

export const options: Options = {
  vus: 2,
  iterations: 4,
  thresholds: {
    ws_ping: ['p(95)<1000'],
    round_trip: ['p(95)<1000'],
    ws_msgs_received: ['count==20'],
  },
}

const URL = __ENV.WS_ECHO_URL || 'ws://localhost:7009'
const ROUNDS = 5
const roundTrip = new Trend('round_trip', true)

export default function () {
  const ws = new WebSocket(URL)
  let rounds = 0
  let sentAt = 0

  const ask = (): void => {
    sentAt = Date.now()
    ws.send('are you there?')
  }
  ws.onopen = ask
  ws.onmessage = () => {
    roundTrip.add(Date.now() - sentAt)
    ws.ping()
  }
  ws.onpong = () => {
    if (++rounds < ROUNDS) ask()
    else ws.close()
  }
}
