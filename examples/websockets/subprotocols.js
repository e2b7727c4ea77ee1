/**
 * Subprotocols, headers and cookies of the handshake.
 *
 *   sockeye run --echo examples/websockets/subprotocols.js
 *
 * A server that knows none of the subprotocols may still accept the connection; `protocol` is then empty.
 */
import { check } from 'k6'
import http from 'k6/http'
import { WebSocket } from 'k6/websockets'

export const options = {
  vus: 2,
  iterations: 4,
  thresholds: { checks: ['rate==1'], 'ws_sessions{client:example}': ['count==4'] },
}

const URL = __ENV.WS_ECHO_URL || 'ws://localhost:7009'
const PROTOCOLS = ['chat.v2', 'chat.v1']

export default function () {
  const jar = new http.CookieJar()
  jar.set(URL.replace(/^ws/, 'http'), 'session', `vu-${__VU}`)

  const ws = new WebSocket(URL, PROTOCOLS, {
    headers: { Authorization: 'Bearer secret' },
    tags: { client: 'example' },
    jar,
  })
  ws.onopen = () => {
    check(ws.protocol, { 'the server chose one of ours, or none': (name) => name === '' || PROTOCOLS.includes(name) })
    ws.close(1000, 'seen enough')
  }
  ws.onclose = (event) =>
    check(event, { 'both sides agreed to close': ({ code, wasClean }) => code === 1000 && wasClean })
}
