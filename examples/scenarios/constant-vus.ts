/**
 * A fixed number of virtual users who are busy all the time: the next iteration starts when the last one has ended, so a slow target
 * gets less load. For "what do 10 users get out of it?".
 *
 *   sockeye run --echo examples/scenarios/constant-vus.ts
 */
import { check } from 'k6'
import type { Options } from 'k6/options'
import { ask } from './lib/ask.ts'

export const options: Options = {
  scenarios: {
    users: { executor: 'constant-vus', vus: 10, duration: '2s' },
  },
  thresholds: {
    checks: ['rate==1'],
    // Each of them thinks for 100 ms, so there can be no more than 200, and there are some.
    iterations: ['count>=10', 'count<=210'],
  },
}

const THINK_TIME = 100

export default async function () {
  check(await ask('hello', THINK_TIME), { 'the answer came': (answer) => answer === 'hello' })
}
