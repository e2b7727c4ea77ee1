/**
 * Failures of a WebSocket before it is open. The messages are those that k6 users know; programs match on `code`.
 */
export type WebSocketErrorCode =
  /** The URL cannot be parsed or is no ws or wss URL. */
  | 'ERR_WEBSOCKET_URL'
  /** A header given by the script cannot be sent. */
  | 'ERR_WEBSOCKET_HEADER'
  /** The server does not speak HTTP, or not all of a response arrived. */
  | 'ERR_WEBSOCKET_RESPONSE'
  /** The server answered, but did not agree to a WebSocket. */
  | 'ERR_WEBSOCKET_HANDSHAKE'
  /** Dial and handshake took longer than allowed. */
  | 'ERR_WEBSOCKET_TIMEOUT'

export class WebSocketError extends Error {
  override readonly name = 'WebSocketError'
  readonly code: WebSocketErrorCode

  constructor(code: WebSocketErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
