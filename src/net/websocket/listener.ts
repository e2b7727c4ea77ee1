/**
 * What a WebSocket tells its user, and how a session can end.
 */
import type { HandshakeResponse } from './handshake.js'

/** How an open session ended. */
export type SessionEnd =
  /** The peer's close frame: its own, or its answer to ours. Code 1005 when it had none. */
  | { readonly cause: 'close-frame'; readonly code: number; readonly reason: string }
  /** FIN without a close frame. */
  | { readonly cause: 'end' }
  /** The peer broke the protocol; it was sent a close frame with this code and reason. */
  | { readonly cause: 'violation'; readonly code: number; readonly reason: string }
  /** The peer has not answered our close frame in time. */
  | { readonly cause: 'no-answer' }
  /** The connection broke: usually a reset by the peer. */
  | { readonly cause: 'read-error'; readonly error: Error }
  | { readonly cause: 'write-error'; readonly error: Error }

/**
 * Called by one client, never from inside a call of its own methods; they must not throw.
 * Either onFailed once, or onOpen once, then the others in the order of the wire, and onEnded once and last.
 */
export interface WebSocketListener {
  onOpen(response: HandshakeResponse): void
  /** There was no session. `response` if the server answered in HTTP. */
  onFailed(error: Error, response: HandshakeResponse | null): void
  /**
   * Text as a string, binary as an ArrayBuffer that belongs to the listener; `bytes` is the size of either. Only while the client
   * is OPEN.
   */
  onMessage(data: string | ArrayBuffer, bytes: number): void
  /** `payload` is borrowed. The pong is on its way. */
  onPing(payload: Buffer): void
  /** `payload` is borrowed. */
  onPong(payload: Buffer): void
  /** Everything sent is with the kernel, after some of it had to wait. */
  onDrain(): void
  onEnded(end: SessionEnd): void
}
