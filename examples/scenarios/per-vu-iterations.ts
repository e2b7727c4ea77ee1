/**
 * Every virtual user does the same number of iterations: for users who each have something of their own to go through, such as an
 * account.
 *
 *   sockeye run --echo examples/scenarios/per-vu-iterations.ts
 */
import { check } from 'k6'
import exec from 'k6/execution'
import { Counter } from 'k6/metrics'
import type { Options } from 'k6/options'
import { ask } from './lib/ask.ts'

export const options: Options = {
  scenarios: {
    accounts: { executor: 'per-vu-iterations', vus: 4, iterations: 10, maxDuration: '30s' },
  },
  thresholds: {
    checks: ['rate==1'],
    iterations: ['count==40'],
    'requests{account:account-1}': ['count==10'],
    'requests{account:account-4}': ['count==10'],
  },
}

const requests = new Counter('requests')

export default async function () {
  const account = `account-${exec.vu.idInTest}`
  requests.add(1, { account })
  check(await ask(account), { 'the account was found': (answer) => answer === account })
}
