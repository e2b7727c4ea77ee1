/**
 * The message `ExportMetricsServiceRequest` of OTLP in protobuf.
 *
 * Units   times in epoch milliseconds
 * Source  opentelemetry/proto/metrics/v1/metrics.proto, version 1
 */
import type { Tags } from '../../metrics/tag-set.js'
import type { ExponentialHistogram } from '../exponential-histogram.js'
import { BYTES, FIXED64, halves, nanoseconds, nested, newWriter, tag, VARINT, type Writer } from '../protobuf.js'

export interface WireMetric {
  readonly name: string
  readonly unit: string
  readonly kind: 'sum' | 'gauge' | 'histogram' | 'exponentialHistogram'
  readonly points: readonly WirePoint[]
}

export interface WirePoint {
  readonly attributes: Tags
  readonly startTime: number
  readonly value:
    | { readonly double: number }
    | { readonly int: number }
    | ExplicitHistogram
    | { readonly exponential: ExponentialHistogram; readonly min: number; readonly max: number }
}

interface ExplicitHistogram {
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  readonly bounds: readonly number[]
  /** The count of each bucket; there is one bucket more than bounds. */
  readonly counts: readonly number[]
}

export interface Export {
  readonly resource: Tags
  readonly metrics: readonly WireMetric[]
  readonly time: number
  readonly isDelta: boolean
}

const SCOPE = 'k6'
const [DELTA, CUMULATIVE] = [1, 2]
/** The field of a metric that holds its points. */
const KIND_FIELD = { gauge: 5, sum: 7, histogram: 9, exponentialHistogram: 10 } as const

export function encodeExport({ resource, metrics, time, isDelta }: Export): Uint8Array {
  const writer = newWriter()
  nested(writer, 1, () => {
    nested(writer, 1, () => writeAttributes(writer, 1, resource))
    nested(writer, 2, () => {
      nested(writer, 1, () => tag(writer, 1, BYTES).string(SCOPE))
      for (const metric of metrics) nested(writer, 2, () => writeMetric(writer, metric, time, isDelta))
    })
  })
  return writer.finish()
}

function writeMetric(writer: Writer, { name, unit, kind, points }: WireMetric, time: number, isDelta: boolean): void {
  tag(writer, 1, BYTES).string(name)
  if (unit !== '') tag(writer, 3, BYTES).string(unit)
  nested(writer, KIND_FIELD[kind], () => {
    for (const point of points) nested(writer, 1, () => writePoint(writer, point, time))
    if (kind === 'gauge') return
    tag(writer, 2, VARINT).uint32(isDelta ? DELTA : CUMULATIVE)
    if (kind === 'sum') tag(writer, 3, VARINT).bool(true)
  })
}

function writePoint(writer: Writer, { attributes, startTime, value }: WirePoint, time: number): void {
  tag(writer, 2, FIXED64).fixed64(nanoseconds(startTime))
  tag(writer, 3, FIXED64).fixed64(nanoseconds(time))
  if ('double' in value) {
    tag(writer, 4, FIXED64).double(value.double)
    writeAttributes(writer, 7, attributes)
  } else if ('int' in value) {
    tag(writer, 6, FIXED64).sfixed64(wholeNumber(value.int))
    writeAttributes(writer, 7, attributes)
  } else if ('exponential' in value) {
    writeAttributes(writer, 1, attributes)
    writeExponential(writer, value)
  } else {
    writeAttributes(writer, 9, attributes)
    writeExplicit(writer, value)
  }
}

function writeExplicit(writer: Writer, { count, sum, min, max, bounds, counts }: ExplicitHistogram): void {
  tag(writer, 4, FIXED64).fixed64(wholeNumber(count))
  tag(writer, 5, FIXED64).double(sum)
  nested(writer, 6, () => {
    for (const each of counts) writer.fixed64(wholeNumber(each))
  })
  nested(writer, 7, () => {
    for (const bound of bounds) writer.double(bound)
  })
  tag(writer, 11, FIXED64).double(min)
  tag(writer, 12, FIXED64).double(max)
}

function writeExponential(
  writer: Writer,
  { exponential, min, max }: { exponential: ExponentialHistogram; min: number; max: number },
): void {
  tag(writer, 4, FIXED64).fixed64(wholeNumber(exponential.count))
  tag(writer, 5, FIXED64).double(exponential.sum)
  tag(writer, 6, VARINT).sint32(exponential.schema)
  tag(writer, 7, FIXED64).fixed64(wholeNumber(exponential.zeros))
  writeBuckets(writer, 8, exponential.positive)
  writeBuckets(writer, 9, exponential.negative)
  tag(writer, 12, FIXED64).double(min)
  tag(writer, 13, FIXED64).double(max)
}

/** Every bucket from the first to the last. OpenTelemetry numbers buckets by their lower bounds, we number them by their upper bounds. */
function writeBuckets(writer: Writer, field: number, counts: ReadonlyMap<number, number>): void {
  if (counts.size === 0) return
  const [first, last] = [Math.min(...counts.keys()), Math.max(...counts.keys())]
  nested(writer, field, () => {
    tag(writer, 1, VARINT).sint32(first - 1)
    nested(writer, 2, () => {
      for (let i = first; i <= last; i++) writer.uint64(counts.get(i) ?? 0)
    })
  })
}

function writeAttributes(writer: Writer, field: number, attributes: Tags): void {
  for (const [key, text] of Object.entries(attributes)) {
    if (text === '') continue
    nested(writer, field, () => {
      tag(writer, 1, BYTES).string(key)
      nested(writer, 2, () => tag(writer, 1, BYTES).string(text))
    })
  }
}

function wholeNumber(value: number): number {
  return halves(value >>> 0, Math.floor(value / 2 ** 32))
}
