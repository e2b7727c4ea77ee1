/**
 * HTTP/1.x responses from chunks of any size, for one connection: heads are given whole, bodies as they come.
 *
 * Shape    push() and end() return true when the response is complete; what a chunk holds behind it is `surplus`
 * Buffers  chunks are borrowed: what a receiver keeps of them it must copy
 * Limits   10 MiB of headers for a response, its 1xx responses and trailers included, and 100,000 lines for a head; 4 KiB for the size
 *          line of a chunk
 * Errors   HttpError with code 1000: malformed responses, `EOF` before the first byte, `unexpected EOF` later
 * Source   RFC 9112; docs/spec/http.md §13.1, §13.2
 */
import { keepLast } from '../../base/keep-last.js'
import { fromLatin1, type HeaderList, hasToken, joinHeaders } from '../headers.js'
import { endOfHead, isContinued, parseField, quote, splitStatusLine, unfold, withoutLineEnd } from '../http-head.js'
import { HttpError, HttpErrorCode, httpError, malformed } from './errors.js'

export interface ResponseHead {
  readonly status: number
  /** `200 OK`; only the number where the server gave no reason. */
  readonly statusText: string
  readonly proto: string
  /** The header fields in the order in which they came, their names in canonical form: `Content-Type`. */
  readonly fields: HeaderList
  /** Repeated fields joined with `, `. Shared by all responses with the same head: copy before giving it away. */
  readonly headers: Readonly<Record<string, string>>
  /** The text of the head, one character per byte; as sent over HTTP/1, as it would be otherwise. */
  readonly raw: string
}

export interface ResponseReceiver {
  /** The head of the final response. */
  onHead(head: ResponseHead): void
  /** A piece of the body. `isWhole`: it is all of it. */
  onBody(chunk: Buffer, isWhole: boolean): void
}

const MOST_HEAD_BYTES = 10 * 1024 * 1024
/** To parse more of them would keep the thread for seconds. */
const MOST_HEAD_LINES = 100_000
const MOST_SIZE_LINE_BYTES = 4096
/** As much of a chunk as is searched for the end of a head at first. */
const USUAL_HEAD_BYTES = 2048

type State = 'head' | 'length' | 'until-end' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailers' | 'complete'

/** What a head says about the bytes behind it. */
interface Framing {
  readonly head: ResponseHead
  /** Bytes of the body; -1 chunked, -2 up to the end of the connection. */
  readonly length: number
  readonly keepsAlive: boolean
}

const CHUNKED = -1
const UNTIL_END = -2

export class ResponseParser {
  readonly #receiver: ResponseReceiver
  #state: State = 'complete'
  #isHead = false
  /** What has arrived of a head or of a line between chunks, one character per byte. */
  #text = ''
  /** The last characters of `#text` of a head: looking at all of it with each chunk would take the square of the time. */
  #tail = ''
  #hasStatusLine = false
  /** Bytes of heads and trailers so far. */
  #headBytes = 0
  /** Bytes that the body or the chunk still lacks. */
  #missing = 0
  #hasStarted = false
  #keepsAlive = false
  /** Bytes of the last chunk behind the response. */
  surplus = 0

  constructor(receiver: ResponseReceiver) {
    this.#receiver = receiver
  }

  /** The connection can carry another request once the response is complete. */
  get keepsAlive(): boolean {
    return this.#keepsAlive
  }

  get hasStarted(): boolean {
    return this.#hasStarted
  }

  /** A request has been sent. `isHead`: its response has no body whatever it says. */
  begin(isHead: boolean): void {
    this.#state = 'head'
    this.#isHead = isHead
    this.#text = ''
    this.#tail = ''
    this.#hasStatusLine = false
    this.#headBytes = 0
    this.#missing = 0
    this.#hasStarted = false
    this.#keepsAlive = false
    this.surplus = 0
  }

  push(chunk: Buffer): boolean {
    this.#hasStarted = true
    let at = 0
    while (at < chunk.length && this.#state !== 'complete') at = this.#step(chunk, at)
    this.surplus = chunk.length - at
    return this.#state === 'complete'
  }

  /** The server has ended the connection. */
  end(): boolean {
    if (this.#state === 'until-end') this.#state = 'complete'
    if (this.#state === 'complete') return true
    throw this.#hasStarted ? unexpectedEnd(this.#state !== 'head') : httpError('EOF')
  }

  #step(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#stepHead(chunk, at)
      case 'length':
      case 'chunk-data':
        return this.#stepData(chunk, at)
      case 'until-end':
        this.#receiver.onBody(at === 0 ? chunk : chunk.subarray(at), false)
        return chunk.length
      default:
        return this.#stepLine(chunk, at)
    }
  }

  #stepHead(chunk: Buffer, at: number): number {
    const before = this.#text.length
    const end = before === 0 ? Math.min(chunk.length, at + USUAL_HEAD_BYTES) : chunk.length
    const text = chunk.toString('latin1', at, end)
    const searched = before === 0 ? text : this.#tail + text
    this.#text = before === 0 ? text : this.#text + text
    const found = endOfHead(searched)
    if (found < 0) {
      this.#tail = searched.slice(-3)
      if (!this.#hasStatusLine) this.#checkStatusLine(text)
      this.#countHeadBytes(end - at)
      return end
    }
    const headEnd = this.#text.length - searched.length + found
    const used = headEnd - before
    this.#countHeadBytes(used)
    const framing = framingOf(this.#text.slice(0, headEnd))
    this.#text = ''
    this.#tail = ''
    this.#hasStatusLine = false
    this.#begin(framing)
    return at + used
  }

  /** At once: a server that speaks something else may not send a whole head for a long time. */
  #checkStatusLine(newText: string): void {
    if (!newText.includes('\n')) return
    this.#hasStatusLine = true
    parseStatusLine(this.#text.slice(0, this.#text.indexOf('\n')))
  }

  #countHeadBytes(count: number): void {
    this.#headBytes += count
    if (this.#headBytes <= MOST_HEAD_BYTES) return
    throw malformed(`net/http: server response headers exceeded ${MOST_HEAD_BYTES} bytes; aborted`)
  }

  #begin({ head, length, keepsAlive }: Framing): void {
    const { status } = head
    if (status === 101) throw httpError('unsupported response status: 101 Switching Protocols')
    // The head of the real response is still to come.
    if (status < 200) return
    this.#keepsAlive = keepsAlive
    const hasBody = !this.#isHead && status !== 204 && status !== 304
    this.#missing = length
    this.#state =
      !hasBody || length === 0
        ? 'complete'
        : length === CHUNKED
          ? 'chunk-size'
          : length === UNTIL_END
            ? 'until-end'
            : 'length'
    if (this.#state === 'until-end') this.#keepsAlive = false
    this.#receiver.onHead(head)
  }

  #stepData(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#missing)
    const isAll = this.#missing === end - at
    this.#missing -= end - at
    const part = at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end)
    if (this.#state === 'length') {
      if (isAll) this.#state = 'complete'
      this.#receiver.onBody(part, isAll)
    } else {
      if (isAll) this.#state = 'chunk-end'
      this.#receiver.onBody(part, false)
    }
    return end
  }

  /** A size, the end of a chunk, or a trailer. */
  #stepLine(chunk: Buffer, at: number): number {
    const lineEnd = chunk.indexOf(10, at)
    const end = lineEnd < 0 ? chunk.length : lineEnd + 1
    const isTrailer = this.#state === 'trailers'
    if (isTrailer) this.#countHeadBytes(end - at)
    else if (this.#text.length + end - at > MOST_SIZE_LINE_BYTES) throw malformed('http: chunk length too large')
    this.#text += chunk.toString('latin1', at, end)
    if (lineEnd >= 0) {
      const line = withoutLineEnd(this.#text)
      this.#text = ''
      this.#takeLine(line)
    }
    return end
  }

  #takeLine(line: string): void {
    if (this.#state === 'chunk-size') {
      this.#missing = chunkSize(line)
      this.#state = this.#missing === 0 ? 'trailers' : 'chunk-data'
    } else if (this.#state === 'chunk-end') {
      if (line !== '') throw malformed('malformed chunked encoding')
      this.#state = 'chunk-size'
    } else if (line === '') {
      this.#state = 'complete'
    }
  }
}

export function unexpectedEnd(isOfBody: boolean): HttpError {
  return new HttpError(HttpErrorCode.default, 'unexpected EOF', 'unexpected EOF', isOfBody)
}

function chunkSize(line: string): number {
  const [digits = ''] = line.split(';', 1)
  const size = digits.trim()
  if (!/^[0-9a-f]+$/i.test(size)) throw malformed('invalid byte in chunk length')
  if (size.length > 12) throw malformed('http: chunk length too large')
  return Number.parseInt(size, 16)
}

/** Servers answer with the same head again and again; only the date changes once a second. */
const framingOf = keepLast(parseHead)

function parseHead(text: string): Framing {
  const lines = text.split('\n')
  // The empty line, and what split() finds behind the last line feed.
  lines.length -= 2
  if (lines.length > MOST_HEAD_LINES) {
    throw malformed(`net/http: server response has more than ${MOST_HEAD_LINES} lines of headers; aborted`)
  }
  const statusLine = parseStatusLine(lines.shift()!)
  const [first] = lines
  if (first !== undefined && isContinued(first)) {
    throw malformed(`malformed MIME header initial line: ${quote(withoutLineEnd(first))}`)
  }
  const fields = unfold(lines).map(fieldOf)
  const headers = joinHeaders(fields)
  const { minor, status, statusText } = statusLine
  const length = bodyLength(fields, headers, minor)
  const head = { status, statusText, proto: `HTTP/1.${minor}`, fields, headers, raw: text }
  return { head, length, keepsAlive: minor > 0 && !hasToken(headers['Connection'], 'close') }
}

interface StatusLine {
  readonly status: number
  readonly statusText: string
  readonly minor: number
}

function parseStatusLine(given: string): StatusLine {
  const line = withoutLineEnd(given)
  const parts = splitStatusLine(line)
  if (parts === null) throw malformed(`malformed HTTP response ${quote(line)}`)
  const { version, code } = parts
  if (!/^[1-9]\d\d$/.test(code)) throw malformed(`malformed HTTP status code ${quote(code)}`)
  const [, minor] = /^HTTP\/1\.([01])$/.exec(version) ?? []
  if (minor === undefined) throw malformed(`malformed HTTP version ${quote(version)}`)
  const reason = fromLatin1(parts.reason.trim())
  return { status: Number(code), statusText: reason === '' ? code : `${code} ${reason}`, minor: Number(minor) }
}

function fieldOf(line: string): [string, string] {
  const field = parseField(line)
  if (field !== null) return field
  throw malformed(`malformed MIME header: missing colon or bad name: ${quote(withoutLineEnd(line))}`)
}

function bodyLength(fields: HeaderList, headers: Readonly<Record<string, string>>, minor: number): number {
  const coding = headers['Transfer-Encoding']
  if (coding !== undefined && minor > 0) {
    if (coding.toLowerCase() !== 'chunked') throw malformed(`unsupported transfer encoding: ${quote(coding)}`)
    return CHUNKED
  }
  if (headers['Content-Length'] === undefined) return UNTIL_END
  const given = new Set(fields.filter(([name]) => name === 'Content-Length').map(([, value]) => value))
  if (given.size > 1) {
    const list = [...given].map(quote).join(' ')
    throw malformed(`http: message cannot contain multiple Content-Length headers; got [${list}]`)
  }
  const [length = ''] = given
  if (!/^\d{1,15}$/.test(length)) throw malformed(`bad Content-Length ${quote(length)}`)
  return Number(length)
}
