/**
 * What our encoders of protobuf messages share. They write field by field with the writer of protobufjs, without a schema and without an
 * object per message.
 */
import { createRequire } from 'node:module'
import type { Writer } from 'protobufjs'

const require = createRequire(import.meta.url)

export type { Writer }

/** Wire types. */
export const [VARINT, FIXED64, BYTES] = [0, 1, 2] as const

export function newWriter(): Writer {
  const { Writer } = require('protobufjs/minimal') as typeof import('protobufjs')
  return Writer.create()
}

export function tag(writer: Writer, field: number, wireType: number): Writer {
  return writer.uint32(field * 8 + wireType)
}

/** A message within a message, or a packed list. */
export function nested(writer: Writer, field: number, write: () => void): void {
  tag(writer, field, BYTES).fork()
  write()
  writer.ldelim()
}

/** A 64-bit number in two halves. The library accepts that, its types do not have it. */
export function halves(low: number, high: number): number {
  return { low, high, unsigned: true } as unknown as number
}

/** Nanoseconds since the Unix epoch, which are more than a double can hold. */
export function nanoseconds(epochMs: number): number {
  const ns = BigInt(Math.round(epochMs * 1000)) * 1000n
  return halves(Number(ns & 0xffff_ffffn), Number(ns >> 32n))
}
