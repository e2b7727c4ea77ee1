import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compacted, decodeSketch, encodeSketch } from '../../src/sketch/codec.js'
import { Sketch } from '../../src/sketch/sketch.js'

const value = fc.oneof(
  fc.double({ noNaN: true }),
  fc.double({ min: 0.01, max: 60_000, noNaN: true }),
  fc.integer({ min: -5, max: 5 }),
)

function sketchOf(values: readonly number[]): Sketch {
  const sketch = new Sketch()
  for (const each of values) sketch.add(each)
  return sketch
}

describe('a sketch as bytes', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 700 }), (values) => {
        const state = sketchOf(values).take()
        assert.deepEqual(decodeSketch(encodeSketch(state)), state)
      }),
      { numRuns: 200 },
    )
  })

  it('holds 10,000 latencies in about a kilobyte', () => {
    const values = Array.from({ length: 10_000 }, (_, i) => 20 * Math.exp(((i % 100) - 50) / 60))
    assert.ok(encodeSketch(sketchOf(values).take()).length < 1500)
  })

  it('refuses bytes that are no sketch', () => {
    const bytes = encodeSketch(sketchOf([1, 2, 3]).take())
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decodeSketch(bytes.slice(0, length)), RangeError)
    }
    assert.throws(() => decodeSketch(Uint8Array.of(9, 0, 0)), RangeError)
  })

  it('is still right within 2 % when neighbouring buckets became one', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 60_000, noNaN: true }), { minLength: 40 }), (values) => {
        const sketch = new Sketch()
        sketch.merge(compacted(sketchOf(values).take(), 4))
        const sorted = Float64Array.from(values).sort()
        const rank = Math.floor((values.length - 1) * 0.9)
        const [low, high] = [sorted[rank] as number, sorted[Math.min(rank + 1, values.length - 1)] as number]
        const quantile = sketch.quantile(0.9)
        assert.ok(quantile >= low * 0.98 && quantile <= high * 1.02, `${quantile} for ${low}…${high}`)
      }),
    )
  })
})
