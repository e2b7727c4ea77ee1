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

/**
 * Runs a twin from where it stands to its next pause, or to its end: `generator.next()`. Each generator function gives generators of a shape of
 * its own, and each VU has its own generator functions. So V8 cannot remember where `next` was found, and looking for it takes longer than the call.
 */
export const next: (body: Body, value?: unknown) => IteratorResult<unknown, unknown> = Function.prototype.call.bind(
  Object.getPrototypeOf(function* () {}).prototype.next,
) as never

/** What is left of a twin after its first step, for `yield*`. It has no `return`: nobody closes a function that pauses. */
class Rest {
  readonly #body: Body
  #first: IteratorResult<unknown, unknown> | undefined

  constructor(body: Body, first: IteratorResult<unknown, unknown>) {
    this.#body = body
    this.#first = first
  }

  [Symbol.iterator](): this {
    return this
  }

  next(value: unknown): IteratorResult<unknown, unknown> {
    const first = this.#first
    if (first === undefined) return next(this.#body, value)
    this.#first = undefined
    return first
  }

  throw(error: unknown): IteratorResult<unknown, unknown> {
    return this.#body.throw(error)
  }
}

/** Never runs: what a call of a function without a twin leaves. */
const ENDED: Body = (function* () {})()

/** `yield* rest(body, first)` goes on with a twin whose first step gave `first`. */
export function rest(body: Body, first: IteratorResult<unknown, unknown>): Twin {
  return new Rest(body, first) as unknown as Twin
}

/** Calls a function of the script from a module, so that it may pause: `yield* call(fn, undefined, a, b)`. */
export function call(fn: AnyFunction, self: unknown, ...args: unknown[]): Twin {
  const twin = twinOf(fn)
  if (twin === undefined) return rest(ENDED, { done: true, value: Reflect.apply(fn, self, args) })
  const body = twin.apply(self, args)
  return rest(body, next(body))
}

/** The twin of a function, when it has one. Functions that copy or inherit its properties have no twin from that: see own-forms.ts. */
export function twinOf(fn: AnyFunction): ((this: unknown, ...args: unknown[]) => Body) | undefined {
  return (fn as { [PAUSE]?: BodyFunction })[PAUSE]
}
