import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SockeyeError } from '../../src/base/errors.js'
import { aggregationName } from '../../src/metrics/aggregation.js'
import { holds, parseExpression } from '../../src/threshold/expression.js'

const GOOD: [source: string, aggregation: string, operator: string, limit: number][] = [
  ['count>0', 'count', '>', 0],
  ['count > 5', 'count', '>', 5],
  ['  rate  <=  0.05  ', 'rate', '<=', 0.05],
  ['rate<.5', 'rate', '<', 0.5],
  ['value==1', 'value', '==', 1],
  ['value===1', 'value', '===', 1],
  ['value!=-3', 'value', '!=', -3],
  ['avg<+200', 'avg', '<', 200],
  ['min>=1e3', 'min', '>=', 1000],
  ['max<1.5E-2', 'max', '<', 0.015],
  ['med<200.', 'med', '<', 200],
  ['p(95)<200', 'p(95)', '<', 200],
  ['p(99.99) < 200.5', 'p(99.99)', '<', 200.5],
  ['p( 90 )<1', 'p(90)', '<', 1],
  ['p(0)<1', 'p(0)', '<', 1],
  ['p(100)<1', 'p(100)', '<', 1],
]

const LEFT = 'left hand side; reason:'
const BAD: [source: string, message: string][] = [
  ...['', 'count', '0', '>5', 'count>', ' > ', 'count<>5', 'count=5', 'count = = 5', '1<count<5', 'a b'].map(
    (source): [string, string] => [
      source,
      `failed parsing threshold expression "${source}"; reason: malformed threshold expression`,
    ],
  ),
  ...['foo<1', 'Count<1', 'p95<1', 'p<1', 'count()<1', 'sum>1', 'p(95<1', 'rate rate<1'].map(
    (source): [string, string] => [
      source,
      `failed parsing threshold expression's "${source}" ${LEFT} failed parsing method from expression`,
    ],
  ),
  ...['p(101)<1', 'p(-1)<1', 'p(1e9)<1'].map((source): [string, string] => [
    source,
    `failed parsing threshold expression's "${source}" ${LEFT} malformed percentile value, provide a number between 0 and 100`,
  ]),
  [
    'p(abc)<1',
    `failed parsing threshold expression's "p(abc)<1" ${LEFT} malformed percentile value; reason: "abc" is not a number`,
  ],
  [
    'p()<1',
    `failed parsing threshold expression's "p()<1" ${LEFT} malformed percentile value; reason: "" is not a number`,
  ],
  ...['x', '5s', '1,5', '0x10', 'NaN', 'Infinity', '--1', '1 2', 'e5', '.'].map((right): [string, string] => [
    `avg<${right}`,
    `failed parsing threshold expresion's "avg<${right}" right hand side; reason: "${right}" is not a number`,
  ]),
  ['avg<1e999', `failed parsing threshold expresion's "avg<1e999" right hand side; reason: "1e999" is out of range`],
]

describe('a threshold expression', () => {
  for (const [source, aggregation, operator, limit] of GOOD) {
    it(`reads "${source}"`, () => {
      const expression = parseExpression(source)
      assert.equal(aggregationName(expression.aggregation), aggregation)
      assert.equal(expression.operator, operator)
      assert.equal(expression.limit, limit)
    })
  }

  for (const [source, message] of BAD) {
    it(`refuses "${source}"`, () => {
      assert.throws(
        () => parseExpression(source),
        (error) => error instanceof SockeyeError && error.exitCode === 104 && error.message === message,
      )
    })
  }

  const COMPARISONS: [source: string, value: number, expected: boolean][] = [
    ['value<5', 4.9, true],
    ['value<5', 5, false],
    ['value<=5', 5, true],
    ['value>5', 5, false],
    ['value>5', 5.1, true],
    ['value>=5', 5, true],
    ['value==5', 5, true],
    ['value===5', 4, false],
    ['value!=5', 5, false],
    ['value!=5', -5, true],
    ['value<0', -0, false],
    ['value>1', Number.NaN, false],
  ]
  for (const [source, value, expected] of COMPARISONS) {
    it(`${expected ? 'holds' : 'does not hold'}: ${source} for ${value}`, () => {
      assert.equal(holds(parseExpression(source), value), expected)
    })
  }
})
