/**
 * Writing and reading compact binary forms.
 *
 * Shape   byte
 *         varint   a whole number from 0 to 2^53 - 1, seven bits per byte, the lowest first; the highest bit says that more follow
 *         double   IEEE 754, little-endian
 *         text     0, length in bytes (varint), UTF-8; one that was written before is its number instead, from 1 (varint)
 *         bytes    length (varint), then the bytes
 *         list     number of items (varint), then each item
 * Errors  what is read is never trusted: RangeError when bytes end too soon or hold what no writer writes. Nothing is allocated that the
 *         bytes which are left could not fill.
 */
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export class ByteWriter {
  #bytes = new Uint8Array(256)
  #view = new DataView(this.#bytes.buffer)
  #length = 0
  readonly #texts = new Map<string, number>()

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  varint(value: number): void {
    let rest = value
    while (rest >= 128) {
      this.byte((rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    this.byte(rest)
  }

  double(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.#length, value, true)
    this.#length += 8
  }

  doubles(values: ArrayLike<number>): void {
    this.#reserve(values.length * 8)
    for (let i = 0; i < values.length; i++) this.#view.setFloat64(this.#length + 8 * i, values[i] as number, true)
    this.#length += 8 * values.length
  }

  text(value: string): void {
    const number = this.#texts.get(value)
    if (number !== undefined) return this.varint(number)
    this.#texts.set(value, this.#texts.size + 1)
    const content = encoder.encode(value)
    this.byte(0)
    this.varint(content.length)
    this.#reserve(content.length)
    this.#bytes.set(content, this.#length)
    this.#length += content.length
  }

  bytes(content: Uint8Array): void {
    this.varint(content.length)
    this.#reserve(content.length)
    this.#bytes.set(content, this.#length)
    this.#length += content.length
  }

  list<T>(items: readonly T[], write: (item: T) => void): void {
    this.varint(items.length)
    for (const item of items) write(item)
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #reserve(needed: number): void {
    if (this.#length + needed <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + needed))
    larger.set(this.#bytes)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #texts: string[] = []
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  byte(): number {
    this.#need(1)
    return this.#bytes[this.#at++] as number
  }

  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte % 128) * scale
      if (value > Number.MAX_SAFE_INTEGER) throw new RangeError('a number is too large')
      if (byte < 128) return value
    }
  }

  double(): number {
    this.#need(8)
    this.#at += 8
    return this.#view.getFloat64(this.#at - 8, true)
  }

  doubles(length: number): Float64Array {
    this.#need(length * 8)
    const values = new Float64Array(length)
    for (let i = 0; i < length; i++) values[i] = this.#view.getFloat64(this.#at + 8 * i, true)
    this.#at += 8 * length
    return values
  }

  text(): string {
    const number = this.varint()
    if (number > 0) {
      const known = this.#texts[number - 1]
      if (known === undefined) throw new RangeError('a text is not there')
      return known
    }
    const length = this.varint()
    this.#need(length)
    const value = decoder.decode(this.#bytes.subarray(this.#at, this.#at + length))
    this.#at += length
    this.#texts.push(value)
    return value
  }

  /** Reads bytes as a view of the memory that is read, not as a copy. */
  bytes(): Uint8Array {
    const length = this.length()
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /** Reads a list. Each item takes at least one byte, so a count above the bytes that are left is refused. */
  list<T>(read: () => T): T[] {
    return Array.from({ length: this.length() }, read)
  }

  /** The number of items of a list, or of bytes. */
  length(): number {
    const length = this.varint()
    this.#need(length)
    return length
  }

  /** Reads the first byte of a form, its version. */
  version(known: number, what: string): void {
    const version = this.byte()
    if (version !== known) throw new RangeError(`these bytes hold no ${what} of version ${known} (${version})`)
  }

  /** Throws when bytes are left. */
  end(): void {
    if (this.#at < this.#bytes.length) throw new RangeError(`${this.#bytes.length - this.#at} bytes too many`)
  }

  #need(bytes: number): void {
    if (bytes > this.#bytes.length - this.#at) throw new RangeError('the bytes end too soon')
  }
}
