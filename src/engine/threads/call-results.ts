/**
 * What setup and handleSummary return, as it is passed on.
 *
 * Errors  thrown with k6's texts when a value cannot be passed on
 * Source  docs/spec/runner.md §4.2, §4.9
 */
import type { SummaryFile } from '../calls.js'

/** JSON with sorted keys; undefined stays undefined. */
export function encodeSetupData(value: unknown): string | undefined {
  if (value === undefined) return undefined
  try {
    return JSON.stringify(value, sortedAndChecked)
  } catch (error) {
    // Objects are copied on the way, so what is inside itself is copied until the stack is full.
    const reason =
      error instanceof RangeError ? 'an object in it refers to one that it is in' : (error as Error).message
    throw new Error(`error marshaling setup() data to JSON: ${reason}`)
  }
}

function sortedAndChecked(_key: string, value: unknown): unknown {
  if (typeof value === 'function') throw new TypeError('unsupported type: function')
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`unsupported value: ${value}`)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}

/** Undefined when the default summary is wanted. */
export function encodeSummary(value: unknown): SummaryFile[] | undefined {
  if (!value) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new Error('handleSummary() should return a map with string keys')
  }
  return Object.entries(value).map(([target, content]) => ({ target, content: contentOf(target, content) }))
}

function contentOf(target: string, content: unknown): string | Uint8Array {
  if (typeof content === 'string') return content
  if (content instanceof ArrayBuffer) return new Uint8Array(content)
  const type = content === null ? 'null' : typeof content
  throw new Error(
    `error handling summary object ${target}: invalid type ${type}, it needs to be a string or ArrayBuffer`,
  )
}
