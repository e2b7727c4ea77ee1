/**
 * A user who thinks: sleep() between sessions and inside handlers, checks and groups wherever they make sense. Messages that arrive
 * during a sleep wait; none is lost.
 *
 *   sockeye run --echo examples/ws/sleep-and-checks.ts
 */
import { check, group, sleep } from 'k6'
import type { Options } from 'k6/options'
import ws from 'k6/ws'

export const options: Options = {
  vus: 5,
  iterations: 5,
  thresholds: {
    checks: ['rate==1'],
    'ws_msgs_received{group:::read news}': ['count==15'],
    'group_duration{group:::read news}': ['min>=300'],
    iteration_duration: ['min>=500'],
  },
}

const URL = __ENV.WS_ECHO_URL || 'ws://127.0.0.1:7009'
const HEADLINES = ['rain', 'more rain', 'sun']

export default function () {
  const seen: string[] = []

  group('read news', () => {
    const response = ws.connect(URL, (socket) => {
      socket.on('open', () => {
        for (const headline of HEADLINES) socket.send(headline)
      })
      socket.on('message', (headline) => {
        seen.push(headline)
        check(headline, { 'it is news': (text) => HEADLINES.includes(text) })
        sleep(0.1) // reading
        if (seen.length === HEADLINES.length) socket.close()
      })
    })
    check(response, { connected: (r) => r.status === 101 })
  })

  check(seen, { 'all headlines came in order': (all) => all.join() === HEADLINES.join() })
  sleep(0.2) // thinking about it
}
