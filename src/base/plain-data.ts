/**
 * Plain data as bytes: what `structuredClone` passes between threads, for those who are on other machines. Unlike JSON it keeps undefined,
 * numbers without a text (NaN, Infinity, -0), bigints, bytes, maps and sets.
 *
 * Shape   a kind (byte), then what belongs to it, in the words of base/bytes.ts
 * Errors  TypeError for what is no plain data (functions, symbols, objects of classes); RangeError for bytes that hold none, or that nest too
 *         deeply
 */
import { ByteReader, ByteWriter } from './bytes.js'

const Kind = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  /** A whole number from 0 up. */
  whole: 4,
  double: 5,
  bigint: 6,
  text: 7,
  bytes: 8,
  array: 9,
  object: 10,
  map: 11,
  set: 12,
} as const

/** No data of ours nests deeper; bytes from elsewhere could. */
const DEEPEST = 500

export function encodePlain(value: unknown): Uint8Array {
  const writer = new ByteWriter()
  writePlain(writer, value, 0)
  return writer.finish()
}

export function decodePlain(bytes: Uint8Array): unknown {
  const reader = new ByteReader(bytes)
  const value = readPlain(reader, 0)
  reader.end()
  return value
}

function writePlain(writer: ByteWriter, value: unknown, depth: number): void {
  if (depth > DEEPEST) throw new TypeError('the data nest too deeply')
  switch (typeof value) {
    case 'undefined':
      return writer.byte(Kind.undefined)
    case 'boolean':
      return writer.byte(value ? Kind.true : Kind.false)
    case 'number':
      return writeNumber(writer, value)
    case 'bigint':
      writer.byte(Kind.bigint)
      return writer.text(value.toString())
    case 'string':
      writer.byte(Kind.text)
      return writer.text(value)
    case 'object':
      return value === null ? writer.byte(Kind.null) : writeObject(writer, value, depth + 1)
    default:
      throw new TypeError(`a ${typeof value} is no plain data`)
  }
}

function writeNumber(writer: ByteWriter, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)) {
    writer.byte(Kind.whole)
    return writer.varint(value)
  }
  writer.byte(Kind.double)
  writer.double(value)
}

function writeObject(writer: ByteWriter, value: object, depth: number): void {
  const write = (item: unknown): void => writePlain(writer, item, depth)
  const writePair = ([key, item]: readonly [unknown, unknown]): void => {
    write(key)
    write(item)
  }
  if (value instanceof Uint8Array) {
    writer.byte(Kind.bytes)
    return writer.bytes(value)
  }
  if (Array.isArray(value)) {
    writer.byte(Kind.array)
    // Holes, too, are undefined.
    return writer.list(Array.from(value as unknown[]), write)
  }
  if (value instanceof Map) {
    writer.byte(Kind.map)
    return writer.list([...value], writePair)
  }
  if (value instanceof Set) {
    writer.byte(Kind.set)
    return writer.list([...value], write)
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`an object of ${value.constructor?.name} is no plain data`)
  }
  writer.byte(Kind.object)
  writer.list(Object.entries(value), ([key, item]) => {
    writer.text(key)
    write(item)
  })
}

function readPlain(reader: ByteReader, depth: number): unknown {
  if (depth > DEEPEST) throw new RangeError('the data nest too deeply')
  const read = (): unknown => readPlain(reader, depth + 1)
  const kind = reader.byte()
  switch (kind) {
    case Kind.undefined:
      return undefined
    case Kind.null:
      return null
    case Kind.false:
      return false
    case Kind.true:
      return true
    case Kind.whole:
      return reader.varint()
    case Kind.double:
      return reader.double()
    case Kind.bigint:
      return readBigInt(reader.text())
    case Kind.text:
      return reader.text()
    case Kind.bytes:
      return reader.bytes()
    case Kind.array:
      return reader.list(read)
    case Kind.object:
      return Object.fromEntries(reader.list(() => [reader.text(), read()] as const))
    case Kind.map:
      return new Map(reader.list(() => [read(), read()] as const))
    case Kind.set:
      return new Set(reader.list(read))
    default:
      throw new RangeError(`there is no plain data of kind ${kind}`)
  }
}

function readBigInt(text: string): bigint {
  if (!/^-?\d+$/.test(text)) throw new RangeError('a bigint is not written in digits')
  return BigInt(text)
}
