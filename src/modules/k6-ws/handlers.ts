/**
 * Calls the handlers of a script. A handler that cannot pause is called as a plain function; one that may pause has a twin, a generator, which is run
 * up to its first pause.
 *
 * Shape   callAll and begin return undefined when all is done, as nearly always. When a handler has paused they return what does the rest, for `yield*`.
 */
import { type Following, next, PAUSE, rest, type Twin } from '../../pausable/runtime/pause.js'
import type { Callback } from './arguments.js'

type Handler = ((...args: unknown[]) => unknown) & { readonly [PAUSE]?: (...args: unknown[]) => Twin }

/** Hot. Handlers get one argument or none, so the usual call needs no array. */
export function callAll(handlers: readonly Callback[], ...args: [] | [unknown]): Following | undefined
export function callAll(handlers: readonly Callback[], argument?: unknown): Following | undefined {
  const hasArgument = arguments.length > 1
  const count = handlers.length
  for (let i = 0; i < count; i++) {
    const handler = handlers[i] as Handler
    const twin = handler[PAUSE]
    if (twin !== undefined) {
      if (i < count - 1) return callAllPausing(handlers, i, hasArgument ? [argument] : [])
      return begin(hasArgument ? twin.call(undefined, argument) : twin.call(undefined))
    }
    if (hasArgument) handler(argument)
    else handler()
  }
  return undefined
}

export function* callAllPausing(handlers: readonly Callback[], from: number, args: readonly unknown[]): Twin {
  for (let i = from; i < handlers.length; i++) {
    const handler = handlers[i] as Handler
    const twin = handler[PAUSE]
    if (twin === undefined) {
      handler(...args)
      continue
    }
    const more = begin(twin.apply(undefined, args as unknown[]))
    if (more !== undefined) yield* more
  }
  return undefined
}

/** Runs a twin up to its first pause. Most twins end without one. */
function begin(twin: Twin): Following | undefined {
  const step = next(twin)
  return step.done ? undefined : rest(twin, step)
}

/** The twin of a call; undefined for a handler that cannot pause. */
export function twinOf(handler: Callback, argument: unknown): Twin | undefined {
  return (handler as Handler)[PAUSE]?.call(undefined, argument)
}
