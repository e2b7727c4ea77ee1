/**
 * The opening handshake: the request's text, and the judgement of the server's answer.
 *
 * Errors  WebSocketError; duplicates of the handshake's own headers are refused before anything is dialled
 * Source  RFC 6455 §4, RFC 7692 §7; docs/spec/sockets.md §2.2 (which headers a script may set), §2.5 (texts)
 */
import { hash } from 'node:crypto'
import { canonicalHeaderName, type HeaderList, hasToken, isToken } from '../headers.js'
import { WebSocketError } from './error.js'
import { parseExtensions } from './extensions.js'
import type { HttpResponse } from './handshake-parser.js'
import { nextMask } from './mask.js'
import type { WebSocketTarget } from './target.js'

export interface HandshakeOptions {
  readonly target: WebSocketTarget
  /** From the script; of names that are the same but for their case, the last one counts. */
  readonly headers: HeaderList
  readonly userAgent: string
  /** The value of the `Cookie` header, `a=1; b=2`; empty for none. */
  readonly cookies: string
  /** Subprotocols to offer; when empty, the header is not sent. */
  readonly protocols: readonly string[]
  /** Whether to offer permessage-deflate. */
  readonly deflate: boolean
  readonly strictExtensions?: boolean
}

export interface Handshake {
  readonly target: WebSocketTarget
  readonly request: string
  readonly key: string
  readonly deflate: boolean
  /** An extension that was not offered is a failure (RFC 6455 §4.1); otherwise only one that would change the frames. */
  readonly strictExtensions: boolean
}

/** What was agreed on about permessage-deflate. */
export interface Compression {
  /** Its messages may refer to those before them. */
  readonly serverKeepsContext: boolean
}

/** What the server answered. Also given with a failure, when there was an HTTP response. */
export interface HandshakeResponse extends HttpResponse {
  /** The subprotocol that the server chose; empty when it chose none. */
  readonly protocol: string
  /** Values of the `Sec-WebSocket-Extensions` header. */
  readonly extensions: readonly string[]
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const OFFERED_DEFLATE = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'
const PROTOCOL_HEADER = 'Sec-Websocket-Protocol'
const EXTENSIONS_HEADER = 'Sec-Websocket-Extensions'

/** Canonical names of headers that only the handshake itself may set. */
const RESERVED = new Set(['Upgrade', 'Connection', 'Sec-Websocket-Key', 'Sec-Websocket-Version', EXTENSIONS_HEADER])

export function prepareHandshake(options: HandshakeOptions): Handshake {
  const { target, deflate } = options
  const own = collectHeaders(options)
  const key = makeKey()
  // Text put together piece by piece: this runs once per connection.
  let request = `GET ${target.resource} HTTP/1.1\r\nHost: ${take(own, 'Host') ?? target.authority}\r\n`
  request += field('User-Agent', take(own, 'User-Agent') ?? clean(options.userAgent))
  request += `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`
  if (deflate) request += `Sec-WebSocket-Extensions: ${OFFERED_DEFLATE}\r\n`
  const protocols = options.protocols.length > 0 ? clean(options.protocols.join(', ')) : take(own, PROTOCOL_HEADER)
  if (protocols !== undefined) request += `Sec-WebSocket-Protocol: ${protocols}\r\n`
  request += field('Cookie', take(own, 'Cookie') ?? clean(options.cookies))
  for (const [name, value] of own) request += `${name}: ${value}\r\n`
  return { target, request: `${request}\r\n`, key, deflate, strictExtensions: options.strictExtensions ?? false }
}

/** Throws unless the response opens a WebSocket; returns how messages may be compressed, null for not at all. */
export function verifyResponse(handshake: Handshake, response: HandshakeResponse): Compression | null {
  const { status, headers } = response
  const upgraded =
    status === 101 && hasToken(headers['Upgrade'], 'websocket') && hasToken(headers['Connection'], 'upgrade')
  if (!upgraded || headers['Sec-Websocket-Accept'] !== acceptFor(handshake.key)) {
    throw failure('websocket: bad handshake')
  }
  return negotiated(handshake, response)
}

/** Source: RFC 6455 §1.3. */
export function acceptFor(key: string): string {
  return hash('sha1', key + GUID, 'base64')
}

export function toHandshakeResponse(response: HttpResponse): HandshakeResponse {
  const { status, statusText, headers, headerList, body } = response
  return {
    status,
    statusText,
    headers,
    headerList,
    body,
    protocol: headers[PROTOCOL_HEADER] ?? '',
    extensions: EXTENSIONS_HEADER in headers ? valuesOf(headerList, EXTENSIONS_HEADER) : [],
  }
}

function valuesOf(list: HeaderList, wanted: string): string[] {
  return list.filter(([name]) => name === wanted).map(([, value]) => value)
}

/** Source: RFC 7692 §7.1. We never take our context over, so whether the server would let us is all the same. */
function negotiated(handshake: Handshake, response: HandshakeResponse): Compression | null {
  const given = response.headers[EXTENSIONS_HEADER]
  if (given === undefined) return null
  const extensions = parseExtensions(given)
  const accepted = extensions.filter(({ name }) => name === 'permessage-deflate')
  const unasked = extensions.find(({ name }) => !(handshake.deflate && name === 'permessage-deflate'))
  if (handshake.strictExtensions && unasked !== undefined) {
    throw failure(`websocket: the server chose the extension "${unasked.name}", which was not offered`)
  }
  if (accepted.length === 0) return null
  const { parameters } = accepted[0]!
  if (!handshake.deflate || accepted.length > 1 || ![...parameters].every(isPossible)) {
    throw failure('websocket: invalid compression negotiation')
  }
  return { serverKeepsContext: !parameters.has('server_no_context_takeover') }
}

/** A parameter that may stand in the answer to what we offer. */
function isPossible([name, value]: [string, string]): boolean {
  if (name === 'server_max_window_bits') return /^([89]|1[0-5])$/.test(value)
  return (name === 'server_no_context_takeover' || name === 'client_no_context_takeover') && value === ''
}

function failure(message: string): WebSocketError {
  return new WebSocketError('ERR_WEBSOCKET_HANDSHAKE', message)
}

/** The headers of a response without any; nothing is ever added to it. */
const NO_HEADERS = new Map<string, string>()

function collectHeaders(options: HandshakeOptions): Map<string, string> {
  if (options.headers.length === 0) return NO_HEADERS
  const collected = new Map<string, string>()
  for (const [given, value] of options.headers) {
    const name = canonicalHeaderName(given)
    const repeatsProtocols = name === PROTOCOL_HEADER && options.protocols.length > 0
    if (RESERVED.has(name) || repeatsProtocols) {
      throw new WebSocketError('ERR_WEBSOCKET_HEADER', `websocket: duplicate header not allowed: ${name}`)
    }
    if (!isToken(name)) {
      throw new WebSocketError('ERR_WEBSOCKET_HEADER', `invalid header field name ${JSON.stringify(given)}`)
    }
    collected.set(name, clean(value))
  }
  return collected
}

/** A line break in a value would begin another header; other control characters may not stand there either. */
function clean(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return value === '' ? '' : value.replace(/[\0-\x08\x0a-\x1f\x7f]/g, ' ').trim()
}

function take(headers: Map<string, string>, name: string): string | undefined {
  const value = headers.get(name)
  if (value !== undefined) headers.delete(name)
  return value
}

function field(name: string, value: string): string {
  return value === '' ? '' : `${name}: ${value}\r\n`
}

const KEY_WORDS = new Int32Array(4)
const KEY_BYTES = Buffer.from(KEY_WORDS.buffer)

/** 16 unpredictable bytes in base64. */
function makeKey(): string {
  for (let i = 0; i < KEY_WORDS.length; i++) KEY_WORDS[i] = nextMask()
  return KEY_BYTES.toString('base64')
}
