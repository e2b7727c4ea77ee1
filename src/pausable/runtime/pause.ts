/**
 * How a script blocks without blocking its thread. A function that may block has a second form, a generator under the key
 * PAUSE (its "twin"); a pause is a value yielded through the twins up to the VU, which starts it and resumes the generator
 * when it is done.
 */
import type { AnyFunction, Body, BodyFunction } from './marks.js'

/** Property key of a function's generator twin: `fn[PAUSE](...args)` called with the same `this`. */
export const PAUSE: unique symbol = Symbol.for('sockeye.pause')

/**
 * What a twin yields. The VU calls `start` once; exactly one later call of `resume` or `fail` goes on with the script.
 *
 * With `immediately` the script goes on inside the call instead of in a later turn. Only a callback that Node itself called may ask for
 * that, when no code of a VU is on the stack and the callback serves one VU only: a socket event of a session that the VU waits for.
 */
export interface Pause {
  /** Names the call in messages: `sleep()`, `ws.connect()`. */
  readonly call: string
  start(resume: (value: unknown, immediately?: boolean) => void, fail: (error: unknown) => void): void
}

export type Twin = Generator<Pause, unknown, unknown>

export interface Pausable {
  (...args: never[]): unknown
  [PAUSE]?: (...args: never[]) => Twin
}

/** Calls a function of the script from a module, so that it may pause: `yield* call(fn, undefined, a, b)`. */
export function* call(fn: AnyFunction, self: unknown, ...args: unknown[]): Twin {
  const twin = twinOf(fn)
  return twin === undefined ? Reflect.apply(fn, self, args) : yield* twin.apply(self, args) as Twin
}

/** The twin of a function, when it has one. Functions that copy or inherit its properties have no twin from that: see own-forms.ts. */
export function twinOf(fn: AnyFunction): ((this: unknown, ...args: unknown[]) => Body) | undefined {
  return (fn as { [PAUSE]?: BodyFunction })[PAUSE]
}
