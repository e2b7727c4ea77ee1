/**
 * Binary formats: `protobufjs`, `@bufbuild/protobuf`, `@msgpack/msgpack` and `avsc`, to go with any kind of socket.
 *
 *   npm install protobufjs @bufbuild/protobuf @msgpack/msgpack avsc
 *   sockeye run examples/npm/codecs.ts
 */
import { fromBinary, toBinary, toJson } from '@bufbuild/protobuf'
import { TimestampSchema, timestampFromMs } from '@bufbuild/protobuf/wkt'
import { decode, encode } from '@msgpack/msgpack'
import avro from 'avsc'
import { check } from 'k6'
import { Trend } from 'k6/metrics'
import protobuf from 'protobufjs'

export const options = {
  vus: 200,
  iterations: 1000,
  sharedPackages: ['protobufjs', '@bufbuild/protobuf', '@msgpack/msgpack', 'avsc'],
  thresholds: { checks: ['rate==1'], encoded_size: ['max<64'] },
}

const Reading = protobuf
  .parse('syntax = "proto3"; message Reading { uint32 id = 1; string unit = 2; }')
  .root.lookupType('Reading')
const avroReading = avro.Type.forSchema({
  type: 'record',
  name: 'Reading',
  fields: [
    { name: 'id', type: 'int' },
    { name: 'unit', type: 'string' },
  ],
})
const size = new Trend('encoded_size')

export default function () {
  const reading = { id: __VU, unit: 'kWh' }
  const asProtobuf = Reading.encode(reading).finish()
  const asMessagePack = encode(reading)
  const asAvro = avroReading.toBuffer(reading)
  const asTimestamp = toBinary(TimestampSchema, timestampFromMs(__VU * 1000))
  for (const bytes of [asProtobuf, asMessagePack, asAvro, asTimestamp]) size.add(bytes.length)
  check(null, {
    protobufjs: () => Reading.toObject(Reading.decode(asProtobuf))['id'] === __VU,
    '@msgpack/msgpack': () => (decode(asMessagePack) as typeof reading).id === __VU,
    avsc: () => avroReading.fromBuffer(asAvro).id === __VU,
    '@bufbuild/protobuf': () =>
      `${toJson(TimestampSchema, fromBinary(TimestampSchema, asTimestamp))}`.startsWith('1970'),
  })
}
