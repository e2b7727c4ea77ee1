/** Calls of functions that may be the script's and may pause, from code that is not the script's. */
import type { AnyFunction, Body, BodyFunction } from './marks.js'
import { PAUSE, type Twin } from './pause.js'

/** Calls a function of the script from a module, so that it may pause: `yield* call(fn, undefined, a, b)`. */
export function* call(fn: AnyFunction, self: unknown, ...args: unknown[]): Twin {
  const twin = twinOf(fn)
  return twin === undefined ? Reflect.apply(fn, self, args) : yield* twin.apply(self, args) as Twin
}

/** The twin of a function, when it has one: of its own, not one that an object has inherited or been given. */
export function twinOf(fn: AnyFunction): ((this: unknown, ...args: unknown[]) => Body) | undefined {
  return (fn as { [PAUSE]?: BodyFunction })[PAUSE]
}
