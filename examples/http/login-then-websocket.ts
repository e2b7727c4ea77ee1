/**
 * Logs in over HTTP, then opens a WebSocket as the user who has logged in: with the token of the answer and the session cookie that
 * came with it. The cookie goes along by itself, because requests and sockets of a virtual user share one jar.
 *
 *   sockeye run --echo examples/http/login-then-websocket.ts
 *
 * The echo server lets everybody in, and sends back what it is told.
 */
import { check, fail } from 'k6'
import http from 'k6/http'
import type { Options } from 'k6/options'
import ws from 'k6/ws'

export const options: Options = {
  vus: 2,
  iterations: 6,
  thresholds: {
    checks: ['rate==1'],
    http_req_failed: ['rate==0'],
    'http_req_duration{name:login}': ['p(95)<2000'],
    'ws_sessions{status:101}': ['count==6'],
  },
}

const WS_URL = __ENV.WS_ECHO_URL || 'ws://127.0.0.1:7009'
const HTTP_URL = WS_URL.replace(/^ws/, 'http')

export default function () {
  const login = http.post(`${HTTP_URL}/login`, { user: `user${__VU}`, password: 'secret' }, { tags: { name: 'login' } })
  check(login, { 'a session cookie came': (r) => r.cookies.session?.length === 1 })
  // Without a session there is a reason: the HTTP status, or the error if there was no answer at all.
  if (login.status !== 200) fail(`not let in: ${login.status} ${login.error}`)

  const params = { headers: { Authorization: `Bearer ${login.json('token')}` } }
  const session = ws.connect(`${WS_URL}/private`, params, (socket) => {
    socket.on('open', () => socket.send('who am I?'))
    socket.on('message', (text) => {
      check(text, { 'the server answered': (t) => t === 'who am I?' })
      socket.close()
    })
  })
  check(session, { 'the socket opened': (r) => r.status === 101 })
}
