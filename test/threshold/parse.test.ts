import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SockeyeError } from '../../src/base/errors.js'
import { automaticSubmetrics, declareBuiltins } from '../../src/metrics/builtin.js'
import { MetricRegistry } from '../../src/metrics/registry.js'
import { unknownMetric } from '../../src/threshold/errors.js'
import { longestWindow, parseThresholds, selectorWarnings, submetricsOf } from '../../src/threshold/parse.js'
import { parseSelector } from '../../src/threshold/selector.js'

function isRefusal(message: string) {
  return (error: unknown) => error instanceof SockeyeError && error.exitCode === 104 && error.message === message
}

const GOOD: [selector: string, metric: string, tags: Record<string, string> | null][] = [
  ['iterations', 'iterations', null],
  ['m{a:b}', 'm', { a: 'b' }],
  ['m{ a : b , c:d }', 'm', { a: 'b', c: 'd' }],
  ["m{a:\"x y\",'b':'z'}", 'm', { a: 'x y', b: 'z' }],
  ['m{group:::setup}', 'm', { group: '::setup' }],
  ['m{group:}', 'm', { group: '' }],
  ['m{url:http://h:1/p}', 'm', { url: 'http://h:1/p' }],
  ['m{,a:b,,}', 'm', { a: 'b' }],
  ['m{a:{b}}', 'm', { a: '{b}' }],
  ['m{a:"}', 'm', { a: '"' }],
]

const FAILED = 'unable to validate threshold expressions; reason: parsing metric name failed, metric'
const BAD: [selector: string, message: string][] = [
  ['m{', `${FAILED} "m{" has unmatched opening/close curly brace`],
  ['m}', `${FAILED} "m}" has unmatched opening/close curly brace`],
  ['m{a:b', `${FAILED} "m{a:b" has unmatched opening/close curly brace`],
  ['m}{', `${FAILED} "m}{" closing curly brace appears before opening one`],
  ['m}a:b{', `${FAILED} "m}a:b{" closing curly brace appears before opening one`],
  ['m{a:b}c', `${FAILED} "m{a:b}c" lacks a closing curly brace in its last position`],
  ['m{a:b} ', `${FAILED} "m{a:b} " lacks a closing curly brace in its last position`],
  ['m{a}', `${FAILED} "a" tag expression is malformed`],
  ['m{a:b, c }', `${FAILED} "c" tag expression is malformed`],
  ['m{:b}', `${FAILED} ":b" tag expression is malformed`],
  ['m{}', "submetric criteria for metric 'm' cannot be empty"],
  ['m{ , }', "submetric criteria for metric 'm' cannot be empty"],
]

const METRICS = Object.values(declareBuiltins(new MetricRegistry()))

describe('a threshold selector', () => {
  for (const [text, metric, tags] of GOOD) {
    it(`reads ${text}`, () => assert.deepEqual(parseSelector(text), { metric, tags }))
  }
  for (const [text, message] of BAD) {
    it(`refuses ${text}`, () => assert.throws(() => parseSelector(text), isRefusal(message)))
  }
})

describe('the option thresholds', () => {
  it('becomes plain data', () => {
    const parsed = parseThresholds({
      iterations: ['count>5', { threshold: 'rate>1', abortOnFail: true, delayAbortEval: '1m30s' }],
      'my_trend{a:b}': [],
    })
    assert.deepEqual(structuredClone(parsed), parsed)
    assert.deepEqual(
      parsed[0]?.thresholds.map(({ source, abortOnFail, delayAbortMs }) => [source, abortOnFail, delayAbortMs]),
      [
        ['count>5', false, 0],
        ['rate>1', true, 90_000],
      ],
    )
    assert.deepEqual(submetricsOf(parsed), [{ metric: 'my_trend', name: 'my_trend{a:b}', tags: { a: 'b' } }])
  })

  it('is empty when unset', () => {
    assert.deepEqual(parseThresholds(undefined), [])
    assert.deepEqual(parseThresholds(null), [])
  })

  it('joins selectors of the same tags under the first name', () => {
    const parsed = parseThresholds({ 'm{a:1,b:2}': ['avg<1'], 'm{b:2, a:1}': ['max<2'] })
    assert.equal(parsed.length, 1)
    assert.equal(parsed[0]?.name, 'm{a:1,b:2}')
    assert.deepEqual(
      parsed[0]?.thresholds.map(({ source }) => source),
      ['avg<1', 'max<2'],
    )
  })

  it('keeps submetrics but no conditions when thresholds are off', () => {
    const parsed = parseThresholds({ 'm{a:1}': ['nonsense'] }, { conditions: false })
    assert.deepEqual(parsed[0]?.thresholds, [])
    assert.equal(submetricsOf(parsed).length, 1)
  })

  it('leaves out an automatic submetric that a threshold defines already', () => {
    const automatic = automaticSubmetrics(['expected_response'])
    assert.equal(submetricsOf([], automatic).length, 1)
    const parsed = parseThresholds({ 'http_req_duration{ expected_response: true }': ['avg<1'] })
    assert.deepEqual(
      submetricsOf(parsed, automatic).map(({ name }) => name),
      ['http_req_duration{expected_response: true}'],
    )
    assert.deepEqual(automaticSubmetrics(['url']), [])
  })

  it('reports every problem at once', () => {
    assert.throws(
      () => parseThresholds({ a: ['x', 'count>1', 'avg<'], 'b{': ['count>1'] }),
      (error: Error) => error.message.match(/reason: /g)?.length === 3,
    )
  })

  it('names the metric of an expression that cannot be read', () => {
    for (const [name, place] of [
      ['my_t', 'options.thresholds.my_t'],
      ['my_t{a:b}', 'options.thresholds["my_t{a:b}"]'],
    ] as const) {
      assert.throws(
        () => parseThresholds({ [name]: ['fast'] }),
        ({ message }: Error) => message.endsWith(`malformed threshold expression\n\t    at   ${place}`),
      )
    }
  })

  it('reports metrics that do not exist together with expressions that cannot be read', () => {
    assert.throws(
      () => parseThresholds({ iterations: ['fast'], nope: ['count>1'], checks: ['avg<1'] }, { metrics: METRICS }),
      ({ message }: Error) =>
        /"fast"/.test(message) &&
        /no metric name "nope"/.test(message) &&
        /unsupported aggregation method avg/.test(message),
    )
  })

  const SHAPES: [phrase: string, option: unknown, message: string][] = [
    ['an array', [], 'options.thresholds must be an object, got [] (array)'],
    ['a lone string', { m: 'avg<1' }, 'options.thresholds["m"] must be an array, got "avg<1" (string)'],
    ['a number', { m: [1] }, 'options.thresholds["m"][0] must be a string or an object, got 1 (number)'],
    ['no expression', { m: [{}] }, 'options.thresholds["m"][0].threshold must be a string, got undefined'],
    [
      'a bad flag',
      { m: [{ threshold: 'avg<1', abortOnFail: 'yes' }] },
      'options.thresholds["m"][0].abortOnFail must be true or false, got "yes" (string)',
    ],
    [
      'a bad delay',
      { m: [{ threshold: 'avg<1', delayAbortEval: 'soon' }] },
      'options.thresholds["m"][0].delayAbortEval must be a duration such as \'10s\', got "soon" (string)',
    ],
  ]
  for (const [phrase, option, message] of SHAPES) {
    it(`refuses ${phrase}`, () => assert.throws(() => parseThresholds(option), isRefusal(message)))
  }
})

describe('thresholds as k6 reads them', () => {
  it('takes names in any letters, other keys, and null for none', () => {
    const option = { m: [{ Threshold: 'avg<1', ABORTONFAIL: true, note: 'x' }], n: null, o: undefined }
    const [first, ...others] = parseThresholds(option)
    assert.deepEqual([first?.thresholds[0]?.source, first?.thresholds[0]?.abortOnFail], ['avg<1', true])
    assert.deepEqual(
      others.map(({ name, thresholds }) => [name, thresholds]),
      [
        ['n', []],
        ['o', []],
      ],
    )
  })

  it('keeps blanks inside of a selector only', () => {
    assert.equal(parseThresholds({ 'm{ a : b c }': ['avg<1'] })[0]?.name, 'm{a : b c}')
  })
})

describe('validating thresholds', () => {
  const UNSUPPORTED: [metric: string, source: string, method: string, type: string, allowed: string][] = [
    ['iterations', 'avg<1', 'avg', 'counter', 'count, rate'],
    ['vus', 'p(95)<1', 'p(95)', 'gauge', 'value'],
    ['vus', 'min>1', 'min', 'gauge', 'value'],
    ['checks', 'count>1', 'count', 'rate', 'rate'],
    ['ws_connecting', 'rate<1', 'rate', 'trend', 'avg, min, max, med, p(N)'],
    ['ws_connecting{a:b}', 'value<1', 'value', 'trend', 'avg, min, max, med, p(N)'],
  ]
  for (const [metric, source, method, type, allowed] of UNSUPPORTED) {
    it(`refuses ${source} on ${metric}`, () => {
      const message =
        `invalid threshold "${source}" applied on metric ${metric}; reason: unsupported aggregation method ${method} ` +
        `on metric of type ${type}. supported aggregation methods for this metric are: ${allowed}`
      assert.throws(() => parseThresholds({ [metric]: [source] }, { metrics: METRICS }), isRefusal(message))
    })
  }

  it('refuses a metric that nobody declared', () => {
    assert.throws(
      () => parseThresholds({ nope: [] }, { metrics: METRICS }),
      isRefusal('invalid threshold defined on nope; reason: no metric name "nope" found'),
    )
  })

  it('suggests the metric that may have been meant, also for a submetric', () => {
    for (const name of ['check', 'check{scenario:a}']) {
      assert.throws(
        () => parseThresholds({ [name]: [] }, { metrics: METRICS }),
        (error) => error instanceof SockeyeError && error.hint === 'did you mean checks?',
      )
    }
  })

  it('gives each of several problems its own hint', () => {
    assert.throws(
      () => parseThresholds({ checks: 'rate>0.9', check: ['rate>0.9'] }, { metrics: METRICS }),
      (error) =>
        error instanceof SockeyeError &&
        error.hint === undefined &&
        error.message.endsWith(
          "(string)\n\t    hint write ['rate>0.9']\n" +
            unknownMetric('check', 'checks').message +
            '\n\t    hint did you mean checks?',
        ),
    )
  })

  it('accepts what every type offers', () => {
    const thresholds = {
      iterations: ['count>1', 'rate>1'],
      vus: ['value>1'],
      checks: ['rate>0.9'],
      'ws_connecting{url:ws://x}': ['avg<1', 'min<1', 'max<1', 'med<1', 'p(99.9)<1'],
    }
    assert.equal(parseThresholds(thresholds, { metrics: METRICS }).length, 4)
  })

  it('warns of tags that are no tags', () => {
    assert.deepEqual(
      selectorWarnings(parseThresholds({ 'iterations{vu:1}': [], 'iterations{url:x}': [], iterations: [] })),
      [
        "The high-cardinality 'vu' metric tag was made non-indexable in k6 v0.41.0, so thresholds like 'iterations{vu:1}' " +
          "that are based on it won't work correctly.",
      ],
    )
  })
})

describe('many thresholds', () => {
  it('may be more than a call may have arguments', () => {
    const parsed = parseThresholds({ m: Array.from({ length: 200_000 }, (_, i) => `count<${i}`) })
    assert.equal(longestWindow(parsed), 0)
  })
})
