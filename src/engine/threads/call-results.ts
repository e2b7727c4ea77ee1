/**
 * What setup and handleSummary return, in the form in which it is sent to other threads.
 *
 * Errors  Error with k6's texts for values that cannot be sent
 * Source  docs/spec/runner.md §4.2, §4.9
 */
import type { SummaryFile } from '../calls.js'
import { setupJson } from './setup-json.js'

/** The JSON of the value; undefined stays undefined. */
export function encodeSetupData(value: unknown): string | undefined {
  if (value === undefined) return undefined
  try {
    return setupJson(value)
  } catch (error) {
    // A getter or a toJSON of the script may throw anything.
    throw new Error(`error marshaling setup() data to JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The files that handleSummary returned; undefined when it returned none: then the default summary is printed. */
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
  if (ArrayBuffer.isView(content))
    return new Uint8Array(content.buffer as ArrayBuffer, content.byteOffset, content.byteLength)
  const type = content === null ? 'null' : typeof content
  throw new Error(
    `error handling summary object ${target}: invalid type ${type}, it needs to be a string or ArrayBuffer`,
  )
}
