/**
 * The plain forms of functions that may pause, with the name and length that the original has.
 *
 * Both come from the way in which the function is made, not from `Object.defineProperty`: that would turn the function into a
 * dictionary, where looking up its other forms, at each call, takes several times as long. So parameter lists are spelled
 * out here; longer ones are rare.
 */
import type { AnyFunction } from './marks.js'

interface Finisher {
  /** Ends a call: gets what a twin (a generator) or a quick form (its result, or SUSPENDED) has returned. */
  finish(form: number, returned: unknown): unknown
}

/** A function that `new` takes. */
export function plainFunction(
  runtime: Finisher,
  form: number,
  body: AnyFunction,
  name: string,
  length: number,
): AnyFunction {
  switch (length) {
    case 0:
      return {
        [name]: function (this: unknown) {
          return runtime.finish(form, body.apply(this, arguments as unknown as unknown[]))
        },
      }[name]!
    case 1:
      return {
        [name]: function (this: unknown, _a: unknown) {
          return runtime.finish(form, body.apply(this, arguments as unknown as unknown[]))
        },
      }[name]!
    case 2:
      return {
        [name]: function (this: unknown, _a: unknown, _b: unknown) {
          return runtime.finish(form, body.apply(this, arguments as unknown as unknown[]))
        },
      }[name]!
    case 3:
      return {
        [name]: function (this: unknown, _a: unknown, _b: unknown, _c: unknown) {
          return runtime.finish(form, body.apply(this, arguments as unknown as unknown[]))
        },
      }[name]!
    default:
      return withLength(plainFunction(runtime, form, body, name, 0), length)
  }
}

/** A function without `prototype` that `new` refuses: methods and arrow functions. */
export function plainMethod(
  runtime: Finisher,
  form: number,
  body: AnyFunction,
  name: string,
  length: number,
): AnyFunction {
  switch (length) {
    case 0:
      return {
        [name](this: unknown) {
          return runtime.finish(form, body.apply(this, arguments as unknown as unknown[]))
        },
      }[name]!
    case 1:
      return {
        [name](this: unknown, _a: unknown) {
          return runtime.finish(form, body.apply(this, arguments as unknown as unknown[]))
        },
      }[name]!
    case 2:
      return {
        [name](this: unknown, _a: unknown, _b: unknown) {
          return runtime.finish(form, body.apply(this, arguments as unknown as unknown[]))
        },
      }[name]!
    case 3:
      return {
        [name](this: unknown, _a: unknown, _b: unknown, _c: unknown) {
          return runtime.finish(form, body.apply(this, arguments as unknown as unknown[]))
        },
      }[name]!
    default:
      return withLength(plainMethod(runtime, form, body, name, 0), length)
  }
}

function withLength(fn: AnyFunction, length: number): AnyFunction {
  return Object.defineProperty(fn, 'length', { value: length, configurable: true })
}
