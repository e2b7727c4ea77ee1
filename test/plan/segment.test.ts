import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Fraction } from '../../src/plan/fraction.js'
import { formatSequence, parseSequence, Segment, SegmentError } from '../../src/plan/segment.js'
import { Share, splitShare } from '../../src/plan/share.js'

const owned = (segment: string, sequence: string, count: number): number[] => {
  const share = Share.parse(segment, sequence)
  return Array.from({ length: count }, (_, n) => share.elementAt(n))
}
const scaled = (sequence: string, total: number): number[] => sharesOf(sequence).map((share) => share.scale(total))
const sharesOf = (sequence: string): Share[] => {
  const segments = parseSequence(sequence) as readonly Segment[]
  return segments.map((segment) => Share.ofSegment(segment, segments))
}

describe('segment texts', () => {
  for (const [text, printed] of [
    ['', '0:1'],
    ['0:1', '0:1'],
    ['1/3', '0:1/3'],
    ['1/3:2/3', '1/3:2/3'],
    ['2/6:4/6', '1/3:2/3'],
    ['0.25:0.5', '1/4:1/2'],
    ['.5:1', '1/2:1'],
    ['10%:30%', '1/10:3/10'],
    ['100%', '0:1'],
  ] as const) {
    it(`reads '${text}' as ${printed}`, () => assert.equal(String(Segment.parse(text)), printed))
  }

  for (const [text, message] of [
    ['5.5%', "'5.5%' is not a valid percentage"],
    ['%', "'%' is not a valid percentage"],
    ['half', "'half' is not a valid percentage, decimal, fraction or interval value"],
    ['1/0', "'1/0' is not a valid percentage, decimal, fraction or interval value"],
    ['.', "'.' is not a valid percentage, decimal, fraction or interval value"],
    ['0:1/2:1', "'0:1/2:1' is not a valid percentage, decimal, fraction or interval value"],
    ['-0.5:1', 'segment start value must be at least 0 but was -0.50'],
    ['1/2:1/3', 'segment start(1/2) must be less than its end(1/3)'],
    ['1/2:1/2', 'segment start(1/2) must be less than its end(1/2)'],
    ['0', 'segment start(0) must be less than its end(0)'],
    ['0:1.5', "segment end value can't be more than 1 but was 1.50"],
  ] as const) {
    it(`refuses '${text}'`, () => {
      assert.throws(() => Segment.parse(text), { message, code: 'ERR_INVALID_SEGMENT', exitCode: 104 })
    })
  }

  it('reads and prints sequences', () => {
    assert.equal(formatSequence(parseSequence('0,2/6,66%,1') as readonly Segment[]), '0,1/3,33/50,1')
    assert.equal(parseSequence(''), undefined)
  })

  it('refuses a sequence of one point, or one that falls', () => {
    const message = 'at least 2 points are needed for an execution segment sequence, 1 given'
    assert.throws(() => parseSequence('1/2'), { message })
    assert.throws(() => parseSequence('0,1/2,1/3'), { message: 'segment start(1/2) must be less than its end(1/3)' })
  })

  it('refuses a segment that is not in its sequence', () => {
    const message = "provided segment 0:1/2 can't be found in sequence 0,1/3,2/3,1"
    assert.throws(() => Share.parse('0:1/2', '0,1/3,2/3,1'), { message })
    assert.throws(() => Share.parse('', '0,1/2,1'), {
      message: "provided segment 0:1 can't be found in sequence 0,1/2,1",
    })
  })

  it('refuses a pattern too long to lay out', () => {
    assert.throws(() => Share.parse('0:0.123456789', ''), SegmentError)
  })

  it('knows the length of a share', () => {
    assert.equal(Share.parse('1/4:1/2', '').fraction, 1 / 4)
    assert.equal(Share.parse('1/4:1/2', '').part(0, 2).fraction, 1 / 8)
    assert.equal(Share.WHOLE.fraction, 1)
  })
})

describe('striping', () => {
  it('gives the elements of halves and quarters in turn', () => {
    assert.deepEqual(owned('0:1/2', '0,1/2,3/4,1', 4), [0, 2, 4, 6])
    assert.deepEqual(owned('1/2:3/4', '0,1/2,3/4,1', 3), [1, 5, 9])
    assert.deepEqual(owned('3/4:1', '0,1/2,3/4,1', 3), [3, 7, 11])
  })

  it('scales whole numbers so that the parts add up', () => {
    const byTotal = Array.from({ length: 8 }, (_, i) => scaled('0,1/2,3/4,1', i + 1))
    assert.deepEqual(
      byTotal.map(([a]) => a),
      [1, 1, 2, 2, 3, 3, 4, 4],
    )
    assert.deepEqual(
      byTotal.map(([, b]) => b),
      [0, 1, 1, 1, 1, 2, 2, 2],
    )
    assert.deepEqual(
      byTotal.map(([, , c]) => c),
      [0, 0, 0, 1, 1, 1, 1, 2],
    )
  })

  it('divides by thirds', () => {
    const thirds = '0,1/3,2/3,1'
    assert.deepEqual(scaled(thirds, 50), [17, 17, 16])
    assert.deepEqual(scaled(thirds, 3), [1, 1, 1])
    assert.deepEqual(scaled(thirds, 2), [1, 1, 0])
    assert.deepEqual(scaled(thirds, 1), [1, 0, 0])
  })

  for (const [segment, sequence, offsets, period] of [
    ['0:0.3', '0,0.3,0.5,0.6,0.7,0.8,0.9,1', [0, 4, 7], 10],
    ['0.3:0.5', '0,0.3,0.5,0.6,0.7,0.8,0.9,1', [1, 5], 10],
    ['0:0.4', '', [1, 3], 5],
    ['0:0.2', '0,0.2,0.5', [3, 9], 10],
    ['0.2:0.5', '0,0.2,0.5', [1, 5, 7], 10],
    ['1/10:5/10', '', [1, 3, 5, 9], 10],
  ] as const) {
    it(`gives ${segment} of ${sequence || 'no sequence'} the elements ${offsets.join(', ')} of ${period}`, () => {
      const next = offsets.map((offset) => offset + period)
      assert.deepEqual(owned(segment, sequence, offsets.length * 2), [...offsets, ...next])
    })
  }

  it('numbers the VUs of thirds 1, 4, 7 and 2, 5, 8 and 3, 6, 9', () => {
    const ids = (segment: string) => owned(segment, '0,1/3,2/3,1', 3).map((element) => element + 1)
    assert.deepEqual(ids('0:1/3'), [1, 4, 7])
    assert.deepEqual(ids('1/3:2/3'), [2, 5, 8])
    assert.deepEqual(ids('2/3:1'), [3, 6, 9])
  })
})

describe('shares that follow VUs', () => {
  const iterations = (sequence: string, vus: number, total: number) =>
    sharesOf(sequence).map((share) => share.resegment(vus)?.scale(total) ?? 0)

  it('gives 100 iterations of 10 VUs in thirds to 4, 3 and 3 VUs', () => {
    assert.deepEqual(scaled('0,1/3,2/3,1', 10), [4, 3, 3])
    assert.deepEqual(iterations('0,1/3,2/3,1', 10, 100), [40, 30, 30])
  })

  it('gives 103 iterations of 10 VUs in quarters to 3, 3, 2 and 2 VUs', () => {
    assert.deepEqual(scaled('0,1/4,1/2,3/4,1', 10), [3, 3, 2, 2])
    assert.deepEqual(iterations('0,1/4,1/2,3/4,1', 10, 103), [31, 31, 21, 20])
  })

  it('gives nothing to a part without VUs', () => {
    assert.deepEqual(iterations('0,1/3,2/3,1', 2, 7), [4, 3, 0])
    assert.equal((sharesOf('0,1/3,2/3,1')[2] as Share).resegment(2), null)
  })
})

/** Any sequence of up to six parts with boundaries that are multiples of 1/denominator. */
const anySequence = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.array(fc.nat(), { maxLength: 5 }))
  .map(([denominator, cuts]) => {
    const inner = [...new Set(cuts.map((cut) => cut % denominator))].filter((cut) => cut > 0).sort((a, b) => a - b)
    return [0, ...inner, denominator].map((point) => Fraction.of(point, denominator)).join(',')
  })
const anyTotal = fc.integer({ min: 0, max: 500 })
const anyParts = fc.integer({ min: 1, max: 5 })

describe('any split of a test', () => {
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0)
  const elements = (share: Share, total: number) =>
    Array.from({ length: share.scale(total) }, (_, n) => share.elementAt(n))
  const ascending = (total: number) => Array.from({ length: total }, (_, i) => i)

  it('gives every element to exactly one shard of one instance', () => {
    fc.assert(
      fc.property(anySequence, anyTotal, anyParts, (sequence, total, parts) => {
        const shards = sharesOf(sequence).flatMap((share) => splitShare(share, parts))
        const all = shards.flatMap((shard) => elements(shard, total))
        assert.deepEqual(
          all.sort((a, b) => a - b),
          ascending(total),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('gives every iteration to exactly one shard that has a VU', () => {
    fc.assert(
      fc.property(anySequence, anyTotal, anyParts, fc.integer({ min: 1, max: 60 }), (sequence, total, parts, vus) => {
        const shards = sharesOf(sequence).flatMap((share) => splitShare(share, parts))
        const all = shards.flatMap((shard) => {
          const share = shard.resegment(vus)
          assert.equal(share === null, shard.scale(vus) === 0)
          return share === null ? [] : elements(share, total)
        })
        assert.deepEqual(
          all.sort((a, b) => a - b),
          ascending(total),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('gives an instance the same work whether it is sharded or not', () => {
    fc.assert(
      fc.property(anySequence, anyTotal, anyParts, (sequence, total, parts) => {
        for (const share of sharesOf(sequence)) {
          assert.equal(sum(splitShare(share, parts).map((shard) => shard.scale(total))), share.scale(total))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('never gives a part less of a larger total', () => {
    fc.assert(
      fc.property(anySequence, anyTotal, (sequence, total) => {
        for (const share of sharesOf(sequence)) {
          const more = share.scale(total + 1) - share.scale(total)
          assert.ok(more === 0 || more === 1)
        }
      }),
      { numRuns: 60 },
    )
  })
})
