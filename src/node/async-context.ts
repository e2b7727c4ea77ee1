/**
 * `node:async_hooks` in a virtual user: Node's own. Node keeps the async context across promises and ticks. Timers and tasks that wait in the queue of a
 * VU need the functions of this file for that. They cost nothing until a script makes its first `AsyncLocalStorage`.
 */
import asyncHooks, { AsyncResource } from 'node:async_hooks'
import type { Twin } from '../pausable/runtime/pause.js'

let isUsed = false

/** An async context in which functions can be run later. */
export type Context = Pick<AsyncResource, 'runInAsyncScope'>

export function contextOfNow(): Context | null {
  return isUsed ? new AsyncResource('VirtualUserTask') : null
}

/** The function, bound to the present context. */
export function withContext<F extends (...args: any[]) => unknown>(fn: F): F {
  return isUsed ? (AsyncResource.bind(fn) as F) : fn
}

/** The generator of a call that may pause, each step of which runs in `context`. */
export function* twinInContext(context: Context, twin: Twin): Twin {
  let step = context.runInAsyncScope(() => twin.next())
  while (!step.done) {
    let mode: 'next' | 'throw' = 'next'
    let value: unknown
    try {
      value = yield step.value
    } catch (error) {
      mode = 'throw'
      value = error
    }
    step = context.runInAsyncScope(() => twin[mode](value))
  }
  return step.value
}

export function asyncHooksModule(): object {
  class AsyncLocalStorage<T> extends asyncHooks.AsyncLocalStorage<T> {
    constructor(...args: []) {
      super(...args)
      isUsed = true
    }
  }
  return { ...asyncHooks, AsyncLocalStorage }
}
