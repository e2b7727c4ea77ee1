/**
 * `node:dns` in a virtual user. `lookup` follows the options `hosts`, `dns` and `blockHostnames` of the test; other questions go to the name servers
 * as Node sends them. Answers come as tasks of the VU.
 */
import dns from 'node:dns'
import { isIP } from 'node:net'
import { isIpLiteral } from '../net/address.js'
import { asTask, asTaskPromise, currentVu, withTaskCallback } from './current.js'
import { lookupError } from './route.js'

type Answer = (error: Error | null, address?: unknown, family?: number) => void
type Method = (...args: unknown[]) => unknown

interface Address {
  readonly address: string
  readonly family: number
}

function lookup(hostname: string, second: unknown, third?: Answer): void {
  const options = (typeof second === 'function' ? {} : second) as { all?: boolean } | number | undefined
  const callback = (typeof second === 'function' ? second : third) as Answer
  if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function')
  const all = typeof options === 'object' && options?.all === true
  const answer = asTask(callback)
  find(hostname).then(
    (found) => (all ? answer(null, [found]) : answer(null, found.address, found.family)),
    (error: Error) => answer(error),
  )
}

function find(hostname: string): Promise<Address> {
  const { dialer } = currentVu().shard
  return new Promise((resolve, reject) => {
    const found = (address: string): void => resolve({ address, family: isIP(address) })
    const mapped = dialer.hosts.find(hostname, 0)
    if (mapped !== undefined) found(mapped.address)
    else if (isIpLiteral(hostname)) found(hostname)
    else if (dialer.hostnameBlocker.match(hostname) !== undefined) reject(lookupError('ENOTFOUND', hostname))
    else {
      dialer.resolver.resolve(hostname, {
        addressFound: found,
        addressFailed: ({ code }) => reject(lookupError(code, hostname)),
      })
    }
  })
}

async function lookupPromise(hostname: string, options: { all?: boolean } = {}): Promise<Address | Address[]> {
  const found = await asTaskPromise(find(hostname))
  return options.all ? [found] : found
}

const QUESTIONS = /^(resolve|reverse|lookupService)/

function withPromise(method: Method): Method {
  return function (this: unknown, ...args: unknown[]) {
    return asTaskPromise(method.apply(this, args) as Promise<unknown>)
  }
}

function questions(source: object, wrap: (method: Method) => Method): Record<string, unknown> {
  const methods: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(source)) if (QUESTIONS.test(name)) methods[name] = wrap(value as Method)
  return methods
}

function resolverOf(Base: new (...args: never[]) => object, wrap: (method: Method) => Method): unknown {
  class Resolver extends Base {}
  const { prototype } = Base as { prototype: Record<string, Method> }
  // Some methods are those of a base class that Node does not export.
  const names = [Object.getPrototypeOf(prototype), prototype].flatMap(Object.getOwnPropertyNames)
  for (const name of names.filter((candidate) => QUESTIONS.test(candidate))) {
    Object.defineProperty(Resolver.prototype, name, { value: wrap(prototype[name] as Method), writable: true })
  }
  return Resolver
}

export function dnsPromises(): object {
  return {
    ...dns.promises,
    ...questions(dns.promises, withPromise),
    lookup: lookupPromise,
    Resolver: resolverOf(dns.promises.Resolver, withPromise),
  }
}

export function dnsModule(promises: object): object {
  return {
    ...dns,
    ...questions(dns, withTaskCallback),
    lookup,
    Resolver: resolverOf(dns.Resolver, withTaskCallback),
    promises,
  }
}
