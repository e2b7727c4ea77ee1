/** WebSocket through k6/websockets: the interface that browsers have, several connections per virtual user. */
export const text = `/*
 * WebSocket connections with k6/websockets: the interface that browsers have. One virtual user may hold several.
 *
 *   sockeye run --echo {{ .ScriptName }}                              against the built-in echo server
 *   sockeye run -e WS_ECHO_URL=wss://example.com/chat {{ .ScriptName }}
 */
import { check } from 'k6'
import { Trend } from 'k6/metrics'
import { WebSocket } from 'k6/websockets'

export const options = {
  scenarios: {
    chat: {
      // Five new users a second, however long each of them stays.
      executor: 'constant-arrival-rate',
      rate: 5,
      timeUnit: '1s',
      duration: '15s',
      preAllocatedVUs: 20,
      maxVUs: 100,
    },
  },
  // The exit code is 99 when one of these is missed.
  thresholds: {
    checks: ['rate>0.99'],
    round_trip: ['p(95)<500'],
    dropped_iterations: ['count==0'],
  },
}

const URL = __ENV.WS_ECHO_URL || 'ws://127.0.0.1:7009'
const CONNECTIONS = 2
const MESSAGES = 5

const roundTrip = new Trend('round_trip', true)

// An iteration lasts until its sockets are closed.
export default function () {
  for (let i = 0; i < CONNECTIONS; i++) talk(new WebSocket(URL))
}

function talk(socket⟦: WebSocket⟧) {
  let answers = 0
  let sentAt = 0

  function say() {
    sentAt = performance.now()
    socket.send('message ' + answers)
  }

  socket.onopen = say
  socket.onmessage = (event) => {
    roundTrip.add(performance.now() - sentAt)
    check(event⟦?⟧.data, { 'the message came back': (text) => text === 'message ' + answers })
    answers++
    if (answers === MESSAGES) socket.close()
    else setTimeout(say, 200)
  }
  socket.onerror = (event) => console.error(event⟦?⟧.error)
}
`
