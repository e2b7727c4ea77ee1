/**
 * Async functions of the script as coroutines. Until the first `await` a pause is one of the caller, too; after it a pause holds the whole VU.
 * The result is a native promise, and an `await` takes as many turns of the job queue as a native one.
 */

import { AWAIT, type Body, type BodyFunction, takeValue } from './marks.js'
import { next, type Pause, type Twin } from './pause.js'
import type { ScriptRuntime } from './script-runtime.js'

/** The original `then`: a script may replace the property. */
const promiseThen = Promise.prototype.then

/** A body that runs on its own from now on: native reactions and the VU resume it. */
export class Coroutine {
  private readonly runtime: ScriptRuntime
  private readonly body: Body
  private readonly resolve: (value: unknown) => void
  private readonly reject: (error: unknown) => void
  private readonly fulfilled: (value: unknown) => void
  private readonly rejected: (error: unknown) => void

  /** One of `resolve` and `reject` is called when the body has ended. */
  constructor(runtime: ScriptRuntime, body: Body, resolve: (value: unknown) => void, reject: (error: unknown) => void) {
    this.runtime = runtime
    this.body = body
    this.resolve = resolve
    this.reject = reject
    this.fulfilled = (value) => {
      if (runtime.isGated) runtime.defer(this.fulfilled, value)
      else this.step(false, value)
    }
    this.rejected = (error) => {
      if (runtime.isGated) runtime.defer(this.rejected, error)
      else this.step(true, error)
    }
  }

  /** The pause of the VU that `handle` began is over. */
  resume(value: unknown): void {
    this.runtime.release()
    this.step(false, value)
  }

  fail(error: unknown): void {
    this.runtime.release()
    this.step(true, error)
  }

  private step(failed: boolean, value: unknown): void {
    let result: IteratorResult<unknown, unknown>
    try {
      result = failed ? this.body.throw(value) : next(this.body, value)
    } catch (error) {
      this.reject(error)
      return
    }
    this.handle(result)
  }

  handle(result: IteratorResult<unknown, unknown>): void {
    if (result.done) this.resolve(result.value)
    else if (result.value === AWAIT) this.wait(takeValue())
    else {
      this.runtime.hold()
      this.runtime.host.enterPause(result.value as Pause, this)
    }
  }

  private wait(value: unknown): void {
    let promise: Promise<unknown>
    try {
      promise = Promise.resolve(value)
    } catch (error) {
      this.step(true, error)
      return
    }
    promiseThen.call(promise, this.fulfilled, this.rejected)
  }
}

/** The pausable form of an async function: gives its promise at its first `await` or at its end. */
export function* asyncTwin(runtime: ScriptRuntime, make: BodyFunction, self: unknown, args: ArrayLike<unknown>): Twin {
  let body: Body
  let result: IteratorResult<unknown, unknown>
  try {
    body = make.apply(self, args as unknown[])
    result = next(body)
    while (!result.done && result.value !== AWAIT) result = yield* passOn(body, result.value as Pause)
  } catch (error) {
    return Promise.reject(error)
  }
  return settle(runtime, body, result)
}

/** Yields one pause of a body to the caller and goes on with the body. */
export function* passOn(body: Body, pause: Pause): Generator<Pause, IteratorResult<unknown, unknown>, unknown> {
  let value: unknown
  try {
    value = yield pause
  } catch (error) {
    return body.throw(error)
  }
  return next(body, value)
}

/** The plain form of an async function: starts its body and gives its promise. */
export function asyncPlain(
  runtime: ScriptRuntime,
  make: BodyFunction,
  self: unknown,
  args: ArrayLike<unknown>,
): Promise<unknown> {
  let body: Body
  let result: IteratorResult<unknown, unknown>
  try {
    body = make.apply(self, args as unknown[])
    result = next(body)
    while (!result.done && result.value !== AWAIT) {
      const refusal = runtime.refusal(result.value as Pause)
      if (refusal === undefined) break
      result = body.throw(refusal)
    }
  } catch (error) {
    return Promise.reject(error)
  }
  return settle(runtime, body, result)
}

function settle(runtime: ScriptRuntime, body: Body, result: IteratorResult<unknown, unknown>): Promise<unknown> {
  return result.done ? new Promise((resolve) => resolve(result.value)) : goOnAlone(runtime, body, result)
}

/** Lets a body go on without its caller, who gets the promise of its result. */
export function goOnAlone(
  runtime: ScriptRuntime,
  body: Body,
  result: IteratorResult<unknown, unknown>,
): Promise<unknown> {
  return new Promise((resolve, reject) => new Coroutine(runtime, body, resolve, reject).handle(result))
}
