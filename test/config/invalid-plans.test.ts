import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseConfigFile } from '../../src/config/config-file.js'
import { type ConfigSources, consolidate } from '../../src/config/consolidate.js'
import { ConfigError } from '../../src/config/problems.js'

const HEADER = 'There were problems with the specified script configuration:\n\t- '

function errorOf(sources: Partial<ConfigSources>): ConfigError {
  try {
    consolidate({ env: {}, ...sources })
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error
  }
  throw new assert.AssertionError({ message: 'the plan was accepted' })
}

/** Every text is the whole first line of a problem. */
function assertProblems(error: ConfigError, texts: readonly string[], exitCode = 104): void {
  assert.ok(error.message.startsWith(HEADER))
  assert.deepEqual(
    error.problems.map(({ message }) => message),
    texts,
  )
  for (const text of texts) assert.ok(error.message.includes(`\t- ${text}`))
  assert.equal(error.exitCode, exitCode)
  assert.equal(error.code, 'ERR_INVALID_CONFIG')
}

const stage = (duration: unknown, target: unknown) => ({ duration, target })
const shared = { executor: 'shared-iterations' }
const perVu = { executor: 'per-vu-iterations' }
const constant = { executor: 'constant-vus', duration: '10s' }
const ramping = { executor: 'ramping-vus', stages: [stage('10s', 5)] }
const rate = { executor: 'constant-arrival-rate', rate: 10, duration: '10s', preAllocatedVUs: 2 }
const rampingRate = { executor: 'ramping-arrival-rate', preAllocatedVUs: 2, stages: [stage('10s', 5)] }
const external = { executor: 'externally-controlled', duration: '10s' }

/** The scenario `foo` with what is wrong with it, in k6's words. */
const invalidScenarios: readonly (readonly [phrase: string, scenario: Record<string, unknown>, text: string])[] = [
  ['no VUs to share iterations', { ...shared, vus: 0, iterations: 1 }, 'the number of VUs must be more than 0'],
  ['negative VUs', { ...shared, vus: -3, iterations: 1 }, 'the number of VUs must be more than 0'],
  [
    'fewer shared iterations than VUs',
    { ...shared, vus: 5, iterations: 3 },
    "the number of iterations (3) can't be less than the number of VUs (5)",
  ],
  ['too short a maxDuration', { ...shared, maxDuration: 999 }, 'the maxDuration must be at least 1s, but is 999ms'],
  ['no VUs for per-vu-iterations', { ...perVu, vus: 0 }, 'the number of VUs must be more than 0'],
  ['no iterations per VU', { ...perVu, iterations: 0 }, 'the number of iterations must be more than 0'],
  ['a maxDuration of 0', { ...perVu, maxDuration: '0s' }, 'the maxDuration must be at least 1s, but is 0s'],
  ['no VUs to loop', { ...constant, vus: 0 }, 'the number of VUs must be more than 0'],
  ['no duration', { executor: 'constant-vus' }, 'the duration is unspecified'],
  ['too short a duration', { ...constant, duration: '500ms' }, 'the duration must be at least 1s, but is 500ms'],
  ['a negative duration', { ...constant, duration: '-1m' }, 'the duration must be at least 1s, but is -1m0s'],
  ['negative start VUs', { ...ramping, startVUs: -1 }, "the number of start VUs can't be negative"],
  [
    'a ramp with no VU at all',
    { ...ramping, startVUs: 0, stages: [stage('10s', 0)] },
    "either startVUs or one of the stages' target values must be greater than 0",
  ],
  ['no stages', { executor: 'ramping-vus' }, 'at least one stage has to be specified'],
  ['an empty list of stages', { ...ramping, stages: [] }, 'at least one stage has to be specified'],
  ['a stage without duration', { ...ramping, stages: [{ target: 1 }] }, "stage 1 doesn't have a duration"],
  [
    'a stage of negative duration',
    { ...ramping, stages: [stage('1s', 1), stage('-1s', 1)] },
    "the duration for stage 2 can't be negative",
  ],
  ['a stage without target', { ...ramping, stages: [{ duration: '1s' }] }, "stage 1 doesn't have a target"],
  ['a stage of negative target', { ...ramping, stages: [stage('1s', -1)] }, "the target for stage 1 can't be negative"],
  ['too many start VUs', { ...ramping, startVUs: 100_000_001 }, 'the startVUs exceed max limit of 100000000'],
  [
    'too high a target',
    { ...ramping, stages: [stage('1s', 100_000_001)] },
    'target for stage 1 exceeds max limit of 100000000',
  ],
  [
    'ramps of more starts and stops than memory holds',
    { ...ramping, startVUs: 0, stages: [stage('1m', 800_000), stage('1m', 0), stage('1m', 800_000)] },
    'the stages start and stop VUs 2400000 times, and more than 2000000 times cannot be planned',
  ],
  [
    'a negative ramp-down grace',
    { ...ramping, gracefulRampDown: '-1s' },
    "the gracefulRampDown timeout can't be negative",
  ],
  ['no rate', { ...rate, rate: undefined }, "the iteration rate isn't specified"],
  ['a rate of 0', { ...rate, rate: 0 }, 'the iteration rate must be more than 0'],
  ['a timeUnit of 0', { ...rate, timeUnit: 0 }, 'the timeUnit must be more than 0'],
  ['a rate without duration', { ...rate, duration: null }, 'the duration is unspecified'],
  ['a rate for too short', { ...rate, duration: '1ms' }, 'the duration must be at least 1s, but is 1ms'],
  ['no preAllocatedVUs', { ...rate, preAllocatedVUs: null }, "the number of preAllocatedVUs isn't specified"],
  ['negative preAllocatedVUs', { ...rate, preAllocatedVUs: -1 }, "the number of preAllocatedVUs can't be negative"],
  ['maxVUs below preAllocatedVUs', { ...rate, maxVUs: 1 }, "maxVUs can't be less than preAllocatedVUs"],
  ['a rate that is no integer', { ...rate, rate: 1.5 }, 'rate must be a whole number, got 1.5 (number)'],
  ['a negative startRate', { ...rampingRate, startRate: -1 }, "the startRate value can't be negative"],
  ['a negative timeUnit', { ...rampingRate, timeUnit: '-1s' }, 'the timeUnit must be more than 0'],
  ['rate stages missing', { ...rampingRate, stages: undefined }, 'at least one stage has to be specified'],
  ['a rate stage without target', { ...rampingRate, stages: [{ duration: 1 }] }, "stage 1 doesn't have a target"],
  ['maxVUs below for ramping rates', { ...rampingRate, maxVUs: 0 }, "maxVUs can't be less than preAllocatedVUs"],
  [
    'a graceful stop under external control',
    { ...external, gracefulStop: '1s' },
    'gracefulStop is not supported by the externally controlled executor',
  ],
  ['negative external VUs', { ...external, vus: -1, maxVUs: 1 }, "the number of VUs can't be negative"],
  [
    'more external VUs than maxVUs',
    { ...external, vus: 3, maxVUs: 2 },
    'the number of active VUs (3) must be less than or equal to the number of maxVUs (2)',
  ],
  [
    'no external duration',
    { executor: 'externally-controlled' },
    'the duration must be specified, for infinite duration use 0',
  ],
  [
    'a negative external duration',
    { ...external, duration: -5 },
    "the duration can't be negative, for infinite duration use 0",
  ],
  ['a negative startTime', { ...constant, startTime: '-1s' }, "the startTime can't be negative"],
  ['a negative gracefulStop', { ...constant, gracefulStop: '-1s' }, "the gracefulStop timeout can't be negative"],
  ['an empty exec', { ...constant, exec: '' }, 'exec value cannot be empty'],
  ['an unknown field', { ...constant, vuz: 3 }, 'json: unknown field "vuz"'],
  ['a field of another executor', { ...constant, rate: 3 }, 'json: unknown field "rate"'],
  ['a field named as if inherited', { ...constant, toString: 3 }, 'json: unknown field "toString"'],
  ['text where a number belongs', { ...constant, vus: 'ten' }, 'vus must be a whole number, got "ten" (string)'],
  ['half a VU', { ...constant, vus: 0.5 }, 'vus must be a whole number, got 0.5 (number)'],
  ['an unreadable duration', { ...constant, duration: 'soon' }, "duration: 'soon' is not a valid duration value"],
  [
    'a duration of the wrong type',
    { ...constant, duration: true },
    "duration must be a duration such as '30s', or a number of milliseconds, got true (boolean)",
  ],
  [
    'tags that are no strings',
    { ...constant, tags: { a: 1 } },
    'tags must be an object whose values are strings, got {"a":1} (object)',
  ],
  [
    'an env that is no object',
    { ...constant, env: ['A'] },
    'env must be an object whose values are strings, got ["A"] (array)',
  ],
  [
    'stages that are no array',
    { ...ramping, stages: '10s:5' },
    `stages must be an array of stages such as { duration: '30s', target: 10 }, got "10s:5" (string)`,
  ],
  [
    'a stage that is no object',
    { ...ramping, stages: [3] },
    'stages: stage 1 must be an object with duration and target, got 3 (number)',
  ],
  [
    'an unknown field of a stage',
    { ...ramping, stages: [{ ...stage(1, 1), vus: 3 }] },
    'stages: stage 1 has an unknown field "vus"',
  ],
  [
    'a wrong target of a stage',
    { ...ramping, stages: [stage('1s', '5.5')] },
    'stages: target of stage 1: must be a whole number, got "5.5" (string)',
  ],
  [
    'everything at once',
    { executor: 'constant-vus', vus: 0, startTime: -1 },
    "the startTime can't be negative, the number of VUs must be more than 0, the duration is unspecified",
  ],
]

/** Options, and each problem with them. */
const invalidOptions: readonly (readonly [
  phrase: string,
  options: unknown,
  texts: readonly string[],
  exitCode?: number,
])[] = [
  ['options of the wrong type', [1], ['options must be an object, got [1] (array)']],
  ['half VUs as text', { vus: '1.5' }, ['options.vus must be a whole number, got "1.5" (string)']],
  [
    'an infinite number',
    { vus: Number.POSITIVE_INFINITY },
    ['options.vus must be a whole number, got Infinity (number)'],
  ],
  ['an unreadable duration', { duration: '10 s' }, ["options.duration: '10 s' is not a valid duration value"]],
  ['a bool as text', { throw: 'yes' }, ['options.throw must be true or false, got "yes" (string)']],
  ['tags as text', { tags: 'a=b' }, ['options.tags must be an object whose values are strings, got "a=b" (string)']],
  ['hosts as a list', { hosts: [] }, ['options.hosts must be an object, got [] (array)']],
  [
    'thresholds as a list',
    { thresholds: ['p(95)<1'] },
    ['options.thresholds must be an object, got ["p(95)<1"] (array)'],
  ],
  [
    'system tags as text',
    { systemTags: 'url' },
    ['options.systemTags must be an array of strings, got "url" (string)'],
  ],
  ['scenarios as a list', { scenarios: [] }, ['options.scenarios must be an object, got [] (array)']],
  [
    'a scenario that is no object',
    { scenarios: { foo: 3 } },
    ['options.scenarios.foo must be an object, got 3 (number)'],
  ],
  ['no executor', { scenarios: { foo: { vus: 1 } } }, ["scenario 'foo' doesn't have a specified executor type"]],
  ['an unknown executor', { scenarios: { foo: { executor: 'constant-vu' } } }, ["unknown executor type 'constant-vu'"]],
  ['an executor that is no text', { scenarios: { foo: { executor: 3 } } }, ["unknown executor type '3'"]],
  [
    'a scenario without a name',
    { scenarios: { '': constant } },
    ["scenario  has configuration errors: scenario name can't be empty"],
  ],
  [
    'a scenario name with a space',
    { scenarios: { 'a b': constant } },
    [
      'scenario a b has configuration errors: the scenario name should contain only numbers, latin letters, underscores, and dashes',
    ],
  ],
  [
    'iterations and stages',
    { iterations: 1, stages: [stage('1s', 1)] },
    ['using `iterations` and `stages` options simultaneously is not allowed'],
  ],
  [
    'iterations and scenarios',
    { iterations: 1, scenarios: { foo: constant } },
    ['using `iterations` and `scenarios` options simultaneously is not allowed'],
  ],
  [
    'duration and stages',
    { duration: '1s', stages: [stage('1s', 1)] },
    ['using `duration` and `stages` options simultaneously is not allowed'],
  ],
  [
    'duration and scenarios',
    { duration: '1s', scenarios: { foo: constant } },
    ['using `duration` and `scenarios` options simultaneously is not allowed'],
  ],
  [
    'stages and scenarios',
    { stages: [stage('1s', 1)], scenarios: { foo: constant } },
    ['using `stages` and `scenarios` options simultaneously is not allowed'],
  ],
  [
    'a duration of 0',
    { duration: 0 },
    ['`duration` option should be more than 0, for infinite duration use the externally-controlled executor'],
  ],
  [
    'a shortcut without VUs',
    { vus: 0, duration: '10s' },
    ['scenario default has configuration errors: the number of VUs must be more than 0'],
  ],
  [
    'a shortcut with too few iterations',
    { vus: 5, iterations: 2 },
    [
      "scenario default has configuration errors: the number of iterations (2) can't be less than the number of VUs (5)",
    ],
  ],
  ['a setupTimeout of 0', { setupTimeout: 0 }, ['setupTimeout must be positive']],
  ['a negative teardownTimeout', { teardownTimeout: '-1s' }, ['teardownTimeout must be positive']],
  ['a handleSummaryTimeout of 0', { handleSummaryTimeout: '0s' }, ['handleSummaryTimeout must be positive']],
  [
    'a header smuggled in by the user agent',
    { userAgent: 'a\r\nX-B: c' },
    ['userAgent must be the value of a header, without line breaks and control characters'],
  ],
  ['a negative minimum', { minIterationDuration: -1 }, ["the minIterationDuration can't be negative"]],
  ['an unknown trend stat', { summaryTrendStats: ['avg', 'mean'] }, ["invalid trend stat 'mean', unknown format"], 255],
  [
    'a percentile above 100',
    { summaryTrendStats: ['p(101)'] },
    ["invalid percentile trend stat value 'p(101)', provide a number between 0 and 100"],
    255,
  ],
  [
    'a trend stat and something worse',
    { summaryTrendStats: ['x'], setupTimeout: 0 },
    ['setupTimeout must be positive', "invalid trend stat 'x', unknown format"],
  ],
  ['an unknown TLS version', { tlsVersion: 'tls1.4' }, ["unknown TLS version 'tls1.4'"]],
  ['an unknown cipher suite', { tlsCipherSuites: ['ROT13'] }, ["unknown cipher suite 'ROT13'"]],
  ['a TTL that is none', { dns: { ttl: 'ever' } }, ['invalid DNS TTL: ever'], 255],
  [
    'network options that are wrong in several ways',
    { hosts: { '*a*': '1.1.1.1' }, dns: { ttl: 'ever' }, vus: 0, duration: '10s' },
    [
      "invalid host pattern '*a*'",
      'invalid DNS TTL: ever',
      'scenario default has configuration errors: the number of VUs must be more than 0',
    ],
  ],
  [
    'an unreadable segment',
    { executionSegment: 'half' },
    ["'half' is not a valid percentage, decimal, fraction or interval value"],
  ],
  [
    'a segment outside its sequence',
    { executionSegment: '0:1/2', executionSegmentSequence: '0,1/3,1' },
    ["provided segment 0:1/2 can't be found in sequence 0,1/3,1"],
  ],
  [
    'two scenarios and an option',
    { setupTimeout: 0, scenarios: { a: { ...constant, vus: 0 }, b: { executor: 'x' } } },
    [
      'setupTimeout must be positive',
      'scenario a has configuration errors: the number of VUs must be more than 0',
      "unknown executor type 'x'",
    ],
  ],
]

/** Variables, and the problem with them. */
const invalidEnvironments: readonly (readonly [env: Record<string, string>, text: string])[] = [
  [
    { K6_VUS: 'ten' },
    `envconfig.Process: assigning K6_VUS to VUs: converting 'ten' to type int. details: must be a whole number, got "ten" (string)`,
  ],
  [
    { SOCKEYE_DURATION: 'long' },
    "envconfig.Process: assigning SOCKEYE_DURATION to Duration: converting 'long' to type types.NullDuration. details: 'long' is not a valid duration value",
  ],
  [
    { K6_THROW: 'yes' },
    `envconfig.Process: assigning K6_THROW to Throw: converting 'yes' to type bool. details: must be true or false, got "yes" (string)`,
  ],
  [
    { K6_STAGES: '10s:1,:5' },
    "envconfig.Process: assigning K6_STAGES to Stages: converting '10s:1,:5' to type []lib.Stage. details: stage 1 doesn't have a specified duration",
  ],
  [
    { K6_TAGS: 'a' },
    `envconfig.Process: assigning K6_TAGS to RunTags: converting 'a' to type map[string]string. details: must be an object whose values are strings, got "a" (string)`,
  ],
]

describe('an invalid scenario', () => {
  for (const [phrase, scenario, text] of invalidScenarios) {
    it(`is refused: ${phrase}`, () => {
      const error = errorOf({ script: { scenarios: { foo: scenario } } })
      assertProblems(error, [`scenario foo has configuration errors: ${text}`])
    })
  }

  it('is refused when its function is not exported', () => {
    const script = { scenarios: { foo: { ...constant, exec: 'chatt' } } }
    const error = errorOf({ script, exports: ['default', 'chat'] })
    assertProblems(error, ["executor foo: function 'chatt' not found in exports"])
    assert.equal(error.problems[0]?.hint, 'did you mean chat?')
  })

  it('is refused when the default function is missing', () => {
    assertProblems(errorOf({ exports: ['setup'] }), ["executor default: function 'default' not found in exports"])
  })

  it('is refused when the one to run does not exist', () => {
    const error = errorOf({ script: { scenarios: { login: constant } }, onlyScenario: 'logn' })
    assertProblems(error, ["scenario 'logn' is not defined"])
    assert.equal(error.problems[0]?.hint, 'did you mean login?')
  })
})

describe('invalid options', () => {
  for (const [phrase, options, texts, exitCode] of invalidOptions) {
    it(`are refused: ${phrase}`, () => assertProblems(errorOf({ script: options }), texts, exitCode))
  }

  for (const [env, text] of invalidEnvironments) {
    it(`are refused in the environment: ${Object.keys(env)}`, () => assertProblems(errorOf({ env }), [text]))
  }

  it('are refused in the configuration file', () => {
    const file = parseConfigFile('c.json', '{ "vus": "one" }')
    assertProblems(errorOf({ file }), ['vus in the configuration file must be a whole number, got "one" (string)'])
  })

  for (const [phrase, text, reason] of [
    ['no JSON', '{', /^failed to load .*: couldn't parse the configuration from "c\.json": /],
    ['no object', '[]', /it holds no JSON object$/],
    ['a wrong key of its own', '{ "out": "json" }', /out must be an array of strings, got "json" \(string\)$/],
  ] as const) {
    it(`are refused when the file holds ${phrase}`, () => {
      assert.throws(() => parseConfigFile('c.json', text), { message: reason, exitCode: 104, code: 'ERR_CONFIG_FILE' })
    })
  }
})

describe('the message about an invalid plan', () => {
  it('says where, shows the value, and gives a hint', () => {
    const script = { scenarios: { foo: { executor: 'constant-vus', vus: 0, exek: 'a' } } }
    assert.equal(
      errorOf({ script }).message,
      [
        'There were problems with the specified script configuration:',
        '\t- scenario foo has configuration errors: json: unknown field "exek", the number of VUs must be more than 0, the duration is unspecified',
        '\t    at   options.scenarios.foo.exek = "a"',
        '\t    at   options.scenarios.foo.vus = 0',
        '\t    at   options.scenarios.foo.duration',
        '\t    hint did you mean exec?',
        "\t         for example duration: '30s'",
      ].join('\n'),
    )
  })

  it('names the shortcut, not the scenario made of it', () => {
    const places = errorOf({ script: { vus: 0, stages: [stage('10s', -1)] } }).problems.flatMap(
      (problem) => problem.places,
    )
    assert.deepEqual(
      places.map(({ path }) => path),
      ['options.vus', 'options.stages'],
    )
  })

  it('cuts long values', () => {
    assert.ok(errorOf({ script: { vus: 'x'.repeat(10_000) } }).message.length < 500)
  })
})

describe('problems say where the value was written', () => {
  const placeOf = (sources: Parameters<typeof errorOf>[0]) => errorOf(sources).problems[0]?.places[0]

  it('as a flag, with the text of the user', () => {
    const flagPlaces = { duration: { path: '--duration', value: '300ms' } }
    const place = placeOf({ script: { duration: '10s' }, flags: { duration: 300 }, flagPlaces })
    assert.deepEqual(place, { path: '--duration', value: '300ms' })
  })

  it('as a variable', () => {
    assert.deepEqual(placeOf({ env: { K6_DURATION: '300ms' } }), { path: 'K6_DURATION', value: '300ms' })
  })

  it('in the script, whatever else was set in lower layers', () => {
    const place = placeOf({ script: { duration: '300ms' } })
    assert.deepEqual(place, { path: 'options.duration', value: 300 })
  })
})
