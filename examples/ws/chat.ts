/**
 * A chat session: users join, say something now and then, and leave. Messages are JSON; their way there and back is measured.
 *
 *   sockeye run --echo examples/ws/chat.ts
 *
 * The echo server is a room of which everybody is the only member. With a real one, answers of other users come in between.
 */
import { check } from 'k6'
import exec from 'k6/execution'
import { Counter, Trend } from 'k6/metrics'
import type { Options } from 'k6/options'
import ws, { type Socket } from 'k6/ws'

const delivered = new Counter('chat_messages_delivered')
const latency = new Trend('chat_latency', true)

const LINES = ['hello', 'how is everybody?', 'well, bye']

export const options: Options = {
  vus: 3,
  iterations: 3,
  thresholds: {
    checks: ['rate==1'],
    chat_messages_delivered: ['count==9'],
    chat_latency: ['p(95)<1000'],
    'ws_session_duration{room:lobby}': ['max<10000'],
  },
}

const URL = __ENV.WS_ECHO_URL || 'ws://127.0.0.1:7009'

interface ChatMessage {
  event: 'join' | 'say' | 'leave'
  user: string
  text?: string
  sentAt: number
}

export default function () {
  const user = `user${exec.vu.idInTest}`
  let failure = ''

  const response = ws.connect(`${URL}/chat`, { tags: { room: 'lobby' } }, (socket) => {
    socket.on('open', () => {
      post(socket, { event: 'join', user })
      LINES.forEach((text, i) => {
        socket.setTimeout(() => post(socket, { event: 'say', user, text }), (i + 1) * 100)
      })
      socket.setTimeout(() => post(socket, { event: 'leave', user }), (LINES.length + 1) * 100)
    })

    socket.on('message', (text) => {
      const message = JSON.parse(text) as ChatMessage
      if (message.user !== user) return
      if (message.event === 'leave') socket.close(1000)
      if (message.event !== 'say') return
      delivered.add(1)
      latency.add(Date.now() - message.sentAt)
    })

    socket.on('error', (error) => {
      failure = error.error()
      socket.close()
    })
  })

  check(response, { 'the room was open': (r) => r.status === 101 })
  check(failure, { 'the session went well': (text) => text === '' })
}

function post(socket: Socket, message: Omit<ChatMessage, 'sentAt'>): void {
  socket.send(JSON.stringify({ ...message, sentAt: Date.now() }))
}
