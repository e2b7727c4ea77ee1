/**
 * What goes wrong with connections, and how a script sees it: errors are values to look at, not the end of the test. A socket
 * whose connection was refused may try again.
 *
 *   sockeye run --echo examples/tcp/errors.ts
 */
import { check } from 'k6'
import type { Options } from 'k6/options'
import { Socket, type TCPError } from 'k6/x/tcp'

export const options: Options = {
  vus: 2,
  iterations: 4,
  thresholds: {
    checks: ['rate==1'],
    tcp_sockets: ['count==4'],
    // One refused connection and one unknown encoding per iteration.
    tcp_errors: ['count==8'],
  },
}

const HOST = __ENV.TCP_ECHO_HOST || 'localhost'
const PORT = __ENV.TCP_ECHO_PORT || 7007
/** Nothing listens there. */
const CLOSED_PORT = 1

export default async function () {
  const socket = new Socket()
  let events = 0
  socket.on('error', () => {
    events += 1
  })

  const refused = await failure(socket.connect(CLOSED_PORT, HOST))
  check(refused, {
    'a refused connection is an error': (error) => error?.name === 'TCPError' && error.method === 'connect',
    'it says why': (error) => error?.message.includes('connection refused') === true,
  })
  check(socket, { 'the socket can try again': (s) => s.ready_state === 'disconnected' })

  await socket.connect(PORT, HOST)
  const encoding = 'latin1' as 'utf8'
  const refusedWrite = await failure(socket.write('x', { encoding }))
  check(refusedWrite, { 'an unknown encoding is an error': (error) => error?.method === 'write' })

  const closed = new Promise<void>((resolve) => socket.on('close', resolve))
  socket.destroy()
  await closed
  const late = await failure(socket.write('x'))
  check(late, { 'a closed socket takes no bytes': (error) => error?.message === 'no active connection' })
  check(events, { 'errors were also events': (count) => count === 2 })
}

/** What a promise is rejected with; undefined if it is not. */
async function failure(promise: Promise<unknown>): Promise<TCPError | undefined> {
  try {
    await promise
    return undefined
  } catch (error) {
    return error as TCPError
  }
}
