/**
 * What `error` handlers get: k6's texts behind a method `error()`, not an Error.
 *
 * Source  docs/spec/sockets.md §2.7
 */
import { closeText } from '../../net/websocket/close-code.js'

export class SessionError {
  readonly message: string
  /** Only when a close frame of the server was the reason. */
  declare readonly code?: number
  declare readonly text?: string

  constructor(message: string) {
    this.message = message
  }

  /** The server closed with a code other than "normal" and "going away". */
  static ofClose(code: number, reason: string): SessionError {
    return Object.assign(new SessionError(closeText(code, reason)), { code, text: reason })
  }

  error(): string {
    return this.message
  }

  toString(): string {
    return this.message
  }
}
