/**
 * Aggregates as bytes, for parts of an engine that are on other machines.
 *
 * Shape   a list of: name, subject, state, in the terms of base/bytes.ts
 *           subject   0 all, 1 a scenario (text), 2 a group of a scenario (two texts), 3 the value of a tag (two texts)
 *           state     0 counter: samples, sum · 1 gauge: samples, value, min, max · 2 rate: total, nonzero · 3 trend: a sketch
 * Errors  RangeError for bytes that hold no aggregates
 */
import type { ByteReader, ByteWriter } from '../base/bytes.js'
import { readSketch, writeSketch } from '../sketch/codec.js'
import { METRIC_TYPES } from './metric.js'
import type { Aggregates } from './registry.js'
import type { SinkState } from './sink.js'

type Aggregate = Aggregates[number]

const ALL = 0
const SCENARIO = 1
const GROUP = 2
const TAG = 3

export function writeAggregates(writer: ByteWriter, aggregates: Aggregates): void {
  writer.list(aggregates, (aggregate) => {
    writer.text(aggregate.name)
    writeSubject(writer, aggregate)
    writeState(writer, aggregate.state)
  })
}

export function readAggregates(reader: ByteReader): Aggregates {
  return reader.list(() => ({ name: reader.text(), ...readSubject(reader), state: readState(reader) }))
}

function writeSubject(writer: ByteWriter, { view, tag }: Aggregate): void {
  if (tag !== undefined) {
    writer.byte(TAG)
    writer.text(tag.key)
    writer.text(tag.value)
  } else if (view === undefined) {
    writer.byte(ALL)
  } else {
    writer.byte(view.group === null ? SCENARIO : GROUP)
    writer.text(view.scenario)
    if (view.group !== null) writer.text(view.group)
  }
}

function readSubject(reader: ByteReader): Pick<Aggregate, 'view' | 'tag'> {
  const kind = reader.byte()
  switch (kind) {
    case ALL:
      return {}
    case SCENARIO:
      return { view: { scenario: reader.text(), group: null } }
    case GROUP:
      return { view: { scenario: reader.text(), group: reader.text() } }
    case TAG:
      return { tag: { key: reader.text(), value: reader.text() } }
    default:
      throw new RangeError(`${kind} is no kind of subject`)
  }
}

export function writeState(writer: ByteWriter, state: SinkState): void {
  writer.byte(METRIC_TYPES.indexOf(state.type))
  switch (state.type) {
    case 'counter':
      writer.varint(state.samples)
      return writer.double(state.sum)
    case 'gauge':
      writer.varint(state.samples)
      return writer.doubles([state.value, state.min, state.max])
    case 'rate':
      writer.varint(state.total)
      return writer.varint(state.nonZero)
    case 'trend':
      return writeSketch(writer, state.sketch)
    default:
      return state satisfies never
  }
}

export function readState(reader: ByteReader): SinkState {
  const number = reader.byte()
  const type = METRIC_TYPES[number]
  switch (type) {
    case 'counter':
      return { type, samples: reader.varint(), sum: reader.double() }
    case 'gauge':
      return { type, samples: reader.varint(), value: reader.double(), min: reader.double(), max: reader.double() }
    case 'rate':
      return { type, total: reader.varint(), nonZero: reader.varint() }
    case 'trend':
      return { type, sketch: readSketch(reader) }
    case undefined:
      throw new RangeError(`${number} is no type of metric`)
    default:
      return type satisfies never
  }
}
