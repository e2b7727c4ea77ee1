/**
 * Data that scripts give to modules: text, which stands for its bytes in UTF-8, or bytes.
 *
 * Errors  HostError `invalid type T, expected string, []byte or ArrayBuffer`, with k6's names of types
 */
import { HostError } from '../vu/host-error.js'

/** The bytes of an ArrayBuffer, a typed array or a DataView, without a copy; undefined for every other value. */
export function viewOf(data: unknown): Uint8Array | undefined {
  if (data instanceof Uint8Array) return data
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : undefined
}

/** Of bytes this is a view of the caller's memory. */
export function toBytes(data: unknown): Uint8Array {
  const bytes = typeof data === 'string' ? Buffer.from(data) : viewOf(data)
  if (bytes !== undefined) return bytes
  throw new HostError(`invalid type ${typeName(data)}, expected string, []byte or ArrayBuffer`)
}

/** A copy of the bytes that the caller may keep and change. */
export function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength)
  new Uint8Array(copy).set(bytes)
  return copy
}

/** The type as k6 names it: that of the value in Go, `int64` for 5. */
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
