/**
 * Close codes: which may arrive, what they are called, and the text that scripts see for them.
 *
 * Shape   a close payload is empty, or two bytes of code (big-endian) and up to 123 bytes of UTF-8 reason
 * Source  RFC 6455 §7.4, the IANA registry; docs/spec/sockets.md §2.7 for the text
 */
import { isUtf8 } from 'node:buffer'

export const CLOSE_NORMAL = 1000
export const CLOSE_GOING_AWAY = 1001
export const CLOSE_PROTOCOL_ERROR = 1002
/** "No status": stands for an empty payload, never sent as a number. */
export const CLOSE_NO_STATUS = 1005
/** The connection ended without a close frame; never sent. */
export const CLOSE_ABNORMAL = 1006
export const CLOSE_INVALID_PAYLOAD = 1007
export const CLOSE_TOO_BIG = 1009

export const MAX_CLOSE_REASON_BYTES = 123

const NAMES: Record<number, string> = {
  1000: 'normal',
  1001: 'going away',
  1002: 'protocol error',
  1003: 'unsupported data',
  1005: 'no status',
  1006: 'abnormal closure',
  1007: 'invalid payload data',
  1008: 'policy violation',
  1009: 'message too big',
  1010: 'mandatory extension missing',
  1011: 'internal server error',
  1015: 'TLS handshake error',
}

/** Whether a peer may send this code. */
export function isReceivableCloseCode(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1013) || (code >= 3000 && code <= 4999)
}

/** Whether `close()` of a WebSocket may send this code. */
export function isClosableCode(code: number): boolean {
  return code === CLOSE_NORMAL || (code >= 3000 && code <= 4999)
}

/** `websocket: close 1011 (internal server error): oops` */
export function closeText(code: number, reason: string): string {
  const name = NAMES[code]
  return `websocket: close ${code}${name === undefined ? '' : ` (${name})`}${reason === '' ? '' : `: ${reason}`}`
}

/** The payload of a close frame; RangeError when the reason does not fit. Only the low 16 bits of the code are sent. */
export function encodeClose(code: number, reason: string): Buffer {
  if (code === CLOSE_NO_STATUS) return Buffer.alloc(0)
  const length = Buffer.byteLength(reason)
  if (length > MAX_CLOSE_REASON_BYTES) {
    throw new RangeError(`a close reason has at most ${MAX_CLOSE_REASON_BYTES} bytes, got ${length}`)
  }
  const payload = Buffer.allocUnsafe(2 + length)
  payload.writeUInt16BE(code & 0xffff, 0)
  payload.write(reason, 2)
  return payload
}

/** Takes a received payload apart; a string says what is wrong with it. */
export function decodeClose(payload: Buffer): { code: number; reason: string } | string {
  if (payload.length === 0) return { code: CLOSE_NO_STATUS, reason: '' }
  if (payload.length === 1) return 'close payload of 1 byte'
  const code = payload.readUInt16BE(0)
  if (!isReceivableCloseCode(code)) return `bad close code ${code}`
  const reason = payload.subarray(2)
  return isUtf8(reason) ? { code, reason: reason.toString() } : 'invalid utf8 payload in close frame'
}
