/**
 * One call: messages out, messages in, one status; over a stream of the channel's session.
 *
 * States   begun ── a session ──► sent ── head ──► answered ── trailers or a failure ──► over
 * Events   callMessage*, callEnded; the last exactly once, none inside begin(), none after cancel()
 * Buffers  a message is the listener's own
 * Repeats  a call that the server has not looked at (REFUSED_STREAM, GOAWAY) goes out once more, on a new session, as long as what
 *          was written is small enough to be kept
 * Source   gRPC over HTTP2; docs/spec/http.md §25
 */
import type { ClientHttp2Stream } from 'node:http2'
import { CANCEL, REFUSED_STREAM } from '../http2-codes.js'
import type { ChannelWaiter, GrpcChannel, GrpcSession } from './channel.js'
import { framed, MessageError, MessageReader } from './message-reader.js'
import { field, fieldsOf, type Metadata, type ReceivedMetadata, receivedMetadata, statusOf } from './metadata.js'
import { Code, failure, type GrpcStatus, httpFailure, resetFailure } from './status.js'

export interface CallListener {
  callMessage(message: Buffer): void
  callEnded(status: GrpcStatus): void
}

export interface CallRequest {
  /** `/pkg.Service/Method` */
  readonly path: string
  readonly metadata: Metadata
  /** The `:authority` of this call; undefined takes the channel's. */
  readonly authority: string | undefined
  /** Milliseconds, for the server to know; null for no limit. The caller keeps the time. */
  readonly timeoutMs: number | null
}

const MOST_KEPT_BYTES = 1024 * 1024

export class GrpcCall implements ChannelWaiter {
  headers: ReceivedMetadata = {}
  trailers: ReceivedMetadata = {}
  readonly #channel: GrpcChannel
  readonly #request: CallRequest
  readonly #listener: CallListener
  readonly #reader: MessageReader
  #session: GrpcSession | null = null
  #stream: ClientHttp2Stream | null = null
  /** The messages that were written, kept while the call may have to be repeated. */
  #kept: Buffer[] | null = []
  #keptBytes = 0
  #isEnded = false
  #isPaused = false
  #isRepeated = false
  #status: GrpcStatus | null = null
  #hasTrailers = false
  #isOver = false

  constructor(channel: GrpcChannel, request: CallRequest, listener: CallListener) {
    this.#channel = channel
    this.#request = request
    this.#listener = listener
    this.#reader = new MessageReader(channel.target.maxReceiveBytes, (message) => this.#messageCame(message))
  }

  get isOver(): boolean {
    return this.#isOver
  }

  begin(): void {
    this.#channel.open(this)
  }

  /** Throws a MessageError for a message that is too long. */
  write(message: Uint8Array): void {
    if (this.#isOver || this.#isEnded) return
    const { maxSendBytes } = this.#channel.target
    if (message.length > maxSendBytes) {
      const text = `trying to send message larger than max (${message.length} vs. ${maxSendBytes})`
      throw new MessageError(Code.ResourceExhausted, text)
    }
    const frame = framed(message)
    this.#keep(frame)
    this.#stream?.write(frame)
  }

  /** Ends the messages of this side; the server may still send. */
  end(): void {
    if (this.#isOver || this.#isEnded) return
    this.#isEnded = true
    this.#stream?.end()
  }

  /** Ends it without a word to the listener. */
  cancel(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#channel.leave(this)
    this.#stream?.close(CANCEL)
    this.#channel.countTraffic()
  }

  pause(): void {
    this.#isPaused = true
    this.#stream?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#stream?.resume()
  }

  // ---- called by the channel ---------------------------------------------------------------------------------------

  opened(session: GrpcSession): void {
    if (this.#isOver) return
    if (!session.isOpen && !this.#isRepeated) {
      // The session was lost before the stream could be opened.
      this.#repeat()
      return
    }
    const { target } = this.#channel
    const { path, metadata, authority = target.authority, timeoutMs } = this.#request
    this.#session = session
    try {
      const { isTls, userAgent } = target
      const fields = fieldsOf({ path, authority, isTls, userAgent, timeoutMs, metadata })
      this.#stream = session.http2.request(fields, { endStream: false })
    } catch (error) {
      process.nextTick(failCall, this, (error as Error).message)
      return
    }
    this.#listen(this.#stream)
    const frames = this.#kept ?? []
    const last = this.#isEnded ? frames.length - 1 : frames.length
    for (let i = 0; i < last; i++) this.#stream.write(frames[i])
    if (this.#isEnded) this.#stream.end(frames[last])
  }

  failed(status: GrpcStatus): void {
    this.#over(status)
  }

  // -------------------------------------------------------------------------------------------------------------------

  #listen(stream: ClientHttp2Stream): void {
    stream.on('response', (_headers, _flags, raw: string[] = []) => {
      this.#answered(raw)
      if (this.#isOver) return
      // Only from here on: Node can report data before the head that it belongs to.
      stream.on('data', (chunk: Buffer) => this.#dataCame(chunk))
      if (this.#isPaused) stream.pause()
    })
    stream.on('trailers', (_headers, _flags, raw: string[] = []) => {
      this.#hasTrailers = true
      this.#status ??= statusOf(raw)
      this.trailers = receivedMetadata(raw)
    })
    // What went wrong is in the stream's code and in the session.
    stream.on('error', () => {})
    stream.on('close', () => {
      if (stream === this.#stream) this.#closed(stream.rstCode ?? 0)
    })
  }

  #answered(raw: readonly string[]): void {
    this.#kept = null
    const wrong = httpFailure(Number(field(raw, ':status')), field(raw, 'content-type'))
    // An answer of trailers only has everything in its head.
    const status = statusOf(raw)
    if (status === null) this.headers = receivedMetadata(raw)
    else this.trailers = receivedMetadata(raw)
    if (wrong !== null && status === null) this.fail(wrong)
    else this.#status = status
  }

  #dataCame(chunk: Buffer): void {
    if (this.#isOver) return
    try {
      this.#reader.push(chunk)
    } catch (error) {
      if (!(error instanceof MessageError)) throw error
      this.fail(error.status)
    }
  }

  #messageCame(message: Buffer): void {
    if (!this.#isOver) this.#listener.callMessage(message)
  }

  #closed(resetCode: number): void {
    if (this.#isOver) return
    if (this.#isUntouched(resetCode)) this.#repeat()
    else this.#over(this.#status ?? this.#failureOf(resetCode))
  }

  #repeat(): void {
    this.#isRepeated = true
    this.#stream = null
    this.#channel.open(this)
  }

  #isUntouched(resetCode: number): boolean {
    return resetCode === REFUSED_STREAM && this.#kept !== null && !this.#isRepeated
  }

  #failureOf(resetCode: number): GrpcStatus {
    if (this.#hasTrailers) return failure(Code.Unknown, 'malformed trailers: missing grpc-status')
    const ofSession = this.#session?.failureOfStream() ?? null
    if (ofSession !== null) return ofSession
    if (resetCode !== 0) return resetFailure(resetCode)
    if (!this.#reader.isComplete) return failure(Code.Internal, 'unexpected EOF')
    return failure(Code.Internal, 'server closed the stream without sending trailers')
  }

  /** Ends the call with this status; what the server sends afterwards does not count. */
  fail(status: GrpcStatus): void {
    if (this.#isOver) return
    this.#stream?.close(CANCEL)
    this.#over(status)
  }

  #over(status: GrpcStatus): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#kept = null
    this.#channel.countTraffic()
    this.#listener.callEnded(status)
  }

  #keep(frame: Buffer): void {
    if (this.#kept === null) return
    this.#keptBytes += frame.length
    // Before there is a stream, everything has to be kept.
    if (this.#stream === null || this.#keptBytes <= MOST_KEPT_BYTES) this.#kept.push(frame)
    else this.#kept = null
  }
}

function failCall(call: GrpcCall, message: string): void {
  call.fail(failure(Code.Internal, message))
}
