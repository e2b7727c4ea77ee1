/**
 * A connection that speaks HTTP/2, by Node's own implementation over the dialer's connection: any number of exchanges at once.
 *
 * Shape    an exchange is a stream; it is over when its stream is closed
 * Errors   HttpError 1611 … for GOAWAY, 1631 … for a reset of the stream, 1651 … for a connection that is no HTTP/2,
 *          `unexpected EOF` for one that is lost
 * Retries  a stream that the server has not looked at goes out again, on this or a new connection
 * Source   RFC 9113; docs/spec/http.md §13.1, §16
 */
import { STATUS_CODES } from 'node:http'
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import type { Connection } from '../connection.js'
import { canonicalHeaderName, fromLatin1, type HeaderList, joinHeaders, toLatin1 } from '../headers.js'
import { CANCEL, HTTP2_ERROR_NAMES, PROTOCOL_ERROR, REFUSED_STREAM } from '../http2-codes.js'
import { openSession } from '../http2-session.js'
import { HttpError, HttpErrorCode } from './errors.js'
import type { Carrier, Exchange, PeerFacts } from './exchange.js'
import type { OutgoingRequest } from './request.js'
import { type ResponseHead, unexpectedEnd } from './response-parser.js'

/** The pool, as its connections see it. */
export interface SessionKeeper {
  account(connection: Connection): void
  forgetSession(session: Http2Connection): void
  again(exchange: Exchange, delayMs?: number): void
}

/** What we take before the server must wait for us; the default would make every large body wait for the round trip. */
const STREAM_WINDOW = 4 * 1024 * 1024
const CONNECTION_WINDOW = 64 * 1024 * 1024

const FIRST_RETRY_MS = 50

export class Http2Connection {
  readonly connection: Connection
  readonly peer: PeerFacts
  readonly key: string
  readonly #keeper: SessionKeeper
  readonly #session: ClientHttp2Session
  readonly #streams = new Set<StreamCarrier>()
  #wasUsed = false
  #isClosing = false
  #goAway: number | null = null
  #failure: Error | null = null

  constructor(connection: Connection, peer: PeerFacts, key: string, authority: string, keeper: SessionKeeper) {
    this.connection = connection
    this.peer = peer
    this.key = key
    this.#keeper = keeper
    const session = openSession(connection, {
      origin: `https://${authority}`,
      streamWindow: STREAM_WINDOW,
      connectionWindow: CONNECTION_WINDOW,
      onViolation: (code) => this.#violated(code),
      onReset: (stream) => this.#resetHere(stream),
    })
    this.#session = session
    session.on('goaway', (code: number) => {
      this.#goAway = code
      this.#leave()
    })
    session.on('error', (error: Error) => {
      this.#failure = error
      this.#leave()
    })
    session.on('close', () => this.#closed())
  }

  /** Whether new exchanges may be sent on this session. */
  get isOpen(): boolean {
    return !this.#isClosing && !this.#session.closed && !this.#session.destroyed
  }

  send(exchange: Exchange): void {
    const isReused = this.#wasUsed
    this.#wasUsed = true
    const carrier = new StreamCarrier(this, exchange)
    exchange.connected(carrier, this.peer, isReused)
    this.#streams.add(carrier)
    try {
      carrier.begin(this.#session)
    } catch (error) {
      process.nextTick(failCarrier, carrier, error)
    }
  }

  /** Closes it at once. */
  close(): void {
    this.#leave()
    this.#session.destroy()
    this.connection.destroy()
    this.#keeper.account(this.connection)
  }

  // ---- called by streams --------------------------------------------------------------------------------------------

  streamEnded(carrier: StreamCarrier): void {
    this.#streams.delete(carrier)
    this.#keeper.account(this.connection)
    if (carrier.exchange.request.closes || (this.#isClosing && this.#streams.size === 0)) this.close()
  }

  /** A failure of the session reaches its streams first. */
  streamFailed(error: NodeJS.ErrnoException): void {
    if (error.code === 'ERR_HTTP2_ERROR') this.#failure ??= error
  }

  /** Why a stream was closed without a response. */
  failureOf(code: number): HttpError {
    if (this.#goAway !== null) return goAwayError(this.#goAway)
    if (this.#failure !== null) return connectionError(this.#failure)
    // Node then closes the streams itself, as if they had been cancelled.
    if (this.#session.destroyed) return unexpectedEnd(false)
    if (code !== 0) return resetError(code)
    return unexpectedEnd(false)
  }

  /** The server has not looked at it, or it came too late for a connection that was going away. */
  mayRepeat(exchange: Exchange, code: number): boolean {
    if (exchange.hasResponse) return false
    if (code === REFUSED_STREAM || (code === PROTOCOL_ERROR && this.#failure === null && this.#goAway === null))
      return true
    return (
      exchange.isOnReused &&
      exchange.request.isRepeatable &&
      (code === 0 || this.#session.destroyed) &&
      this.#goAway === null &&
      this.#failure === null
    )
  }

  again(exchange: Exchange, code: number): void {
    const isRefused = code !== 0
    this.#keeper.again(exchange, isRefused ? FIRST_RETRY_MS * 2 ** Math.min(6, exchange.retries++) : 0)
  }

  #resetHere(stream: number): void {
    for (const carrier of this.#streams) if (carrier.stream === stream) carrier.isResetHere = true
  }

  /** Node then closes the streams, and the session with them. */
  #violated(code: number): void {
    this.#failure ??= violation(code)
    this.#leave()
    this.#session.destroy()
  }

  #leave(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#keeper.forgetSession(this)
  }

  #closed(): void {
    this.#leave()
    this.connection.destroy()
    this.#keeper.account(this.connection)
    for (const carrier of [...this.#streams]) carrier.closed()
  }
}

function failCarrier(carrier: StreamCarrier, error: Error): void {
  carrier.failed(connectionError(error))
}

/** One exchange on its stream. */
class StreamCarrier implements Carrier {
  readonly exchange: Exchange
  /** This side has reset the stream: the response is malformed, and would be the next time, too. */
  isResetHere = false
  readonly #connection: Http2Connection
  #stream: ClientHttp2Stream | null = null
  #hasEnded = false
  #isOver = false

  constructor(connection: Http2Connection, exchange: Exchange) {
    this.#connection = connection
    this.exchange = exchange
  }

  /** Number of the stream. */
  get stream(): number | undefined {
    return this.#stream?.id
  }

  begin(session: ClientHttp2Session): void {
    const { exchange } = this
    const { request } = exchange
    const { body } = request
    const hasBody = body !== null && body.length > 0
    const stream = session.request(headersOf(request), { endStream: !hasBody })
    this.#stream = stream
    stream.on('response', (_headers, _flags, raw: string[] = []) => {
      this.#responded(raw)
      // Not before: Node tells of a head later than of the data behind it.
      stream.on('data', (chunk: Buffer) => this.#received(chunk))
    })
    stream.on('end', () => {
      this.#hasEnded = true
    })
    // What else went wrong is in the stream's code and in the session.
    stream.on('error', (error: Error) => this.#connection.streamFailed(error))
    stream.on('close', () => this.closed())
    if (hasBody) stream.end(body, () => exchange.sent())
    else exchange.sent()
  }

  abandon(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#stream?.close(CANCEL)
    this.#connection.streamEnded(this)
  }

  setReading(_exchange: Exchange, isReading: boolean): void {
    if (isReading) this.#stream?.resume()
    else this.#stream?.pause()
  }

  #responded(raw: readonly string[]): void {
    if (this.#isOver) return
    this.exchange.answered()
    this.exchange.onHead(headOf(raw))
  }

  #received(chunk: Buffer): void {
    if (this.#isOver) return
    try {
      this.exchange.onBody(chunk, false)
    } catch (error) {
      this.#stream?.close(CANCEL)
      this.failed(error as HttpError)
    }
  }

  closed(): void {
    if (this.#isOver) return
    const { exchange } = this
    const code = this.#stream?.rstCode ?? 0
    if (exchange.head !== null && this.#hasEnded && code === 0) {
      exchange.sent()
      this.#end()
      exchange.complete()
    } else if (!this.isResetHere && this.#connection.mayRepeat(exchange, code)) {
      this.#end()
      this.#connection.again(exchange, code)
    } else {
      this.failed(this.#connection.failureOf(code))
    }
  }

  failed(error: HttpError): void {
    if (this.#isOver) return
    this.#end()
    this.exchange.fail(error)
  }

  #end(): void {
    this.#isOver = true
    this.#connection.streamEnded(this)
  }
}

/** Fields of a connection, which HTTP/2 does not have. */
const OF_CONNECTION = new Set(['Connection', 'Keep-Alive', 'Proxy-Connection', 'Transfer-Encoding', 'Upgrade', 'Host'])

function headersOf({
  method,
  target,
  host,
  userAgent,
  contentLength,
  headers,
}: OutgoingRequest): Record<string, string> {
  const fields: Record<string, string> = {
    ':method': method,
    ':authority': host,
    ':scheme': 'https',
    ':path': target.resource,
  }
  if (userAgent !== '') fields['user-agent'] = toLatin1(userAgent)
  if (contentLength !== null) fields['content-length'] = String(contentLength)
  for (const [name, value] of headers) if (!OF_CONNECTION.has(name)) fields[name.toLowerCase()] = toLatin1(value)
  return fields
}

function headOf(raw: readonly string[]): ResponseHead {
  const fields: [string, string][] = []
  let status = 0
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i] === ':status') status = Number(raw[i + 1])
    else fields.push([canonicalHeaderName(raw[i]!), fromLatin1(raw[i + 1]!)])
  }
  const reason = STATUS_CODES[status]
  const statusText = reason === undefined ? String(status) : `${status} ${reason}`
  return {
    status,
    statusText,
    proto: 'HTTP/2.0',
    fields,
    headers: joinHeaders(fields),
    raw: rawHead(statusText, fields),
  }
}

function rawHead(statusText: string, fields: HeaderList): string {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.from(`HTTP/2.0 ${statusText}\r\n${lines}\r\n`).toString('latin1')
}

function nameOf(code: number): string {
  return HTTP2_ERROR_NAMES[code] ?? `unknown error code 0x${code.toString(16)}`
}

function goAwayError(code: number): HttpError {
  return new HttpError(HttpErrorCode.goAway + code, `http2: received GoAway with http2 ErrCode ${nameOf(code)}`)
}

function resetError(code: number): HttpError {
  const number = code < HTTP2_ERROR_NAMES.length ? HttpErrorCode.streamReset + code : HttpErrorCode.unknownStreamReset
  return new HttpError(number, `http2: stream error with http2 ErrCode ${nameOf(code)}`)
}

/** Node says what nghttp2 found wrong, or why the socket failed. */
function connectionError(error: NodeJS.ErrnoException): HttpError {
  if (error instanceof HttpError) return error
  const { code = '', message } = error
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECANCELED') return unexpectedEnd(false)
  if (!code.startsWith('ERR_HTTP2')) return new HttpError(HttpErrorCode.default, message)
  const errno = (error as { errno?: number }).errno
  const kind = errno === FLOW_CONTROL ? 3 : errno === COMPRESSION ? 9 : PROTOCOL_ERROR
  return violation(kind, message)
}

function violation(code: number, detail?: string): HttpError {
  const message = `http2: connection error with http2 ErrCode ${nameOf(code)}`
  return new HttpError(HttpErrorCode.http2Connection + code, message, detail)
}

/** Error numbers of nghttp2, the HTTP/2 library in Node. */
const FLOW_CONTROL = -524
const COMPRESSION = -523
