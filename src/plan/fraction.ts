/**
 * Exact rational numbers, for dividing a test into parts that add up to the whole.
 *
 * Shape   numerator / denominator in lowest terms; the denominator is positive
 * Errors  RangeError for a denominator of 0
 */
export class Fraction {
  static readonly ZERO = new Fraction(0n, 1n)
  static readonly ONE = new Fraction(1n, 1n)

  readonly numerator: bigint
  readonly denominator: bigint

  constructor(numerator: bigint, denominator: bigint) {
    if (denominator === 0n) throw new RangeError('a fraction needs a denominator other than 0')
    const sign = denominator < 0n ? -1n : 1n
    const divisor = gcd(numerator < 0n ? -numerator : numerator, denominator * sign)
    this.numerator = (numerator * sign) / divisor
    this.denominator = (denominator * sign) / divisor
  }

  static of(numerator: number, denominator = 1): Fraction {
    return new Fraction(BigInt(numerator), BigInt(denominator))
  }

  plus(other: Fraction): Fraction {
    return new Fraction(
      this.numerator * other.denominator + other.numerator * this.denominator,
      this.denominator * other.denominator,
    )
  }

  minus(other: Fraction): Fraction {
    return this.plus(new Fraction(-other.numerator, other.denominator))
  }

  /** Below 0, 0, or above 0, as `this` is less than, equal to or more than `other`. */
  compare(other: Fraction): number {
    const difference = this.numerator * other.denominator - other.numerator * this.denominator
    return difference < 0n ? -1 : difference > 0n ? 1 : 0
  }

  equals(other: Fraction): boolean {
    return this.compare(other) === 0
  }

  toNumber(): number {
    return Number(this.numerator) / Number(this.denominator)
  }

  /** `1/3`, or `1` when it is whole. */
  toString(): string {
    return this.denominator === 1n ? `${this.numerator}` : `${this.numerator}/${this.denominator}`
  }
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b]
  return a === 0n ? 1n : a
}

export function lcm(a: bigint, b: bigint): bigint {
  return (a / gcd(a, b)) * b
}
