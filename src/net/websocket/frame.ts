/**
 * The bits of a frame header that the reader and the writer share.
 *
 * Drawing  byte 0: FIN RSV1 RSV2 RSV3 opcode(4); byte 1: MASK length(7); length 126: 2 more bytes, 127: 8 more; mask key (4)
 * Source   RFC 6455 §5.2; RSV1 marks a compressed message (RFC 7692 §6)
 */
export const FIN = 0x80
export const RSV1 = 0x40
export const RSV2 = 0x20
export const RSV3 = 0x10
export const MASKED = 0x80

export const CONTINUATION = 0x0
export const TEXT = 0x1
export const BINARY = 0x2
export const CLOSE = 0x8
export const PING = 0x9
export const PONG = 0xa

/** FIN and opcode, length, 8 bytes of length, mask key. */
export const MAX_CLIENT_HEADER = 14

/** Size of a masked header for a payload of `length` bytes. */
export function clientHeaderSize(length: number): number {
  return length < 126 ? 6 : length < 65_536 ? 8 : 14
}
