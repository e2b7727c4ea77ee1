/**
 * SignalR with the package `@microsoft/signalr`: negotiation over HTTP, then WebSocket, and a call of a hub's method.
 *
 *   npm install @microsoft/signalr
 *   sockeye run -e SIGNALR_URL=http://localhost:5000/chat examples/npm/signalr.ts
 */
import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr'
import { check } from 'k6'
import { Trend } from 'k6/metrics'

export const options = {
  vus: 200,
  iterations: 200,
  sharedPackages: ['@microsoft/signalr'],
  thresholds: { checks: ['rate==1'], hub_call: ['p(95)<20000'] },
}

const calls = new Trend('hub_call', true)

export default async function () {
  const connection = new HubConnectionBuilder()
    .withUrl(__ENV.SIGNALR_URL || 'http://localhost:5000/chat')
    .configureLogging(LogLevel.None)
    .build()
  await connection.start()
  const start = Date.now()
  const answer = await connection.invoke('Echo', `hello ${__VU}`)
  calls.add(Date.now() - start)
  check(answer, { 'the echo': (text) => text === `hello ${__VU}` })
  await connection.stop()
}
