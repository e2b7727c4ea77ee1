import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { AggregateReport } from '../../src/engine/engine.js'
import { decodeReport, encodeReport } from '../../src/engine/report-codec.js'
import { CheckTallies } from '../../src/metrics/checks.js'
import { ErrorTallies } from '../../src/metrics/error-tallies.js'
import type { MetricType } from '../../src/metrics/metric.js'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { TagInterner } from '../../src/metrics/tag-set.js'
import { reportOf } from '../helpers/memory-engine.js'

const TYPES: readonly MetricType[] = ['counter', 'gauge', 'rate', 'trend']
const METRICS = TYPES.map((type) => ({ name: `my_${type}`, type, contains: 'time' as const }))
const SETTINGS = { collectsViews: true, trackedTags: ['name'], seriesClock: () => 1234.5 }

const word = fc.oneof(fc.constantFrom('a', 'b', '::a', '::a::b', ''), fc.string({ unit: 'grapheme', maxLength: 12 }))
const sample = fc.record({
  metric: fc.nat({ max: METRICS.length - 1 }),
  // Sums of whole numbers do not depend on their order.
  value: fc.oneof(fc.integer({ min: -5, max: 1000 }), fc.integer({ min: -(2 ** 40), max: 2 ** 40 })),
  scenario: word,
  group: word,
  name: word,
})
type Sample = typeof sample extends fc.Arbitrary<infer T> ? T : never
/** Enough for sketches that are exact, and for some with buckets. */
const samples = fc.oneof(
  fc.array(sample, { maxLength: 40 }),
  fc.array(sample, { minLength: 40, maxLength: 60 }).map((some) => Array.from({ length: 60 }, () => some).flat()),
)

/** What a part reports that has measured these. */
function reported(measured: readonly Sample[]): AggregateReport {
  const registry = registryOf()
  const [checks, errors, { root }] = [new CheckTallies(), new ErrorTallies(), new TagInterner()]
  for (const { metric, value, scenario, group, name } of measured) {
    const { name: metricName, type, contains } = METRICS[metric] as (typeof METRICS)[number]
    registry.series(registry.declare(metricName, type, contains), root.withAll({ scenario, group, name })).add(value)
    checks.add(scenario, group, name, value > 0)
    if (value < 0) errors.add(`failed: ${name}`, scenario, 'script.ts:1:2')
  }
  return {
    ...reportOf({}),
    aggregates: registry.take(),
    perSeries: registry.takeSeries(),
    checks: checks.take(),
    errors: errors.take(),
    series: registry.seriesCount,
  }
}

function registryOf(): MetricRegistry {
  const registry = new MetricRegistry([], null, SETTINGS)
  for (const { name, type, contains } of METRICS) registry.declare(name, type, contains)
  return registry
}

/** Everything that a run knows after these reports. */
function merged(reports: readonly AggregateReport[]): unknown {
  const registry = registryOf()
  const [checks, errors] = [new CheckTallies(), new ErrorTallies()]
  for (const report of reports) {
    registry.merge(report.aggregates)
    if (report.checks !== undefined) checks.merge(report.checks)
    if (report.errors !== undefined) errors.merge(report.errors)
  }
  return { aggregates: registry.take(), checks: checks.take(), errors: errors.take() }
}

describe('a report as bytes', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(samples, (measured) => {
        const report = reported(measured)
        assert.deepEqual(decodeReport(encodeReport(report)), report)
      }),
      { numRuns: 40 },
    )
  })

  it('merges as the report itself does, in any number of parts', () => {
    fc.assert(
      fc.property(fc.array(samples, { maxLength: 4 }), (parts) => {
        const reports = parts.map(reported)
        assert.deepEqual(merged(reports.map((report) => decodeReport(encodeReport(report)))), merged(reports))
      }),
      { numRuns: 20 },
    )
  })

  it('comes, over all parts, to what one part would have measured', () => {
    fc.assert(
      fc.property(fc.array(fc.array(sample, { maxLength: 30 }), { maxLength: 4 }), (parts) => {
        const reports = parts.map((part) => decodeReport(encodeReport(reported(part))))
        assert.deepEqual(merged(reports), merged([reported(parts.flat())]))
      }),
      { numRuns: 40 },
    )
  })

  it('is refused when it is cut off or too long, and takes nothing that is not there', () => {
    const bytes = encodeReport(reported([{ metric: 3, value: -4, scenario: 's', group: '::g', name: 'n' }]))
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decodeReport(bytes.subarray(0, length)), RangeError, `${length} bytes`)
    }
    assert.throws(() => decodeReport(Uint8Array.of(...bytes, 0)), RangeError)
    assert.throws(() => decodeReport(Uint8Array.of(2, ...bytes.subarray(1))), /no report of version 1/)
  })

  it('gives a report or a RangeError for whatever bytes there are', () => {
    const good = encodeReport(reported([{ metric: 3, value: 4, scenario: 's', group: '::g', name: 'n' }]))
    const damaged = fc
      .array(fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 })), { maxLength: 4 })
      .map((changes) => {
        const bytes = good.slice()
        for (const [at, value] of changes) bytes[at] = value
        return bytes
      })
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        try {
          decodeReport(bytes)
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('takes little room: a busy second of a usual test less than 3 KB', () => {
    const names = ['login', 'search', 'logout']
    const measured = Array.from({ length: 12_000 }, (_, i) => ({
      metric: i % 4,
      value: Math.round(20 * Math.exp(((i % 100) - 50) / 60)),
      scenario: 'default',
      group: '',
      name: names[i % 3] as string,
    }))
    const { length } = encodeReport({ ...reported(measured), perSeries: [] })
    assert.ok(length < 3000, `${length} bytes`)
  })
})
