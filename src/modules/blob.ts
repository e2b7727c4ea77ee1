/**
 * `Blob`: bytes that do not change, with a type. There are two classes: that of `k6/websockets`, and the global one, which converts its arguments
 * as the standard says.
 *
 * Buffers  the constructor copies its parts; slices share the memory; scripts get copies. A received message becomes a blob without a copy
 * Errors   the class of k6 throws HostErrors with k6's texts, the global one TypeErrors
 * Source   docs/spec/sockets.md §3.8; File API Standard §3
 */
import { describe, HostError } from '../vu/host-error.js'
import { viewOf } from './bytes.js'

const CHUNK_BYTES = 64 * 1024
const EMPTY = new Uint8Array(0)
const encoder = new TextEncoder()
/** Drops a byte order mark, as the standard says for `text()`. */
const decoder = new TextDecoder()

/** Tells the constructor to take bytes over without a copy. Scripts cannot make one. */
class OwnedBytes {
  readonly bytes: Uint8Array
  readonly type: string

  constructor(bytes: Uint8Array, type: string) {
    this.bytes = bytes
    this.type = type
  }
}

export class Blob {
  readonly #bytes: Uint8Array
  readonly #type: string

  constructor(parts?: unknown, options?: unknown) {
    if (parts instanceof OwnedBytes) {
      this.#bytes = parts.bytes
      this.#type = parts.type
    } else {
      const conversion = new.target === StandardBlob || new.target.prototype instanceof StandardBlob ? STANDARD : K6
      this.#type = conversion.typeOf(options)
      this.#bytes = join(conversion.partsOf(parts))
    }
  }

  get size(): number {
    return this.#bytes.length
  }

  get type(): string {
    return this.#type
  }

  async text(): Promise<string> {
    return decoder.decode(this.#bytes)
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes.slice().buffer as ArrayBuffer
  }

  async bytes(): Promise<Uint8Array> {
    return this.#bytes.slice()
  }

  slice(start?: unknown, end?: unknown, contentType?: unknown): Blob {
    const { length } = this.#bytes
    const from = start === undefined ? 0 : clamp(start, length)
    const to = end === undefined ? length : clamp(end, length)
    const type = contentType === undefined ? '' : String(contentType)
    const bytes = this.#bytes.subarray(from, Math.max(from, to))
    return this instanceof StandardBlob ? standardBlob(bytes, standardType(type)) : k6Blob(bytes, type)
  }

  stream(): ReadableStream<Uint8Array> {
    const bytes = this.#bytes
    let at = 0
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at < bytes.length) controller.enqueue(bytes.slice(at, at + CHUNK_BYTES))
        at += CHUNK_BYTES
        if (at >= bytes.length) controller.close()
      },
    })
  }

  get [Symbol.toStringTag](): string {
    return 'Blob'
  }

  /** The blob's own memory. It must not be changed. */
  static bytesOf(blob: Blob): Uint8Array {
    return blob.#bytes
  }
}

/** The global `Blob`: parts of other types become strings, the type is normalised. */
export class StandardBlob extends Blob {}
Object.defineProperty(StandardBlob, 'name', { value: 'Blob' })

/** Taken off the class, because scripts must not get a blob's own memory. */
export const { bytesOf } = Blob
delete (Blob as Partial<typeof Blob>).bytesOf
for (const name of ['size', 'type', 'text', 'arrayBuffer', 'bytes', 'slice', 'stream']) {
  const property = Object.getOwnPropertyDescriptor(Blob.prototype, name) as PropertyDescriptor
  Object.defineProperty(Blob.prototype, name, { ...property, enumerable: true })
}

/** A blob that takes over `bytes`. */
export function k6Blob(bytes: Uint8Array, type = ''): Blob {
  return new Blob(new OwnedBytes(bytes, type))
}

export function standardBlob(bytes: Uint8Array, type = ''): Blob {
  return new StandardBlob(new OwnedBytes(bytes, type))
}

/** How a class reads the arguments of its constructor. */
interface Conversion {
  partsOf(parts: unknown): Uint8Array[]
  typeOf(options: unknown): string
}

const K6: Conversion = {
  partsOf(parts) {
    if (parts === undefined || parts === null) return []
    if (!isIterable(parts))
      throw k6PartsError(`could not convert ${describe(parts)} to an array; not an array or iterable`)
    return Array.from(parts, (part) => {
      const bytes = typeof part === 'string' ? encoder.encode(part) : binaryPart(part)
      if (bytes === null) throw k6PartsError(`unsupported type: ${typeName(part)}`)
      return bytes
    })
  },
  typeOf(options) {
    if (options === undefined) return ''
    if (typeof options !== 'object' || options === null) throw new HostError('[options] must be an object')
    const { type } = options as { type?: unknown }
    return type === undefined ? '' : String(type)
  },
}

const STANDARD: Conversion = {
  partsOf(parts) {
    if (parts === undefined) return []
    if (typeof parts !== 'object' || parts === null || !isIterable(parts)) {
      throw new TypeError("Failed to construct 'Blob': the parts must be an iterable object")
    }
    return Array.from(parts, (part) => binaryPart(part) ?? encoder.encode(String(part)))
  },
  typeOf(options) {
    if (options === undefined || options === null) return ''
    if (typeof options !== 'object' && typeof options !== 'function') {
      throw new TypeError("Failed to construct 'Blob': the options must be an object")
    }
    const { type } = options as { type?: unknown }
    return type === undefined ? '' : standardType(String(type))
  },
}

function k6PartsError(text: string): HostError {
  return new HostError(`failed to process [blobParts]: ${text}`)
}

function binaryPart(part: unknown): Uint8Array | null {
  return part instanceof Blob ? bytesOf(part) : (viewOf(part) ?? null)
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  if (length === 0) return EMPTY
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** An index between 0 and the length; a negative value counts from the end. */
function clamp(value: unknown, length: number): number {
  const number = Math.trunc(Number(value)) || 0
  return number < 0 ? Math.max(0, length + number) : Math.min(number, length)
}

/** In small letters. A type with other characters than printable ASCII is no type. */
function standardType(type: string): string {
  return /^[\x20-\x7e]*$/.test(type) ? type.toLowerCase() : ''
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] === 'function' && typeof value !== 'string'
}

function typeName(value: unknown): string {
  return value === null || typeof value !== 'object'
    ? String(value === null ? null : typeof value)
    : Object.prototype.toString.call(value)
}
