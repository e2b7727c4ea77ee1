/**
 * Generators of the script whose body may pause. The object is a generator like others (`next`, `return`, `throw`), whose methods
 * have twins; loops in pausable code use those.
 */

import { ASYNC } from '../contract.js'
import { passOn } from './async-function.js'
import { asyncGeneratorPrototype } from './async-generator.js'
import { IteratorSteps, type Mode } from './iterator.js'
import { type Body, noteReturned, RETURN, takeValue, YIELD } from './marks.js'
import { PAUSE, type Pause, type Twin } from './pause.js'
import type { ScriptRuntime } from './script-runtime.js'

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
export class Steps extends IteratorSteps {
  readonly source: unknown
  readonly pauses: boolean

  constructor(iterable: any) {
    const isObject = iterable !== null && typeof iterable === 'object' && !Array.isArray(iterable)
    const mayPause = isObject && typeof iterable[Symbol.iterator] === 'function'
    const iterator = mayPause ? iterable[Symbol.iterator]() : undefined
    super(iterator)
    this.pauses = iterator?.next?.[PAUSE] !== undefined || iterator?.return?.[PAUSE] !== undefined
    if (!mayPause) this.source = iterable
    else this.source = this.pauses ? this : { [Symbol.iterator]: () => iterator }
  }

  *isOver(item: unknown): Generator<Pause, boolean, unknown> {
    if (this.pauses) return yield* this.advance()
    this.value = item
    return false
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<unknown> {
    return { value: undefined, done: false }
  }
}

/** `yield*` in a generator whose body may pause. */
export function delegate(iterable: any): Body {
  if (typeof iterable?.[Symbol.iterator] !== 'function') {
    throw new TypeError('yield* (intermediate value) is not iterable')
  }
  return new IteratorSteps(iterable[Symbol.iterator]()).delegate()
}
