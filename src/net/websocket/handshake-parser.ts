/**
 * The server's answer to the handshake: an HTTP/1.1 response that may arrive in pieces of any size.
 *
 * Shape   after a 101 every byte behind the head belongs to frames; of any other answer up to 1024 bytes of the body are read,
 *         with Content-Length, chunked, or up to the end of the connection. Interim answers (1xx but 101) are skipped.
 * Bounds  256 KiB for all heads together
 * Errors  WebSocketError with Go's wording: `malformed HTTP response "…"`, `malformed HTTP status code "…"`, `unexpected EOF`
 * Source  RFC 9112; docs/spec/sockets.md §2.4, §2.5
 */

import { keepLast } from '../../base/keep-last.js'
import { type HeaderList, joinHeaders } from '../headers.js'
import { endOfHead, parseField, quote, splitStatusLine, unfold, withoutLineEnd } from '../http-head.js'
import { WebSocketError } from './error.js'

export interface HttpResponse {
  readonly status: number
  readonly statusText: string
  /** Canonical names; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** As they came, canonical names; `Set-Cookie` cannot be joined. */
  readonly headerList: HeaderList
  /** The beginning of the body, at most 1024 bytes. */
  readonly body: string
}

const MAX_HEAD_BYTES = 256 * 1024
const MAX_BODY_BYTES = 1024
/** Chunk sizes and extensions around the body; a server that sends more of them than this is cut off. */
const MAX_CHUNKED_BYTES = 16 * 1024

type Headers = Pick<HttpResponse, 'headers' | 'headerList'>
type StatusLine = Pick<HttpResponse, 'status' | 'statusText'>
type Framing = { kind: 'none' } | { kind: 'length'; bytes: number } | { kind: 'chunked' } | { kind: 'until-end' }

const NO_BODY: Framing = { kind: 'none' }
const NOTHING = Buffer.alloc(0)

export class HandshakeParser {
  /** Set when the response is complete. */
  response: HttpResponse | null = null
  /** The head that was read so far, one character per byte. */
  #head = ''
  /** Bytes of the interim answers (1xx) that were skipped. */
  #skippedBytes = 0
  #statusLine: StatusLine | null = null
  /** Set when the head is complete. */
  #headers: Headers | null = null
  #framing: Framing = NO_BODY
  #body = NOTHING

  /** Returns how many bytes of the chunk belong to the response. Throws when it is not one. */
  push(chunk: Buffer): number {
    if (this.#headers !== null) {
      this.#pushBody(chunk)
      return chunk.length
    }
    const before = this.#head.length
    this.#head += chunk.toString('latin1')
    let end = this.#endOfHead(before - 3)
    let used = end - before
    while (end >= 0 && isInterim(this.#statusLine!.status)) {
      this.#skippedBytes += end
      this.#head = this.#head.slice(end)
      this.#statusLine = null
      end = this.#endOfHead(0)
      used += end
    }
    if (end < 0) return chunk.length
    this.#parseHead(this.#head.slice(0, end))
    if (this.response !== null) return used
    this.#pushBody(chunk.subarray(used))
    return chunk.length
  }

  /** The connection has ended, which may be the end of the body. Throws when the head is not complete. */
  end(): void {
    if (this.response !== null) return
    if (this.#headers === null) throw malformed('unexpected EOF')
    this.#complete(this.#bodyText())
  }

  /** Index behind the head that has arrived, -1 while it has not. */
  #endOfHead(from: number): number {
    this.#checkStatusLine()
    const end = endOfHead(this.#head, Math.max(0, from))
    if (this.#skippedBytes + (end < 0 ? this.#head.length : end) > MAX_HEAD_BYTES) {
      throw malformed(`response headers exceed ${MAX_HEAD_BYTES} bytes`)
    }
    return end
  }

  /** At once: a server that speaks something else may not send a whole head for a long time. */
  #checkStatusLine(): void {
    const end = this.#statusLine === null ? this.#head.indexOf('\n') : -1
    if (end >= 0) this.#statusLine = statusLineOf(this.#head.slice(0, end))
  }

  #parseHead(head: string): void {
    this.#headers = parseHeaders(head)
    this.#framing = framingOf(this.#statusLine!.status, this.#headers.headers)
    if (this.#framing.kind === 'none') this.#complete('')
    this.#head = ''
  }

  #pushBody(chunk: Buffer): void {
    this.#body = Buffer.concat([this.#body, chunk])
    const framing = this.#framing
    const enough =
      framing.kind === 'chunked'
        ? decodeChunked(this.#body).complete || this.#body.length >= MAX_CHUNKED_BYTES
        : this.#body.length >= MAX_BODY_BYTES || (framing.kind === 'length' && this.#body.length >= framing.bytes)
    if (enough) this.#complete(this.#bodyText())
  }

  #bodyText(): string {
    const framing = this.#framing
    const all = framing.kind === 'chunked' ? decodeChunked(this.#body).bytes : this.#body
    const length = framing.kind === 'length' ? Math.min(framing.bytes, MAX_BODY_BYTES) : MAX_BODY_BYTES
    return all.toString('utf8', 0, Math.min(all.length, length))
  }

  #complete(body: string): void {
    const { status, statusText } = this.#statusLine!
    const { headers, headerList } = this.#headers!
    this.response = { status, statusText, headers, headerList, body }
  }
}

/** An answer before the answer: `100 Continue`, `103 Early Hints`. */
function isInterim(status: number): boolean {
  return status >= 100 && status < 200 && status !== 101
}

function parseHeaders(head: string): Headers {
  const lines = head.trimEnd().split('\n')
  lines.shift()
  const headerList = unfold(lines).map(fieldOf)
  return { headers: joinHeaders(headerList), headerList }
}

/** Nearly every server answers with the same line again and again. */
const statusLineOf = keepLast(parseStatusLine)

function parseStatusLine(given: string): StatusLine {
  const line = withoutLineEnd(given)
  const parts = splitStatusLine(line)
  if (parts === null) throw malformed(`malformed HTTP response ${quote(line)}`)
  const { version, code, reason } = parts
  if (!/^\d{3}$/.test(code)) throw malformed(`malformed HTTP status code ${quote(code)}`)
  if (!/^HTTP\/1\.\d$/.test(version)) throw malformed(`malformed HTTP version ${quote(version)}`)
  return { status: Number(code), statusText: reason }
}

function fieldOf(line: string): [string, string] {
  const field = parseField(line)
  if (field === null) throw malformed(`malformed MIME header line: ${withoutLineEnd(line)}`)
  return field
}

function framingOf(status: number, headers: Readonly<Record<string, string>>): Framing {
  if (status < 200 || status === 204 || status === 304) return NO_BODY
  if (/\bchunked\b/i.test(headers['Transfer-Encoding'] ?? '')) return { kind: 'chunked' }
  const length = /^\d+/.exec(headers['Content-Length'] ?? '')?.[0]
  if (length === undefined) return { kind: 'until-end' }
  return length === '0' ? NO_BODY : { kind: 'length', bytes: Number(length) }
}

/** As much of the body as is there. Cold and small, so it begins anew with every chunk. */
function decodeChunked(raw: Buffer): { bytes: Buffer; complete: boolean } {
  const parts: Buffer[] = []
  let length = 0
  let at = 0
  for (;;) {
    const lineEnd = raw.indexOf('\n', at)
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(raw.toString('latin1', at, lineEnd), 16)
    if (Number.isNaN(size) || size < 0) return { bytes: Buffer.concat(parts), complete: lineEnd >= 0 }
    const part = raw.subarray(lineEnd + 1, lineEnd + 1 + size)
    parts.push(part)
    length += part.length
    if (size === 0 || length >= MAX_BODY_BYTES) return { bytes: Buffer.concat(parts), complete: true }
    at = lineEnd + 1 + size + 2
  }
}

function malformed(message: string): WebSocketError {
  return new WebSocketError('ERR_WEBSOCKET_RESPONSE', message)
}
