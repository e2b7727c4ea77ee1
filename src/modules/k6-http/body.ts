/**
 * Encodes the body that a script gives.
 *
 * Shape   text and bytes are sent as they are, an object as a form, or as multipart when one of its values is a file
 * Errors  PreparationError `unknown request body type …`
 * Source  docs/spec/http.md §5
 */
import { randomBytes } from 'node:crypto'
import { types } from 'node:util'
import { bytesOf, StandardBlob } from '../blob.js'
import { viewOf } from '../bytes.js'
import { encodeFormData, FormData } from '../form-data.js'
import { FileData, fileBytes } from './file-data.js'
import { PreparationError } from './preparation-error.js'

export interface EncodedBody {
  /** Null when there is no body. */
  readonly data: string | Uint8Array | null
  /** The content type that this kind of body has; null for text and bytes, which may be anything. */
  readonly contentType: string | null
}

const NONE: EncodedBody = { data: null, contentType: null }

/** `contentType`: that of the script's headers. `warn` is called for values that a form cannot hold. */
export function encodeBody(given: unknown, contentType: string | undefined, warn: (text: string) => void): EncodedBody {
  if (given === undefined || given === null) return NONE
  if (typeof given === 'string') return { data: given, contentType: null }
  const bytes = viewOf(given)
  if (bytes !== undefined) return { data: bytes, contentType: null }
  if (given instanceof FormData) {
    const multipart = encodeFormData(given)
    return { data: multipart.bytes, contentType: contentType ?? multipart.contentType }
  }
  if (given instanceof StandardBlob) return { data: bytesOf(given), contentType: contentType ?? (given.type || null) }
  if (typeof given === 'object' && isPlain(given))
    return encodeObject(given as Record<string, unknown>, contentType, warn)
  throw new PreparationError(`unknown request body type ${typeName(given)}`)
}

/** An object that is sent as a form. Instances of the script's own classes are; those of the language's classes are not. */
function isPlain(value: object): boolean {
  return !(
    Array.isArray(value) ||
    types.isDate(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    types.isPromise(value) ||
    types.isRegExp(value) ||
    types.isSharedArrayBuffer(value)
  )
}

function encodeObject(
  values: Record<string, unknown>,
  contentType: string | undefined,
  warn: (text: string) => void,
): EncodedBody {
  if (Object.values(values).some(hasFile)) return encodeMultipart(values, contentType)
  return { data: encodeForm(values, warn), contentType: contentType ?? 'application/x-www-form-urlencoded' }
}

function hasFile(value: unknown): boolean {
  return value instanceof FileData || (Array.isArray(value) && value.some((item) => item instanceof FileData))
}

/** `a=1&a=2&b=`: sorted by key; the values of an array keep their order. */
export function encodeForm(values: Readonly<Record<string, unknown>>, warn: (text: string) => void): string {
  const pairs: string[] = []
  for (const key of Object.keys(values).sort(byCodePoints)) {
    const value = values[key]
    for (const item of Array.isArray(value) ? value : [value])
      pairs.push(`${formEncode(key)}=${formEncode(formText(item, warn))}`)
  }
  return pairs.join('&')
}

function formText(value: unknown, warn: (text: string) => void): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'object' && typeof value !== 'function') return String(value)
  warn(
    `cannot urlencode a nested ${Array.isArray(value) ? 'array' : typeof value} value in a request form body; ` +
      'encoding it as an empty value, use JSON.stringify() to send structured data',
  )
  return ''
}

/** As k6 sorts: by bytes of UTF-8. JavaScript would put U+10000 before U+FFFF. */
function byCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function formEncode(text: string): string {
  return encodeURIComponent(wellFormed(text))
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

/** Lone surrogates, which encodeURIComponent refuses, become U+FFFD as in UTF-8. */
function wellFormed(text: string): string {
  return /[\ud800-\udfff]/.test(text) ? Buffer.from(text).toString() : text
}

function encodeMultipart(values: Record<string, unknown>, contentType: string | undefined): EncodedBody {
  const boundary = randomBytes(30).toString('hex')
  const parts: Uint8Array[] = []
  for (const [key, value] of Object.entries(values)) {
    for (const item of Array.isArray(value) ? value : [value]) parts.push(...part(boundary, key, item))
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`))
  return { data: Buffer.concat(parts), contentType: multipartType(contentType, boundary) }
}

function multipartType(given: string | undefined, boundary: string): string {
  const own = `multipart/form-data; boundary=${boundary}`
  return given === undefined || given.toLowerCase().startsWith('multipart/form-data') ? own : given
}

function part(boundary: string, key: string, value: unknown): Uint8Array[] {
  const start = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(key)}"`
  const end = Buffer.from('\r\n')
  if (!(value instanceof FileData)) {
    return [Buffer.from(`${start}\r\n\r\n${String(value ?? '')}`), end]
  }
  const { data, filename, content_type } = value
  const name = escapeName(String(filename))
  const type = String(content_type).replace(/[\r\n]+/g, ' ')
  return [Buffer.from(`${start}; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`), fileBytes(data), end]
}

function escapeName(name: string): string {
  return name.replace(/[\\"]/g, '\\$&').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function typeName(value: unknown): string {
  return typeof value === 'object' ? (value?.constructor?.name ?? 'object') : typeof value
}
