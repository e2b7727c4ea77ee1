/**
 * `new Proxy(fn, handler)`: to call it is to call the trap `apply`, which may pause. Whoever looks for the twin of the proxy would otherwise
 * find that of `fn`, or what a trap `get` gives for any property.
 *
 * Shape   the handler of a proxied function is itself behind a proxy, which answers for the forms and leaves the rest to the traps of
 *         the script
 */

import type { AnyFunction } from './marks.js'
import { call, PAUSE, type Twin } from './pause.js'

type Traps = ProxyHandler<AnyFunction>

const NativeProxy = Proxy

/** Replaces `Proxy` of a realm. Proxies of objects that are not functions are as ever. */
export function givePausesToProxies(realm: typeof globalThis): void {
  const revocable = NativeProxy.revocable
  const replacement = new NativeProxy(NativeProxy, {
    construct(_, [target, handler]) {
      return new NativeProxy(target, handlerFor(target, handler))
    },
    get(native, key, receiver) {
      return key === 'revocable' ? pausingRevocable : Reflect.get(native, key, receiver)
    },
  })
  const { revocable: pausingRevocable } = {
    revocable: (target: AnyFunction, handler: Traps) => revocable(target, handlerFor(target, handler)),
  }
  Object.defineProperty(realm, 'Proxy', { value: replacement, writable: true, configurable: true, enumerable: false })
}

function handlerFor(target: unknown, handler: unknown): any {
  if (typeof target !== 'function' || typeof handler !== 'object' || handler === null) return handler
  const traps = handler as Traps
  const twin = function* (this: unknown, ...args: unknown[]): Twin {
    const trap = traps.apply as AnyFunction | null | undefined
    if (trap === undefined || trap === null) return yield* call(target as AnyFunction, this, ...args)
    return yield* call(trap, traps, target, this, args)
  }
  return new NativeProxy(traps, {
    get(_, name) {
      const trap = Reflect.get(traps, name) as AnyFunction | null | undefined
      if (name === 'get') return getTrap(traps, trap, twin)
      return typeof trap === 'function' ? trap.bind(traps) : trap
    },
  })
}

function getTrap(traps: Traps, trap: AnyFunction | null | undefined, twin: AnyFunction): Traps['get'] {
  return (target, key, receiver) => {
    if (key === PAUSE) return twin
    if (trap === undefined || trap === null) return Reflect.get(target, key, receiver)
    return Reflect.apply(trap, traps, [target, key, receiver])
  }
}
