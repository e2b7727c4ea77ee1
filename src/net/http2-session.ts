/**
 * A client session of HTTP/2 over the dialer's connection, by Node's own implementation.
 *
 * Violations  when the server breaks the protocol, nghttp2 (the library in Node) answers with a GOAWAY frame that has an error code, and
 *             reads nothing any more. For most violations Node has no event, and requests would wait for their time limit. When one
 *             response is malformed, nghttp2 resets its stream, and Node does not say which side did. So the frames that go out are
 *             watched for both.
 * Source      RFC 9113 §4.1, §6.8
 */
import type { ClientHttp2Session } from 'node:http2'
import type { Connection } from './connection.js'
import { ConnectionDuplex } from './duplex.js'

/** 20 ms to load: only tests that meet HTTP/2 should wait for it. */
const http2 = (): typeof import('node:http2') => process.getBuiltinModule('node:http2')

export interface SessionOptions {
  /** Scheme and authority: `https://example.com`. */
  readonly origin: string
  /** Bytes of a stream that the server may send before it must wait for us. */
  readonly streamWindow: number
  /** The same for all streams together. */
  readonly connectionWindow: number
  /** The server broke the protocol. `code` is the error code that it was sent. */
  readonly onViolation: (code: number) => void
  /** This side has reset a stream. */
  readonly onReset?: (stream: number) => void
}

const MOST_FIELDS = 4000

export function openSession(connection: Connection, options: SessionOptions): ClientHttp2Session {
  const { origin, streamWindow, connectionWindow } = options
  const session = http2().connect(origin, {
    createConnection: () => new SessionDuplex(connection, options),
    maxHeaderListPairs: MOST_FIELDS,
    maxSessionMemory: 100,
    settings: { enablePush: false, initialWindowSize: streamWindow },
  })
  session.on('connect', () => session.setLocalWindowSize(connectionWindow))
  return session
}

const PREFACE_BYTES = 24
/** Length (3), type (1), flags (1), stream (4). */
const HEAD_BYTES = 9
const RST_STREAM = 3
const GOAWAY = 7
/** The head, the last stream (4) and the error code (4). */
const GOAWAY_BYTES = HEAD_BYTES + 8

type Callback = (error?: Error | null) => void

class SessionDuplex extends ConnectionDuplex {
  readonly #options: SessionOptions
  /** Bytes that go out before the next frame begins. */
  #bytesLeft = PREFACE_BYTES
  readonly #head = Buffer.alloc(GOAWAY_BYTES)
  #headLength = 0

  constructor(connection: Connection, options: SessionOptions) {
    super(connection, { post: (task) => process.nextTick(task) })
    this.#options = options
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, callback: Callback): void {
    this.#watch(chunk)
    super._write(chunk, encoding, callback)
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], callback: Callback): void {
    for (const { chunk } of chunks) this.#watch(chunk)
    super._writev(chunks, callback)
  }

  #watch(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#bytesLeft === 0) {
        at = this.#readHead(chunk, at)
        continue
      }
      const skipped = Math.min(this.#bytesLeft, chunk.length - at)
      this.#bytesLeft -= skipped
      at += skipped
    }
  }

  /** Returns where it stopped. A head may be in several chunks. */
  #readHead(chunk: Buffer, from: number): number {
    const head = this.#head
    const wanted = this.#headLength >= HEAD_BYTES ? GOAWAY_BYTES : HEAD_BYTES
    const copied = chunk.copy(head, this.#headLength, from, from + wanted - this.#headLength)
    this.#headLength += copied
    const isGoAway = head[3] === GOAWAY
    if (this.#headLength === (isGoAway ? GOAWAY_BYTES : HEAD_BYTES)) {
      this.#bytesLeft = head.readUIntBE(0, 3) + HEAD_BYTES - this.#headLength
      this.#headLength = 0
      if (isGoAway) this.#sentGoAway(head.readUInt32BE(GOAWAY_BYTES - 4))
      else if (head[3] === RST_STREAM) this.#options.onReset?.(head.readUInt32BE(HEAD_BYTES - 4))
    }
    return from + copied
  }

  /** Later, because the session is writing. */
  #sentGoAway(code: number): void {
    if (code !== 0) process.nextTick(this.#options.onViolation, code)
  }
}
