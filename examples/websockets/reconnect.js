/**
 * A client that reconnects after a while, a little later each time, and gives up in the end: what applications do when a
 * server restarts.
 *
 *   sockeye run examples/websockets/reconnect.js
 *
 * Nobody listens on port 1, so every attempt fails. The failures are measured, with the reason as a tag.
 */
import { check } from 'k6'
import { WebSocket } from 'k6/websockets'

export const options = {
  vus: 2,
  iterations: 4,
  thresholds: { checks: ['rate==1'], 'ws_handshake_failures{reason:refused}': ['count==16'] },
}

const URL = __ENV.UNREACHABLE_URL || 'ws://127.0.0.1:1'
const ATTEMPTS = 4
const FIRST_DELAY_MS = 5

export default function () {
  let attempts = 0

  const connect = () => {
    attempts++
    const ws = new WebSocket(URL)
    ws.onopen = () => ws.close()
    ws.onclose = (event) => {
      if (event.wasClean) return
      if (attempts < ATTEMPTS) setTimeout(connect, FIRST_DELAY_MS * 2 ** attempts)
      else check(attempts, { 'it tried often enough': (n) => n === ATTEMPTS })
    }
  }
  connect()
}
