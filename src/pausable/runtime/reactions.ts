/**
 * Callbacks that the script gives to `then`, `catch` and `finally`: they wait while the VU is paused, and may pause the VU.
 *
 * A callback that must wait, or that pauses, returns a thenable to the promise. When the callback ends, the thenable settles the promise in
 * the same turn. So what waits for the promise runs in the order in which it would run without the pause.
 */
import { Coroutine, goOnAlone } from './async-function.js'
import type { AnyFunction } from './marks.js'
import { next, PAUSE, twinOf } from './pause.js'
import type { ScriptRuntime } from './script-runtime.js'

/**
 * The callback as the promise gets it. An object of the script's own with a method `then` may call it at once: then it is like any
 * other callback, with the forms that a caller which may pause looks for.
 */
export function reaction(runtime: ScriptRuntime, callback: AnyFunction): (value?: any) => unknown {
  const react: AnyFunction & { [PAUSE]?: unknown } = function (this: unknown, ...args: unknown[]) {
    if (!runtime.isGated || runtime.host.isExecuting) return run(runtime, callback, this, args)
    const result = new LateResult()
    const runLate = (): void => {
      try {
        result.fulfil(run(runtime, callback, undefined, args))
      } catch (error) {
        result.reject(error)
      }
    }
    runtime.defer(runLate, undefined)
    return result
  }
  const twin = twinOf(callback)
  if (twin !== undefined) react[PAUSE] = twin
  return react
}

/** A callback for the job queue itself, which nobody waits for: it waits and may pause like one for a promise. */
export function job(runtime: ScriptRuntime, callback: AnyFunction): () => void {
  const start = (): void => {
    const twin = twinOf(callback)
    if (twin === undefined) {
      callback()
      return
    }
    const body = twin()
    const first = next(body)
    if (!first.done) goOnAlone(runtime, body, first)
  }
  const startLate = (): void => {
    try {
      start()
    } catch (error) {
      // Others that waited follow in the same job.
      queueMicrotask(() => {
        throw error
      })
    }
  }
  return () => (runtime.isGated ? runtime.defer(startLate, undefined) : start())
}

function run(runtime: ScriptRuntime, callback: AnyFunction, self: unknown, args: unknown[]): unknown {
  const twin = twinOf(callback)
  if (twin === undefined) return Reflect.apply(callback, self, args)
  const body = twin.apply(self, args)
  const first = next(body)
  if (first.done) return first.value
  if (runtime.host.isExecuting) return runtime.runOn(body, first)
  const result = new LateResult()
  new Coroutine(runtime, body, result.fulfil, result.reject).handle(first)
  return result
}

class LateResult {
  /** Set when the promise has called `then`: a job after the callback itself. */
  private settle: ((isError: boolean, value: unknown) => void) | null = null
  private outcome: { readonly isError: boolean; readonly value: unknown } | null = null

  // biome-ignore lint/suspicious/noThenProperty: this is what makes it a thenable
  then(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
    this.settle = (isError, value) => (isError ? reject(value) : resolve(value))
    if (this.outcome !== null) this.settle(this.outcome.isError, this.outcome.value)
  }

  readonly fulfil = (value: unknown): void => this.end(false, value)
  readonly reject = (error: unknown): void => this.end(true, error)

  private end(isError: boolean, value: unknown): void {
    if (this.settle === null) this.outcome = { isError, value }
    else this.settle(isError, value)
  }
}
