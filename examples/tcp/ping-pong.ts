/**
 * As many round trips as the server gives, on connections that stay open: what to measure a server's throughput with. The rate of
 * `tcp_reads` in the summary is the number of round trips per second.
 *
 *   sockeye run --echo --vus 100 --duration 30s examples/tcp/ping-pong.ts
 */
import type { Options } from 'k6/options'
import { Socket } from 'k6/x/tcp'

export const options: Options = {
  vus: 2,
  duration: '1s',
  thresholds: {
    tcp_reads: ['count>100'],
    tcp_errors: ['count==0'],
    iterations: ['count>=2'],
  },
}

const HOST = __ENV.TCP_ECHO_HOST || 'localhost'
const PORT = __ENV.TCP_ECHO_PORT || 7007
const ROUND_TRIPS = 100
const MESSAGE = new Uint8Array(64).fill(0x2e)

export default async function () {
  const socket = new Socket()
  let received = 0

  socket.on('data', (data) => {
    received += data.length
    if (received === ROUND_TRIPS * MESSAGE.length) socket.destroy()
    else if (received % MESSAGE.length === 0) socket.write(MESSAGE)
  })

  await socket.connect(PORT, HOST)
  socket.write(MESSAGE)
}
