/**
 * Many sockets in one virtual user: a dashboard that subscribes to many feeds, or thousands of devices without thousands of
 * copies of the script. A socket costs a few kilobytes.
 *
 *   sockeye run --echo -e SOCKETS=1000 examples/websockets/many-sockets.ts
 */
import { check } from 'k6'
import type { Options } from 'k6/options'
import { WebSocket } from 'k6/websockets'

export const options: Options = {
  vus: 1,
  iterations: 1,
  thresholds: {
    checks: ['rate==1'],
    ws_handshake_failures: ['count==0'],
  },
}

const URL = __ENV.WS_ECHO_URL || 'ws://localhost:7009'
const SOCKETS = Number(__ENV.SOCKETS || 100)

export default async function () {
  const sockets = await Promise.all(Array.from({ length: SOCKETS }, open))
  const answers = await Promise.all(sockets.map((ws, i) => ask(ws, `feed ${i}`)))
  check(answers, { 'every feed gave its own answer': (all) => all.every((text, i) => text === `feed ${i}`) })
  for (const ws of sockets) ws.close()
}

function open(): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(URL)
    ws.onopen = () => resolve(ws)
    ws.onerror = (event) => reject(new Error(event?.error))
  })
}

function ask(ws: WebSocket, text: string): Promise<unknown> {
  return new Promise((resolve) => {
    ws.onmessage = (event) => resolve(event?.data)
    ws.send(text)
  })
}
