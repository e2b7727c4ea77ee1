/** One TCP message there and back: the least that is a test. */
export const text = `/*
 * sockeye run --echo {{ .ScriptName }}      against the built-in echo server
 */
import { check } from 'k6'
import { Socket } from 'k6/x/tcp'

export const options = {
  vus: 10,
  duration: '10s',
}

// With --echo the address of the echo server is in these variables; put the address of yours here.
const HOST = __ENV.TCP_ECHO_HOST || '127.0.0.1'
const PORT = __ENV.TCP_ECHO_PORT || 7007

// What a virtual user does, again and again. An iteration lasts until its sockets are closed.
export default async function () {
  const socket = new Socket()

  socket.on('data', (data) => {
    check(data, { 'the answer has the length of the question': (d) => d.length === 5 })
    socket.destroy()
  })
  socket.on('error', (error) => console.error(error.message))

  await socket.connect(PORT, HOST)
  await socket.write('hello')
}
`
