/**
 * A server that does not answer: `timeout` fires each time nothing was received for a while, and the script decides what that
 * means. Here the first silence sends a reminder and the second one, after the answer to it, ends the conversation.
 *
 *   sockeye run --echo examples/tcp/timeouts.ts
 */
import { check } from 'k6'
import type { Options } from 'k6/options'
import { Socket } from 'k6/x/tcp'

export const options: Options = {
  vus: 2,
  iterations: 4,
  thresholds: {
    checks: ['rate==1'],
    tcp_timeouts: ['count==8'],
    // Two silences of 250 ms each.
    tcp_socket_duration: ['min>=490'],
  },
}

const HOST = __ENV.TCP_ECHO_HOST || 'localhost'
const PORT = __ENV.TCP_ECHO_PORT || 7007
const SILENCE_MS = 250

export default async function () {
  const socket = new Socket()
  let timeouts = 0
  let received = ''

  socket.setTimeout(SILENCE_MS).on('data', (data) => {
    received += String.fromCharCode(...data)
  })
  socket.on('timeout', () => {
    timeouts += 1
    if (timeouts === 1) socket.write('are you there?')
    else socket.destroy()
  })
  socket.on('close', () => {
    check(received, { 'the reminder was answered': (text) => text === 'are you there?' })
    check(timeouts, { 'silence was noticed twice': (count) => count === 2 })
  })

  await socket.connect(PORT, HOST)
}
