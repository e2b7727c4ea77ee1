// The test that the build runs for the code cache of V8 (code-recorder.cjs). It uses a little of everything, with the built-in echo server.
import { check, group, sleep } from 'k6'
import { Counter, Trend } from 'k6/metrics'
import { WebSocket } from 'k6/websockets'
import ws from 'k6/ws'
import { Socket } from 'k6/x/tcp'

export const options = {
  thresholds: { checks: ['rate==1'], replies: ['count>0'] },
  scenarios: {
    open: { executor: 'constant-arrival-rate', rate: 20, duration: '1s', preAllocatedVUs: 5, exec: 'tcp' },
    closed: { executor: 'ramping-vus', stages: [{ target: 3, duration: '1s' }], exec: 'blocking' },
    standard: { executor: 'per-vu-iterations', vus: 2, iterations: 3, exec: 'websockets' },
  },
}

const replies = new Counter('replies')
const roundTrip = new Trend('round_trip', true)

export function setup() {
  return { message: 'ping' }
}

export async function tcp({ message }: { message: string }) {
  const socket = new Socket()
  const reply = new Promise((resolve) => {
    socket.on('data', (data: Uint8Array) => resolve(data))
  })
  await socket.connect(Number(__ENV.TCP_ECHO_PORT), __ENV.TCP_ECHO_HOST)
  const start = Date.now()
  await socket.write(message)
  check(await reply, { echoed: (data) => (data as Uint8Array).length === message.length })
  roundTrip.add(Date.now() - start)
  replies.add(1)
  socket.destroy()
}

export function blocking({ message }: { message: string }) {
  group('session', () => {
    const response = ws.connect(__ENV.WS_ECHO_URL, (socket) => {
      socket.on('open', () => socket.send(message))
      socket.on('message', () => {
        replies.add(1)
        socket.close()
      })
    })
    check(response, { upgraded: ({ status }) => status === 101 })
  })
  sleep(0.05)
}

export function websockets({ message }: { message: string }) {
  const socket = new WebSocket(__ENV.WS_ECHO_URL)
  socket.onopen = () => socket.send(message)
  socket.onmessage = ({ data }) => {
    check(data, { echoed: (text) => text === message })
    replies.add(1)
    socket.close()
  }
}
