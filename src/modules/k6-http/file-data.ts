/**
 * `http.file(data, filename, contentType)`: a part of a multipart body.
 *
 * Errors  HostError `invalid type T, expected string or ArrayBuffer`
 * Source  docs/spec/http.md §5.2
 */
import { HostError } from '../../vu/host-error.js'

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
    args.length < 2 ? timestamp() : textOf(filename),
    args.length < 3 ? 'application/octet-stream' : textOf(contentType),
  )
}

/** What is sent for the data of a file: a view of the script's own memory where possible. */
export function fileBytes(data: unknown): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  if (Array.isArray(data) && data.every(isByte)) return Uint8Array.from(data)
  throw new HostError(`invalid type ${typeName(data)}, expected string or ArrayBuffer`)
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value)
}

/** Nanoseconds since 1970. */
function timestamp(): string {
  return String(BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n))
}

function typeName(value: unknown): string {
  if (value === undefined || value === null) return '<nil>'
  return Array.isArray(value) ? 'array' : typeof value
}
