/**
 * Module `k6/crypto`: hashes, HMAC and random bytes. They are Node's, whose module is loaded when a script imports this one.
 *
 * Errors  HostError with k6's texts
 * Source  docs/spec/metrics-and-modules.md §7.6
 */
import type * as NodeCrypto from 'node:crypto'
import { HostError } from '../../vu/host-error.js'
import { toArrayBuffer, toBytes } from '../bytes.js'
import { encodeBase64, formOf } from '../k6-encoding/base64.js'
import type { BuiltinModule } from '../module.js'
import { ALGORITHM_NAMES, Hashes, type HashState } from './hashes.js'

export const k6Crypto: BuiltinModule = {
  create: () => {
    const crypto = process.getBuiltinModule('node:crypto')
    const hashes = new Hashes(crypto)
    return {
      createHash: (algorithm?: unknown) => new Hasher(hashes.plain(String(algorithm ?? ''))),
      createHMAC: (algorithm?: unknown, key?: unknown) =>
        new Hasher(hashes.keyed(String(algorithm ?? ''), toBytes(key))),
      hmac: (algorithm?: unknown, key?: unknown, data?: unknown, encoding?: unknown) => {
        const hasher = new Hasher(hashes.keyed(String(algorithm ?? ''), toBytes(key)))
        hasher.update(data)
        return hasher.digest(encoding)
      },
      hexEncode: (data?: unknown) => hex(toBytes(data)),
      randomBytes: (size?: unknown) => randomBytes(crypto, size),
      ...Object.fromEntries(ALGORITHM_NAMES.map((name) => [name, hashFunction(hashes, name)])),
    }
  },
}

/** What createHash and createHMAC return. Data may be added after a digest. */
class Hasher {
  readonly #state: HashState

  constructor(state: HashState) {
    this.#state = state
  }

  update(data?: unknown): void {
    this.#state.update(toBytes(data))
  }

  digest(encoding?: unknown): string | ArrayBuffer {
    return encoded(this.#state.digest(), String(encoding ?? ''))
  }
}

function hashFunction(hashes: Hashes, algorithm: string): (data?: unknown, encoding?: unknown) => string | ArrayBuffer {
  return (data, encoding) => {
    const hasher = new Hasher(hashes.plain(algorithm))
    hasher.update(data)
    return hasher.digest(encoding)
  }
}

function encoded(bytes: Uint8Array, encoding: string): string | ArrayBuffer {
  switch (encoding) {
    case 'hex':
      return hex(bytes)
    case 'base64':
      return encodeBase64(bytes, formOf('std'))
    case 'base64url':
      return encodeBase64(bytes, formOf('url'))
    case 'base64rawurl':
      return encodeBase64(bytes, formOf('rawurl'))
    case 'binary':
      return toArrayBuffer(bytes)
    default:
      throw new HostError(`invalid output encoding: ${encoding}`)
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

function randomBytes(crypto: typeof NodeCrypto, size: unknown): ArrayBuffer {
  const count = Math.trunc(Number(size))
  if (!(count >= 1)) throw new HostError('invalid size')
  return toArrayBuffer(crypto.randomBytes(count))
}
