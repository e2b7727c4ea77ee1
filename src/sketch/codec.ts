/**
 * A sketch as bytes: what the time series of a run keeps per second, what result files hold, and what can be sent between machines.
 *
 * Shape   version 1 · kind (0 values, 1 buckets) · count (varint) · sum, min, max (doubles, little-endian) · then
 *           values   doubles
 *           buckets  negative infinities, zeros, positive infinities (varints), positive store, negative store
 *           store    number of buckets, then per bucket: distance from the last one, count (varints)
 *         A latency distribution of 10,000 samples takes about 1 KB.
 * Errors  RangeError for bytes that hold no sketch of this version
 */
import { ByteReader, ByteWriter } from '../base/bytes.js'
import { bucketOf, LAST_BUCKET, SMALLEST } from './mapping.js'
import type { BucketState, SketchState } from './sketch.js'
import { Store, type StoreState } from './store.js'

const VERSION = 1
const VALUES = 0
const BUCKETS = 1
/** Up to this many values take less room than their buckets. */
const KEPT_VALUES = 32

export function encodeSketch(state: SketchState): Uint8Array {
  const writer = new ByteWriter()
  writer.byte(VERSION)
  writeSketch(writer, state)
  return writer.finish()
}

export function decodeSketch(bytes: Uint8Array): SketchState {
  const reader = new ByteReader(bytes)
  reader.version(VERSION, 'sketch')
  const state = readSketch(reader)
  reader.end()
  return state
}

/** Writes a sketch as a part of something larger, without the version. */
export function writeSketch(writer: ByteWriter, state: SketchState): void {
  writer.byte(state.values === null ? BUCKETS : VALUES)
  writer.varint(state.count)
  writer.doubles([state.sum, state.min, state.max])
  if (state.values !== null) writer.doubles(state.values)
  else writeBuckets(writer, state.buckets ?? NO_BUCKETS)
}

export function readSketch(reader: ByteReader): SketchState {
  const kind = reader.byte()
  if (kind !== VALUES && kind !== BUCKETS) throw new RangeError(`${kind} is no kind of sketch`)
  const count = reader.varint()
  const [sum, min, max] = [reader.double(), reader.double(), reader.double()]
  if (kind === BUCKETS) return { count, sum, min, max, values: null, buckets: readBuckets(reader, count) }
  return { count, sum, min, max, values: reader.doubles(count), buckets: null }
}

/**
 * The same sketch in less room: more than a few values become buckets, and `step` neighbouring buckets become one, which makes
 * the relative error of a quantile about `step` times as large. `step` is a power of two.
 */
export function compacted(state: SketchState, step = 1): SketchState {
  if (state.values !== null && state.values.length <= KEPT_VALUES) return state
  const buckets = state.buckets ?? bucketsOf(state.values ?? NO_VALUES)
  return { ...state, values: null, buckets: step === 1 ? buckets : coarser(buckets, step) }
}

const NO_VALUES = new Float64Array(0)
const NO_STORE: StoreState = { buckets: new Uint32Array(0), counts: NO_VALUES }
const NO_BUCKETS: BucketState = {
  negativeInfinities: 0,
  negative: null,
  zeros: 0,
  positive: NO_STORE,
  positiveInfinities: 0,
}

/** The buckets that values fall into. */
function bucketsOf(values: Float64Array): BucketState {
  const [positive, negative] = [new Store(), new Store()]
  let [negativeInfinities, zeros, positiveInfinities] = [0, 0, 0]
  for (const value of values) {
    if (value === Number.POSITIVE_INFINITY) positiveInfinities++
    else if (value === Number.NEGATIVE_INFINITY) negativeInfinities++
    else if (Math.abs(value) < SMALLEST) zeros++
    else (value > 0 ? positive : negative).add(bucketOf(Math.abs(value)), 1)
  }
  return {
    negativeInfinities,
    negative: negative.total() === 0 ? null : negative.take(),
    zeros,
    positive: positive.take(),
    positiveInfinities,
  }
}

function coarser(buckets: BucketState, step: number): BucketState {
  const { negative, positive } = buckets
  return {
    ...buckets,
    positive: coarserStore(positive, step),
    negative: negative === null ? null : coarserStore(negative, step),
  }
}

/** The bucket in the middle stands for its neighbours. Buckets are in order, before and after. */
function coarserStore({ buckets, counts }: StoreState, step: number): StoreState {
  const merged = { buckets: new Uint32Array(buckets.length), counts: new Float64Array(buckets.length) }
  let last = -1
  for (let i = 0; i < buckets.length; i++) {
    const bucket = buckets[i] as number
    const middle = bucket - (bucket % step) + step / 2
    if (last === -1 || merged.buckets[last] !== middle) merged.buckets[++last] = middle
    merged.counts[last] = (merged.counts[last] as number) + (counts[i] as number)
  }
  return { buckets: merged.buckets.slice(0, last + 1), counts: merged.counts.slice(0, last + 1) }
}

function writeBuckets(writer: ByteWriter, state: BucketState): void {
  writer.varint(state.negativeInfinities)
  writer.varint(state.zeros)
  writer.varint(state.positiveInfinities)
  writeStore(writer, state.positive)
  writeStore(writer, state.negative ?? NO_STORE)
}

function writeStore(writer: ByteWriter, { buckets, counts }: StoreState): void {
  writer.varint(buckets.length)
  let last = 0
  for (let i = 0; i < buckets.length; i++) {
    const bucket = buckets[i] as number
    writer.varint(bucket - last)
    writer.varint(counts[i] as number)
    last = bucket
  }
}

function readBuckets(reader: ByteReader, count: number): BucketState {
  const [negativeInfinities, zeros, positiveInfinities] = [reader.varint(), reader.varint(), reader.varint()]
  const positive = readStore(reader)
  const negative = readStore(reader)
  const sum = totalOf(positive) + totalOf(negative) + negativeInfinities + zeros + positiveInfinities
  if (sum !== count) throw new RangeError(`the buckets hold ${sum} values of ${count}`)
  return {
    negativeInfinities,
    negative: negative.buckets.length === 0 ? null : negative,
    zeros,
    positive,
    positiveInfinities,
  }
}

function totalOf({ counts }: StoreState): number {
  return counts.reduce((sum, each) => sum + each, 0)
}

function readStore(reader: ByteReader): StoreState {
  const length = reader.length()
  const [buckets, counts] = [new Uint32Array(length), new Float64Array(length)]
  let last = 0
  for (let i = 0; i < length; i++) {
    last += reader.varint()
    if (last > LAST_BUCKET) throw new RangeError(`there is no bucket ${last}`)
    buckets[i] = last
    counts[i] = reader.varint()
  }
  return { buckets, counts }
}
