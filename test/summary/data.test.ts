import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pathId, summaryData, summaryExport } from '../../src/summary/data.js'
import { machineReadableExport, machineReadableSummary } from '../../src/summary/machine-readable.js'
import type { RunResults } from '../../src/summary/results.js'

const DEFAULTS = { parent: null, contains: 'default', isEmpty: false, thresholds: [] } as const

const RESULTS: RunResults = {
  durationMs: 5015.3,
  scenariosMs: 5015.3,
  errors: { listed: [], others: 0 },
  metrics: [
    {
      ...DEFAULTS,
      name: 'iterations',
      type: 'counter',
      values: { count: 10, rate: 1.99 },
      thresholds: [{ source: 'count > 5', ok: true, isProven: true, aggregation: 'count', value: 10 }],
    },
    { ...DEFAULTS, name: 'vus', type: 'gauge', values: { value: 2, min: 1, max: 2 } },
    { ...DEFAULTS, name: 'checks', type: 'rate', values: { rate: 0.9, passes: 9, fails: 1 } },
    { ...DEFAULTS, name: 'silent', type: 'counter', values: { count: 0, rate: 0 }, isEmpty: true },
    { ...DEFAULTS, name: 'rtt', type: 'trend', contains: 'time', values: { avg: 1, 'p(90)': 2, 'p(99)': 3 } },
    {
      ...DEFAULTS,
      name: 'rtt{a:b}',
      parent: 'rtt',
      type: 'trend',
      contains: 'time',
      values: { avg: 1, 'p(90)': 2, 'p(99)': 3 },
    },
  ],
  checks: [
    { name: 'ok', group: '', passes: 8, fails: 1 },
    { name: 'inner', group: '::g::h', passes: 1, fails: 0 },
  ],
  groups: ['::g', '::g::h'],
  scenarios: [],
  options: { mode: 'compact', trendStats: ['avg', 'p(90)', 'p(99)'], timeUnit: null },
  notes: [],
}

describe('the data for handleSummary', () => {
  const data = summaryData(RESULTS, {
    noColor: false,
    isStdOutTTY: false,
    isStdErrTTY: true,
    setupData: { token: 'x' },
  })

  it('has the tree of groups and checks with the ids of their paths', () => {
    assert.deepEqual(data['root_group'], {
      name: '',
      path: '',
      id: 'd41d8cd98f00b204e9800998ecf8427e',
      groups: [
        {
          name: 'g',
          path: '::g',
          id: pathId('::g'),
          groups: [
            {
              name: 'h',
              path: '::g::h',
              id: pathId('::g::h'),
              groups: [],
              checks: [{ name: 'inner', path: '::g::h::inner', id: pathId('::g::h::inner'), passes: 1, fails: 0 }],
            },
          ],
          checks: [],
        },
      ],
      checks: [{ name: 'ok', path: '::ok', id: pathId('::ok'), passes: 8, fails: 1 }],
    })
    assert.equal(pathId('::TRUE is TRUE'), '1bed1cc5e442054df516f1ca1076ac6a')
  })

  it('has options, state and setup data', () => {
    assert.deepEqual(data['options'], {
      summaryTrendStats: ['avg', 'p(90)', 'p(99)'],
      summaryTimeUnit: '',
      noColor: false,
    })
    assert.deepEqual(data['state'], { isStdOutTTY: false, isStdErrTTY: true, testRunDurationMs: 5015.3 })
    assert.deepEqual(data['setup_data'], { token: 'x' })
  })

  it('has the metrics that have samples, submetrics among them', () => {
    assert.deepEqual(data['metrics'], {
      iterations: {
        type: 'counter',
        contains: 'default',
        values: { count: 10, rate: 1.99 },
        thresholds: { 'count > 5': { ok: true } },
      },
      vus: { type: 'gauge', contains: 'default', values: { value: 2, min: 1, max: 2 } },
      checks: { type: 'rate', contains: 'default', values: { rate: 0.9, passes: 9, fails: 1 } },
      rtt: { type: 'trend', contains: 'time', values: { avg: 1, 'p(90)': 2, 'p(99)': 3 } },
      'rtt{a:b}': { type: 'trend', contains: 'time', values: { avg: 1, 'p(90)': 2, 'p(99)': 3 } },
    })
  })
})

describe('the file of --summary-export', () => {
  it('has the old schema, in which a threshold is true when it failed (SUM-02)', () => {
    const text = summaryExport(RESULTS, undefined)
    const data = JSON.parse(text)
    assert.ok(text.startsWith('{\n    "root_group": {'))
    assert.ok(!text.endsWith('\n'))
    assert.deepEqual(data.metrics.iterations, { count: 10, rate: 1.99, thresholds: { 'count > 5': false } })
    assert.deepEqual(data.metrics.checks, { passes: 9, fails: 1, value: 0.9 })
    assert.equal(data.root_group.checks.ok.passes, 8)
    assert.equal(data.root_group.groups.g.groups.h.checks.inner.path, '::g::h::inner')
    assert.deepEqual(Object.keys(data), ['root_group', 'metrics', 'errors', 'other_errors'])
  })
})

describe('the machine readable summary', () => {
  const context = { script: 'export default () => {}', generatedAt: new Date(0), version: '2.2.0' }

  it('has metrics in category order with the statistics of its schema (SUM-02)', () => {
    const summary = machineReadableSummary(RESULTS, context) as any
    assert.deepEqual(summary.config, { duration: 5.0153, execution: 'local', script: context.script })
    assert.deepEqual(summary.metadata, { generated_at: '1970-01-01T00:00:00.000Z', k6_version: '2.2.0' })
    assert.deepEqual(
      summary.results.metrics.map(({ name, values }: any) => [name, values]),
      [
        ['rtt', { avg: 1, p90: 2 }],
        ['rtt{a:b}', { avg: 1, p90: 2 }],
        ['iterations', { count: 10 }],
        ['vus', { max: 2, min: 1, value: 2 }],
      ],
    )
    assert.deepEqual(
      summary.results.checks.metrics.map(({ name, values }: any) => [name, values]),
      [
        ['checks_total', { count: 10 }],
        ['checks_failed', { matches: 1, rate: 0.1, total: 10 }],
        ['checks_succeeded', { matches: 9, rate: 0.9, total: 10 }],
      ],
    )
    assert.deepEqual(summary.results.checks.results[0], { name: 'ok', passes: 8, fails: 1 })
    assert.equal(summary.version, '1.0.0')
  })

  it('is written with sorted keys', () => {
    const data = JSON.parse(machineReadableExport(RESULTS, context))
    assert.deepEqual(Object.keys(data), ['config', 'metadata', 'results', 'version'])
    assert.deepEqual(Object.keys(data.results.metrics[0]), ['contains', 'name', 'type', 'values'])
  })
})
