import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decodePlain, encodePlain } from '../../src/base/plain-data.js'

const leaf = fc.oneof(
  fc.constantFrom(undefined, null, true, false, Number.NaN, Number.POSITIVE_INFINITY, -0, 0),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.bigInt(),
  fc.string({ unit: 'grapheme' }),
  fc.uint8Array(),
)
const { plain } = fc.letrec((tie) => ({
  plain: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('plain')),
    fc.dictionary(fc.string(), tie('plain'), { noNullPrototype: true }),
    fc.array(fc.tuple(fc.string(), tie('plain'))).map((entries) => new Map(entries)),
    fc.array(leaf).map((items) => new Set(items)),
  ),
}))

describe('plain data as bytes', () => {
  it('is the same when it is read again', () => {
    fc.assert(fc.property(plain, (value) => assert.deepStrictEqual(decodePlain(encodePlain(value)), value)))
  })

  it('gives data or a RangeError, whatever bytes are read', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), plain.map(damaged)), (bytes) => {
        try {
          decodePlain(bytes)
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error))
        }
      }),
    )
  })

  it('refuses what is no plain data, and what nests without end', () => {
    const circle: unknown[] = []
    circle.push(circle)
    for (const value of [() => 1, Symbol('a'), new Date(), /a/, circle]) {
      assert.throws(() => encodePlain({ value }), TypeError)
    }
    assert.throws(() => decodePlain(new Uint8Array(5000).fill(9).map((_, i) => (i % 2 === 0 ? 9 : 1))), RangeError)
  })
})

function damaged(value: unknown): Uint8Array {
  const bytes = encodePlain(value)
  const at = Math.floor(bytes.length / 2)
  bytes[at] = (bytes[at] as number) ^ 0x15
  return bytes
}
