/** `node:crypto` in a virtual user: Node's own; what it computes on other threads comes back as a task of the VU. */
import crypto from 'node:crypto'
import { promisify } from 'node:util'
import { asTask, asTaskPromise, currentWorld } from './current.js'

type Method = ((...args: any[]) => any) & { [promisify.custom]?: (...args: any[]) => Promise<unknown> }

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

export function withTaskCallback(method: Method): Method {
  const wrapped: Method = function (this: unknown, ...args) {
    const callback = args.at(-1)
    if (typeof callback === 'function') args[args.length - 1] = asTask(callback)
    return method.apply(this, args)
  }
  const custom = method[promisify.custom]
  if (custom !== undefined) {
    Object.defineProperty(wrapped, promisify.custom, { value: (...args: unknown[]) => asTaskPromise(custom(...args)) })
  }
  return wrapped
}

function webCrypto(): { subtle: object } {
  return currentWorld().global['crypto'] as { subtle: object }
}

export function cryptoModule(): object {
  // Node warns of those that are read here and on their way out.
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
    webcrypto: { get: webCrypto, enumerable: true, configurable: true },
    subtle: { get: () => webCrypto().subtle, enumerable: true, configurable: true },
  })
}
