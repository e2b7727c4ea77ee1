/** WebSocket through k6/ws: a session with events and timers, which blocks the virtual user until it is closed. */
export const text = `/*
 * WebSocket sessions with k6/ws: connect() returns when the session is over.
 *
 *   sockeye run --echo {{ .ScriptName }}                              against the built-in echo server
 *   sockeye run -e WS_ECHO_URL=wss://example.com/chat {{ .ScriptName }}
 */
import { check, sleep } from 'k6'
import ws from 'k6/ws'

export const options = {
  vus: 10,
  duration: '20s',
  // The exit code is 99 when one of these is missed.
  thresholds: {
    checks: ['rate>0.99'],
    ws_connecting: ['p(95)<500'],
  },
}

const URL = __ENV.WS_ECHO_URL || 'ws://127.0.0.1:7009'
const SESSION_MS = 3000
const MESSAGE_EVERY_MS = 500

export default function () {
  let sent = 0
  let received = 0

  const response = ws.connect(URL, { tags: { kind: 'chat' } }, (socket) => {
    socket.on('open', () => {
      socket.setInterval(() => {
        sent++
        socket.send(JSON.stringify({ number: sent, text: 'hello' }))
      }, MESSAGE_EVERY_MS)
      socket.setTimeout(() => socket.close(), SESSION_MS)
    })
    socket.on('message', (text) => {
      received++
      check(JSON.parse(text), { 'messages come back in order': (message) => message.number === received })
    })
    socket.on('error', (error) => console.error(error.error()))
  })

  check(response, { 'the session was opened': (r) => r && r.status === 101 })
  check(received, { 'messages came back': (count) => count > 0 })
  sleep(1)
}
`
