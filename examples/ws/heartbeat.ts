/**
 * Connections that mostly wait, kept alive by pings: what a notification service has thousands of.
 *
 *   sockeye run --echo --vus 1000 --duration 30s examples/ws/heartbeat.ts
 *
 * `ws_ping` is the time from each ping to its pong.
 */
import { check } from 'k6'
import type { Options } from 'k6/options'
import ws from 'k6/ws'

const HEARTBEAT_MS = 100
const SESSION_MS = 1050

export const options: Options = {
  vus: 10,
  iterations: 10,
  thresholds: {
    checks: ['rate==1'],
    ws_ping: ['p(95)<1000'],
    ws_session_duration: [`min>=${SESSION_MS}`],
  },
}

const URL = __ENV.WS_ECHO_URL || 'ws://127.0.0.1:7009'

export default function () {
  let beats = 0
  let answers = 0

  ws.connect(URL, (socket) => {
    socket.setInterval(() => {
      beats++
      socket.ping()
    }, HEARTBEAT_MS)
    socket.on('pong', () => {
      answers++
    })
    socket.setTimeout(() => socket.close(), SESSION_MS)
  })

  check(answers, {
    'there were heartbeats': (n) => n > 0,
    // The last one may still be under way.
    'they were answered': (n) => beats - n <= 1,
  })
}
