/**
 * A report of a part of an engine as bytes, which an instance on another machine sends once a second.
 *
 * Shape   version 1, then the fields in the formats of base/bytes.ts. A usual report takes a few KB: two bytes for each bucket of a trend, or
 *         eight for each value of a trend that keeps all its values.
 * Errors  RangeError for bytes that are not a whole report of this version
 */
import { ByteReader, ByteWriter } from '../base/bytes.js'
import type { CheckDeltas } from '../metrics/checks.js'
import { readAggregates, readState, writeAggregates, writeState } from '../metrics/codec.js'
import type { ErrorDeltas } from '../metrics/error-tallies.js'
import { readMetric, readTexts, writeMetric, writeTexts } from '../metrics/sample-codec.js'
import type { SeriesReport } from '../metrics/series-sink.js'
import type { AggregateReport } from './engine.js'
import type { GeneratorLoad } from './generator-load.js'

const VERSION = 1

export function encodeReport(report: AggregateReport): Uint8Array {
  const writer = new ByteWriter()
  writer.byte(VERSION)
  writer.doubles([report.since, report.until])
  writer.varint(report.series)
  writer.doubles(LOAD_FIELDS.map((field) => report.load[field]))
  writeAggregates(writer, report.aggregates)
  writer.list(report.perSeries, (series) => writeSeries(writer, series))
  writeOptional(writer, report.checks, writeChecks)
  writeOptional(writer, report.errors, writeErrors)
  return writer.finish()
}

export function decodeReport(bytes: Uint8Array): AggregateReport {
  const reader = new ByteReader(bytes)
  reader.version(VERSION, 'report')
  const report: AggregateReport = {
    since: reader.double(),
    until: reader.double(),
    series: reader.varint(),
    load: readLoad(reader),
    aggregates: readAggregates(reader),
    perSeries: reader.list(() => readSeries(reader)),
    checks: readOptional(reader, readChecks),
    errors: readOptional(reader, readErrors),
  }
  reader.end()
  return report
}

/** All fields of GeneratorLoad, in the order in which they are written; `satisfies` lets the compiler find a missing one. */
const LOAD_FIELDS = Object.keys({
  interval: true,
  utilization: true,
  longestStall: true,
  gcTime: true,
  longestGc: true,
  starts: true,
  lateStarts: true,
  longestLag: true,
  outOfFiles: true,
  outOfPorts: true,
  heldUpByOutputs: true,
} satisfies Record<keyof GeneratorLoad, true>) as (keyof GeneratorLoad)[]

function readLoad(reader: ByteReader): GeneratorLoad {
  return Object.fromEntries(LOAD_FIELDS.map((field) => [field, reader.double()])) as unknown as GeneratorLoad
}

function writeSeries(writer: ByteWriter, { id, at, state, about }: SeriesReport): void {
  writer.varint(id)
  writer.double(at)
  writeState(writer, state)
  writeOptional(writer, about, () => {
    const { metric, tags } = about as NonNullable<typeof about>
    writeMetric(writer, metric)
    writeTexts(writer, tags)
  })
}

function readSeries(reader: ByteReader): SeriesReport {
  const series = { id: reader.varint(), at: reader.double(), state: readState(reader) }
  const about = readOptional(reader, () => ({
    metric: readMetric(reader),
    tags: readTexts(reader),
  }))
  return about === undefined ? series : { ...series, about }
}

function writeChecks(writer: ByteWriter, { groups, checks }: CheckDeltas): void {
  writer.list(groups, ({ scenario, path }) => {
    writer.text(scenario)
    writer.text(path)
  })
  writer.list(checks, ({ scenario, group, name, passes, fails }) => {
    writer.text(scenario)
    writer.text(group)
    writer.text(name)
    writer.varint(passes)
    writer.varint(fails)
  })
}

function readChecks(reader: ByteReader): CheckDeltas {
  return {
    groups: reader.list(() => ({ scenario: reader.text(), path: reader.text() })),
    checks: reader.list(() => ({
      scenario: reader.text(),
      group: reader.text(),
      name: reader.text(),
      passes: reader.varint(),
      fails: reader.varint(),
    })),
  }
}

function writeErrors(writer: ByteWriter, { errors, others }: ErrorDeltas): void {
  writer.list(errors, ({ message, scenario, place, count }) => {
    writer.text(message)
    writer.text(scenario)
    writer.text(place)
    writer.varint(count)
  })
  writer.varint(others)
}

function readErrors(reader: ByteReader): ErrorDeltas {
  return {
    errors: reader.list(() => ({
      message: reader.text(),
      scenario: reader.text(),
      place: reader.text(),
      count: reader.varint(),
    })),
    others: reader.varint(),
  }
}

function writeOptional<T>(
  writer: ByteWriter,
  value: T | undefined,
  write: (writer: ByteWriter, value: T) => void,
): void {
  writer.byte(value === undefined ? 0 : 1)
  if (value !== undefined) write(writer, value)
}

function readOptional<T>(reader: ByteReader, read: (reader: ByteReader) => T): T | undefined {
  return reader.byte() === 0 ? undefined : read(reader)
}
