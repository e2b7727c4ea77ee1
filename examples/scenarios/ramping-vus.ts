/**
 * More and more virtual users, a plateau, and fewer again: for finding out with how many users a target becomes slow. Those who are
 * told to leave finish what they do, for as long as gracefulRampDown lets them.
 *
 *   sockeye run --echo examples/scenarios/ramping-vus.ts
 */
import { check } from 'k6'
import exec from 'k6/execution'
import { Trend } from 'k6/metrics'
import type { Options } from 'k6/options'
import { ask } from './lib/ask.ts'

export const options: Options = {
  scenarios: {
    wave: {
      executor: 'ramping-vus',
      startVUs: 1,
      stages: [
        { duration: '1s', target: 10 },
        { duration: '500ms', target: 10 },
        { duration: '1s', target: 0 },
      ],
      gracefulRampDown: '1s',
    },
  },
  thresholds: {
    checks: ['rate==1'],
    users: ['max==10'],
  },
}

const users = new Trend('users')

export default async function () {
  // The lowest numbers come first, so the highest one seen is the height of the wave.
  users.add(exec.vu.idInTest)
  check(await ask('hello', 50), { 'the answer came': (answer) => answer === 'hello' })
}
