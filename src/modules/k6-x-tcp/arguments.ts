/**
 * Reads the arguments that scripts pass to `k6/x/tcp`.
 *
 * Source  docs/spec/sockets.md §1.2, §1.5, §1.6
 */
import { conversionError, HostError } from '../../vu/host-error.js'
import { type Base64Form, decodeBase64 as decode64, formOf } from '../k6-encoding/base64.js'
import { TCPError } from './tcp-error.js'

export type TcpTags = Readonly<Record<string, string>>

export interface ConnectTarget {
  readonly port: number
  readonly host: string
  readonly tls: boolean
  readonly tags: TcpTags
  /** The object that the script gave; limits may be in it, too. */
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

/** Values become text; null and undefined become the empty text. Throws a HostError for tags that are no object. */
function tagsOf(tags: unknown): TcpTags {
  if (tags === undefined || tags === null) return NO_TAGS
  if (typeof tags !== 'object') throw new HostError(`could not convert struct value ${String(tags)} to tags`)
  const result: Record<string, string> = {}
  for (const [key, value] of Object.entries(tags)) result[key] = String(value ?? '')
  return result
}

/** Reads `connect(port, host?)` and `connect(options)`. Throws a TCPError. */
export function connectTarget(first: unknown, second: unknown): ConnectTarget {
  const value = first instanceof Number || first instanceof String ? first.valueOf() : first
  if (typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value))) {
    const host = String(second ?? 'localhost')
    return { port: toPort(value), host, tls: false, tags: NO_TAGS, options: NO_TAGS }
  }
  if (!isPlainObject(value)) throw TCPError.during('connect', 'invalid type: expected integer or object')
  const { port, host, tls, tags } = value
  const name = String(host ?? '')
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

/** 0 for what is no number. */
function toPort(value: unknown): number {
  return Math.trunc(Number(value)) || 0
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
  return { encoding: String(encoding ?? ''), tags: tagsOf(tags) }
}

/** The data of a write. Bytes are copied, so that the script may change its buffer at once. Throws a TCPError. */
export function writeData(data: unknown, encoding: string): Buffer | string {
  if (typeof data === 'string') return encoding === '' ? data : decoded(data, encoding)
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) {
    return Buffer.from(data)
  }
  if (data instanceof ArrayBuffer) return Buffer.from(new Uint8Array(data))
  throw TCPError.during('write', 'invalid type: String or ArrayBuffer expected')
}

function decoded(text: string, encoding: string): Buffer | string {
  switch (encoding.toLowerCase()) {
    case 'utf8':
    case 'utf-8':
    case 'ascii':
      return text
    case 'base64':
      return decodeBase64(text, formOf('std'))
    case 'base64url':
      // Padding may be left out.
      return decodeBase64(text, formOf(text.includes('=') ? 'url' : 'rawurl'))
    case 'hex':
      return decodeHex(text)
    default:
      throw TCPError.during('write', `unsupported encoding "${encoding}"`)
  }
}

function decodeBase64(text: string, form: Base64Form): Buffer {
  try {
    return decode64(text, form)
  } catch (error) {
    throw TCPError.during('write', (error as Error).message)
  }
}

function decodeHex(text: string): Buffer {
  const [wrong] = /[^0-9a-fA-F]/u.exec(text) ?? []
  if (wrong !== undefined) {
    // k6 looks at bytes of UTF-8: the first of é is U+00C3.
    const byte = Buffer.from(wrong)[0] as number
    const code = byte.toString(16).toUpperCase().padStart(4, '0')
    throw TCPError.during('write', `encoding/hex: invalid byte: U+${code} '${String.fromCharCode(byte)}'`)
  }
  if (text.length % 2 === 1) throw TCPError.during('write', 'encoding/hex: odd length hex string')
  return Buffer.from(text, 'hex')
}

const LONGEST_TIMEOUT = 2 ** 53

/** Milliseconds of `setTimeout`; 0 switches it off. */
export function timeoutOf(value: unknown): number {
  const type = typeof value
  if (type !== 'number' && type !== 'string' && type !== 'boolean') return 0
  const ms = Math.trunc(Number(value))
  return ms > 0 ? Math.min(ms, LONGEST_TIMEOUT) : 0
}
