/**
 * Content codings: gzip, deflate (zlib), br and zstd, alone or one after the other.
 *
 * Shape   names are exact lower case; of a response's list, one that we do not know leaves the body as it is
 * Limits  a decoded body has at most MOST_BODY_BYTES: what a server compressed may be a thousand times as long
 * Errors  HttpError 1701 for bad data; `unexpected EOF` with what could be decoded for data that ends early
 * Source  docs/spec/http.md §9
 */
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { bodyTooLarge, MOST_BODY_BYTES } from './body-sink.js'
import { HttpError, HttpErrorCode } from './errors.js'
import { unexpectedEnd } from './response-parser.js'
import { zstdCompress, zstdDecoder } from './zstd.js'

export const CODINGS = ['gzip', 'deflate', 'zstd', 'br'] as const

export type Coding = (typeof CODINGS)[number]

export function isCoding(name: string): name is Coding {
  return (CODINGS as readonly string[]).includes(name)
}

/** The codings of a `Content-Encoding`, in the order in which they were applied; empty when there is nothing to undo. */
export function codingsOf(header: string | undefined): Coding[] {
  if (header === undefined) return []
  const names = header.split(',').map((name) => name.trim())
  return names.every(isCoding) ? names : []
}

export function encode(bytes: Uint8Array, codings: readonly Coding[]): Uint8Array {
  return codings.reduce(encodeOnce, bytes)
}

function encodeOnce(bytes: Uint8Array, coding: Coding): Uint8Array {
  switch (coding) {
    case 'gzip':
      return zlib.gzipSync(bytes)
    case 'deflate':
      return zlib.deflateSync(bytes)
    case 'br':
      return zlib.brotliCompressSync(bytes)
    case 'zstd':
      return zstdCompress(bytes)
    default:
      return coding satisfies never
  }
}

export interface Decoded {
  /** The decoded bytes; when decoding failed, those before the failure. */
  readonly bytes: Buffer
  readonly error: HttpError | null
}

/** Bodies that are small on both sides are decoded at once, which is faster than a stream; null for all others. */
export function decodeSmall(bytes: Buffer, codings: readonly Coding[]): Buffer | null {
  if (bytes.length > SMALL_BYTES) return null
  try {
    return codings.reduceRight<Buffer>(decodeOnce, bytes)
  } catch {
    // Too long, or wrong in a way that the stream will tell.
    return null
  }
}

const SMALL_BYTES = 64 * 1024
const SMALL_DECODED = { maxOutputLength: 1024 * 1024 }

function decodeOnce(bytes: Buffer, coding: Coding): Buffer {
  switch (coding) {
    case 'gzip':
      return zlib.gunzipSync(bytes, SMALL_DECODED)
    case 'deflate':
      return zlib.inflateSync(bytes, SMALL_DECODED)
    case 'br':
      return zlib.brotliDecompressSync(bytes, SMALL_DECODED)
    case 'zstd':
      throw new Error('decoded as a stream')
    default:
      return coding satisfies never
  }
}

/** Decodes in pieces, in the background. `done` is never called inside. */
export function decode(bytes: Buffer, codings: readonly Coding[], done: (result: Decoded) => void): void {
  const [last, ...outer] = [...codings].reverse()
  if (last === undefined) {
    done({ bytes, error: null })
    return
  }
  decodeStream(bytes, decoderOf(last), (result) => {
    if (result.error !== null || outer.length === 0) done(result)
    else decode(result.bytes, outer.reverse(), done)
  })
}

export function decoderOf(coding: Coding): Transform {
  switch (coding) {
    case 'gzip':
      return zlib.createGunzip()
    case 'deflate':
      return zlib.createInflate()
    case 'br':
      return zlib.createBrotliDecompress()
    case 'zstd':
      return zstdDecoder()
    default:
      return coding satisfies never
  }
}

function decodeStream(bytes: Buffer, decoder: Transform, done: (result: Decoded) => void): void {
  const parts: Buffer[] = []
  let length = 0
  const finish = (error: HttpError | null): void => {
    decoder.removeAllListeners()
    // The decoder can fail once more after its error was reported.
    decoder.on('error', () => {})
    decoder.destroy()
    done({ bytes: Buffer.concat(parts, length), error })
  }
  /** The error is that it is too long. */
  const finishWithout = (error: HttpError): void => {
    parts.length = 0
    length = 0
    finish(error)
  }
  decoder.on('data', (part: Buffer) => {
    length += part.length
    parts.push(part)
    if (length > MOST_BODY_BYTES) finishWithout(bodyTooLarge())
  })
  decoder.on('end', () => finish(null))
  decoder.on('error', (error) => {
    if (error instanceof HttpError) finishWithout(error)
    else finish(decodingFailure(error))
  })
  decoder.end(bytes)
}

const ENDS_EARLY = /unexpected end of (file|data)/i

function decodingFailure({ code, message }: NodeJS.ErrnoException): HttpError {
  if (code === 'Z_BUF_ERROR' || ENDS_EARLY.test(message)) return unexpectedEnd(true)
  const text = `error decompressing response body (${message})`
  return new HttpError(HttpErrorCode.decompression, text, text, true)
}
