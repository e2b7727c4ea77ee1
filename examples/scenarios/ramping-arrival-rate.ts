/**
 * A rate of iterations that rises and falls: for finding the rate at which a target falls behind, without the target slowing down
 * the test.
 *
 *   sockeye run --echo examples/scenarios/ramping-arrival-rate.ts
 */
import { check } from 'k6'
import exec from 'k6/execution'
import { Trend } from 'k6/metrics'
import type { Options } from 'k6/options'
import { ask } from './lib/ask.ts'

export const options: Options = {
  scenarios: {
    rush: {
      executor: 'ramping-arrival-rate',
      startRate: 10,
      stages: [
        { duration: '1s', target: 70 },
        { duration: '500ms', target: 70 },
        { duration: '1s', target: 20 },
      ],
      preAllocatedVUs: 20,
      maxVUs: 100,
    },
  },
  thresholds: {
    checks: ['rate==1'],
    // 40 + 35 + 45: the area under the curve. A machine that is very busy may drop some.
    iterations: ['count>=60', 'count<=120'],
    last_visitor: ['max==119'],
  },
}

const lastVisitor = new Trend('last_visitor')

export default async function () {
  lastVisitor.add(exec.scenario.iterationInTest)
  check(await ask('hello'), { 'the answer came': (answer) => answer === 'hello' })
}
