/**
 * Async generators of the script, and `for await`, in a program that may pause. A pause in an async generator holds the VU.
 */
import type { ScriptRuntime } from './coroutine.js'
import { AWAIT, type Body, mark, takeValue, YIELD } from './marks.js'
import type { Pause } from './pause.js'
import { reaction } from './reactions.js'

type Mode = 'next' | 'return' | 'throw'

interface Request {
  mode: Mode
  value: unknown
  resolve: (result: unknown) => void
  reject: (error: unknown) => void
}

/** The language's own, however the script has changed it. */
const promiseThen = Promise.prototype.then
const requests = new WeakMap<object, AsyncGeneratorQueue>()

const nativePrototype = Object.getPrototypeOf(async function* () {}).prototype as object
export const asyncGeneratorPrototype = Object.create(nativePrototype) as object
for (const mode of ['next', 'return', 'throw'] as const) {
  const { [mode]: method } = {
    [mode](this: object, value: unknown): unknown {
      const queue = requests.get(this)
      if (!queue) return Promise.reject(new TypeError(`${mode} method called on incompatible receiver ${String(this)}`))
      return queue.add(mode, value)
    },
  } as Record<Mode, (value: unknown) => unknown>
  Object.defineProperty(asyncGeneratorPrototype, mode, { value: method, writable: true, configurable: true })
}

export function asyncGenerator(runtime: ScriptRuntime, proto: object | undefined, body: Body): object {
  const generator = Object.create(proto ?? asyncGeneratorPrototype) as object
  requests.set(generator, new AsyncGeneratorQueue(runtime, body))
  return generator
}

/** Serves one request after the other: idle → running → (at a `yield` or the end) idle. */
class AsyncGeneratorQueue {
  private readonly runtime: ScriptRuntime
  private readonly body: Body
  private readonly waiting: Request[] = []
  private running = false
  private started = false
  private finished = false

  constructor(runtime: ScriptRuntime, body: Body) {
    this.runtime = runtime
    this.body = body
  }

  add(mode: Mode, value: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ mode, value, resolve, reject })
      if (!this.running) this.serve()
    })
  }

  private serve(): void {
    const request = this.waiting[0]
    if (!request) return
    this.running = true
    if (!this.started && request.mode !== 'next') this.finished = true
    this.started = true
    if (this.finished) this.serveFinished(request)
    else if (request.mode === 'return') {
      this.wait(
        request.value,
        (value) => this.step('return', value),
        (error) => this.step('throw', error),
      )
    } else this.step(request.mode, request.value)
  }

  private serveFinished({ mode, value }: Request): void {
    if (mode === 'next') this.settle(undefined, true)
    else if (mode === 'throw') this.refuse(value)
    else {
      this.wait(
        value,
        (result) => this.settle(result, true),
        (error) => this.refuse(error),
      )
    }
  }

  private step(mode: Mode, value: unknown): void {
    let result: IteratorResult<unknown, unknown>
    try {
      result = this.body[mode](value)
    } catch (error) {
      this.finished = true
      this.refuse(error)
      return
    }
    if (result.done) {
      this.finished = true
      this.settle(result.value, true)
    } else if (result.value === YIELD) this.settle(takeValue(), false)
    else if (result.value === AWAIT) {
      this.wait(
        takeValue(),
        (settled) => this.step('next', settled),
        (error) => this.step('throw', error),
      )
    } else {
      this.runtime.hold()
      this.runtime.host.enterPause(result.value as Pause, this)
    }
  }

  resume(value: unknown): void {
    this.runtime.release()
    this.step('next', value)
  }

  fail(error: unknown): void {
    this.runtime.release()
    this.step('throw', error)
  }

  private wait(value: unknown, fulfilled: (value: unknown) => void, rejected: (error: unknown) => void): void {
    let promise: Promise<unknown>
    try {
      promise = Promise.resolve(value)
    } catch (error) {
      this.step('throw', error)
      return
    }
    promiseThen.call(promise, this.gated(fulfilled), this.gated(rejected))
  }

  private gated(run: (value: unknown) => void): (value: unknown) => void {
    return (value) => {
      if (this.runtime.isGated) this.runtime.defer(run, value)
      else run(value)
    }
  }

  private settle(value: unknown, done: boolean): void {
    this.waiting.shift()!.resolve({ value, done })
    this.running = false
    this.serve()
  }

  private refuse(error: unknown): void {
    this.waiting.shift()!.reject(error)
    this.running = false
    this.serve()
  }
}

/** The steps of a `for await` loop, in the body of an async function. */
export class AsyncSteps {
  value: unknown = undefined
  private readonly iterator: any
  private done = false

  constructor(iterator: unknown) {
    this.iterator = iterator
  }

  *isOver(): Generator<unknown, boolean, unknown> {
    this.done = true
    const result = (yield mark(AWAIT, this.iterator.next())) as IteratorResult<unknown>
    if (result === null || typeof result !== 'object')
      throw new TypeError(`Iterator result ${String(result)} is not an object`)
    this.done = result.done === true
    this.value = this.done ? undefined : result.value
    return this.done
  }

  /** The body failed: its error counts, not one of closing. */
  *abandon(): Body {
    try {
      yield* this.close()
    } catch {
      // as the language says
    }
    return undefined
  }

  *close(): Body {
    if (this.done) return undefined
    this.done = true
    const method = this.iterator.return
    if (method === undefined || method === null) return undefined
    const result = yield mark(AWAIT, method.call(this.iterator))
    if (result === null || typeof result !== 'object') throw new TypeError(`${String(result)} is not an object`)
    return undefined
  }
}

export function asyncSteps(runtime: ScriptRuntime, iterable: any): AsyncSteps {
  return new AsyncSteps(asyncIterator(runtime, iterable))
}

/** An iterator that gives promises; its own steps wait while the VU is paused, as those of the script do. */
function asyncIterator(runtime: ScriptRuntime, iterable: any): any {
  const method = iterable[Symbol.asyncIterator]
  if (method !== undefined && method !== null) return method.call(iterable)
  const iterator = iterable[Symbol.iterator]()
  const settle = ({ value, done }: IteratorResult<unknown>): unknown =>
    Promise.resolve(value).then(reaction(runtime, (item) => ({ value: item, done })))
  return {
    next: (value: unknown) => settle(iterator.next(value)),
    return: (value: unknown) =>
      iterator.return ? settle(iterator.return(value)) : Promise.resolve({ value, done: true }),
    throw: (error: unknown) => (iterator.throw ? settle(iterator.throw(error)) : Promise.reject(error)),
  }
}

/** `yield*` in an async generator. */
export function* delegateAsync(runtime: ScriptRuntime, iterable: any): Body {
  const iterator = asyncIterator(runtime, iterable)
  let mode: Mode = 'next'
  let value: unknown
  for (;;) {
    const result = (yield mark(AWAIT, iterator[mode](value))) as IteratorResult<unknown>
    if (result.done) return result.value
    let received = false
    try {
      value = yield mark(YIELD, result.value)
      mode = 'next'
      received = true
    } catch (error) {
      received = true
      if (typeof iterator.throw !== 'function') throw error
      value = error
      mode = 'throw'
    } finally {
      if (!received && typeof iterator.return === 'function') yield mark(AWAIT, iterator.return())
    }
  }
}
