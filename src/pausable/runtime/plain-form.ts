/**
 * The plain forms of functions that may pause, with the name and length that the original has.
 *
 * Both come from the way in which the function is made, not from `Object.defineProperty`: that would turn the function into a
 * dictionary, where looking up its other forms, at each call, takes several times as long. So parameter lists are spelled
 * out here; longer ones are rare.
 */
import type { AnyFunction, Body } from './marks.js'

interface Runner {
  /** Runs a twin where no pause is possible. */
  run(body: Body): unknown
}

/** A function that `new` takes. */
export function plainFunction(runtime: Runner, body: AnyFunction, name: string, length: number): AnyFunction {
  switch (length) {
    case 0:
      return {
        [name]: function (this: unknown) {
          return runtime.run(body.apply(this, arguments as unknown as unknown[]) as Body)
        },
      }[name]!
    case 1:
      return {
        [name]: function (this: unknown, _a: unknown) {
          return runtime.run(body.apply(this, arguments as unknown as unknown[]) as Body)
        },
      }[name]!
    case 2:
      return {
        [name]: function (this: unknown, _a: unknown, _b: unknown) {
          return runtime.run(body.apply(this, arguments as unknown as unknown[]) as Body)
        },
      }[name]!
    case 3:
      return {
        [name]: function (this: unknown, _a: unknown, _b: unknown, _c: unknown) {
          return runtime.run(body.apply(this, arguments as unknown as unknown[]) as Body)
        },
      }[name]!
    default:
      return withLength(plainFunction(runtime, body, name, 0), length)
  }
}

/** A function without `prototype` that `new` refuses: methods and arrow functions. */
export function plainMethod(runtime: Runner, body: AnyFunction, name: string, length: number): AnyFunction {
  switch (length) {
    case 0:
      return {
        [name](this: unknown) {
          return runtime.run(body.apply(this, arguments as unknown as unknown[]) as Body)
        },
      }[name]!
    case 1:
      return {
        [name](this: unknown, _a: unknown) {
          return runtime.run(body.apply(this, arguments as unknown as unknown[]) as Body)
        },
      }[name]!
    case 2:
      return {
        [name](this: unknown, _a: unknown, _b: unknown) {
          return runtime.run(body.apply(this, arguments as unknown as unknown[]) as Body)
        },
      }[name]!
    case 3:
      return {
        [name](this: unknown, _a: unknown, _b: unknown, _c: unknown) {
          return runtime.run(body.apply(this, arguments as unknown as unknown[]) as Body)
        },
      }[name]!
    default:
      return withLength(plainMethod(runtime, body, name, 0), length)
  }
}

/** An arrow function without a name, such as the one given to `group`: most functions that are made anew are of this sort. */
export function plainArrow(runtime: Runner, body: AnyFunction, length: number): AnyFunction {
  switch (length) {
    case 0:
      return (...args) => runtime.run(body(...args) as Body)
    case 1:
      return (_a, ...args) => runtime.run(body(_a, ...args) as Body)
    default:
      return withLength(plainArrow(runtime, body, 0), length)
  }
}

function withLength(fn: AnyFunction, length: number): AnyFunction {
  return Object.defineProperty(fn, 'length', { value: length, configurable: true })
}
