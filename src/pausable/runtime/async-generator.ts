/**
 * Async generators of the script, and `for await`, in a program that may pause. A pause in an async generator holds the VU.
 */

import { assertResult, callMethod, IteratorSteps, type Mode } from './iterator.js'
import { AWAIT, type Body, mark, noteReturned, RETURN, takeValue, YIELD } from './marks.js'
import type { Pause } from './pause.js'
import { reaction } from './reactions.js'
import type { ScriptRuntime } from './script-runtime.js'

interface Request {
  mode: Mode
  value: unknown
  resolve: (result: unknown) => void
  reject: (error: unknown) => void
}

/** The original `then`: a script may replace the property. */
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
    if (mode === 'return') noteReturned(value)
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
    else if (result.value === RETURN) this.step('return', takeValue())
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

/** The steps of a `for await` loop, in the body of an async function: what the iterator gives is awaited. */
export class AsyncSteps extends IteratorSteps {
  readonly #isAsync: boolean
  readonly #runtime: ScriptRuntime

  constructor(runtime: ScriptRuntime, iterable: any) {
    const method = iterable[Symbol.asyncIterator]
    const isAsync = method !== undefined && method !== null
    super(isAsync ? Reflect.apply(method, iterable, []) : iterable[Symbol.iterator]())
    this.#isAsync = isAsync
    this.#runtime = runtime
  }

  isOver(): Generator<unknown, boolean, unknown> {
    return this.advance()
  }

  /** Up to its first `await`, a method of an async iterator pauses its caller. */
  override *call(mode: Mode, value: unknown): Body {
    const given = yield* callMethod(this.iterator, mode, value)
    return assertResult(yield mark(AWAIT, this.#isAsync ? given : this.#awaited(assertResult(given))))
  }

  /** An iterator that is not async gives values to await; that too waits while the VU is paused. */
  #awaited({ value, done }: IteratorResult<unknown>): Promise<unknown> {
    return Promise.resolve(value).then(reaction(this.#runtime, (settled) => ({ value: settled, done })))
  }

  protected override *callReturn(): Body {
    // The language makes an async iterator of one that is not, and that has a `return` to await.
    if (this.#isAsync || this.has('return')) yield* super.callReturn()
    else yield mark(AWAIT, undefined)
    return undefined
  }
}

/** `yield*` in an async generator. */
export function delegateAsync(runtime: ScriptRuntime, iterable: any): Body {
  return new AsyncSteps(runtime, iterable).delegate()
}
