/**
 * What a quick form that paused leaves behind: the generator that goes on. The quick form returns SUSPENDED; whoever receives that
 * passes it on at once, or takes the generator and drives it. Nothing runs in between, so that one place for it is enough for the
 * whole thread.
 */
import type { AnyFunction, Body, BodyFunction } from './marks.js'
import { PAUSE, QUICK, SUSPENDED } from './pause.js'

type Step = IteratorResult<unknown, unknown>

let pending: Body | undefined

/** A quick form ends here for now: `body` is what to do next. */
export function later(body: Body): typeof SUSPENDED {
  pending = body
  return SUSPENDED
}

/** A quick form has just paused, and nobody has taken its generator yet. */
export function isPending(): boolean {
  return pending !== undefined
}

export function take(): Body {
  const body = pending!
  pending = undefined
  return body
}

/** Calls a function of the script: its result, or SUSPENDED. */
export function callForm(fn: AnyFunction, self: unknown, args: unknown[]): unknown {
  const quick = (fn as any)[QUICK] as AnyFunction | undefined
  if (quick !== undefined) return quick.apply(self, args)
  const twin = (fn as any)[PAUSE] as BodyFunction | undefined
  return twin === undefined ? fn.apply(self, args) : start(twin.apply(self, args))
}

/** Runs a generator up to its first pause, so that the quick form is in the stack: its result, when it does not pause. */
export function start(body: Body): unknown {
  const step = body.next()
  return step.done ? step.value : later(new Started(body, step) as unknown as Body)
}

/** A generator that has given its first pause already: `yield*` begins with that and then goes on with the generator. */
class Started {
  private readonly body: Body
  private first: Step | undefined

  constructor(body: Body, first: Step) {
    this.body = body
    this.first = first
  }

  [Symbol.iterator](): this {
    return this
  }

  next(value: unknown): Step {
    const first = this.first
    if (first === undefined) return this.body.next(value)
    this.first = undefined
    return first
  }

  throw(error: unknown): Step {
    return this.body.throw(error)
  }

  return(value: unknown): Step {
    return this.body.return(value)
  }
}
