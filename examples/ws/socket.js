/**
 * Every method and event of a socket: the script of k6's documentation of Socket, with the address and the goals as the only changes.
 *
 *   sockeye run --echo examples/ws/socket.js
 */
// biome-ignore-all lint: the text of the documentation
import { check } from 'k6'
import ws from 'k6/ws'

export const options = {
  thresholds: {
    checks: ['rate==1'],
    ws_msgs_sent: ['count==1'],
    ws_msgs_received: ['count==1'],
    ws_session_duration: ['min>=2000', 'max<10000'],
    ws_ping: ['max<1000'],
  },
}

export default function () {
  const url = __ENV.WS_ECHO_URL || 'ws://127.0.0.1:7009'
  const params = { tags: { my_tag: 'hello' } }

  const response = ws.connect(url, params, function (socket) {
    socket.on('open', function open() {
      console.log('connected')
      socket.send(Date.now())

      socket.setInterval(function timeout() {
        socket.ping()
        console.log('Pinging every 1sec (setInterval test)')
      }, 1000)
    })

    socket.on('ping', function () {
      console.log('PING!')
    })

    socket.on('pong', function () {
      console.log('PONG!')
    })

    socket.on('pong', function () {
      // Multiple event handlers on the same event
      console.log('OTHER PONG!')
    })

    socket.on('message', function (message) {
      console.log(`Received message: ${message}`)
    })

    socket.on('close', function () {
      console.log('disconnected')
    })

    socket.on('error', function (e) {
      if (e.error() != 'websocket: close sent') {
        console.log('An unexpected error occured: ', e.error())
      }
    })

    socket.setTimeout(function () {
      console.log('2 seconds passed, closing the socket')
      socket.close()
    }, 2000)
  })

  check(response, { 'status is 101': (r) => r && r.status === 101 })
}
