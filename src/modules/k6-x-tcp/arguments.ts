/**
 * What scripts may pass to `k6/x/tcp`, and what becomes of it.
 *
 * Source  docs/spec/sockets.md §1.2, §1.5, §1.6
 */
import { conversionError, HostError } from '../../vu/host-error.js'
import { TCPError } from './tcp-error.js'

export type TcpTags = Readonly<Record<string, string>>

export interface ConnectTarget {
  readonly port: number
  readonly host: string
  readonly tls: boolean
  readonly tags: TcpTags
  /** As given; limits may be among them. */
  readonly options: object
}

export const NO_TAGS: TcpTags = Object.freeze({})

/** Options of the constructor. Throws a HostError for a primitive. */
export function socketTags(options: unknown): TcpTags {
  if (options === undefined || options === null) return NO_TAGS
  if (typeof options !== 'object' && typeof options !== 'function') {
    throw new HostError(`could not convert ${String(options)} to socket options`)
  }
  return tagsOf((options as { tags?: unknown }).tags)
}

/** Values become strings, null and undefined the empty string; a primitive instead of an object is a HostError. */
function tagsOf(tags: unknown): TcpTags {
  if (tags === undefined || tags === null) return NO_TAGS
  if (typeof tags !== 'object') throw new HostError(`could not convert struct value ${String(tags)} to tags`)
  const result: Record<string, string> = {}
  for (const [key, value] of Object.entries(tags))
    result[key] = value === undefined || value === null ? '' : String(value)
  return result
}

/** Both overloads of `connect`. Throws a TCPError. */
export function connectTarget(first: unknown, second: unknown): ConnectTarget {
  const value = first instanceof Number || first instanceof String ? first.valueOf() : first
  if (typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value))) {
    const host = second === undefined || second === null ? 'localhost' : String(second)
    return { port: toPort(value), host, tls: false, tags: NO_TAGS, options: NO_TAGS }
  }
  if (!isPlainObject(value)) throw TCPError.during('connect', 'invalid type: expected integer or object')
  const { port, host, tls, tags } = value
  const name = host === undefined || host === null ? '' : String(host)
  try {
    const given = { tls: Boolean(tls), tags: tagsOf(tags), options: value }
    return { port: toPort(port), host: name === '' ? 'localhost' : name, ...given }
  } catch (error) {
    throw TCPError.during('connect', (error as Error).message)
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  return !(Array.isArray(value) || value instanceof Date || value instanceof Map || value instanceof Set)
}

/** ToInteger(Number(value)), with 0 for what is not a number. */
function toPort(value: unknown): number {
  const port = Math.trunc(Number(value))
  return Number.isNaN(port) ? 0 : port
}

export interface WriteOptions {
  readonly encoding: string
  readonly tags: TcpTags
}

const NO_OPTIONS: WriteOptions = { encoding: '', tags: NO_TAGS }

/** Throws a TypeError for anything but an object. */
export function writeOptions(options: unknown): WriteOptions {
  if (options === undefined || options === null) return NO_OPTIONS
  if (typeof options !== 'object') throw conversionError(1, options, 'write options')
  const { encoding, tags } = options as { encoding?: unknown; tags?: unknown }
  return { encoding: encoding === undefined || encoding === null ? '' : String(encoding), tags: tagsOf(tags) }
}

/** The bytes of a write; a copy, so that the script may change its buffer at once. Throws a TCPError. */
export function writeData(data: unknown, encoding: string): Buffer | string {
  if (typeof data === 'string') return encoding === '' ? data : decode(data, encoding)
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) {
    return Buffer.from(data)
  }
  if (data instanceof ArrayBuffer) return Buffer.from(new Uint8Array(data))
  throw TCPError.during('write', 'invalid type: String or ArrayBuffer expected')
}

function decode(text: string, encoding: string): Buffer | string {
  switch (encoding.toLowerCase()) {
    case 'utf8':
    case 'utf-8':
    case 'ascii':
      return text
    case 'base64':
      return decodeBase64(text, BASE64, true)
    case 'base64url':
      return decodeBase64(text, BASE64URL, false)
    case 'hex':
      return decodeHex(text)
    default:
      throw TCPError.during('write', `unsupported encoding "${encoding}"`)
  }
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Node's own decoder forgives everything; scripts rely on being told the offset of the first bad byte. */
function decodeBase64(text: string, alphabet: string, isPadded: boolean): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  const illegal = (at: number): TCPError => TCPError.during('write', `illegal base64 data at input byte ${at}`)
  let digits = 0
  let at = 0
  for (; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === 0x0a || byte === 0x0d) continue
    if (byte === 0x3d) break
    if (!alphabet.includes(String.fromCharCode(byte))) throw illegal(at)
    digits++
  }
  const missing = (4 - (digits % 4)) % 4
  if (missing === 3) throw illegal(at === bytes.length ? groupStart(bytes.length, digits) : at)
  if (at === bytes.length) {
    if (missing > 0 && isPadded) throw illegal(groupStart(bytes.length, digits))
  } else {
    checkPadding(bytes, at, missing, illegal)
  }
  return Buffer.from(text, isPadded ? 'base64' : 'base64url')
}

/** Where the unfinished group of four begins. */
function groupStart(length: number, digits: number): number {
  return length - (digits % 4)
}

function checkPadding(bytes: Buffer, from: number, missing: number, illegal: (at: number) => TCPError): void {
  if (missing === 0) throw illegal(from)
  let padding = 0
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === 0x0a || byte === 0x0d) continue
    if (byte !== 0x3d || padding === missing) throw illegal(at)
    padding++
  }
  if (padding < missing) throw illegal(bytes.length)
}

function decodeHex(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  for (const byte of bytes) {
    if (!/[0-9a-fA-F]/.test(String.fromCharCode(byte))) {
      const code = byte.toString(16).toUpperCase().padStart(4, '0')
      throw TCPError.during('write', `encoding/hex: invalid byte: U+${code} '${String.fromCharCode(byte)}'`)
    }
  }
  if (bytes.length % 2 === 1) throw TCPError.during('write', 'encoding/hex: odd length hex string')
  return Buffer.from(text, 'hex')
}

const LONGEST_TIMEOUT = 2 ** 53

/** Milliseconds of `setTimeout`; 0 for everything that disables it. */
export function timeoutOf(value: unknown): number {
  const type = typeof value
  if (type !== 'number' && type !== 'string' && type !== 'boolean') return 0
  const ms = Math.trunc(Number(value))
  return ms > 0 ? Math.min(ms, LONGEST_TIMEOUT) : 0
}
