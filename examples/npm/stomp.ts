/**
 * STOMP over WebSocket with the package `@stomp/stompjs`, which uses the global WebSocket: its metrics are ws_*.
 *
 *   npm install @stomp/stompjs
 *   sockeye run -e STOMP_URL=ws://localhost:15674/ws examples/npm/stomp.ts
 */
import { Client } from '@stomp/stompjs'
import { check } from 'k6'

export const options = {
  vus: 200,
  iterations: 200,
  thresholds: { checks: ['rate==1'], ws_sessions: ['count==200'] },
}

export default async function () {
  const client = new Client({ brokerURL: __ENV.STOMP_URL || 'ws://localhost:15674/ws', reconnectDelay: 0 })
  const connected = new Promise<void>((resolve, reject) => {
    client.onConnect = () => resolve()
    client.onWebSocketError = () => reject(new Error('no connection'))
    client.onStompError = ({ headers }) => reject(new Error(headers['message']))
  })
  client.activate()
  await connected
  const message = new Promise<string>((resolve) => {
    client.subscribe(`/topic/${__VU}`, ({ body }) => resolve(body))
  })
  client.publish({ destination: `/topic/${__VU}`, body: `hello ${__ITER}` })
  check(await message, { 'the message came back': (text) => text === `hello ${__ITER}` })
  await client.deactivate()
}
