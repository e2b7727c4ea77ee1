/**
 * Masking, which every frame of a client needs: 4 unpredictable bytes, XORed over the payload.
 *
 * Shape   a mask is one int32 whose lowest byte is the first on the wire
 * Source  RFC 6455 §5.3: the key must come from a strong source of entropy; so the pool is filled by the system's generator
 */
import { randomFillSync } from 'node:crypto'

const POOL_MASKS = 2048
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

const pool = new Int32Array(POOL_MASKS)
let used = POOL_MASKS

/** Hot: once per frame sent. */
export function nextMask(): number {
  if (used === POOL_MASKS) {
    randomFillSync(pool)
    used = 0
  }
  return pool[used++] as number
}

/** Memory that can be masked word by word: the same bytes, seen twice. */
export interface MaskableMemory {
  readonly bytes: Buffer
  readonly words: Int32Array
}

/** At least `size` bytes; its own ArrayBuffer. */
export function allocateMaskable(size: number): MaskableMemory {
  const bytes = Buffer.allocUnsafeSlow((size + 3) & ~3)
  return { bytes, words: new Int32Array(bytes.buffer) }
}

/** Hot: masks bytes[start, end) in place. The ends go byte by byte, the middle in words with the mask turned to fit. */
export function maskInPlace(memory: MaskableMemory, start: number, end: number, mask: number): void {
  const bytes = memory.bytes
  let at = start
  let turned = mask
  if (LITTLE_ENDIAN && end - start >= 8) {
    while ((at & 3) !== 0) {
      bytes[at] = (bytes[at] as number) ^ turned
      turned = (turned >>> 8) | (turned << 24)
      at++
    }
    const words = memory.words
    const lastWord = end >>> 2
    let word = at >>> 2
    for (; word < lastWord; word++) words[word] = (words[word] as number) ^ turned
    at = word << 2
  }
  while (at < end) {
    bytes[at] = (bytes[at] as number) ^ turned
    turned = (turned >>> 8) | (turned << 24)
    at++
  }
}
