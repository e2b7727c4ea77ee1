/**
 * An authenticated handshake: a token in a header, a session cookie from the jar, a subprotocol; and what the server made of it.
 *
 *   sockeye run --echo -e TOKEN=secret examples/ws/login.ts
 *
 * The echo server takes every token and the first subprotocol.
 */
import { check, fail } from 'k6'
import http from 'k6/http'
import type { Options } from 'k6/options'
import ws from 'k6/ws'

export const options: Options = {
  vus: 2,
  iterations: 4,
  userAgent: 'example/1.0',
  thresholds: {
    checks: ['rate==1'],
    'ws_sessions{status:101,subproto:chat.v2}': ['count==4'],
    ws_connecting: ['p(95)<2000'],
  },
}

const URL = __ENV.WS_ECHO_URL || 'ws://127.0.0.1:7009'
const TOKEN = __ENV.TOKEN || 'example-token'

export default function () {
  const jar = http.cookieJar()
  jar.set(URL.replace(/^ws/, 'http'), 'session', 'abc123')

  const params = {
    headers: {
      Authorization: `Bearer ${TOKEN}`,
      'Sec-WebSocket-Protocol': 'chat.v2, chat.v1',
    },
    jar,
    tags: { login: 'token' },
  }
  const response = ws.connect(`${URL}/private`, params, (socket) => {
    socket.on('open', () => socket.send('who am I?'))
    socket.on('message', () => socket.close(1000))
  })

  // Without a session there is a reason: the HTTP status, or the error if there was no answer at all.
  if (response.status !== 101) fail(`not let in: ${response.status} ${response.error} ${response.body}`)
  check(response, { 'the server speaks our protocol': (r) => r.headers['Sec-Websocket-Protocol'] === 'chat.v2' })
}
