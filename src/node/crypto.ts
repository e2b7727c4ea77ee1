/** `node:crypto` in a virtual user: Node's own. Results that it computes on other threads come back as tasks of the VU. */
import crypto from 'node:crypto'
import { currentWorld, withTaskCallback } from './current.js'

type Method = (...args: any[]) => any

const WITH_CALLBACK = [
  'checkPrime',
  'diffieHellman',
  'generateKey',
  'generateKeyPair',
  'generatePrime',
  'hkdf',
  'pbkdf2',
  'pseudoRandomBytes',
  'randomBytes',
  'randomFill',
  'randomInt',
  'scrypt',
  'sign',
  'verify',
] as const

type WebCrypto = Record<string, unknown> & { readonly subtle: Record<string, unknown> }

let webCrypto: WebCrypto | undefined

/** The global `crypto` for packages that all VUs share. A package may keep it, or its `subtle`; each call goes to the VU that is running. */
export function currentWebCrypto(): WebCrypto {
  webCrypto ??= makeWebCrypto()
  return webCrypto
}

function makeWebCrypto(): WebCrypto {
  const own = (): WebCrypto => currentWorld().global['crypto'] as WebCrypto
  const { crypto } = globalThis
  const subtle = forwarding(crypto.subtle, () => own().subtle)
  return Object.assign(forwarding(crypto, own), { subtle })
}

/** An object with the methods of `sample`. Each looks for the method of `own()` when it is called. */
function forwarding(sample: object, own: () => Record<string, unknown>): Record<string, unknown> {
  const methods: Record<string, unknown> = {}
  const prototype = Object.getPrototypeOf(sample) as Record<string, unknown>
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name === 'constructor' || typeof value !== 'function') continue
    methods[name] = (...args: unknown[]) => (own()[name] as Method)(...args)
  }
  return methods
}

export function cryptoModule(): object {
  // Left out: reading them here would make Node write warnings.
  const {
    fips: _fips,
    webcrypto: _webcrypto,
    subtle: _subtle,
    ...kept
  } = Object.getOwnPropertyDescriptors(crypto) as Record<string, PropertyDescriptor>
  const exports: object = Object.defineProperties({}, kept)
  for (const name of WITH_CALLBACK) {
    const method = (crypto as unknown as Record<string, Method | undefined>)[name]
    if (method === undefined) continue
    Object.defineProperty(exports, name, { value: withTaskCallback(method), enumerable: true, configurable: true })
  }
  return Object.defineProperties(exports, {
    webcrypto: { get: currentWebCrypto, enumerable: true, configurable: true },
    subtle: { get: () => currentWebCrypto().subtle, enumerable: true, configurable: true },
  })
}
