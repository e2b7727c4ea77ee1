/**
 * `node:async_hooks` in a virtual user: Node's own. Node hands its context on to promises, ticks and what sockets tell at once; timers, and
 * whatever waits in the queue of a VU, hand it on here. Costs nothing until the first `AsyncLocalStorage` is made.
 */
import asyncHooks, { AsyncResource } from 'node:async_hooks'
import type { Twin } from '../pausable/runtime/pause.js'

let isUsed = false

/** Runs what is called later in the context of now. */
export type Context = Pick<AsyncResource, 'runInAsyncScope'>

export function contextOfNow(): Context | null {
  return isUsed ? new AsyncResource('VirtualUserTask') : null
}

/** The function in the context of now. */
export function withContext<F extends (...args: any[]) => unknown>(fn: F): F {
  return isUsed ? (AsyncResource.bind(fn) as F) : fn
}

/** The rest of a call that may pause, each step in the context. */
export function* twinInContext(context: Context, twin: Twin): Twin {
  let step = context.runInAsyncScope(() => twin.next())
  while (!step.done) {
    let mode: 'next' | 'throw' = 'next'
    let value: unknown
    let isLeft = true
    try {
      value = yield step.value
      isLeft = false
    } catch (error) {
      isLeft = false
      mode = 'throw'
      value = error
    } finally {
      if (isLeft) context.runInAsyncScope(() => twin.return(undefined))
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
