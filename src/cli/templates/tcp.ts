/** TCP: requests and answers on a connection that stays open, a ramp, goals, a metric of one's own. */
export const text = `/*
 * Requests and answers on TCP connections that stay open for a while.
 *
 *   sockeye run --echo {{ .ScriptName }}                                       against the built-in echo server
 *   sockeye run -e TCP_ECHO_HOST=10.0.0.5 -e TCP_ECHO_PORT=9000 {{ .ScriptName }}
 */
import { check } from 'k6'
import { Trend } from 'k6/metrics'
import { Socket } from 'k6/x/tcp'

export const options = {
  stages: [
    { duration: '5s', target: 20 }, // up to 20 virtual users
    { duration: '10s', target: 20 },
    { duration: '5s', target: 0 },
  ],
  // The exit code is 99 when one of these is missed.
  thresholds: {
    checks: ['rate>0.99'],
    tcp_errors: ['count==0'],
    answer_time: ['p(95)<500'],
  },
}

const HOST = __ENV.TCP_ECHO_HOST || '127.0.0.1'
const PORT = __ENV.TCP_ECHO_PORT || 7007
const REQUESTS = 10
const PAUSE_MS = 100

const answerTime = new Trend('answer_time', true)

export default async function () {
  const socket = new Socket()
  let answers = 0
  let pending = ''
  let askedAt = 0

  function ask() {
    askedAt = performance.now()
    socket.write('request ' + answers + '\\n')
  }

  // Data comes in pieces of any size: an answer is complete when its line is.
  socket.on('data', (data) => {
    pending += String.fromCharCode(...data)
    if (!pending.endsWith('\\n')) return
    answerTime.add(performance.now() - askedAt)
    check(pending, { 'the answer is right': (line) => line === 'request ' + answers + '\\n' })
    pending = ''
    answers++
    if (answers === REQUESTS) socket.destroy()
    else setTimeout(ask, PAUSE_MS)
  })
  socket.on('timeout', () => socket.destroy())
  socket.on('error', (error) => console.error(error.message))
  socket.setTimeout(10000)

  await socket.connect(PORT, HOST)
  ask()
}
`
