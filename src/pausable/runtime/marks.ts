/**
 * What the body of an async function or a generator of the script yields: a Pause, or one of these marks with a value beside it. Whoever
 * receives a mark takes the value at once, so one place for the value is enough for the whole thread.
 */
export const AWAIT: unique symbol = Symbol('await')
export const YIELD: unique symbol = Symbol('yield')
/** A `yield*` asks for its generator to be closed, as if by its method `return`. */
export const RETURN: unique symbol = Symbol('return')
/** The parameters of a generator function have their values: its call is over. */
export const BEGUN: unique symbol = Symbol('begun')

let slot: unknown

export function mark<M extends symbol>(kind: M, value: unknown): M {
  slot = value
  return kind
}

export function takeValue(): unknown {
  const value = slot
  slot = undefined
  return value
}

let returned: unknown

/** What a generator's `return` was called with. A `yield*` that is closed by that call takes it at once: its `finally` cannot see it otherwise. */
export function noteReturned(value: unknown): void {
  returned = value
}

export function takeReturned(): unknown {
  const value = returned
  returned = undefined
  return value
}

/** The body of a script function as the runtime drives it. */
export type Body = Generator<unknown, unknown, unknown>
export type BodyFunction = (this: unknown, ...args: any[]) => Body
export type AnyFunction = (this: any, ...args: any[]) => unknown
