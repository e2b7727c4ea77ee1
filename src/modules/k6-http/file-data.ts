/**
 * `http.file(data, filename, contentType)`: a part of a multipart body.
 *
 * Errors  HostError `invalid type T, expected string or ArrayBuffer`
 * Source  docs/spec/http.md §5.2
 */
import { HostError } from '../../vu/host-error.js'
import { viewOf } from '../bytes.js'

export class FileData {
  data: unknown
  filename: unknown
  content_type: unknown

  constructor(data: unknown, filename: unknown, contentType: unknown) {
    this.data = data
    this.filename = filename
    this.content_type = contentType
  }
}

export function file(...args: readonly unknown[]): FileData {
  const [data, filename, contentType] = args
  fileBytes(data)
  return new FileData(
    data,
    args.length < 2 ? timestamp() : String(filename ?? ''),
    args.length < 3 ? 'application/octet-stream' : String(contentType ?? ''),
  )
}

/** The bytes of a file: where possible a view of the script's memory, not a copy. */
export function fileBytes(data: unknown): Uint8Array {
  const bytes = typeof data === 'string' ? Buffer.from(data) : viewOf(data)
  if (bytes !== undefined) return bytes
  if (Array.isArray(data) && data.every(isByte)) return Uint8Array.from(data)
  throw new HostError(`invalid type ${typeName(data)}, expected string or ArrayBuffer`)
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255
}

/** Nanoseconds since 1970. */
function timestamp(): string {
  return String(BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n))
}

function typeName(value: unknown): string {
  if (value === undefined || value === null) return '<nil>'
  return Array.isArray(value) ? 'array' : typeof value
}
