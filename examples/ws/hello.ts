/**
 * The smallest test over a WebSocket: connect, send, compare the answer, close.
 *
 *   sockeye run --echo examples/ws/hello.ts
 */
import { check } from 'k6'
import type { Options } from 'k6/options'
import ws from 'k6/ws'

export const options: Options = {
  vus: 2,
  iterations: 4,
  thresholds: {
    checks: ['rate==1'],
    ws_sessions: ['count==4'],
    ws_msgs_received: ['count==4'],
  },
}

const URL = __ENV.WS_ECHO_URL || 'ws://127.0.0.1:7009'

export default function () {
  let answer = ''

  // connect() returns when the session is over; until then only its handlers run.
  const response = ws.connect(URL, (socket) => {
    socket.on('open', () => socket.send('hello'))
    socket.on('message', (text) => {
      answer = text
      socket.close()
    })
  })

  check(response, { 'the handshake succeeded': (r) => r.status === 101 })
  check(answer, { 'the server answered': (text) => text === 'hello' })
}
