/**
 * What `error` handlers get: k6's texts behind a method `error()`, not an Error.
 *
 * Source  docs/spec/sockets.md §2.7
 */
import { CLOSE_ABNORMAL, CLOSE_GOING_AWAY, CLOSE_NORMAL, closeText } from '../../net/websocket/close-code.js'
import type { SessionEnd } from '../../net/websocket/listener.js'

export class SessionError {
  readonly message: string
  /** Only when a close frame of the server was the reason. */
  declare readonly code?: number
  declare readonly text?: string

  constructor(message: string) {
    this.message = message
  }

  /** Of a close code other than "normal" and "going away". */
  private static ofClose(code: number, reason: string): SessionError {
    return Object.assign(new SessionError(closeText(code, reason)), { code, text: reason })
  }

  /** What `error` handlers are told of the end of a session; null when it was orderly. */
  static ofEnd(end: SessionEnd): SessionError | null {
    switch (end.cause) {
      case 'close-frame':
        return end.code === CLOSE_NORMAL || end.code === CLOSE_GOING_AWAY
          ? null
          : SessionError.ofClose(end.code, end.reason)
      case 'end':
        return SessionError.ofClose(CLOSE_ABNORMAL, 'unexpected EOF')
      case 'no-answer':
        return SessionError.ofClose(CLOSE_ABNORMAL, 'no answer to the close frame')
      case 'violation':
        return new SessionError(`websocket: ${end.reason}`)
      case 'write-error':
      case 'read-error':
        return new SessionError(end.error.message)
      default:
        return end satisfies never
    }
  }

  error(): string {
    return this.message
  }

  toString(): string {
    return this.message
  }
}
