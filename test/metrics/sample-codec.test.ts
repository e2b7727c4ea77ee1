import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { SampleBatch } from '../../src/metrics/recorder.js'
import { decodeSamples, encodeSamples } from '../../src/metrics/sample-codec.js'

/** Plain objects: what is decoded has no other prototype. */
function record<T extends object>(fields: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>
}

const texts = fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true, maxKeys: 4 })
const batch: fc.Arbitrary<SampleBatch> = record({
  metrics: fc.array(
    record({
      name: fc.string(),
      type: fc.constantFrom('counter' as const, 'gauge' as const, 'rate' as const, 'trend' as const),
      contains: fc.constantFrom('default' as const, 'time' as const, 'data' as const),
    }),
    { maxLength: 5 },
  ),
  tagSets: fc.array(record({ id: fc.nat(), tags: texts }), { maxLength: 5 }),
  samples: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.double(), fc.double(), texts), { maxLength: 50 }),
  hasMetadata: fc.boolean(),
}).map(({ metrics, tagSets, samples, hasMetadata }) => ({
  metrics,
  tagSets,
  metric: Uint32Array.from(samples, ([metric]) => metric),
  tagSet: Uint32Array.from(samples, ([, tagSet]) => tagSet),
  time: Float64Array.from(samples, ([, , time]) => time),
  value: Float64Array.from(samples, ([, , , value]) => value),
  ...(hasMetadata && {
    metadata: samples.map(([, , , , own]) => (Object.keys(own).length === 0 ? undefined : own)),
  }),
}))

describe('samples as bytes', () => {
  it('are the same when they are read again', () => {
    fc.assert(fc.property(batch, (samples) => assert.deepStrictEqual(decodeSamples(encodeSamples(samples)), samples)))
  })

  it('are samples or a RangeError, whatever bytes are read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), batch, fc.nat(), (bytes, samples, at) => {
        const damaged = encodeSamples(samples)
        damaged[at % damaged.length] = (damaged[at % damaged.length] as number) ^ 0x11
        for (const each of [bytes, damaged]) {
          try {
            decodeSamples(each)
          } catch (error) {
            assert.ok(error instanceof RangeError, String(error))
          }
        }
      }),
    )
  })
})
