/**
 * What `setup()` returned, as JSON. k6 uses Go's encoder, which differs from `JSON.stringify`:
 *
 *   undefined, null, symbols        null (not left out)
 *   Map, Set                        [[key, value], …], [value, …]
 *   Uint8Array                      base64, as Go writes bytes; other typed arrays: their numbers
 *   ArrayBuffer, DataView           {}
 *   BigInt                          a number, all its digits
 *   Date, and objects with `toJSON` what `toJSON` returns
 *   other objects                   their own enumerable properties, sorted
 *
 * Errors  EncodeError for functions, NaN, Infinity, and objects that contain themselves
 * Source  docs/spec/runner.md §4.2
 */
class EncodeError extends Error {}

export function setupJson(value: unknown): string {
  return encode(value, new Set())
}

/** @param inside  the objects that contain this value */
function encode(value: unknown, inside: Set<object>): string {
  switch (typeof value) {
    case 'undefined':
    case 'symbol':
      return 'null'
    case 'function':
      throw new EncodeError('unsupported type: function')
    case 'bigint':
      return String(value)
    case 'number':
      if (!Number.isFinite(value)) throw new EncodeError(`unsupported value: ${value}`)
      return JSON.stringify(value)
    case 'object':
      return value === null ? 'null' : encodeObject(value, inside)
    default:
      return JSON.stringify(value)
  }
}

function encodeObject(value: object, inside: Set<object>): string {
  if (inside.has(value)) throw new EncodeError('an object in it refers to one that it is in')
  inside.add(value)
  const text = encodeParts(value, inside)
  inside.delete(value)
  return text
}

function encodeParts(value: object, inside: Set<object>): string {
  const list = (items: Iterable<unknown>): string => `[${Array.from(items, (item) => encode(item, inside)).join(',')}]`
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return encode(Reflect.apply(toJSON, value, ['']), inside)
  if (Array.isArray(value)) return list(value)
  if (value instanceof Map) return list(value.entries())
  if (value instanceof Set) return list(value)
  if (value instanceof Uint8Array || value instanceof Uint8ClampedArray) {
    return JSON.stringify(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'))
  }
  if (ArrayBuffer.isView(value)) return value instanceof DataView ? '{}' : list(value as unknown as Iterable<unknown>)
  if (value instanceof Number || value instanceof String || value instanceof Boolean) {
    return encode(value.valueOf(), inside)
  }
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${encode(item, inside)}`).join(',')}}`
}
