/**
 * The smallest WebSocket test: connect, say hello, hear it back, close.
 *
 *   sockeye run --echo examples/websockets/hello.ts
 *
 * An iteration lasts until its sockets are closed, so nothing has to wait for the answer here.
 */
import { check } from 'k6'
import type { Options } from 'k6/options'
import { WebSocket } from 'k6/websockets'

export const options: Options = {
  vus: 2,
  iterations: 4,
  thresholds: {
    checks: ['rate==1'],
    ws_sessions: ['count==4'],
    ws_msgs_received: ['count==4'],
  },
}

const URL = __ENV.WS_ECHO_URL || 'ws://localhost:7009'

export default function () {
  const ws = new WebSocket(URL)
  ws.onopen = () => ws.send('Hello, server!')
  ws.onmessage = (event) => {
    check(event?.data, { 'the greeting came back': (data) => data === 'Hello, server!' })
    ws.close()
  }
  ws.onerror = (event) => console.error(event?.error)
}
