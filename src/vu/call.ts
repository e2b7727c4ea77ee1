/** Calls of functions that may be the script's and may pause, from code that is not the script's. */
import type { AnyFunction, BodyFunction } from './marks.js'
import { PAUSE, QUICK, SUSPENDED, type Twin } from './pause.js'
import { start, take } from './suspend.js'

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

/** The result of a function, or SUSPENDED. */
export function callForm(fn: AnyFunction, self: unknown, args: unknown[]): unknown {
  const quick = (fn as any)[QUICK] as AnyFunction | undefined
  if (quick !== undefined) return quick.apply(self, args)
  const twin = (fn as any)[PAUSE] as BodyFunction | undefined
  return twin === undefined ? fn.apply(self, args) : start(twin.apply(self, args))
}
