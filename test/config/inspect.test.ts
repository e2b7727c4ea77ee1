import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { consolidate, readScriptOptions } from '../../src/config/consolidate.js'
import { inspectOptions, inspectPlan, inspectText, scriptOptions } from '../../src/config/inspect.js'

const KEYS =
  'paused vus duration iterations stages scenarios executionSegment executionSegmentSequence noSetup setupTimeout noTeardown ' +
  'teardownTimeout handleSummaryTimeout rps dns maxRedirects userAgent batch batchPerHost httpDebug insecureSkipTLSVerify ' +
  'tlsCipherSuites tlsVersion tlsAuth throw thresholds blacklistIPs blockHostnames hosts noConnectionReuse noVUConnectionReuse ' +
  'minIterationDuration ext summaryTrendStats summaryTimeUnit systemTags tags metricSamplesBufferSize noCookiesReset ' +
  'discardResponseBodies features'

const example = { vus: 3, duration: '5s', thresholds: { checks: ['rate>0.9'] } }
const nonNull = (object: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null))

describe('inspect', () => {
  it('prints what the script exports, with every key in order', () => {
    const printed = inspectOptions(readScriptOptions(example).values)
    assert.equal(Object.keys(printed).join(' '), KEYS)
    assert.deepEqual(nonNull(printed), {
      vus: 3,
      duration: '5s',
      dns: { ttl: null, select: null, policy: null },
      thresholds: { checks: ['rate>0.9'] },
    })
  })

  it('prints the consolidated options and what they need', () => {
    const printed = inspectPlan(consolidate({ script: example, env: {} }))
    assert.equal(Object.keys(printed).join(' '), `${KEYS} totalDuration maxVUs`)
    const systemTags =
      'check error error_code expected_response group method name proto scenario service status subproto tls_version url'
    const scenario = {
      executor: 'constant-vus',
      startTime: null,
      gracefulStop: null,
      env: null,
      exec: null,
      tags: null,
      vus: 3,
      duration: '5s',
    }
    assert.deepEqual(nonNull(printed), {
      vus: 3,
      duration: '5s',
      scenarios: { default: scenario },
      dns: { ttl: null, select: null, policy: null },
      thresholds: { checks: ['rate>0.9'] },
      summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)'],
      systemTags: systemTags.split(' '),
      totalDuration: '35s',
      maxVUs: 3,
    })
    assert.deepEqual(
      Object.keys((printed['scenarios'] as Record<string, object>)['default'] as object),
      Object.keys(scenario),
    )
  })

  it('prints durations, stages and thresholds as k6 does, and maps in order', () => {
    const script = {
      setupTimeout: 90_000,
      tags: { b: '1', a: '2' },
      thresholds: {
        z: [],
        a: [{ threshold: 'avg<1', abortOnFail: true, delayAbortEval: 10_000 }, { threshold: 'max<2' }],
      },
      scenarios: {
        b: { executor: 'ramping-vus', stages: [{ duration: 500, target: 1 }] },
        a: { executor: 'per-vu-iterations' },
      },
    }
    const printed = inspectPlan(consolidate({ script, env: {} }))
    assert.equal(printed['setupTimeout'], '1m30s')
    assert.equal(JSON.stringify(printed['tags']), '{"a":"2","b":"1"}')
    assert.equal(
      JSON.stringify(printed['thresholds']),
      '{"a":[{"threshold":"avg<1","abortOnFail":true,"delayAbortEval":"10s"},"max<2"],"z":[]}',
    )
    const scenarios = printed['scenarios'] as Record<string, Record<string, unknown>>
    assert.deepEqual(Object.keys(scenarios), ['a', 'b'])
    assert.deepEqual(scenarios['b']?.['stages'], [{ duration: '500ms', target: 1 }])
  })

  it('says of a test without end that it is infinite', () => {
    const script = { scenarios: { a: { executor: 'externally-controlled', duration: 0, maxVUs: 4 } } }
    const printed = inspectPlan(consolidate({ script, env: {} }))
    assert.deepEqual([printed['totalDuration'], printed['maxVUs']], ['infinite', 4])
  })

  it('escapes as Go does and ends without a newline', () => {
    assert.equal(
      inspectText({ a: ['x<1 && y>2\u2028'] }),
      '{\n  "a": [\n    "x\\u003c1 \\u0026\\u0026 y\\u003e2\\u2028"\n  ]\n}',
    )
  })

  it('refuses what is no scenario: an unknown executor, fields of the wrong form', () => {
    const scenarios = [
      { a: { executor: 'x' } },
      { c: null },
      { a: { executor: 'ramping-vus', stages: [{ duration: '1s', target: 1.5 }] } },
      { a: { executor: 'constant-vus', iterations: 1 } },
    ]
    for (const given of scenarios) assert.throws(() => readScriptOptions({ scenarios: given }), { exitCode: 104 })
    // Whether the values make sense is asked when the test runs.
    readScriptOptions({ scenarios: { a: { executor: 'constant-vus', vus: 0 } } })
  })

  it('sorts system tags', () => {
    const { values } = readScriptOptions({ systemTags: ['vu', 'iter', 'check'] })
    assert.deepEqual(inspectOptions(values)['systemTags'], ['check', 'iter', 'vu'])
  })
})

describe('exec.test.options', () => {
  it('has scenarios in place of the shortcuts, and what is never printed', () => {
    const printed = scriptOptions(consolidate({ script: example, env: {}, flags: { consoleOutput: 'out.txt' } }))
    for (const shortcut of ['vus', 'duration', 'iterations', 'stages']) assert.ok(!(shortcut in printed))
    assert.deepEqual([printed['consoleOutput'], printed['localIPs']], ['out.txt', null])
    assert.ok('default' in (printed['scenarios'] as object))
  })
})
