/** Calls of functions that may be the script's and may pause, from code that is not the script's. */
import type { AnyFunction } from './marks.js'
import { PAUSE, QUICK, SUSPENDED, type Twin } from './pause.js'
import { take } from './suspend.js'

/** Calls a function of the script from a module, so that it may pause: `yield* call(fn, undefined, a, b)`. */
export function* call(fn: AnyFunction, self: unknown, ...args: unknown[]): Twin {
  const quick = (fn as any)[QUICK] as AnyFunction | undefined
  if (quick === undefined) {
    const twin = (fn as any)[PAUSE] as ((...args: unknown[]) => Twin) | undefined
    return twin ? yield* twin.apply(self, args) : fn.apply(self, args)
  }
  const returned = quick.apply(self, args)
  return returned === SUSPENDED ? yield* take() as Twin : returned
}
