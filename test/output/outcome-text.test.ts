import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { observedText, valueTexts } from '../../src/output/outcome-text.js'
import type { MetricOutcome } from '../../src/output/run-result.js'

const METRICS: readonly MetricOutcome[] = [
  { name: 'rtt', type: 'trend', contains: 'time', values: {} },
  { name: 'checks', type: 'rate', contains: 'default', values: {} },
  { name: 'hits', type: 'counter', contains: 'default', values: {} },
  { name: 'data_sent', type: 'counter', contains: 'data', values: {} },
]

it('writes the rate of a counter per second', () => {
  const values = { count: 163_000, rate: 17_000 }
  assert.deepEqual(valueTexts({ name: 'data_sent', type: 'counter', contains: 'data', values }), [
    ['count', '163 kB'],
    ['rate', '17 kB/s'],
  ])
})

describe('what a threshold compared with its limit', () => {
  for (const [metric, source, value, limit, text] of [
    ['rtt{kind:a}', 'p(95)<200', 312.123456, 200, '312.1ms'],
    // Rounding never takes a value to its limit or across it.
    ['rtt', 'p(95)<=200', 200.0040001, 200, '200.004ms'],
    ['rtt', 'p(95)<200', 199.99999, 200, '199.99999ms'],
    ['rtt', 'p(95)<200', 200, 200, '200ms'],
    ['rtt', 'avg<1e-9', 0.123456, 1e-9, '0.1235ms'],
    ['rtt', 'max<5', Number.POSITIVE_INFINITY, 5, 'Infinityms'],
    ['rtt', 'max<5', null, 5, 'no samples'],
    ['checks', 'rate>0.95', 0.9499999, 0.95, '0.9499999'],
    ['checks', 'rate>0.95', 1 / 3, 0.95, '0.3333'],
    ['hits', 'count<1000000', 1_234_567, 1_000_000, '1234567'],
    ['hits', 'rate>5', 12.34567, 5, '12.35/s'],
    ['data_sent', 'rate<1000', 1234.56, 1000, '1235 B/s'],
    ['unknown{a:b}', 'avg<1', 2.00001, 1, '2'],
  ] as const)
    it(`${value} for ${metric}: ${source} is written as ${text}`, () => {
      assert.equal(observedText({ metric, source, ok: false, value, limit }, METRICS), text)
    })
})
