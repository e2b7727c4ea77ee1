import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseConfigFile } from '../../src/config/config-file.js'
import { type ConfigSources, consolidate } from '../../src/config/consolidate.js'
import type { OptionValues } from '../../src/config/option-table.js'
import type { TestPlan } from '../../src/config/plan.js'

const plan = (sources: Partial<ConfigSources> = {}): TestPlan => consolidate({ env: {}, ...sources })
const messages = ({ warnings }: TestPlan) => warnings.map(({ message }) => message)
const file = (options: object) => parseConfigFile('config.json', JSON.stringify(options))
const base = { startTime: 0, gracefulStop: 30_000, exec: 'default', env: {}, tags: {} }
const constant = { executor: 'constant-vus', vus: 3, duration: '10s' }

describe('shortcuts', () => {
  const shared = { ...base, name: 'default', executor: 'shared-iterations' }
  for (const [phrase, script, scenario] of [
    ['nothing', undefined, { executor: 'per-vu-iterations', vus: 1, iterations: 1, maxDuration: 600_000 }],
    ['iterations', { iterations: 5 }, { ...shared, vus: 1, iterations: 5, maxDuration: 600_000 }],
    [
      'iterations, VUs and a duration',
      { iterations: 5, vus: 2, duration: '1m' },
      { ...shared, vus: 2, iterations: 5, maxDuration: 60_000 },
    ],
    ['only VUs', { vus: 7 }, { ...shared, vus: 7, iterations: 7, maxDuration: 600_000 }],
    [
      'VUs and iterations as text',
      { vus: '2', iterations: '5' },
      { ...shared, vus: 2, iterations: 5, maxDuration: 600_000 },
    ],
    ['a duration', { duration: 90_000 }, { executor: 'constant-vus', vus: 1, duration: 90_000 }],
    ['VUs and a duration', { vus: 3, duration: '1m30s' }, { executor: 'constant-vus', vus: 3, duration: 90_000 }],
    [
      'stages',
      { stages: [{ duration: '10s', target: 5 }] },
      { executor: 'ramping-vus', startVUs: 1, stages: [{ duration: 10_000, target: 5 }], gracefulRampDown: 30_000 },
    ],
    [
      'stages with a target as text',
      { stages: [{ duration: '10000', target: '5' }] },
      { executor: 'ramping-vus', startVUs: 1, stages: [{ duration: 10_000, target: 5 }], gracefulRampDown: 30_000 },
    ],
    [
      'stages and VUs',
      { vus: 4, stages: [{ duration: '1d', target: 0 }] },
      { executor: 'ramping-vus', startVUs: 4, stages: [{ duration: 86_400_000, target: 0 }], gracefulRampDown: 30_000 },
    ],
  ] as const) {
    it(`make a scenario of ${phrase}`, () => {
      assert.deepEqual(plan({ script }).scenarios, [{ ...base, name: 'default', ...scenario }])
    })
  }

  for (const [option, value] of [
    ['stages', []],
    ['scenarios', {}],
  ] as const) {
    it(`run one iteration with a warning when \`${option}\` is empty`, () => {
      const result = plan({ script: { [option]: value } })
      assert.equal(result.scenarios[0]?.executor, 'per-vu-iterations')
      const text = `\`${option}\` was explicitly set to an empty value, running the script with 1 iteration in 1 VU`
      assert.deepEqual(messages(result), [text])
    })
  }

  it('let VUs alone override scenarios, with a warning', () => {
    const result = plan({ script: { scenarios: { a: constant } }, flags: { vus: 5 } })
    assert.equal(result.scenarios[0]?.executor, 'shared-iterations')
    assert.deepEqual(messages(result), ['`vus=5` overrides scenarios configuration'])
  })
})

describe('scenarios', () => {
  it('get their defaults', () => {
    const stages = [{ duration: '5s', target: 3 }]
    const scenarios = {
      a: { executor: 'constant-arrival-rate', rate: 5, duration: '10s', preAllocatedVUs: 2 },
      b: { executor: 'ramping-arrival-rate', stages, preAllocatedVUs: 2, maxVUs: 9, timeUnit: '1m' },
      c: { executor: 'externally-controlled', duration: 0, vus: 2 },
      d: { executor: 'shared-iterations', exec: 'other', env: { A: '1' }, tags: { t: 'x' }, gracefulStop: 0 },
    }
    const ramp = [{ duration: 5000, target: 3 }]
    const infinite = Number.POSITIVE_INFINITY
    assert.deepEqual(plan({ script: { scenarios } }).scenarios, [
      { ...base, ...scenarios.a, name: 'a', timeUnit: 1000, duration: 10_000, maxVUs: 2 },
      { ...base, ...scenarios.b, name: 'b', startRate: 0, timeUnit: 60_000, stages: ramp },
      { ...base, ...scenarios.c, name: 'c', gracefulStop: 0, maxVUs: 2, duration: infinite },
      { ...base, ...scenarios.d, name: 'd', vus: 1, iterations: 1, maxDuration: 600_000 },
    ])
  })

  it('come in order of their start, then of their name', () => {
    const scenarios = { b: constant, late: { ...constant, startTime: '1s' }, a: constant }
    assert.deepEqual(
      plan({ script: { scenarios } }).scenarios.map(({ name }) => name),
      ['a', 'b', 'late'],
    )
  })

  it('can be run one alone, at once', () => {
    const scenarios = { a: constant, late: { ...constant, startTime: '1h' } }
    const result = plan({ script: { scenarios }, onlyScenario: 'late' })
    assert.deepEqual(
      result.scenarios.map(({ name, startTime }) => [name, startTime]),
      [['late', 0]],
    )
    assert.equal(result.totals.duration, 40_000)
  })

  it('are checked against the exports of the script', () => {
    const scenarios = { a: { ...constant, exec: 'chat' } }
    assert.equal(plan({ script: { scenarios }, exports: ['chat'] }).scenarios[0]?.exec, 'chat')
  })

  it('say that options of the browser mean nothing', () => {
    const scenarios = { a: { ...constant, options: { browser: { type: 'chromium' } } } }
    assert.match(
      messages(plan({ script: { scenarios } }))[0] as string,
      /scenario a: `options` is for the browser module/,
    )
  })
})

describe('precedence', () => {
  /** The same option at every layer; each pair of layers must be decided the same way. */
  const layers: readonly (readonly [name: string, source: (vus: number) => Partial<ConfigSources>])[] = [
    ['file', (vus) => ({ file: file({ vus }) })],
    ['script', (vus) => ({ script: { vus } })],
    ['K6_ environment', (vus) => ({ env: { K6_VUS: String(vus) } })],
    ['SOCKEYE_ environment', (vus) => ({ env: { SOCKEYE_VUS: String(vus) } })],
    ['flags', (vus) => ({ flags: { vus } })],
  ]
  layers.forEach(([higher, high], i) => {
    for (const [lower, low] of layers.slice(0, i)) {
      it(`puts ${higher} above ${lower}`, () => {
        const [a, b] = [low(1), high(2)]
        assert.equal(plan({ ...a, ...b, env: { ...a.env, ...b.env } }).values.vus, 2)
      })
    }
  })

  it('overrides only what a layer sets', () => {
    const result = plan({
      file: file({ setupTimeout: '1s', teardownTimeout: '1s', throw: true }),
      script: { setupTimeout: '2s' },
      env: { K6_TEARDOWN_TIMEOUT: '3s' },
      flags: { noSetup: true },
    })
    const { setupTimeout, teardownTimeout, handleSummaryTimeout, noSetup, noTeardown } = result.options
    assert.deepEqual([setupTimeout, teardownTimeout, handleSummaryTimeout], [2000, 3000, 120_000])
    assert.deepEqual([result.options.throw, noSetup, noTeardown], [true, true, false])
  })

  it('takes null in a script as not set, and an empty variable too', () => {
    assert.equal(plan({ file: file({ vus: 2 }), script: { vus: null }, env: { K6_VUS: '' } }).values.vus, 2)
  })

  it('discards the whole workload of lower layers', () => {
    const workloads: readonly OptionValues[] = [
      { duration: 5000 },
      { iterations: 9 },
      { stages: [{ duration: 5000, target: 1 }] },
      { scenarios: { other: constant } },
    ]
    for (const lower of workloads) {
      for (const flags of workloads) {
        const { duration, iterations, stages, scenarios } = plan({ script: lower, flags }).values
        const kept = { duration, iterations, stages, scenarios }
        assert.deepEqual(JSON.parse(JSON.stringify(kept)), JSON.parse(JSON.stringify(flags)))
      }
    }
  })

  it('keeps the VUs of lower layers', () => {
    const [scenario] = plan({ script: { vus: 4, duration: '10s' }, flags: { iterations: 8 } }).scenarios
    assert.deepEqual([scenario?.executor, scenario && 'vus' in scenario && scenario.vus], ['shared-iterations', 4])
  })

  for (const [name, sources] of [
    ['script', { file: file({ scenarios: { a: constant } }), script: { duration: '1s' } }],
    ['env', { script: { scenarios: { a: constant } }, env: { K6_ITERATIONS: '3' } }],
    ['cli', { script: { scenarios: { a: constant } }, flags: { iterations: 3 } }],
  ] as const) {
    it(`warns when ${name} overrides scenarios`, () => {
      assert.deepEqual(messages(plan(sources)), [
        `"${name}" level configuration overrode scenarios configuration entirely`,
      ])
    })
  }

  it('replaces tags as a whole', () => {
    const result = plan({ script: { tags: { a: '1', b: '1' } }, env: { K6_TAGS: 'b:2,c:2' } })
    assert.deepEqual(result.options.tags, { b: '2', c: '2' })
  })

  it('joins tags with the feature merge-run-tags, and tags the run with it (FEA-01)', () => {
    const result = plan({
      script: { tags: { a: '1', b: '1' } },
      env: { K6_TAGS: 'b:2,c:2', K6_FEATURES: 'merge-run-tags' },
    })
    assert.deepEqual(result.options.tags, { a: '1', b: '2', c: '2', k6_feature_merge_run_tags: 'true' })
    assert.equal(result.warnings[0]?.level, 'info')
  })

  it('merges dns per key, and replaces hosts and lists', () => {
    const result = plan({
      script: { dns: { ttl: '1m', select: 'first' }, hosts: { a: '1.1.1.1' }, blacklistIPs: ['10.0.0.0/8'] },
      env: { K6_DNS: 'select=random', K6_BLACKLIST_IPS: '11.0.0.0/8,12.0.0.0/8' },
    })
    assert.deepEqual(result.network.dns, { ttl: '1m', select: 'random' })
    assert.deepEqual(result.network.hosts, { a: '1.1.1.1' })
    assert.deepEqual(result.network.blacklistIPs, ['11.0.0.0/8', '12.0.0.0/8'])
  })

  it('gives each option the value of the highest layer that sets it', () => {
    const names = ['setupTimeout', 'teardownTimeout', 'minIterationDuration'] as const
    const layer = fc.record(
      { setupTimeout: fc.integer({ min: 1 }), teardownTimeout: fc.integer({ min: 1 }), minIterationDuration: fc.nat() },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(layer, layer, layer, (inFile, script, flags) => {
        const { options } = plan({ file: file(inFile), script, flags })
        const defaults = { setupTimeout: 60_000, teardownTimeout: 60_000, minIterationDuration: 0 }
        for (const name of names) {
          assert.equal(options[name], flags[name] ?? script[name] ?? inFile[name] ?? defaults[name])
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('what a plan warns about', () => {
  it('unknown options, with the nearest name', () => {
    const [warning] = plan({ script: { iteration: 3 } }).warnings
    assert.deepEqual(warning, {
      level: 'warning',
      message: 'There were unknown fields in the options exported in the script',
      fields: { error: 'json: unknown field "iteration"', hint: 'did you mean iterations?' },
    })
  })

  it('a field of scenarios among the options, with its place', () => {
    const [warning] = plan({ script: { gracefulStop: '1s' } }).warnings
    assert.equal(
      warning?.fields?.['hint'],
      'it belongs to a scenario: scenarios: { my_scenario: { …, gracefulStop: … } }',
    )
  })

  it('options that only flags and environment may set', () => {
    const texts = messages(plan({ script: { localIPs: '10.0.0.1', features: ['freeze-env'] } }))
    assert.deepEqual(texts, [
      "`localIPs` can't be set by a script and is ignored; use a flag or the variable K6_LOCAL_IPS",
      "`features` can't be set by a script and is ignored; use a flag or the variable K6_FEATURES",
    ])
  })

  it('options that do nothing', () => {
    assert.deepEqual(messages(plan({ script: { cloud: { projectID: 1 } } })), [
      'the option `cloud` is for Grafana Cloud, which is not supported: it has no effect',
    ])
  })

  it('variables that have no text form', () => {
    const text = 'K6_HOSTS is ignored: set `hosts` in the script or in the configuration file'
    assert.deepEqual(messages(plan({ env: { K6_HOSTS: 'a=b' } })), [text])
  })

  it('an unknown time unit, which is as none', () => {
    const result = plan({ script: { summaryTimeUnit: 'h' } })
    assert.equal(result.options.summaryTimeUnit, '')
    assert.match(messages(result)[0] as string, /^invalid summary time unit 'h', use 's', 'ms' or 'us'/)
  })

  it('unknown features', () => {
    assert.deepEqual(
      plan({ flags: { features: ['x', 'freeze-env'] } }).warnings.map(({ level, message }) => [level, message]),
      [
        ['error', 'Unknown feature flag'],
        ['info', 'Experimental feature enabled'],
      ],
    )
  })
})

describe('a plan', () => {
  it('is plain data', () => {
    const result = plan({ script: { vus: 2, duration: '10s', thresholds: { checks: ['rate>0.9'] } } })
    assert.deepEqual(structuredClone(result), result)
  })

  it('keeps the default system tags for an empty array, none for two quotes, and drops unknown ones', () => {
    const tags = (systemTags: string[]) => plan({ script: { systemTags } }).options.systemTags
    assert.equal(tags([]).length, 14)
    assert.deepEqual(tags(['""']), [])
    assert.deepEqual(tags(['vu', 'nonsense', 'url']), ['url', 'vu'])
  })

  it('counts the VUs and the time of its segment', () => {
    const script = { scenarios: { a: constant, b: { ...constant, startTime: '5s' } } }
    assert.deepEqual(plan({ script }).totals, { duration: 45_000, maxVUs: 6, plannedVUs: 6 })
    const third = plan({ script, flags: { executionSegment: '1/3', executionSegmentSequence: '0,1/3,2/3,1' } })
    assert.deepEqual(third.totals, { duration: 45_000, maxVUs: 2, plannedVUs: 2 })
    assert.deepEqual(third.segment, { segment: '1/3', sequence: '0,1/3,2/3,1' })
  })
})
