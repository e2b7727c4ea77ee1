/**
 * WebSocket with the package `ws`, for those who know its API. `k6/websockets` is faster and has metrics of its own.
 *
 *   npm install ws
 *   sockeye run -e WS_URL=ws://localhost:8080 examples/npm/ws.ts
 */
import { once } from 'node:events'
import { check } from 'k6'
import WebSocket from 'ws'

export const options = {
  vus: 200,
  iterations: 400,
  thresholds: { checks: ['rate==1'], tcp_socket_connecting: ['p(95)<10000'] },
}

export default async function () {
  const socket = new WebSocket(__ENV.WS_URL || 'ws://localhost:8080')
  await once(socket, 'open')
  socket.send(`hello ${__VU}`)
  const [message] = await once(socket, 'message')
  check(message, { 'the echo': (data) => data.toString() === `hello ${__VU}` })
  socket.close()
  await once(socket, 'close')
}
