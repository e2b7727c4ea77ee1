/**
 * Socket.IO with the package `socket.io-client`, long polling first and then WebSocket, as it does by itself.
 *
 *   npm install socket.io-client
 *   sockeye run -e SOCKET_IO_URL=http://localhost:3000 examples/npm/socket-io.ts
 */
import { check } from 'k6'
import { Trend } from 'k6/metrics'
import { io } from 'socket.io-client'

export const options = {
  vus: 200,
  iterations: 200,
  sharedPackages: ['socket.io-client'],
  thresholds: { checks: ['rate==1'], socket_io_ack: ['p(95)<20000'] },
}

const acknowledgements = new Trend('socket_io_ack', true)

export default async function () {
  const socket = io(__ENV.SOCKET_IO_URL || 'http://localhost:3000', { reconnection: false, forceNew: true })
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', resolve)
    socket.on('connect_error', reject)
  })
  const upgraded = new Promise<string>((resolve) => {
    const { engine } = socket.io
    if (engine.transport.name === 'websocket') resolve('websocket')
    else engine.once('upgrade', (transport) => resolve(transport.name))
  })
  const start = Date.now()
  const sum = await socket.emitWithAck('add', __VU, __ITER)
  acknowledgements.add(Date.now() - start)
  check(sum, { 'the sum': (value) => value === __VU + __ITER })
  check(await upgraded, { 'upgraded to WebSocket': (name) => name === 'websocket' })
  socket.disconnect()
}
