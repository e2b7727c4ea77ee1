/**
 * Execution segments: which part of a test an instance runs, as an exact interval of [0, 1].
 *
 *   segment  := [ value ":" ] value                  from 0 when only the end is given; "" is the whole test
 *   sequence := value { "," value }                  the boundaries of all parts, "0,1/3,2/3,1"
 *   value    := integer "/" integer | decimal | integer "%"
 *
 * Errors  SegmentError (ERR_INVALID_SEGMENT, exit 104) with k6's texts
 * Source  docs/spec/runner.md §3.10
 */
import { SockeyeError } from '../base/errors.js'
import { Fraction } from './fraction.js'

export class SegmentError extends SockeyeError {
  constructor(message: string, hint = 'write a segment as from:to, for example 0:1/3, 25%:50% or 0.5:1') {
    super({ code: 'ERR_INVALID_SEGMENT', message, hint, exitCode: 104 })
  }
}

/** The half-open interval (from, to]. */
export class Segment {
  static readonly WHOLE = new Segment(Fraction.ZERO, Fraction.ONE)

  readonly from: Fraction
  readonly to: Fraction

  constructor(from: Fraction, to: Fraction) {
    if (from.compare(Fraction.ZERO) < 0) {
      throw new SegmentError(`segment start value must be at least 0 but was ${from.toNumber().toFixed(2)}`)
    }
    if (from.compare(to) >= 0) throw new SegmentError(`segment start(${from}) must be less than its end(${to})`)
    if (to.compare(Fraction.ONE) > 0) {
      throw new SegmentError(`segment end value can't be more than 1 but was ${to.toNumber().toFixed(2)}`)
    }
    this.from = from
    this.to = to
  }

  static parse(text: string): Segment {
    if (text === '') return Segment.WHOLE
    const parts = text.split(':')
    if (parts.length > 2) throw notAValue(text)
    const [first, second] = parts as [string, string?]
    return second === undefined
      ? new Segment(Fraction.ZERO, parseValue(first))
      : new Segment(parseValue(first), parseValue(second))
  }

  get length(): Fraction {
    return this.to.minus(this.from)
  }

  equals(other: Segment): boolean {
    return this.from.equals(other.from) && this.to.equals(other.to)
  }

  toString(): string {
    return `${this.from}:${this.to}`
  }
}

/** Adjoining segments, from left to right. */
export type SegmentSequence = readonly Segment[]

/** Undefined for an empty text: no sequence was given. */
export function parseSequence(text: string): SegmentSequence | undefined {
  if (text === '') return undefined
  const points = text.split(',').map(parseValue)
  if (points.length < 2) {
    throw new SegmentError(
      `at least 2 points are needed for an execution segment sequence, ${points.length} given`,
      'list the boundaries of all parts, for example 0,1/3,2/3,1',
    )
  }
  return points.slice(1).map((to, i) => new Segment(points[i] as Fraction, to))
}

/** Writes a sequence as the option has it: `0,1/3,2/3,1`. */
export function formatSequence(sequence: SegmentSequence): string {
  return [sequence[0]?.from, ...sequence.map((segment) => segment.to)].join(',')
}

/** The sequence with what is missing left and right of it added as one segment each. */
export function fillSequence(sequence: SegmentSequence): SegmentSequence {
  const { from } = sequence[0] as Segment
  const { to } = sequence[sequence.length - 1] as Segment
  return [
    ...(from.equals(Fraction.ZERO) ? [] : [new Segment(Fraction.ZERO, from)]),
    ...sequence,
    ...(to.equals(Fraction.ONE) ? [] : [new Segment(to, Fraction.ONE)]),
  ]
}

function parseValue(text: string): Fraction {
  if (text.endsWith('%')) {
    if (!/^[+-]?\d+%$/.test(text)) throw new SegmentError(`'${text}' is not a valid percentage`)
    return new Fraction(BigInt(text.slice(0, -1).replace('+', '')), 100n)
  }
  return parseRatio(text) ?? parseDecimal(text) ?? fail(notAValue(text))
}

function parseRatio(text: string): Fraction | undefined {
  const match = /^([+-]?)(\d+)\/(\d+)$/.exec(text)
  if (match === null) return undefined
  const denominator = BigInt(match[3] as string)
  if (denominator === 0n) return undefined
  return new Fraction(BigInt(match[2] as string) * (match[1] === '-' ? -1n : 1n), denominator)
}

function parseDecimal(text: string): Fraction | undefined {
  const match = /^([+-]?)(\d*)\.?(\d*)$/.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', decimals = ''] = match
  if (whole === '' && decimals === '') return undefined
  return new Fraction(BigInt(whole + decimals) * (sign === '-' ? -1n : 1n), 10n ** BigInt(decimals.length))
}

function notAValue(text: string): SegmentError {
  return new SegmentError(`'${text}' is not a valid percentage, decimal, fraction or interval value`)
}

function fail(error: Error): never {
  throw error
}
