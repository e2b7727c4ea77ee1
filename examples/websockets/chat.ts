/**
 * A chat client: joins, says something every now and then, leaves after a while. Each kind of message is a JSON object.
 *
 *   sockeye run --echo examples/websockets/chat.ts
 *
 * The echo server answers with what it was sent, so every user hears only themselves.
 */
import { check } from 'k6'
import { Counter } from 'k6/metrics'
import type { Options } from 'k6/options'
import { WebSocket } from 'k6/websockets'

export const options: Options = {
  vus: 3,
  iterations: 6,
  thresholds: {
    checks: ['rate==1'],
    'ws_msgs_sent{room:lobby}': ['count>=24'],
    said: ['count==18'],
  },
}

interface ChatMessage {
  readonly type: 'join' | 'say' | 'leave'
  readonly user: string
  readonly text?: string
}

const URL = __ENV.WS_ECHO_URL || 'ws://localhost:7009'
const TIMES = 3
const said = new Counter('said')

export default function () {
  const user = `user-${__VU}`
  const ws = new WebSocket(URL, null, { tags: { room: 'lobby' } })
  const tell = (message: ChatMessage): void => ws.send(JSON.stringify(message))

  ws.onopen = () => {
    tell({ type: 'join', user })
    let times = 0
    const timer = setInterval(() => {
      tell({ type: 'say', user, text: `line ${times}` })
      said.add(1)
      if (++times < TIMES) return
      clearInterval(timer)
      tell({ type: 'leave', user })
    }, 20)
  }

  ws.onmessage = (event) => {
    const message = JSON.parse(event?.data as string) as ChatMessage
    check(message, { 'it is our own': ({ user: from }) => from === user })
    if (message.type === 'leave') ws.close()
  }
}
