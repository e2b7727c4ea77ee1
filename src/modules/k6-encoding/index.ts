/**
 * Module `k6/encoding`: encodes and decodes Base64.
 *
 * Errors  HostError for data of a wrong type, and for text that is no Base64
 * Source  docs/spec/metrics-and-modules.md §7.5
 */
import { toArrayBuffer, toBytes } from '../bytes.js'
import type { BuiltinModule } from '../module.js'
import { decodeBase64, encodeBase64, formOf } from './base64.js'

function b64encode(input?: unknown, encoding?: unknown): string {
  return encodeBase64(toBytes(input), formOf(encoding))
}

/** `format` 's' gives text, with U+FFFD in place of bytes that are no UTF-8. */
function b64decode(input?: unknown, encoding?: unknown, format?: unknown): ArrayBuffer | string {
  const bytes = decodeBase64(String(input ?? ''), formOf(encoding))
  return format === 's' ? bytes.toString('utf8') : toArrayBuffer(bytes)
}

export const k6Encoding: BuiltinModule = {
  create: () => ({ b64encode, b64decode }),
}
