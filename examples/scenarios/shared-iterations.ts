/**
 * A fixed amount of work, shared by all virtual users: whoever is free takes the next iteration. For emptying a queue, or for a test
 * that must do exactly so many requests.
 *
 *   sockeye run --echo examples/scenarios/shared-iterations.ts
 */
import { check } from 'k6'
import exec from 'k6/execution'
import type { Options } from 'k6/options'
import { ask } from './lib/ask.ts'

export const options: Options = {
  scenarios: {
    orders: { executor: 'shared-iterations', vus: 4, iterations: 40, maxDuration: '30s' },
  },
  thresholds: {
    checks: ['rate==1'],
    iterations: ['count==40'],
    tcp_sockets: ['count==40'],
  },
}

export default async function () {
  // Every number from 0 to 39 comes once, whichever virtual user takes it.
  const order = `order ${exec.scenario.iterationInTest}`
  check(await ask(order), { 'the order was confirmed': (answer) => answer === order })
}
