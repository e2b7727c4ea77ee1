/**
 * Threshold expressions: `p(95) < 200`.
 *
 *   expression  := aggregation operator number              spaces are allowed around each part
 *   operator    := "<" | "<=" | ">" | ">=" | "==" | "===" | "!="
 *   aggregation := "count" | "rate" | "value" | "avg" | "min" | "max" | "med" | "p(" percentile ")"
 *   number      := decimal, with optional sign and exponent
 *
 * Errors  SockeyeError ERR_INVALID_THRESHOLD, see errors.ts
 * Source  docs/spec/metrics-and-modules.md 2.3
 */
import type { Aggregation } from '../metrics/aggregation.js'
import { badLeftSide, badRightSide, malformedExpression } from './errors.js'

export type Operator = '<' | '<=' | '>' | '>=' | '==' | '===' | '!='

export interface Expression {
  readonly aggregation: Aggregation
  readonly operator: Operator
  /** In the metric's own unit; ms for times. */
  readonly limit: number
}

const PARTS = /^([^<>=!]*)(===|==|!=|<=|>=|<|>)([^<>=!]*)$/
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const METHODS = ['count', 'rate', 'value', 'avg', 'min', 'max', 'med'] as const

export function parseExpression(source: string): Expression {
  const [, left = '', operator, right = ''] = PARTS.exec(source) ?? []
  if (operator === undefined || left.trim() === '' || right.trim() === '') throw malformedExpression(source)
  return {
    aggregation: parseAggregation(source, left.trim()),
    operator: operator as Operator,
    limit: parseLimit(source, right.trim()),
  }
}

export function holds(expression: Expression, value: number): boolean {
  switch (expression.operator) {
    case '<':
      return value < expression.limit
    case '<=':
      return value <= expression.limit
    case '>':
      return value > expression.limit
    case '>=':
      return value >= expression.limit
    case '==':
    case '===':
      return value === expression.limit
    case '!=':
      return value !== expression.limit
    default:
      return expression.operator satisfies never
  }
}

function parseAggregation(source: string, text: string): Aggregation {
  const method = METHODS.find((name) => name === text)
  if (method !== undefined) return { method }
  const inside = /^p\s*\((.*)\)$/.exec(text)?.[1]?.trim()
  if (inside === undefined) throw badLeftSide(source, 'failed parsing method from expression')
  if (!NUMBER.test(inside)) {
    throw badLeftSide(source, `malformed percentile value; reason: "${inside}" is not a number`)
  }
  const percentile = Number(inside)
  if (percentile < 0 || percentile > 100) {
    throw badLeftSide(source, 'malformed percentile value, provide a number between 0 and 100')
  }
  return { method: 'p', percentile }
}

function parseLimit(source: string, text: string): number {
  if (!NUMBER.test(text)) throw badRightSide(source, `"${text}" is not a number`)
  const limit = Number(text)
  if (!Number.isFinite(limit)) throw badRightSide(source, `"${text}" is out of range`)
  return limit
}
