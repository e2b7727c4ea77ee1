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

/** What a twin gives: a pause, or its result. */
export type Step = IteratorResult<Pause, unknown>

export interface Pausable {
  (...args: never[]): unknown
  [PAUSE]?: (...args: never[]) => Twin
}

/**
 * Runs a twin from where it stands to its next pause, or to its end: `generator.next()`. Each generator function gives generators of a shape of
 * its own, and each VU has its own generator functions. So V8 cannot remember where `next` was found, and looking for it takes nearly as long as the call.
 */
export const next: <T>(twin: Generator<T, unknown, unknown>, value?: unknown) => IteratorResult<T, unknown> =
  Function.prototype.call.bind(Object.getPrototypeOf(function* () {}).prototype.next) as never

/** What `yield*` takes in a twin. */
export type Following = Iterable<Pause, unknown, unknown>

/** What is left of a twin after its first step. It has no `return`: nobody closes a function that pauses. */
class Rest implements Following, Iterator<Pause, unknown, unknown> {
  readonly #body: Twin
  #first: Step | undefined

  constructor(body: Twin, first: Step) {
    this.#body = body
    this.#first = first
  }

  [Symbol.iterator](): this {
    return this
  }

  next(value: unknown): Step {
    const first = this.#first
    if (first === undefined) return next(this.#body, value)
    this.#first = undefined
    return first
  }

  throw(error: unknown): Step {
    return this.#body.throw(error)
  }
}

/** Never runs: what a call of a function without a twin leaves. */
const ENDED: Twin = (function* () {})()

/** `yield* rest(twin, first)` goes on with a twin whose first step gave `first`. */
export function rest(twin: Twin, first: Step): Following {
  return new Rest(twin, first)
}

/** Calls a function of the script from a module, so that it may pause: `yield* call(fn, undefined, a, b)`. */
export function call(fn: AnyFunction, self: unknown, ...args: unknown[]): Following {
  const twin = twinOf(fn)
  if (twin === undefined) return rest(ENDED, { done: true, value: Reflect.apply(fn, self, args) })
  const body = twin.apply(self, args) as Twin
  return rest(body, next(body))
}

/** The twin of a function, when it has one. Functions that copy or inherit its properties have no twin from that: see own-forms.ts. */
export function twinOf(fn: AnyFunction): ((this: unknown, ...args: unknown[]) => Body) | undefined {
  return (fn as { [PAUSE]?: BodyFunction })[PAUSE]
}
