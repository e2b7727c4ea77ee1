/**
 * The globals `FormData` and `File`. `k6/http` and `fetch` send a FormData as a multipart body.
 *
 * Source  XMLHttpRequest Standard §5; File API §4; RFC 7578
 */
import { randomBytes } from 'node:crypto'
import { bytesOf, StandardBlob } from './blob.js'

export class File extends StandardBlob {
  readonly name: string
  readonly lastModified: number

  constructor(parts: unknown, name: unknown, options?: { readonly lastModified?: unknown } | null) {
    if (arguments.length < 2) throw new TypeError('File takes the parts and a name')
    super(parts, options)
    this.name = String(name)
    this.lastModified = Number(options?.lastModified ?? Date.now())
  }
}

export type FormDataValue = string | File

export class FormData {
  #entries: [string, FormDataValue][] = []

  append(name: unknown, value: unknown, filename?: unknown): void {
    this.#entries.push([String(name), entryValue(value, filename)])
  }

  set(name: unknown, value: unknown, filename?: unknown): void {
    const key = String(name)
    const entry: [string, FormDataValue] = [key, entryValue(value, filename)]
    const first = this.#entries.findIndex(([other]) => other === key)
    if (first < 0) this.#entries.push(entry)
    else this.#entries = this.#entries.flatMap((old, i) => (i === first ? [entry] : old[0] === key ? [] : [old]))
  }

  get(name: unknown): FormDataValue | null {
    return this.#entries.find(([key]) => key === String(name))?.[1] ?? null
  }

  getAll(name: unknown): FormDataValue[] {
    return this.#entries.filter(([key]) => key === String(name)).map(([, value]) => value)
  }

  has(name: unknown): boolean {
    return this.#entries.some(([key]) => key === String(name))
  }

  delete(name: unknown): void {
    this.#entries = this.#entries.filter(([key]) => key !== String(name))
  }

  forEach(callback: (value: FormDataValue, name: string, form: FormData) => void, self?: unknown): void {
    for (const [name, value] of this) Reflect.apply(callback, self, [value, name, this])
  }

  entries(): IterableIterator<[string, FormDataValue]> {
    return this[Symbol.iterator]()
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this) yield name
  }

  *values(): IterableIterator<FormDataValue> {
    for (const [, value] of this) yield value
  }

  *[Symbol.iterator](): IterableIterator<[string, FormDataValue]> {
    for (const [name, value] of this.#entries) yield [name, value]
  }

  get [Symbol.toStringTag](): string {
    return 'FormData'
  }
}

/** A blob becomes a file; every other value becomes text. */
function entryValue(value: unknown, filename: unknown): FormDataValue {
  if (!(value instanceof StandardBlob)) return String(value)
  if (value instanceof File && filename === undefined) return value
  const name = filename ?? (value instanceof File ? value.name : 'blob')
  return new File([value], name, value as { lastModified?: number })
}

export interface Multipart {
  readonly bytes: Uint8Array
  readonly contentType: string
}

export function encodeFormData(form: FormData): Multipart {
  const boundary = `----sockeye${randomBytes(16).toString('hex')}`
  const parts: Uint8Array[] = []
  for (const [name, value] of form) {
    const start = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"`
    if (typeof value === 'string') parts.push(Buffer.from(`${start}\r\n\r\n${value.replace(/\r?\n|\r/g, '\r\n')}\r\n`))
    else {
      const type = value.type === '' ? 'application/octet-stream' : value.type
      const head = `${start}; filename="${escapeName(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`
      parts.push(Buffer.from(head), bytesOf(value), Buffer.from('\r\n'))
    }
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`))
  return { bytes: Buffer.concat(parts), contentType: `multipart/form-data; boundary=${boundary}` }
}

function escapeName(name: string): string {
  return name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22')
}
