/**
 * Where a script called something that fails later: the frames of the call, for the stack of the error. Without them the stack of a
 * failed connection has frames of Node only.
 *
 * Cost    a few µs; the text is made when somebody reads it
 */

import { placeInStack } from '../base/errors.js'

/** Enough for the innermost calls of the script: each of them takes up to four frames of the compiled program. */
const FRAMES = 16

export class CallSite {
  declare readonly stack: string

  /** `from`: the function that the script called; the frames begin with its caller. */
  constructor(from: (...args: never[]) => unknown) {
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = FRAMES
    Error.captureStackTrace(this, from)
    Error.stackTraceLimit = limit
  }

  /** `    at f (file:1:2)`, one a line. */
  get frames(): string {
    const { stack } = this
    const start = stack.indexOf('\n    at ')
    return start < 0 ? '' : stack.slice(start)
  }

  /** `file:line:column` of the call. */
  get place(): string {
    return placeInStack(this.frames)
  }
}

/** Gives the error back, with the frames of the call in place of its own. */
export function calledAt<E extends Error>(error: E, site: CallSite): E {
  Object.defineProperty(error, 'stack', {
    get: () => `${error.name}: ${error.message}${site.frames}`,
    set: (stack: unknown) =>
      Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true }),
    configurable: true,
    enumerable: false,
  })
  return error
}
