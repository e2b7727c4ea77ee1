/**
 * What `error` handlers get. It is no Error: its method `error()` gives k6's text.
 *
 * Source  docs/spec/sockets.md §2.7
 */
import { CLOSE_ABNORMAL, CLOSE_GOING_AWAY, CLOSE_NORMAL, closeText } from '../../net/websocket/close-code.js'
import type { SessionEnd } from '../../net/websocket/listener.js'

export class SessionError {
  readonly message: string
  /** There for a close code: one of the server, or 1006. */
  declare readonly code?: number
  declare readonly text?: string

  constructor(message: string) {
    this.message = message
  }

  /** For a close code other than 1000 (normal) and 1001 (going away). */
  private static ofClose(code: number, reason: string): SessionError {
    return Object.assign(new SessionError(closeText(code, reason)), { code, text: reason })
  }

  /** The error of a session that has ended; null for a close with code 1000 or 1001. */
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
