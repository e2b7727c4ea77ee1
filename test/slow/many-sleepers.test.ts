import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runScript } from '../helpers/run-script.js'

describe('blocked virtual users', () => {
  it('10,000 sleep at once on one shard, and wake on time', async () => {
    const result = await runScript(
      `
      import { sleep } from 'k6'
      import { Trend } from 'k6/metrics'
      const late = new Trend('late', true)
      export const options = { scenarios: { all: { executor: 'per-vu-iterations', vus: 10000, iterations: 2 } } }
      export default function () {
        // Not all at the same moment: their timers are spread over a second.
        const wanted = 1000 + (__VU % 1000)
        const from = Date.now()
        sleep(wanted / 1000)
        late.add(Date.now() - from - wanted)
      }`,
      { flags: ['--shards', '1'] },
    )
    assert.equal(result.exitCode, 0, result.errors.join('\n'))
    assert.equal(result.summary.metrics['iterations']?.['count'], 20_000)
    // Date.now() has whole milliseconds, so a sleep may seem one short.
    assert.ok((result.summary.metrics['late']?.['min'] ?? -2) >= -1, 'nobody wakes early')
    assert.ok(
      (result.summary.metrics['late']?.['med'] ?? Infinity) < 500,
      'the median is as late as a busy machine makes it',
    )
  })
})
