/**
 * As many virtual users as you ask for while the test runs. With a duration of 0 it runs until it is stopped.
 *
 *   sockeye run --echo --address localhost:6565 examples/scenarios/externally-controlled.ts
 *   sockeye scale --vus 8        (in another terminal)
 *   sockeye pause
 *   sockeye resume
 */
import { check } from 'k6'
import { Counter } from 'k6/metrics'
import { ask } from './lib/ask.ts'

export const options = {
  scenarios: {
    manual: { executor: 'externally-controlled', vus: 2, maxVUs: 10, duration: '2s' },
  },
  thresholds: {
    checks: ['rate==1'],
    answers: ['count>=2'],
    vus_max: ['value==10'],
  },
}

const answers = new Counter('answers')

export default async function () {
  const answer = await ask('hello')
  answers.add(1)
  check(answer, { 'the answer came': (text) => text === 'hello' })
}
