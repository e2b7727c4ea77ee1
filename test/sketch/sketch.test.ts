import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bucketOf, RELATIVE_ERROR, representative, SMALLEST } from '../../src/sketch/mapping.js'
import { EXACT_LIMIT, Sketch } from '../../src/sketch/sketch.js'

const TOLERANCE = 0.005

/** The reference P(q) over all values. */
function oracle(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort()
  if (sorted.length === 0) return 0
  const position = q * (sorted.length - 1)
  const low = sorted[Math.floor(position)] as number
  const high = sorted[Math.ceil(position)] as number
  if (low === high) return low
  const fraction = position - Math.floor(position)
  if (fraction === 0) return low
  return low * (1 - fraction) + high * fraction
}

function sketchOf(values: readonly number[]): Sketch {
  const sketch = new Sketch()
  for (const value of values) sketch.add(value)
  return sketch
}

/** Interpolating between neighbours a < b cannot be nearer than the errors of both of them. */
function tolerated(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort()
  const position = q * (sorted.length - 1)
  const low = Math.abs(sorted[Math.floor(position)] as number)
  const high = Math.abs(sorted[Math.ceil(position)] as number)
  return TOLERANCE * Math.max(low, high) + SMALLEST
}

function assertNear(sketch: Sketch, values: readonly number[], q: number): void {
  const expected = oracle(values, q)
  const actual = sketch.quantile(q)
  if (actual === expected) return
  assert.ok(Math.abs(actual - expected) <= tolerated(values, q), `q=${q}: ${actual} is too far from ${expected}`)
}

const interesting = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    1,
    -1,
    1.0000000001,
    0.9999999999,
    SMALLEST,
    -SMALLEST,
    Number.MIN_VALUE,
    1e-300,
    1e300,
    -1e300,
  ),
  fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 52, 2 ** -52),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e4, max: 1e4 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const quantiles = [0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1]

/** Few values are exact, so most properties are tried on lists that are long enough for buckets. */
const longList = fc
  .array(interesting, { minLength: 1, maxLength: 60 })
  .map((list) => Array.from({ length: EXACT_LIMIT + 50 }, (_, i) => list[(i * 7 + (i >> 4)) % list.length] as number))

describe('mapping', () => {
  it('stands for every value of a bucket within the stated error', () => {
    fc.assert(
      fc.property(fc.double({ min: SMALLEST, max: Number.MAX_VALUE, noNaN: true }), (value) => {
        const estimate = representative(bucketOf(value))
        assert.ok(Math.abs(estimate - value) <= value * RELATIVE_ERROR * 1.000001, `${value} became ${estimate}`)
      }),
    )
  })

  it('keeps the order of values', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
        fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
        (a, b) => {
          assert.ok(a <= b === bucketOf(a) <= bucketOf(b) || bucketOf(a) === bucketOf(b))
        },
      ),
    )
  })

  it('gives powers of two the first bucket of their octave', () => {
    assert.equal(bucketOf(1) % 128, 0)
    assert.equal(bucketOf(2) - bucketOf(1), 128)
    assert.equal(bucketOf(Number.MAX_VALUE), 2047 * 128 - 1)
    assert.ok(Number.isFinite(representative(2047 * 128 - 1)))
  })
})

describe('a sketch', () => {
  it('is all zeros when empty', () => {
    const sketch = new Sketch()
    assert.deepEqual([sketch.count, sketch.sum, sketch.min, sketch.max, sketch.quantile(0.5)], [0, 0, 0, 0, 0])
  })

  it('gives a single value for every quantile', () => {
    const sketch = sketchOf([12.345])
    for (const q of quantiles) assert.equal(sketch.quantile(q), 12.345)
  })

  it('interpolates between few values exactly as the reference', () => {
    const sketch = sketchOf([9, 1, 7, 3, 5])
    assert.equal(sketch.quantile(0.5), 5)
    assert.ok(Math.abs(sketch.quantile(0.9) - 8.2) < 1e-12)
    assert.ok(Math.abs(sketch.quantile(0.95) - 8.6) < 1e-12)
  })

  it('stays exact when quantiles are asked for between additions', () => {
    const sketch = sketchOf([3, 1])
    assert.equal(sketch.quantile(0.5), 2)
    sketch.add(2)
    assert.equal(sketch.quantile(0.5), 2)
    sketch.add(0)
    assert.equal(sketch.quantile(0.5), 1.5)
  })

  it('is within the error bound of a sorted array', () => {
    fc.assert(
      fc.property(longList, (values) => {
        const sketch = sketchOf(values)
        for (const q of quantiles) assertNear(sketch, values, q)
      }),
    )
  })

  it('is within the error bound on a skewed distribution of many values', () => {
    const values = Array.from({ length: 20_000 }, (_, i) => Math.exp(((i * 7919) % 20_000) / 2500 - 3))
    const sketch = sketchOf(values)
    for (const q of quantiles) assertNear(sketch, values, q)
  })

  it('keeps count, sum, min and max exact', () => {
    fc.assert(
      fc.property(longList, (values) => {
        const sketch = sketchOf(values)
        assert.equal(sketch.count, values.length)
        let sum = 0
        for (const value of values) sum += value
        assert.equal(sketch.sum, sum)
        assert.equal(sketch.quantile(0) + 0, sketch.min + 0)
        assert.equal(sketch.quantile(1) + 0, sketch.max + 0)
        assert.equal(sketch.min + 0, Math.min(...values) + 0)
        assert.equal(sketch.max + 0, Math.max(...values) + 0)
      }),
    )
  })

  it('puts infinities at the ends', () => {
    const many = Array.from({ length: EXACT_LIMIT }, () => 5)
    const sketch = sketchOf([Number.NEGATIVE_INFINITY, ...many, Number.POSITIVE_INFINITY])
    assert.equal(sketch.quantile(0), Number.NEGATIVE_INFINITY)
    assert.ok(Math.abs(sketch.quantile(0.5) - 5) <= 5 * TOLERANCE)
    assert.equal(sketch.quantile(1), Number.POSITIVE_INFINITY)
    assert.equal(sketchOf([1, Number.POSITIVE_INFINITY]).quantile(0.5), Number.POSITIVE_INFINITY)
  })
})

describe('merging sketches', () => {
  function split(values: readonly number[], cut: number): Sketch {
    const merged = new Sketch()
    merged.merge(sketchOf(values.slice(0, cut)).take())
    merged.merge(structuredClone(sketchOf(values.slice(cut)).take()))
    return merged
  }

  it('equals the sketch of both, for long lists of anything', () => {
    fc.assert(
      fc.property(longList, fc.nat({ max: EXACT_LIMIT + 50 }), (values, cut) => {
        const whole = sketchOf(values)
        const merged = split(values, cut)
        assert.equal(merged.count, whole.count)
        assert.equal(merged.min, whole.min)
        assert.equal(merged.max, whole.max)
        for (const q of quantiles) assert.equal(merged.quantile(q) + 0, whole.quantile(q) + 0)
      }),
    )
  })

  it('stays exact while the total is small', () => {
    fc.assert(
      fc.property(fc.array(interesting, { minLength: 1, maxLength: 60 }), fc.nat({ max: 60 }), (values, cut) => {
        const whole = sketchOf(values)
        const merged = split(values, cut)
        for (const q of quantiles) assert.equal(merged.quantile(q) + 0, whole.quantile(q) + 0)
      }),
    )
  })

  it('keeps the bucket of 1.0, zeros and negatives', () => {
    for (const value of [1, 0, -1, 1e-300, -1e300]) {
      const values = Array.from({ length: 2 * EXACT_LIMIT + 2 }, () => value)
      const merged = split(values, EXACT_LIMIT + 1)
      assert.equal(merged.count, values.length)
      assert.equal(merged.quantile(0.5), value)
    }
  })

  it('leaves the taken sketch empty and ready for the next second', () => {
    fc.assert(
      fc.property(longList, fc.array(interesting, { minLength: 1 }), (first, second) => {
        const sketch = sketchOf(first)
        sketch.take()
        assert.deepEqual([sketch.count, sketch.sum, sketch.min, sketch.max, sketch.quantile(0.5)], [0, 0, 0, 0, 0])
        for (const value of second) sketch.add(value)
        assert.deepEqual(sketch.take(), sketchOf(second).take())
      }),
    )
  })

  it('may take in a state and go on adding', () => {
    const sketch = sketchOf([1, 2])
    sketch.merge(sketchOf([3, 4]).take())
    sketch.add(5)
    assert.equal(sketch.quantile(0.5), 3)
    sketch.merge(new Sketch().take())
    assert.equal(sketch.count, 5)
  })
})
