/**
 * zstd both ways: Node's own where it has it (from 22.15), and before that fzstd for reading and frames of raw blocks for
 * writing, which any decoder reads and which are as long as what is in them.
 *
 * Source  RFC 8878 §3.1.1
 */
import { createRequire } from 'node:module'
import { Transform, type TransformCallback } from 'node:stream'
import zlib from 'node:zlib'
import type { Decompress } from 'fzstd'
import { bodyTooLarge, MOST_BODY_BYTES } from './body-sink.js'

const loadDecoder = (): typeof import('fzstd') => createRequire(import.meta.url)('fzstd')

/** What newer versions of Node have. */
interface NativeZstd {
  zstdCompressSync?(bytes: Uint8Array): Buffer
  createZstdDecompress?(): Transform
}

const native = zlib as unknown as NativeZstd

export function zstdCompress(bytes: Uint8Array): Uint8Array {
  return native.zstdCompressSync?.(bytes) ?? rawFrame(bytes)
}

export function zstdDecoder(): Transform {
  return native.createZstdDecompress?.() ?? new ZstdDecoder()
}

const MAGIC = 0xfd2fb528
const LARGEST_BLOCK = 128 * 1024

function rawFrame(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32LE(MAGIC, 0)
  // Content size in 8 bytes, one segment, no checksum.
  head[4] = 0xe0
  head.writeBigUInt64LE(BigInt(bytes.length), 5)
  const parts: Uint8Array[] = [head]
  for (let at = 0; at === 0 || at < bytes.length; at += LARGEST_BLOCK) {
    const block = bytes.subarray(at, at + LARGEST_BLOCK)
    const isLast = at + LARGEST_BLOCK >= bytes.length
    const blockHead = Buffer.alloc(3)
    blockHead.writeUIntLE((block.length << 3) | (isLast ? 1 : 0), 0, 3)
    parts.push(blockHead, block)
  }
  return Buffer.concat(parts)
}

/** Four bytes may stand for 128 KiB, so this much for 16 MiB, and all of a piece is decoded before anybody can look at it. */
const PIECE_BYTES = 512
/** After so much, others get their turn: whoever has had enough can stop, and who waits for it can take it. */
const TURN_BYTES = 1024 * 1024

class ZstdDecoder extends Transform {
  readonly #decoder: Decompress = new (loadDecoder().Decompress)((piece) => this.#decoded(piece))
  #hasInput = false
  #bytes = 0

  #decoded(piece: Uint8Array): void {
    this.#bytes += piece.length
    if (this.#bytes > MOST_BODY_BYTES) throw bodyTooLarge()
    this.push(piece)
  }

  override _transform(chunk: Buffer, _encoding: string, callback: TransformCallback): void {
    this.#decode(chunk, 0, callback)
  }

  #decode(chunk: Buffer, from: number, callback: TransformCallback): void {
    const end = this.#bytes + TURN_BYTES
    try {
      for (let at = from; at < chunk.length; at += PIECE_BYTES) {
        if (this.destroyed) return
        if (this.#bytes > end) {
          setImmediate(() => this.#decode(chunk, at, callback))
          return
        }
        this.#decoder.push(chunk.subarray(at, at + PIECE_BYTES))
        this.#hasInput = true
      }
      callback()
    } catch (error) {
      callback(error as Error)
    }
  }

  override _flush(callback: TransformCallback): void {
    try {
      if (this.#hasInput) this.#decoder.push(new Uint8Array(0), true)
      callback()
    } catch (error) {
      callback(error as Error)
    }
  }
}
