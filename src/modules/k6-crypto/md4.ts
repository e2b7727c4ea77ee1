/**
 * MD4, which OpenSSL no longer has. It is not secure; NTLM still needs it.
 *
 * Shape   as a hash of node:crypto: `update` any number of times, then `digest`, which gives 16 bytes
 * Source  RFC 1320
 */
const BLOCK = 64

/** Round functions, added constants, order of the words, rotations: RFC 1320, 3.4. */
const ROUNDS = [
  {
    mix: (x: number, y: number, z: number) => (x & y) | (~x & z),
    constant: 0,
    order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    rotations: [3, 7, 11, 19],
  },
  {
    mix: (x: number, y: number, z: number) => (x & y) | (x & z) | (y & z),
    constant: 0x5a827999,
    order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    rotations: [3, 5, 9, 13],
  },
  {
    mix: (x: number, y: number, z: number) => x ^ y ^ z,
    constant: 0x6ed9eba1,
    order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    rotations: [3, 9, 11, 15],
  },
] as const

export class Md4 {
  readonly #state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476)
  #rest: Buffer = Buffer.alloc(0)
  #size = 0

  update(bytes: Uint8Array): this {
    const input = Buffer.concat([this.#rest, bytes])
    let at = 0
    for (; at + BLOCK <= input.length; at += BLOCK) addBlock(this.#state, input, at)
    this.#rest = Buffer.from(input.subarray(at))
    this.#size += bytes.length
    return this
  }

  copy(): Md4 {
    const copy = new Md4()
    copy.#state.set(this.#state)
    copy.#rest = this.#rest
    copy.#size = this.#size
    return copy
  }

  /** The last block is filled with a 1 bit, zeros, and the length of the data in bits. */
  digest(): Buffer {
    const padding = Buffer.alloc(((BLOCK + 55 - (this.#size % BLOCK)) % BLOCK) + 1 + 8)
    padding[0] = 0x80
    padding.writeBigUInt64LE(BigInt(this.#size) * 8n, padding.length - 8)
    this.update(padding)
    const digest = Buffer.alloc(16)
    this.#state.forEach((word, i) => void digest.writeUInt32LE(word, i * 4))
    return digest
  }
}

function addBlock(state: Uint32Array, input: Buffer, at: number): void {
  // Each step computes one of the four words: a, d, c, b, a and so on.
  let [a, b, c, d] = state as unknown as [number, number, number, number]
  for (const { mix, constant, order, rotations } of ROUNDS) {
    for (let step = 0; step < 16; step++) {
      const word = input.readUInt32LE(at + (order[step] as number) * 4)
      const sum = (a + mix(b, c, d) + word + constant) >>> 0
      const rotation = rotations[step % 4] as number
      ;[a, b, c, d] = [d, ((sum << rotation) | (sum >>> (32 - rotation))) >>> 0, b, c]
    }
  }
  ;[a, b, c, d].forEach((word, i) => {
    state[i] = (state[i] as number) + word
  })
}
