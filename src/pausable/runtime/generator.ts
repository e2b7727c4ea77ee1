/**
 * Generators of the script whose body may pause. The object is a generator like others (`next`, `return`, `throw`), whose methods
 * have twins; loops in pausable code use those.
 */
import { passOn } from './async-function.js'
import { asyncGeneratorPrototype } from './async-generator.js'
import type { ScriptRuntime } from './coroutine.js'
import { ASYNC } from './function-form.js'
import { callIterator, type Mode } from './iterator.js'
import { type Body, mark, noteReturned, RETURN, takeReturned, takeValue, YIELD } from './marks.js'
import { PAUSE, type Pause, type Twin } from './pause.js'

interface State {
  readonly runtime: ScriptRuntime
  readonly body: Body
  running: boolean
}

const states = new WeakMap<object, State>()

const nativePrototype = Object.getPrototypeOf(function* () {}).prototype as object

const prototype = Object.create(nativePrototype) as object
for (const mode of ['next', 'return', 'throw'] as const) {
  const { [mode]: method } = {
    [mode](this: object, value: unknown): unknown {
      const state = stateOf(this, mode)
      return state.runtime.run(advance(state, mode, value))
    },
  } as Record<Mode, (value: unknown) => unknown>
  Object.defineProperty(method, PAUSE, {
    value(this: object, value: unknown): Twin {
      return advance(stateOf(this, mode), mode, value)
    },
  })
  Object.defineProperty(prototype, mode, { value: method, writable: true, configurable: true })
}

/** What the `prototype` of a generator function is. */
export function generatorPrototype(form: number): object {
  return Object.create(form & ASYNC ? asyncGeneratorPrototype : prototype) as object
}

export function pausableGenerator(runtime: ScriptRuntime, proto: object | undefined, body: Body): object {
  const generator = Object.create(proto ?? prototype) as object
  states.set(generator, { runtime, body, running: false })
  return generator
}

function stateOf(generator: object, mode: string): State {
  const state = states.get(generator)
  if (!state) throw new TypeError(`${mode} method called on incompatible receiver ${String(generator)}`)
  if (state.running) throw new TypeError('Generator is already running')
  return state
}

function* advance(state: State, mode: Mode, value: unknown): Twin {
  state.running = true
  try {
    if (mode === 'return') noteReturned(value)
    let result = state.body[mode](value)
    while (!result.done && result.value !== YIELD) {
      if (result.value === RETURN) result = state.body.return(takeValue())
      else result = yield* passOn(state.body, result.value as Pause)
    }
    return result.done ? { value: result.value, done: true } : { value: takeValue(), done: false }
  } finally {
    state.running = false
  }
}

/**
 * The steps of a `for…of` loop. The native loop runs over `source`: the iterable itself when nothing about it may pause, or
 * else this object, which stands for the iterator: each turn begins with `isOver`, which advances it, and after the loop `close`
 * closes it.
 */
export class Steps {
  readonly source: unknown
  readonly pauses: boolean
  value: unknown = undefined
  private readonly iterator: any
  private done = false

  constructor(iterable: any) {
    this.iterator = undefined
    this.pauses = false
    this.source = iterable
    if (iterable === null || typeof iterable !== 'object' || Array.isArray(iterable)) return
    if (typeof iterable[Symbol.iterator] !== 'function') return
    const iterator = iterable[Symbol.iterator]()
    this.iterator = iterator
    this.pauses = iterator?.next?.[PAUSE] !== undefined || iterator?.return?.[PAUSE] !== undefined
    this.source = this.pauses ? this : { [Symbol.iterator]: () => iterator }
  }

  *isOver(item: unknown): Generator<Pause, boolean, unknown> {
    if (!this.pauses) {
      this.value = item
      return false
    }
    // An iterator that fails is not closed.
    this.done = true
    const result = (yield* callIterator(this.iterator, 'next', undefined)) as IteratorResult<unknown>
    this.done = result.done === true
    this.value = result.value
    return this.done
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<unknown> {
    return { value: undefined, done: false }
  }

  /** The loop was left early. */
  *close(): Twin {
    if (this.done) return undefined
    this.done = true
    if (this.iterator.return !== undefined && this.iterator.return !== null) {
      yield* callIterator(this.iterator, 'return', undefined)
    }
    return undefined
  }

  /** The body failed: its error counts, not one of closing. */
  *abandon(): Twin {
    try {
      yield* this.close()
    } catch {
      // as the language says
    }
    return undefined
  }
}

/**
 * `yield*` in a generator whose body may pause. When the outer generator is being closed, the inner one is closed first, which may
 * pause or give more values; then the mark RETURN asks for the outer one to be closed with the inner one's value.
 */
export function* delegate(iterable: any): Body {
  if (typeof iterable?.[Symbol.iterator] !== 'function') {
    throw new TypeError('yield* (intermediate value) is not iterable')
  }
  const iterator = iterable[Symbol.iterator]()
  let mode: Mode = 'next'
  let value: unknown
  for (;;) {
    if (mode !== 'next' && !iterator[mode]) {
      if (mode === 'throw') yield* refuseThrow(iterator)
      yield mark(RETURN, value)
    }
    const result = (yield* callIterator(iterator, mode, value)) as IteratorResult<unknown>
    if (result.done && mode === 'return') yield mark(RETURN, result.value)
    if (result.done) return result.value
    let isReturned = true
    try {
      value = yield mark(YIELD, result.value)
      isReturned = false
      mode = 'next'
    } catch (error) {
      isReturned = false
      value = error
      mode = 'throw'
    } finally {
      if (isReturned) {
        value = takeReturned()
        mode = 'return'
        // biome-ignore lint/correctness/noUnsafeFinally: the inner generator may go on instead of closing
        // biome-ignore lint/complexity/noUselessContinue: without it the outer generator would be closed at once
        continue
      }
    }
  }
}

/** An iterator without `throw` is closed, and the outer generator gets an error of its own. */
function* refuseThrow(iterator: any): Body {
  if (iterator.return) yield* callIterator(iterator, 'return', undefined)
  throw new TypeError("The iterator does not provide a 'throw' method.")
}
