/**
 * What modules take as data: text (its UTF-8) or bytes.
 *
 * Errors  HostError `invalid type T, expected string, []byte or ArrayBuffer`, with k6's names of types
 */
import { HostError } from '../vu/host-error.js'

/** A view of the caller's memory, unless it is text. */
export function toBytes(data: unknown): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  throw new HostError(`invalid type ${typeName(data)}, expected string, []byte or ArrayBuffer`)
}

/** An ArrayBuffer of just these bytes, the caller's own. */
export function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength)
  new Uint8Array(copy).set(bytes)
  return copy
}

/** k6 is written in Go, and says what Go makes of a value. */
function typeName(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64'
    case 'boolean':
      return 'bool'
    case 'bigint':
      return '*big.Int'
    case 'function':
      return 'function'
    case 'object':
      return value === null ? '<nil>' : Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}'
    default:
      return value === undefined ? '<nil>' : typeof value
  }
}
