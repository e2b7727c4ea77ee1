import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript, type ScriptResult } from '../helpers/run-script.js'

/** A script whose iterations take `ms(number in the test)` and count themselves. */
function script(scenarios: object, ms = '() => 0'): string {
  return `
    import exec from 'k6/execution'
    import { Counter } from 'k6/metrics'
    export const options = { scenarios: ${JSON.stringify(scenarios)} }
    const seen = new Counter('seen')
    const duration = ${ms}
    export default async function () {
      const number = exec.scenario.iterationInTest
      seen.add(number, { vu: String(exec.vu.idInInstance) })
      const ms = duration(number)
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
    }
  `
}

const count = ({ summary }: ScriptResult, metric: string): number => summary.metrics[metric]?.['count'] ?? 0
const sumTo = (n: number): number => (n * (n - 1)) / 2
const shards = (n: number) => ({ flags: ['--shards', String(n)] })

describe('executors in real shards', () => {
  it('hits the number of iterations of an arrival rate, each number once, on one shard and on two', async () => {
    const scenarios = { a: { executor: 'constant-arrival-rate', rate: 200, duration: '1s', preAllocatedVUs: 100 } }
    for (const n of [1, 2]) {
      const result = await runScript(script(scenarios), shards(n))
      assert.equal(result.exitCode, 0, result.errors.join('\n'))
      assert.equal(count(result, 'iterations'), 200)
      assert.equal(count(result, 'seen'), sumTo(200))
      assert.equal(count(result, 'dropped_iterations'), 0)
      assert.ok((result.summary.metrics['iteration_start_lag']?.['max'] ?? -1) >= 0)
    }
  })

  it('counts what it drops', async () => {
    const scenarios = {
      a: { executor: 'constant-arrival-rate', rate: 50, duration: '1s', preAllocatedVUs: 2, gracefulStop: '3s' },
    }
    const result = await runScript(script(scenarios, '() => 1500'), shards(2))
    assert.equal(count(result, 'iterations'), 2)
    assert.equal(count(result, 'dropped_iterations'), 48)
    assert.deepEqual(result.warnings, ['Insufficient VUs, reached 2 active VUs and cannot initialize more'])
  })

  it('hands over iterations between shards: one VU of one shard does the work of both', async () => {
    const scenarios = {
      a: { executor: 'constant-arrival-rate', rate: 50, duration: '1s', preAllocatedVUs: 1, maxVUs: 2 },
    }
    // The odd numbers are the other shard's. It adds a VU of its own when the machine stands still for 20 ms; not three times.
    for (let attempt = 1; ; attempt++) {
      const result = await runScript(script(scenarios), { ...shards(2), samples: true })
      assert.equal(count(result, 'iterations') + count(result, 'dropped_iterations'), 50)
      const byFirstVu = result.samples.filter(({ metric, tags }) => metric === 'seen' && tags['vu'] === '1')
      if (byFirstVu.some(({ value }) => value % 2 === 1)) return
      assert.ok(attempt < 3, 'no iteration was handed over')
    }
  })

  it('adds VUs during the run, up to maxVUs', async () => {
    const scenarios = {
      a: {
        executor: 'constant-arrival-rate',
        rate: 50,
        duration: '1s',
        preAllocatedVUs: 0,
        maxVUs: 3,
        gracefulStop: '5s',
      },
    }
    const result = await runScript(script(scenarios, '() => 2000'), shards(1))
    assert.equal(count(result, 'iterations'), 3)
    assert.equal(count(result, 'dropped_iterations'), 47)
  })

  it('starts the iterations of a ramping arrival rate, the last one at the very end', async () => {
    const stages = [{ duration: '1s', target: 100 }]
    const scenarios = { a: { executor: 'ramping-arrival-rate', stages, preAllocatedVUs: 20 } }
    const result = await runScript(script(scenarios, '() => 10'), shards(2))
    assert.equal(count(result, 'iterations'), 50)
    assert.equal(count(result, 'seen'), sumTo(50))
  })

  it('ramps VUs up and down', async () => {
    const stages = [
      { duration: '500ms', target: 6 },
      { duration: '500ms', target: 0 },
    ]
    const scenarios = { a: { executor: 'ramping-vus', startVUs: 0, stages, gracefulStop: '5s' } }
    const result = await runScript(script(scenarios, '() => 5000'), shards(2))
    assert.equal(result.exitCode, 0)
    assert.equal(count(result, 'iterations'), 6)
  })

  it('leaves the lag metric out when no iteration has a schedule', async () => {
    const result = await runScript(script({ a: { executor: 'per-vu-iterations', vus: 2, iterations: 2 } }))
    assert.equal(result.summary.metrics['iteration_start_lag'], undefined)
  })

  it('accepts a threshold on the lag of the starts', async () => {
    const source = script({
      a: { executor: 'constant-arrival-rate', rate: 10, duration: '1s', preAllocatedVUs: 5 },
    }).replace('scenarios:', "thresholds: { iteration_start_lag: ['p(95)<10000'] }, scenarios:")
    assert.equal((await runScript(source)).exitCode, 0)
  })

  it('does exactly the work of one process in two with segments of the test', async () => {
    const scenarios = {
      rate: { executor: 'constant-arrival-rate', rate: 100, duration: '1s', preAllocatedVUs: 6 },
      shared: { executor: 'shared-iterations', vus: 6, iterations: 100 },
    }
    const sequence = ['--execution-segment-sequence', '0,1/3,1']
    const parts = await Promise.all(
      ['0:1/3', '1/3:1'].map((segment) =>
        runScript(script(scenarios), { flags: ['--execution-segment', segment, ...sequence, '--shards', '2'] }),
      ),
    )
    const total = (metric: string) => parts.reduce((sum, part) => sum + count(part, metric), 0)
    assert.equal(total('iterations') + total('dropped_iterations'), 200)
    assert.equal(total('seen'), 2 * sumTo(100))
  })

  it('numbers VUs without gaps, also when scenarios divide unevenly over shards and when VUs are added', async () => {
    const scenarios = {
      a: { executor: 'per-vu-iterations', vus: 3, iterations: 1 },
      b: { executor: 'per-vu-iterations', vus: 1, iterations: 1 },
      c: { executor: 'per-vu-iterations', vus: 3, iterations: 1 },
      d: {
        executor: 'constant-arrival-rate',
        rate: 20,
        duration: '1s',
        preAllocatedVUs: 1,
        maxVUs: 3,
        gracefulStop: '5s',
      },
    }
    const source = script(scenarios, '() => 2500').replace(
      'const number =',
      'console.log(exec.vu.idInTest)\nconst number =',
    )
    const result = await runScript(source, shards(4))
    const ids = [...new Set(result.console.map(Number))].sort((a, b) => a - b)
    assert.deepEqual(ids, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('gives the VUs of a segment the numbers in the test that the segment owns', async () => {
    const scenarios = {
      a: { executor: 'per-vu-iterations', vus: 9, iterations: 1 },
      b: { executor: 'per-vu-iterations', vus: 3, iterations: 1 },
    }
    const source = script(scenarios, '() => 200').replace(
      'const number =',
      'console.log(exec.vu.idInTest)\nconst number =',
    )
    for (const [segment, expected] of [
      ['0:1/3', [1, 4, 7, 10]],
      ['1/3:2/3', [2, 5, 8, 11]],
    ] as const) {
      const flags = ['--execution-segment', segment, '--execution-segment-sequence', '0,1/3,2/3,1', '--shards', '3']
      const { console } = await runScript(source, { flags })
      assert.deepEqual(
        console.map(Number).sort((a, b) => a - b),
        expected,
      )
    }
  })
})
