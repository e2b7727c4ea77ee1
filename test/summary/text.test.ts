import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CheckTallies } from '../../src/metrics/checks.js'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { TagInterner } from '../../src/metrics/tag-set.js'
import { DEFAULT_TREND_STATS } from '../../src/metrics/trend-stat.js'
import { buildResults } from '../../src/summary/build.js'
import type { MetricResult, RunResults, ThresholdResult } from '../../src/summary/results.js'
import { renderText } from '../../src/summary/text.js'
import { ThresholdEvaluator } from '../../src/threshold/evaluator.js'
import { parseThresholds, submetricsOf } from '../../src/threshold/parse.js'

type Kind = Pick<MetricResult, 'type' | 'contains'>
const COUNTER: Kind = { type: 'counter', contains: 'default' }
const DATA: Kind = { type: 'counter', contains: 'data' }
const GAUGE: Kind = { type: 'gauge', contains: 'default' }
const RATE: Kind = { type: 'rate', contains: 'default' }
const NUMBERS: Kind = { type: 'trend', contains: 'default' }
const TIMES: Kind = { type: 'trend', contains: 'time' }

function metric(name: string, kind: Kind, values: number[], thresholds: ThresholdResult[] = []): MetricResult {
  const names = {
    counter: ['count', 'rate'],
    gauge: ['value', 'min', 'max'],
    rate: ['rate', 'passes', 'fails'],
    trend: DEFAULT_TREND_STATS,
  }[kind.type]
  const parent = name.includes('{') ? name.slice(0, name.indexOf('{')) : null
  const byName = Object.fromEntries(names.map((key, i) => [key, values[i] as number]))
  return { name, parent, ...kind, isEmpty: false, values: byName, thresholds }
}

/** The sample of the reference, section 3.2. */
const SAMPLE: RunResults = {
  durationMs: (20 * 1000) / 3.987654,
  scenariosMs: (20 * 1000) / 3.987654,
  errors: { listed: [], others: 0 },
  metrics: [
    metric('ws_sessions', COUNTER, [10, 2]),
    metric('ws_connecting', TIMES, [1.23, 0.5, 1, 3, 2, 2.5]),
    metric('vus', GAUGE, [2, 1, 2]),
    metric('vus_max', GAUGE, [2, 2, 2]),
    metric(
      'iterations',
      COUNTER,
      [10, 1.993827],
      [
        { source: 'count > 5', ok: true, isProven: true, aggregation: 'count', value: 10 },
        { source: 'rate>10', ok: false, isProven: true, aggregation: 'rate', value: 1.993827 },
      ],
    ),
    metric('iteration_duration', TIMES, [1000, 1000, 1000, 1010, 1000, 1000]),
    metric('dropped_iterations', COUNTER, [3, 0.598]),
    metric('checks', RATE, [0.95, 19, 1]),
    metric('group_duration', TIMES, [1, 1, 1, 1, 1, 1]),
    metric('data_sent', DATA, [987, 197]),
    metric('data_received', DATA, [123_456, 25_000]),
    metric(
      'rtt',
      TIMES,
      [0.0005, 0.0001, 0.0004, 61_000, 3_700_000, 0.999],
      [{ source: 'p(99) < 100', ok: true, isProven: true, aggregation: 'p(99)', value: 12.5 }],
    ),
    metric(
      'my_trend',
      NUMBERS,
      [5, 1, 5, 9, 8, 8.5],
      [{ source: 'avg<10', ok: true, isProven: true, aggregation: 'avg', value: 5 }],
    ),
    metric(
      'my_trend{kind:a}',
      NUMBERS,
      [5, 1, 5, 9, 8, 8.5],
      [{ source: 'p(95)<5', ok: false, isProven: true, aggregation: 'p(95)', value: 8.5 }],
    ),
    metric('my_rate', RATE, [1 / 3, 1, 2]),
    { ...metric('http_reqs', COUNTER, [0, 0]), isEmpty: true },
  ],
  checks: [
    { name: 'status is 200', group: '', passes: 10, fails: 0 },
    { name: 'body ok', group: '', passes: 9, fails: 1 },
  ],
  groups: [],
  scenarios: [],
  options: { mode: 'compact', trendStats: DEFAULT_TREND_STATS, timeUnit: null },
  notes: [],
}

/** As in the reference: `·` is a trailing space. */
const SAMPLE_TEXT = `
  █ THRESHOLDS·

    iterations
    ✓ 'count > 5' count=10
    ✗ 'rate>10' rate=1.993827/s

    my_trend
    ✓ 'avg<10' avg=5

      {kind:a}
      ✗ 'p(95)<5' p(95)=8.5

    rtt
    ✓ 'p(99) < 100' p(99)=12.5ms


  █ TOTAL RESULTS·

    checks_total.......: 20     3.987654/s
    checks_succeeded...: 95.00% 19 out of 20
    checks_failed......: 5.00%  1 out of 20

    ✓ status is 200
    ✗ body ok
      ↳  90% — ✓ 9 / ✗ 1

    CUSTOM
    my_rate..............: 33.33% 1 out of 3
    my_trend.............: avg=5      min=1     med=5     max=9     p(90)=8       p(95)=8.5··
      { kind:a }.........: avg=5      min=1     med=5     max=9     p(90)=8       p(95)=8.5··
    rtt..................: avg=500ns  min=100ns med=400ns max=1m1s  p(90)=1h1m40s p(95)=999µs

    EXECUTION
    dropped_iterations...: 3      0.598/s
    iteration_duration...: avg=1s     min=1s    med=1s    max=1.01s p(90)=1s      p(95)=1s···
    iterations...........: 10     1.993827/s
    vus..................: 2      min=1      max=2
    vus_max..............: 2      min=2      max=2

    NETWORK
    data_received........: 124 kB 25 kB/s
    data_sent............: 987 B  197 B/s

    WEBSOCKET
    ws_connecting........: avg=1.23ms min=500µs med=1ms   max=3ms   p(90)=2ms     p(95)=2.5ms
    ws_sessions..........: 10     2/s

`.replaceAll('·', ' ')

describe('the text summary', () => {
  it('renders the sample of the reference, character by character', () => {
    assert.equal(renderText(SAMPLE, { colors: false }), SAMPLE_TEXT)
  })

  it('differs from the plain one only by colours', () => {
    const colored = renderText(SAMPLE, { colors: true })
    assert.notEqual(colored, SAMPLE_TEXT)
    assert.ok(colored.includes('\x1b[1mTOTAL RESULTS\x1b[0m'))
    assert.ok(colored.includes('\x1b[31m✗ body ok\x1b[0m'))
    assert.ok(colored.includes("\x1b[37m'rate>10'\x1b[0m"))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences are what is tested
    assert.equal(colored.replaceAll(/\x1b\[[\d;]+m/g, ''), SAMPLE_TEXT)
  })

  it('names a submetric fully when its parent has no threshold', () => {
    const metrics = SAMPLE.metrics.map((each) => (each.name === 'my_trend' ? { ...each, thresholds: [] } : each))
    const text = renderText({ ...SAMPLE, metrics }, { colors: false })
    assert.ok(text.includes("\n    my_trend{kind:a}\n    ✗ 'p(95)<5' p(95)=8.5\n"))
  })

  it('shows a metric without samples only when it has thresholds', () => {
    const empty = { ...metric('silent', COUNTER, [0, 0]), isEmpty: true }
    const threshold = { source: 'count>0', ok: false, isProven: true, aggregation: 'count', value: 0 }
    const without = renderText({ ...SAMPLE, metrics: [empty], checks: [] }, { colors: false })
    assert.equal(without, '\n  █ TOTAL RESULTS \n\n')
    const withOne = renderText(
      { ...SAMPLE, metrics: [{ ...empty, thresholds: [threshold] }], checks: [] },
      { colors: false },
    )
    assert.ok(withOne.includes('    silent...: 0 0/s\n'))
  })

  it('hides the phases of HTTP unless it is full', () => {
    const metrics = [metric('http_req_waiting', TIMES, [1, 1, 1, 1, 1, 1]), metric('http_reqs', COUNTER, [1, 1])]
    const full = { ...SAMPLE.options, mode: 'full' } as const
    assert.ok(!renderText({ ...SAMPLE, metrics }, { colors: false }).includes('http_req_waiting'))
    assert.ok(renderText({ ...SAMPLE, metrics, options: full }, { colors: false }).includes('http_req_waiting'))
  })

  it('lists metrics of other protocols as custom ones', () => {
    const text = renderText(
      { ...SAMPLE, metrics: [metric('tcp_connecting', TIMES, [1, 1, 1, 1, 1, 1])] },
      { colors: false },
    )
    assert.ok(text.includes('    CUSTOM\n    tcp_connecting...: avg=1ms'))
  })

  it('uses a fixed unit and other statistics when asked to', () => {
    const options = { mode: 'compact', trendStats: ['count', 'p(99.9)'], timeUnit: 'ms' } as const
    const one = { ...metric('rtt', TIMES, []), values: { count: 1234, 'p(99.9)': 1.5 } }
    const text = renderText({ ...SAMPLE, metrics: [one], checks: [], options }, { colors: false })
    assert.ok(text.includes('    rtt...: count=1234 p(99.9)=1.50ms\n'))
  })

  it('adds notes only when there are any', () => {
    const notes = [{ title: 'GENERATOR LIMITS', lines: ['the processor was busy for 8 s'] }]
    const text = renderText({ ...SAMPLE, notes }, { colors: false })
    assert.equal(text, `${SAMPLE_TEXT}\n  █ GENERATOR LIMITS \n\n    the processor was busy for 8 s\n\n`)
  })
})

describe('the full summary', () => {
  it('has a section per group and scenario, with what was measured there', () => {
    const registry = new MetricRegistry([], null, { collectsViews: true })
    const rtt = registry.declare('rtt', 'trend', 'time')
    const root = new TagInterner().root
    const add = (scenario: string, group: string, value: number) =>
      registry.series(rtt, root.withAll({ scenario, group })).add(value)
    add('default', '', 1)
    add('default', '::login', 2)
    add('default', '::login::token', 3)
    add('chat', '', 4)
    add('chat', '::room', 6)
    registry.series(rtt, root.with('group', '::setup')).add(100)
    const checks = new CheckTallies()
    checks.enter('default', '::login')
    checks.add('default', '::login::token', 'valid', false)
    checks.add('chat', '::room', 'joined', false)
    checks.add(undefined, '::setup', 'ready', true)
    const results = buildResults({
      registry,
      checks,
      thresholds: [],
      evaluator: new ThresholdEvaluator([], registry),
      durationMs: 1000,
      options: { mode: 'full', trendStats: ['max', 'count'], timeUnit: null },
    })
    assert.equal(
      renderText(results, { colors: false }),
      `
  █ TOTAL RESULTS·

    checks_total.......: 3      3/s
    checks_succeeded...: 33.33% 1 out of 3
    checks_failed......: 66.66% 2 out of 3

    ✗ valid
      ↳  0% — ✓ 0 / ✗ 1
    ✗ joined
      ↳  0% — ✓ 0 / ✗ 1
    ✓ ready

    CUSTOM
    rtt...: max=100ms count=6


  █ GROUP: login·

    CUSTOM
    rtt...: max=2ms count=1


    ↳ GROUP: token·

      checks_total.......: 1       1/s
      checks_succeeded...: 0.00%   0 out of 1
      checks_failed......: 100.00% 1 out of 1

      ✗ valid
          ↳  0% — ✓ 0 / ✗ 1

      CUSTOM
      rtt...: max=3ms count=1


  █ SCENARIO: chat·

    checks_total.......: 1       1/s
    checks_succeeded...: 0.00%   0 out of 1
    checks_failed......: 100.00% 1 out of 1

    ✗ joined
      ↳  0% — ✓ 0 / ✗ 1

    CUSTOM
    rtt...: max=6ms count=2


    ↳ GROUP: room·

      checks_total.......: 1       1/s
      checks_succeeded...: 0.00%   0 out of 1
      checks_failed......: 100.00% 1 out of 1

      ✗ joined
          ↳  0% — ✓ 0 / ✗ 1

      CUSTOM
      rtt...: max=6ms count=1

`.replaceAll('·', ' '),
    )
  })
})

describe('building the results', () => {
  it('prints exactly the percentiles of k6 for small tests', () => {
    const thresholds = parseThresholds({ 'rtt{a:b}': ['p(99)<1'] })
    const registry = new MetricRegistry(submetricsOf(thresholds))
    const series = registry.series(registry.declare('rtt', 'trend'), new TagInterner().root.with('a', 'b'))
    for (const value of [1, 3, 5, 7, 9]) series.add(value)
    const evaluator = new ThresholdEvaluator(thresholds, registry)
    evaluator.evaluate(1000, { final: true })
    const results = buildResults({
      registry,
      checks: new CheckTallies(),
      thresholds,
      evaluator,
      durationMs: 1000,
      options: { mode: 'compact', trendStats: DEFAULT_TREND_STATS, timeUnit: null },
    })
    const text = renderText(results, { colors: false })
    assert.ok(text.includes("    rtt{a:b}\n    ✗ 'p(99)<1' p(99)=8.92\n"), text)
    assert.ok(text.includes('    rtt.........: avg=5 min=1 med=5 max=9 p(90)=8.2 p(95)=8.6\n'), text)
    assert.ok(text.includes('      { a:b }...: avg=5 min=1 med=5 max=9 p(90)=8.2 p(95)=8.6\n'), text)
  })
})

describe('the summary on a terminal', () => {
  const wide = renderText(SAMPLE, { colors: false })

  it('puts statistics that do not fit below the first, as even as possible', () => {
    const text = renderText(SAMPLE, { colors: false, width: 80 })
    const lines = text.split('\n')
    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
    )
    const at = lines.findIndex((line) => line.includes('ws_connecting'))
    assert.match(lines[at] ?? '', /^ {4}ws_connecting\.+: avg=1\.23ms +min=500µs +med=1ms/)
    assert.match(lines[at + 1] ?? '', /^ {5,}max=3ms +p\(90\)=2ms/)
    assert.equal((lines[at] ?? '').indexOf('avg'), (lines[at + 1] ?? '').indexOf('max'))
  })

  it('is as it is elsewhere when everything fits', () => {
    assert.equal(renderText(SAMPLE, { colors: false, width: 200 }), wide)
  })

  it('breaks what belongs together anew, to the width that there is', () => {
    const lines = ['Threads were busy.', `  ${'word '.repeat(20).trim()}`, '  and more', 'Next.']
    const text = renderText({ ...SAMPLE, notes: [{ title: 'NOTES', lines }] }, { colors: false, width: 80 })
    const [, note = ''] = text.split('█ NOTES \n\n')
    assert.deepEqual(note.trimEnd().split('\n'), [
      '    Threads were busy.',
      `      ${'word '.repeat(15).trim()}`,
      `      ${'word '.repeat(5)}and more`,
      '    Next.',
    ])
  })

  it('breaks notes between words', () => {
    const notes = [{ title: 'NOTE', lines: ['  one two three four five six seven eight nine ten eleven'] }]
    const text = renderText({ ...SAMPLE, notes }, { colors: false, width: 40 })
    assert.ok(text.includes('      one two three four five six seven\n      eight nine ten eleven\n'), text)
  })
})

describe('the errors in the summary', () => {
  const listed = [
    { message: 'Error: a\n\tat f (a.js:1:1)', count: 120, scenario: 'chat', place: 'a.js:1:1' },
    { message: 'bad \x1b[2J answer', count: 3, scenario: '', place: '' },
  ]

  it('are a section with counts and places, without control characters', () => {
    const text = renderText({ ...SAMPLE, errors: { listed, others: 7 } }, { colors: false })
    const section =
      '\n  █ ERRORS \n\n    120  Error: a\n         chat, a.js:1:1\n      3  bad \\x1b[2J answer\n    and 7 more of other kinds\n'
    assert.ok(text.includes(section), text)
  })
})

describe('very many checks', () => {
  it('are shown up to a hundred, those that failed first, and counted', () => {
    const checks = Array.from({ length: 830 }, (_, i) => ({
      name: `check ${i}`,
      group: '',
      passes: 1,
      fails: i >= 825 ? 1 : 0,
    }))
    const text = renderText({ ...SAMPLE, checks }, { colors: false })
    assert.equal(text.match(/^ {4}[✓✗] check/gm)?.length, 100)
    assert.equal(text.match(/^ {4}✗ check/gm)?.length, 5)
    assert.ok(text.includes('… and 730 more checks, none of them failed\n'))
  })
})
