/**
 * The hashes of `k6/crypto`, plain and keyed (HMAC). After a digest more data may be added, and another digest taken.
 *
 * Errors  HostError `invalid algorithm: X`
 * Source  RFC 2104 (HMAC): H((key ^ opad) H((key ^ ipad) data)). Node's own Hmac ends with its first digest
 */
import type * as NodeCrypto from 'node:crypto'
import { HostError } from '../../vu/host-error.js'
import { Md4 } from './md4.js'

/** A hash to which data is added; `digest` is that of all data so far. */
export interface HashState {
  update(bytes: Uint8Array): void
  digest(): Buffer
}

interface Copyable {
  update(bytes: Uint8Array): unknown
  copy(): { digest(): Buffer }
}

interface Algorithm {
  /** Its name in OpenSSL; null for MD4, which OpenSSL no longer has. */
  readonly name: string | null
  readonly blockSize: number
}

const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  md4: { name: null, blockSize: 64 },
  md5: { name: 'md5', blockSize: 64 },
  ripemd160: { name: 'ripemd160', blockSize: 64 },
  sha1: { name: 'sha1', blockSize: 64 },
  sha256: { name: 'sha256', blockSize: 64 },
  sha384: { name: 'sha384', blockSize: 128 },
  sha512: { name: 'sha512', blockSize: 128 },
  sha512_224: { name: 'sha512-224', blockSize: 128 },
  sha512_256: { name: 'sha512-256', blockSize: 128 },
}

export const ALGORITHM_NAMES: readonly string[] = Object.keys(ALGORITHMS)

export class Hashes {
  readonly #crypto: typeof NodeCrypto

  constructor(crypto: typeof NodeCrypto) {
    this.#crypto = crypto
  }

  plain(algorithm: string): HashState {
    return new PlainHash(this.#start(algorithmOf(algorithm)))
  }

  keyed(algorithm: string, key: Uint8Array): HashState {
    const start = (): HashState => this.plain(algorithm)
    const { blockSize } = algorithmOf(algorithm)
    const shortKey = key.length <= blockSize ? key : digestOf(start(), key)
    const padded = Buffer.alloc(blockSize)
    padded.set(shortKey)
    const inner = start()
    inner.update(padded.map((byte) => byte ^ 0x36))
    const outerKey = padded.map((byte) => byte ^ 0x5c)
    return {
      update: (bytes) => inner.update(bytes),
      digest: () => digestOf(start(), outerKey, inner.digest()),
    }
  }

  #start({ name }: Algorithm): Copyable {
    return name === null ? new Md4() : this.#crypto.createHash(name)
  }
}

function algorithmOf(name: string): Algorithm {
  const algorithm = Object.hasOwn(ALGORITHMS, name) ? ALGORITHMS[name] : undefined
  if (algorithm === undefined) throw new HostError(`invalid algorithm: ${name}`)
  return algorithm
}

function digestOf(hash: HashState, ...parts: Uint8Array[]): Buffer {
  for (const part of parts) hash.update(part)
  return hash.digest()
}

class PlainHash implements HashState {
  readonly #hash: Copyable

  constructor(hash: Copyable) {
    this.#hash = hash
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes)
  }

  digest(): Buffer {
    return this.#hash.copy().digest()
  }
}
