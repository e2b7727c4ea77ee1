import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { MetricType } from '../../src/metrics/metric.js'
import { createSink, type Sink, type SinkState } from '../../src/metrics/sink.js'

/** Whole numbers: their sums do not depend on the order. */
const sample = fc.integer({ min: -1000, max: 1000 })
/** What several parts measured, in the order in which it arrives; a part may have measured nothing. */
const reports = fc.array(fc.array(sample, { maxLength: 20 }), { maxLength: 8 })

function filled(type: MetricType, values: readonly number[]): Sink {
  const sink = createSink(type)
  for (const value of values) sink.add(value)
  return sink
}

function merged(type: MetricType, parts: readonly (readonly number[])[]): Sink {
  const sink = createSink(type)
  for (const values of parts) sink.merge(filled(type, values).take())
  return sink
}

describe('sinks', () => {
  for (const type of ['counter', 'gauge', 'rate', 'trend'] as const) {
    it(`of type ${type} that merge reports come to what one sink would that saw all samples`, () => {
      fc.assert(
        fc.property(reports, (parts) => {
          assert.deepEqual(merged(type, parts).take(), filled(type, parts.flat()).take())
        }),
      )
    })

    it(`of type ${type} are empty after take, and merging nothing changes nothing`, () => {
      fc.assert(
        fc.property(fc.array(sample), (values) => {
          const sink = filled(type, values)
          sink.merge(createSink(type).take())
          const state = sink.take()
          assert.deepEqual(state, filled(type, values).take())
          assert.ok(sink.isEmpty())
          assert.deepEqual(sink.take(), createSink(type).take())
        }),
      )
    })
  }

  const taken = (type: MetricType, values: readonly number[]): SinkState => filled(type, values).take()

  it('keep the extremes and the latest value of a gauge, and how many samples there were', () => {
    assert.deepEqual(merged('gauge', [[5], [-3, 8], [2]]).take(), {
      type: 'gauge',
      samples: 4,
      value: 2,
      min: -3,
      max: 8,
    })
    assert.deepEqual(merged('gauge', [[5, 7]]).take(), { type: 'gauge', samples: 2, value: 7, min: 5, max: 7 })
  })

  it('count what was not zero in a rate', () => {
    assert.deepEqual(merged('rate', [[0, 1], [], [2, 0, 0]]).take(), { type: 'rate', total: 5, nonZero: 2 })
  })

  it('refuse what another type of metric measured', () => {
    assert.throws(() => createSink('rate').merge(taken('gauge', [1])), /cannot merge a gauge into a rate sink/)
  })
})
