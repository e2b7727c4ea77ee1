/**
 * The server's answer to the handshake: an HTTP/1.1 response that may arrive in pieces of any size.
 *
 * Shape   after a 101 every byte behind the head belongs to frames; of any other answer up to 1024 bytes of the body are read,
 *         with Content-Length, chunked, or up to the end of the connection
 * Errors  WebSocketError with Go's wording: `malformed HTTP response "…"`, `malformed HTTP status code "…"`, `unexpected EOF`
 * Source  RFC 9112; reference §2.4, §2.5
 */
import { WebSocketError } from './error.js'
import { canonicalHeaderName, type HeaderList, isToken, joinHeaders } from './headers.js'

export interface HttpResponse {
  readonly status: number
  readonly statusText: string
  /** Canonical names; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** As they came, canonical names; `Set-Cookie` cannot be joined. */
  readonly headerList: HeaderList
  /** At most 1024 bytes. */
  readonly body: string
}

const MAX_HEAD_BYTES = 64 * 1024
const MAX_BODY_BYTES = 1024
/** Chunk sizes and extensions around the body; a server that sends more of them than this is cut off. */
const MAX_CHUNKED_BYTES = 16 * 1024

type Framing = { kind: 'none' } | { kind: 'length'; bytes: number } | { kind: 'chunked' } | { kind: 'until-end' }

export class ResponseParser {
  /** Set when the response is complete. */
  response: HttpResponse | null = null
  /** One character per byte. */
  #head = ''
  #statusChecked = false
  #parsed: Omit<HttpResponse, 'body'> | null = null
  #framing: Framing = { kind: 'none' }
  #body = Buffer.alloc(0)

  /** Returns how many bytes of the chunk belong to the response. Throws when it is not one. */
  push(chunk: Buffer): number {
    if (this.#parsed !== null) {
      this.#pushBody(chunk)
      return chunk.length
    }
    const before = this.#head.length
    this.#head += chunk.toString('latin1')
    if (!this.#statusChecked && this.#head.includes('\n')) {
      parseStatusLine(this.#head.slice(0, this.#head.indexOf('\n')))
      this.#statusChecked = true
    }
    const end = endOfHead(this.#head, Math.max(0, before - 3))
    if (end > MAX_HEAD_BYTES || (end < 0 && this.#head.length > MAX_HEAD_BYTES)) {
      throw malformed(`response headers exceed ${MAX_HEAD_BYTES} bytes`)
    }
    if (end < 0) return chunk.length
    this.#parseHead(this.#head.slice(0, end))
    const used = end - before
    if (this.response !== null) return used
    this.#pushBody(chunk.subarray(used))
    return chunk.length
  }

  /** The connection has ended, which may be the end of the body. Throws when the head is not complete. */
  end(): void {
    if (this.response !== null) return
    if (this.#parsed === null) throw malformed('unexpected EOF')
    this.#complete()
  }

  #parseHead(head: string): void {
    this.#parsed = parseHead(head)
    this.#framing = framingOf(this.#parsed)
    if (this.#framing.kind === 'none') this.#complete()
    // Only what the script sees is kept; the head may be long.
    this.#head = ''
  }

  #pushBody(chunk: Buffer): void {
    this.#body = Buffer.concat([this.#body, chunk])
    const framing = this.#framing
    const enough =
      framing.kind === 'chunked'
        ? decodeChunked(this.#body).complete || this.#body.length >= MAX_CHUNKED_BYTES
        : this.#body.length >= MAX_BODY_BYTES || (framing.kind === 'length' && this.#body.length >= framing.bytes)
    if (enough) this.#complete()
  }

  #complete(): void {
    const framing = this.#framing
    const all = framing.kind === 'chunked' ? decodeChunked(this.#body).bytes : this.#body
    const length = framing.kind === 'length' ? Math.min(framing.bytes, MAX_BODY_BYTES) : MAX_BODY_BYTES
    this.response = { ...this.#parsed!, body: all.toString('utf8', 0, Math.min(all.length, length)) }
  }
}

/** Index behind the empty line that ends the head, -1 while there is none. */
function endOfHead(text: string, from: number): number {
  const match = /\r?\n\r?\n/g
  match.lastIndex = from
  return match.exec(text) === null ? -1 : match.lastIndex
}

function parseHead(head: string): Omit<HttpResponse, 'body'> {
  const [statusLine = '', ...lines] = head.trimEnd().split(/\r?\n/)
  const headerList = unfold(lines).map(parseHeaderLine)
  return { ...parseStatusLine(statusLine), headers: joinHeaders(headerList), headerList }
}

function parseStatusLine(given: string): { status: number; statusText: string } {
  const line = given.replace(/\r$/, '')
  const [, version, rest] = /^([^ ]*) +(.*)$/s.exec(line) ?? []
  if (version === undefined || rest === undefined) throw malformed(`malformed HTTP response ${quote(line)}`)
  const [code = '', ...words] = rest.split(' ')
  if (!/^\d{3}$/.test(code)) throw malformed(`malformed HTTP status code ${quote(code)}`)
  if (!/^HTTP\/1\.\d$/.test(version)) throw malformed(`malformed HTTP version ${quote(version)}`)
  return { status: Number(code), statusText: words.join(' ') }
}

function parseHeaderLine(line: string): [string, string] {
  const colon = line.indexOf(':')
  const name = line.slice(0, colon)
  if (colon < 0 || !isToken(name)) throw malformed(`malformed MIME header line: ${line}`)
  return [canonicalHeaderName(name), decodeUtf8(line.slice(colon + 1).trim())]
}

/** A line that begins with a blank continues the one before. */
function unfold(lines: string[]): string[] {
  const unfolded: string[] = []
  for (const line of lines) {
    if (/^[ \t]/.test(line) && unfolded.length > 0) unfolded.push(`${unfolded.pop()} ${line.trim()}`)
    else unfolded.push(line)
  }
  return unfolded
}

function framingOf({ status, headers }: Omit<HttpResponse, 'body'>): Framing {
  if (status < 200 || status === 204 || status === 304) return { kind: 'none' }
  if (/\bchunked\b/i.test(headers['Transfer-Encoding'] ?? '')) return { kind: 'chunked' }
  const length = /^\d+/.exec(headers['Content-Length'] ?? '')?.[0]
  if (length === undefined) return { kind: 'until-end' }
  return length === '0' ? { kind: 'none' } : { kind: 'length', bytes: Number(length) }
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

function decodeUtf8(latin1: string): string {
  return /^[\0-\x7f]*$/.test(latin1) ? latin1 : Buffer.from(latin1, 'latin1').toString('utf8')
}

function quote(text: string): string {
  return JSON.stringify(decodeUtf8(text))
}

function malformed(message: string): WebSocketError {
  return new WebSocketError('ERR_WEBSOCKET_RESPONSE', message)
}
