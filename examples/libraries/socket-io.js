/**
 * A Socket.IO client: events, acknowledgements, and the transport `websocket` only, because long polling needs HTTP.
 *
 *   npm install socket.io-client
 *   sockeye run -e SOCKET_IO_URL=http://localhost:3000 examples/libraries/socket-io.js
 *
 * The server must answer the event `add` (two numbers) through its acknowledgement, and `echo` with an event `echoed`.
 */
import { check } from 'k6'
import { io } from 'socket.io-client'

export const options = {
  vus: 2,
  iterations: 4,
  // Its build for browsers: the global WebSocket, measured as ws_*.
  browserPackages: ['socket.io-client'],
  thresholds: {
    checks: ['rate==1'],
    ws_sessions: ['count==4'],
    ws_msgs_received: ['count>=16'],
  },
}

const SOCKET_IO_URL = __ENV.SOCKET_IO_URL || 'http://localhost:3000'

export default async function () {
  const socket = io(SOCKET_IO_URL, { transports: ['websocket'], reconnection: false, forceNew: true })
  await new Promise((resolve, reject) => {
    socket.on('connect', () => resolve())
    socket.on('connect_error', reject)
  })

  const sum = await socket.emitWithAck('add', 2, 3)
  const echoed = new Promise((resolve) => socket.once('echoed', (data) => resolve(new Uint8Array(data))))
  socket.emit('echo', new Uint8Array([1, 2, 3]))

  check(sum, { 'the server can add': (value) => value === 5 })
  check(await echoed, { 'binary data came back': (bytes) => bytes.join() === '1,2,3' })
  socket.disconnect()
}
