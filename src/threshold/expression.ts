/**
 * Threshold expressions: `p(95) < 200`.
 *
 *   expression  := aggregation operator number [ "over" duration ]     spaces are allowed around each part; `over` is ours
 *   operator    := "<" | "<=" | ">" | ">=" | "==" | "===" | "!="
 *   aggregation := "count" | "rate" | "value" | "avg" | "min" | "max" | "med" | "p(" percentile ")"
 *   number      := decimal, with optional sign and exponent
 *
 * Errors  SockeyeError ERR_INVALID_THRESHOLD, see errors.ts
 * Source  docs/spec/metrics-and-modules.md 2.3
 */
import { parseDuration } from '../base/duration.js'
import type { Aggregation } from '../metrics/aggregation.js'
import { badLeftSide, badRightSide, malformedExpression } from './errors.js'

type Operator = '<' | '<=' | '>' | '>=' | '==' | '===' | '!='

export interface Expression {
  readonly aggregation: Aggregation
  readonly operator: Operator
  /** In the metric's own unit; ms for times. */
  readonly limit: number
  /** The length of a time window, in ms: the threshold must hold in every window, not for the run as a whole. */
  readonly windowMs?: number
}

const PARTS = /^([^<>=!]*)(===|==|!=|<=|>=|<|>)([^<>=!]*)$/
const WINDOW = /^(.*\S)\s+over\s+(\S+)\s*$/
/** One point of a time series is one second. */
const SHORTEST_WINDOW = 1000
const LONGEST_WINDOW = 24 * 3_600_000
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const METHODS = ['count', 'rate', 'value', 'avg', 'min', 'max', 'med'] as const

export function parseExpression(source: string): Expression {
  const [, condition = source, over] = WINDOW.exec(source) ?? []
  const [, left = '', operator, right = ''] = PARTS.exec(condition) ?? []
  if (operator === undefined || left.trim() === '' || right.trim() === '') throw malformedExpression(source)
  return {
    aggregation: parseAggregation(source, left.trim()),
    operator: operator as Operator,
    limit: parseLimit(source, right.trim()),
    ...(over !== undefined && { windowMs: parseWindow(source, over) }),
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

function parseWindow(source: string, text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined || ms < SHORTEST_WINDOW || ms > LONGEST_WINDOW) {
    throw badRightSide(source, `"${text}" is no time window: it must be a duration from 1s to 24h, such as 30s`)
  }
  return Math.ceil(ms / SHORTEST_WINDOW) * SHORTEST_WINDOW
}

function parseLimit(source: string, text: string): number {
  if (!NUMBER.test(text)) throw badRightSide(source, `"${text}" is not a number`)
  const limit = Number(text)
  if (!Number.isFinite(limit)) throw badRightSide(source, `"${text}" is out of range`)
  return limit
}
