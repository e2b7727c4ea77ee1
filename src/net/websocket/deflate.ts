/**
 * permessage-deflate: each message is sent compressed by itself; those of the server may refer to earlier ones (its "context
 * takeover"), for which the last 32 KiB are kept.
 *
 * Both directions run synchronously: order is kept without queues, connections keep no zlib state (a deflate state is 256 KB), and
 * for the messages of load tests a hop to the thread pool costs more than the work (64 bytes, measured: 26 µs against 59 µs).
 *
 * Errors  of zlib: corrupt data; code ERR_BUFFER_TOO_LARGE when the message would exceed the limit
 * Source  RFC 7692 §7.2
 */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'

/** What a sync flush ends with; the sender leaves it out and the receiver puts it back. */
export const COMPRESSED_TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff])

/** An empty message is an empty block, of which zlib itself would leave nothing. */
const EMPTY_BLOCK = Buffer.from([0x00])

// Speed rather than ratio: the processor of a load generator is scarcer than its network.
const ORDINARY = { level: 1, finishFlush: constants.Z_SYNC_FLUSH }
/** The window need not be larger than the message; a small state is set up in less time. */
const SMALL = { ...ORDINARY, windowBits: 9, memLevel: 1 }
const SMALL_BYTES = 256

export function deflateMessage(payload: Uint8Array | string): Buffer {
  const size = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length
  if (size === 0) return EMPTY_BLOCK
  const compressed = deflateRawSync(payload, size <= SMALL_BYTES ? SMALL : ORDINARY)
  return compressed.subarray(0, compressed.length - COMPRESSED_TAIL.length)
}

/** `payload` includes the tail. */
export function inflateMessage(payload: Buffer, maxBytes: number): Buffer {
  return inflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: Math.max(1, maxBytes) })
}

const WINDOW_BYTES = 32 * 1024

/** For a server with context takeover: what a message may refer to, and what came with the messages before. */
export class InflateContext {
  #window: Buffer = Buffer.alloc(0)

  /** As inflateMessage(). */
  inflate(payload: Buffer, maxBytes: number): Buffer {
    const message = inflateRawSync(payload, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: Math.max(1, maxBytes),
      dictionary: this.#window.length === 0 ? undefined : this.#window,
    })
    const kept = Math.max(0, WINDOW_BYTES - message.length)
    const before = this.#window.subarray(Math.max(0, this.#window.length - kept))
    this.#window = Buffer.concat([before, message.subarray(-WINDOW_BYTES)])
    return message
  }
}

export function isTooBig(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
}
