/**
 * Batches of raw samples as bytes, for outputs that are on another machine.
 *
 * Shape   version 1; list of metrics: name (text), type (byte), kind of value (byte); list of tag sets: id (varint), tags (list of two texts);
 *         number of samples (varint), then column after column: metrics and tag sets (varints), times and values (doubles);
 *         1 and a list of metadata (list of two texts per sample, empty for none), or 0
 * Errors  RangeError for bytes that hold no batch of this version
 */
import { ByteReader, ByteWriter } from '../base/bytes.js'
import { METRIC_TYPES, type MetricDefinition, VALUE_KINDS } from './metric.js'
import type { Metadata, SampleBatch } from './recorder.js'

const VERSION = 1

export function encodeSamples(batch: SampleBatch): Uint8Array {
  const writer = new ByteWriter()
  writer.byte(VERSION)
  writer.list(batch.metrics, (metric) => writeMetric(writer, metric))
  writer.list(batch.tagSets, ({ id, tags }) => {
    writer.varint(id)
    writeTexts(writer, tags)
  })
  writer.varint(batch.value.length)
  for (const number of batch.metric) writer.varint(number)
  for (const id of batch.tagSet) writer.varint(id)
  writer.doubles(batch.time)
  writer.doubles(batch.value)
  const { metadata } = batch
  writer.byte(metadata === undefined ? 0 : 1)
  // Samples after the last one with metadata may have no entry.
  if (metadata !== undefined) for (let i = 0; i < batch.value.length; i++) writeTexts(writer, metadata[i] ?? {})
  return writer.finish()
}

export function decodeSamples(bytes: Uint8Array): SampleBatch {
  const reader = new ByteReader(bytes)
  reader.version(VERSION, 'batch of samples')
  const metrics = reader.list(() => readMetric(reader))
  const tagSets = reader.list(() => ({ id: reader.varint(), tags: readTexts(reader) }))
  const length = reader.length()
  const batch = {
    metrics,
    tagSets,
    metric: Uint32Array.from({ length }, () => reader.varint()),
    tagSet: Uint32Array.from({ length }, () => reader.varint()),
    time: reader.doubles(length),
    value: reader.doubles(length),
  }
  const metadata = reader.byte() === 0 ? undefined : Array.from({ length }, () => readMetadata(reader))
  reader.end()
  return metadata === undefined ? batch : { ...batch, metadata }
}

export function writeMetric(writer: ByteWriter, { name, type, contains }: MetricDefinition): void {
  writer.text(name)
  writer.byte(METRIC_TYPES.indexOf(type))
  writer.byte(VALUE_KINDS.indexOf(contains))
}

export function readMetric(reader: ByteReader): MetricDefinition {
  const name = reader.text()
  const [type, contains] = [METRIC_TYPES[reader.byte()], VALUE_KINDS[reader.byte()]]
  if (type === undefined || contains === undefined) throw new RangeError(`the metric ${name} has no known type`)
  return { name, type, contains }
}

/** Writes keys and values, such as tags. */
export function writeTexts(writer: ByteWriter, texts: Readonly<Record<string, string>>): void {
  writer.list(Object.entries(texts), ([key, value]) => {
    writer.text(key)
    writer.text(value)
  })
}

export function readTexts(reader: ByteReader): Record<string, string> {
  return Object.fromEntries(reader.list(() => [reader.text(), reader.text()] as const))
}

function readMetadata(reader: ByteReader): Metadata | undefined {
  const metadata = readTexts(reader)
  return Object.keys(metadata).length === 0 ? undefined : metadata
}
