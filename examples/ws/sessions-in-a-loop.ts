/**
 * Several sessions one after the other in one iteration, and one inside another: connect() blocks, so a plain loop does it.
 *
 *   sockeye run --echo examples/ws/sessions-in-a-loop.ts
 */
import { check } from 'k6'
import type { Options } from 'k6/options'
import ws from 'k6/ws'

export const options: Options = {
  vus: 2,
  iterations: 2,
  thresholds: {
    checks: ['rate==1'],
    'ws_sessions{part:loop}': ['count==6'],
    'ws_sessions{part:control}': ['count==2'],
    'ws_sessions{part:data}': ['count==2'],
  },
}

const URL = __ENV.WS_ECHO_URL || 'ws://127.0.0.1:7009'

export default function () {
  const answers = ['first', 'second', 'third'].map((text) => ask(text, 'loop'))
  check(answers, { 'each session got its own answer': (all) => all.join() === 'first,second,third' })

  // The control session waits while the data session, which its handler opens, runs from beginning to end.
  let data = ''
  ws.connect(URL, { tags: { part: 'control' } }, (control) => {
    control.on('open', () => control.send('where is the data?'))
    control.on('message', () => {
      data = ask('here it is', 'data')
      control.close()
    })
  })
  check(data, { 'a session inside a session works': (text) => text === 'here it is' })
}

/** Opens a session for one question and returns the answer. */
function ask(question: string, part: string): string {
  let answer = ''
  ws.connect(URL, { tags: { part } }, (socket) => {
    socket.on('open', () => socket.send(question))
    socket.on('message', (text) => {
      answer = text
      socket.close()
    })
  })
  return answer
}
