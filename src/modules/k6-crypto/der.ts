/**
 * Reads the small part of DER that names and algorithms of certificates need. Node shows these as text, without the object identifiers that k6 shows.
 *
 * Source  ITU-T X.690 §8, §10
 */
export interface DerNode {
  readonly tag: number
  readonly content: Uint8Array
}

export const Tag = { oid: 6, sequence: 0x30, set: 0x31, version: 0xa0 } as const

/** The nodes that follow each other in `bytes`. Throws a RangeError when the last one is cut off. */
export function readNodes(bytes: Uint8Array): DerNode[] {
  const nodes: DerNode[] = []
  let at = 0
  while (at < bytes.length) {
    const tag = byteAt(bytes, at)
    let length = byteAt(bytes, at + 1)
    at += 2
    if (length >= 0x80) {
      const count = length & 0x7f
      length = 0
      for (let i = 0; i < count; i++) length = length * 256 + byteAt(bytes, at++)
    }
    if (at + length > bytes.length) throw new RangeError('DER ends too early')
    nodes.push({ tag, content: bytes.subarray(at, at + length) })
    at += length
  }
  return nodes
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw new RangeError('DER ends too early')
  return byte
}

/** `2.5.4.3` */
export function oidText(content: Uint8Array): string {
  const parts: number[] = []
  let value = 0
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f)
    if (byte & 0x80) continue
    if (parts.length > 0) parts.push(value)
    else {
      const first = Math.min(Math.floor(value / 40), 2)
      parts.push(first, value - 40 * first)
    }
    value = 0
  }
  return parts.join('.')
}

/** The text of a node, for each string type that names may have. */
export function stringText({ tag, content }: DerNode): string {
  const buffer = Buffer.from(content)
  const [universal, bmp] = [0x1c, 0x1e]
  if (tag === bmp) return Buffer.from(buffer).swap16().toString('utf16le')
  if (tag !== universal) return buffer.toString(tag === 0x14 ? 'latin1' : 'utf8')
  const points = Array.from({ length: buffer.length / 4 }, (_, i) => buffer.readUInt32BE(4 * i))
  return String.fromCodePoint(...points)
}
