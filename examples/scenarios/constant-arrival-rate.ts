/**
 * Iterations start at a fixed rate, whatever the target does, as real users come. A slow target does not lower the load: it needs
 * more virtual users at a time, and when there are no more the iteration is dropped and counted.
 *
 *   sockeye run --echo examples/scenarios/constant-arrival-rate.ts
 *
 * iteration_start_lag tells how late iterations began: while it is small, the generator keeps up.
 */
import { check } from 'k6'
import type { Options } from 'k6/options'
import { ask } from './lib/ask.ts'

export const options: Options = {
  scenarios: {
    visitors: {
      executor: 'constant-arrival-rate',
      rate: 50,
      timeUnit: '1s',
      duration: '2s',
      preAllocatedVUs: 20,
      maxVUs: 100,
    },
  },
  thresholds: {
    checks: ['rate==1'],
    iterations: ['count>=50', 'count<=100'],
    // For a real target: ['count==0'], or the load was not what the plan says.
    dropped_iterations: ['count<50'],
    iteration_start_lag: ['p(95)<1000'],
  },
}

export default async function () {
  check(await ask('hello'), { 'the answer came': (answer) => answer === 'hello' })
}
