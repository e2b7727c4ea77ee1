/**
 * The global `crypto` of one VU: Node's. Only `crypto.subtle` differs, because it works on other threads: the iteration waits for its promises, and
 * they settle in tasks of the VU.
 *
 * Source  https://w3c.github.io/webcrypto/, docs/spec/metrics-and-modules.md §7.6
 */
import { asTaskPromise } from '../node/index.js'
import type { VirtualUser } from '../vu/virtual-user.js'
import type { Globals } from './module.js'

type SubtleMethod = (...args: unknown[]) => Promise<unknown>

export const webCryptoGlobals: Globals = { perVu: { crypto: ({ vu }) => webCryptoFor(vu) } }

function webCryptoFor(vu: VirtualUser): object {
  // Read here and not with the file: the first read makes Node load it.
  const { crypto } = globalThis
  return Object.create(Object.getPrototypeOf(crypto), {
    subtle: { value: subtleFor(vu, crypto.subtle), enumerable: true },
    getRandomValues: { value: crypto.getRandomValues.bind(crypto), enumerable: true },
    randomUUID: { value: crypto.randomUUID.bind(crypto), enumerable: true },
  })
}

function subtleFor(vu: VirtualUser, subtle: object): object {
  const prototype = Object.getPrototypeOf(subtle)
  const own: PropertyDescriptorMap = {}
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const method = (subtle as Record<string, unknown>)[name]
    if (name === 'constructor' || typeof method !== 'function') continue
    own[name] = {
      value: (...args: unknown[]) => asTaskPromise((method as SubtleMethod).apply(subtle, args), vu),
      writable: true,
      configurable: true,
      enumerable: true,
    }
  }
  return Object.create(prototype, own)
}
