/**
 * The smallest TCP test: connect, say hello, hear it back, close.
 *
 *   sockeye run --echo examples/tcp/hello.ts
 *
 * An iteration lasts until its sockets are closed, so nothing has to wait for the answer here.
 */
import { check } from 'k6'
import type { Options } from 'k6/options'
import { Socket } from 'k6/x/tcp'

export const options: Options = {
  vus: 2,
  iterations: 4,
  thresholds: {
    checks: ['rate==1'],
    tcp_sockets: ['count==4'],
    tcp_reads: ['count>=4'],
  },
}

const HOST = __ENV.TCP_ECHO_HOST || 'localhost'
const PORT = __ENV.TCP_ECHO_PORT || 7007

export default async function () {
  const socket = new Socket()

  socket.on('data', (data) => {
    const text = String.fromCharCode(...data)
    check(text, { 'the greeting came back': (t) => t === 'Hello, server!' })
    socket.destroy()
  })
  socket.on('error', (error) => console.error(error.message))

  await socket.connect(PORT, HOST)
  await socket.write('Hello, server!')
}
