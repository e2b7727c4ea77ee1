/**
 * A request of Prometheus remote write 1.0: the message `prometheus.WriteRequest` in protobuf, in the block format of snappy.
 *
 * Source  the schema prompb/remote.proto and prompb/types.proto of Prometheus
 */
import { createRequire } from 'node:module'
import { type ExponentialHistogram, ZERO_THRESHOLD } from '../exponential-histogram.js'
import { BYTES, FIXED64, halves, nested, newWriter, tag, VARINT, type Writer } from '../protobuf.js'
import type { Label } from './labels.js'

const require = createRequire(import.meta.url)

export interface WireSeries {
  readonly labels: readonly Label[]
  /** The time of the value in epoch milliseconds. */
  readonly timestamp: number
  /** A number, a histogram, or the mark of a series that has ended. */
  readonly value: number | ExponentialHistogram | typeof STALE
}

export const STALE = Symbol('stale')

/** The NaN that means "no longer there". */
const STALE_NAN = halves(2, 0x7ff00000)
/** Up to this many empty buckets take less room than a new span. */
const BRIDGED_GAP = 2

export function encodeWriteRequest(series: readonly WireSeries[]): Uint8Array {
  const { compress } = require('snappyjs') as { compress(data: Uint8Array): Uint8Array }
  const writer = newWriter()
  for (const each of series) nested(writer, 1, () => writeSeries(writer, each))
  return compress(writer.finish())
}

function writeSeries(writer: Writer, { labels, timestamp, value }: WireSeries): void {
  for (const [name, text] of labels) {
    nested(writer, 1, () => {
      tag(writer, 1, BYTES).string(name)
      tag(writer, 2, BYTES).string(text)
    })
  }
  if (typeof value === 'object') nested(writer, 4, () => writeHistogram(writer, value, timestamp))
  else nested(writer, 2, () => writeSample(writer, value, timestamp))
}

function writeSample(writer: Writer, value: number | typeof STALE, timestamp: number): void {
  if (value === STALE) tag(writer, 1, FIXED64).fixed64(STALE_NAN)
  else tag(writer, 1, FIXED64).double(value)
  tag(writer, 2, VARINT).int64(timestamp)
}

function writeHistogram(writer: Writer, histogram: ExponentialHistogram, timestamp: number): void {
  tag(writer, 1, VARINT).uint64(histogram.count)
  tag(writer, 3, FIXED64).double(histogram.sum)
  tag(writer, 4, VARINT).sint32(histogram.schema)
  tag(writer, 5, FIXED64).double(ZERO_THRESHOLD)
  tag(writer, 6, VARINT).uint64(histogram.zeros)
  writeBuckets(writer, 8, histogram.negative)
  writeBuckets(writer, 11, histogram.positive)
  tag(writer, 15, VARINT).int64(timestamp)
}

/** `field` is the number of the spans; the field after it holds the differences between successive counts. */
function writeBuckets(writer: Writer, field: number, counts: ReadonlyMap<number, number>): void {
  const { spans, deltas } = spansOf(counts)
  for (const { offset, length } of spans) {
    nested(writer, field, () => {
      tag(writer, 1, VARINT).sint32(offset)
      tag(writer, 2, VARINT).uint32(length)
    })
  }
  if (deltas.length === 0) return
  nested(writer, field + 1, () => {
    for (const delta of deltas) writer.sint64(delta)
  })
}

function spansOf(counts: ReadonlyMap<number, number>): {
  spans: { offset: number; length: number }[]
  deltas: number[]
} {
  const spans: { offset: number; length: number }[] = []
  const deltas: number[] = []
  let [next, last] = [0, 0]
  const push = (count: number): void => {
    deltas.push(count - last)
    last = count
  }
  for (const [index, count] of [...counts].sort(([a], [b]) => a - b)) {
    const gap = index - next
    const span = spans.at(-1)
    if (span === undefined || gap > BRIDGED_GAP) spans.push({ offset: gap, length: 1 })
    else {
      for (let i = 0; i < gap; i++) push(0)
      span.length += gap + 1
    }
    push(count)
    next = index + 1
  }
  return { spans, deltas }
}
