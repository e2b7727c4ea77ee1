/**
 * What the compiled program calls as `$$rt` (../contract.ts): the two forms of its functions, and the helpers that pausable code needs. What
 * waits while the VU is paused is in pause-gate.ts.
 *
 * A function that may pause has two forms. Its body is a generator function, the twin, found under the key PAUSE. The function
 * itself is the plain form: it runs the twin to its end. When the twin pauses there, it throws the error that says why it cannot.
 */
import {
  ARROW,
  ASYNC,
  BEGINS,
  GENERATOR,
  LAZY_THIS,
  METHOD,
  NEW_TARGET,
  type ProgramKind,
  type RuntimeName,
  STATIC,
} from '../contract.js'
import { asyncPlain, asyncTwin, goOnAlone, passOn } from './async-function.js'
import { AsyncSteps, asyncGenerator, delegateAsync } from './async-generator.js'
import { type CannotPauseError, cannotPause, nativeCaller, type Positions } from './cannot-pause.js'
import { evaluatedText, indirectEval } from './constructed-code.js'
import { delegate, generatorPrototype, pausableGenerator, Steps } from './generator.js'
import { declared, existing, free, reexport, writable } from './global-names.js'
import { type AnyFunction, AWAIT, BEGUN, type Body, type BodyFunction, mark, YIELD } from './marks.js'
import {
  asyncIterable,
  callee,
  constructible,
  destructible,
  holder,
  iterable,
  nativeCall,
  spread,
  uncallable,
  wrapped,
} from './named-errors.js'
import { boundWithTwin, installNativeTwins } from './native-twins.js'
import { next, PAUSE, type Pause, rest, type Twin } from './pause.js'
import { PauseGate } from './pause-gate.js'
import { plainArrow, plainFunction, plainMethod } from './plain-form.js'
import { job, reaction } from './reactions.js'
import { thrown } from './thrown.js'

/** Who waits for a pause to end. Exactly one of the two is called, once. */
export interface Resumable {
  resume(value: unknown): void
  fail(error: unknown): void
}

export interface ScriptHost {
  /** True while a task of the VU runs; false in a job of the job queue. */
  readonly isExecuting?: boolean
  /**
   * An async function pauses after its first `await`, so it has no caller that could pause. From now on the VU runs no other task; it starts
   * the pause, and tells `target` when it is over. May be called while a task of the VU is running.
   */
  enterPause(pause: Pause, target: Resumable): void
}

export interface ScriptRuntimeOptions {
  /** Translates positions in messages to those of the user's files. */
  positions?: Positions
  /** The file name that stacks show for the program. */
  file?: string
}

/** The prototypes of async functions, generator functions and async generator functions. */
const KINDS: Readonly<Record<number, object>> = {
  [ASYNC]: Object.getPrototypeOf(async () => {}),
  [GENERATOR]: Object.getPrototypeOf(function* () {}),
  [ASYNC | GENERATOR]: Object.getPrototypeOf(async function* () {}),
}

export function createScriptRuntime(host: ScriptHost, options: ScriptRuntimeOptions = {}): ScriptRuntime {
  installNativeTwins()
  return new ScriptRuntime(host, options)
}

export class ScriptRuntime extends PauseGate implements Readonly<Record<RuntimeName, unknown>> {
  readonly pause = PAUSE
  readonly thrown = thrown
  readonly begun = BEGUN
  readonly eval = indirectEval
  readonly evaluated = evaluatedText
  readonly call = nativeCall
  readonly next = next
  readonly rest = rest
  readonly wrapped = wrapped
  /** The VU's view of the global object, once its program is evaluated. */
  view: object = {}
  readonly host: ScriptHost
  private readonly options: ScriptRuntimeOptions
  private readonly keys: PropertyKey[] = []
  private readonly privateMethods = new WeakMap<BodyFunction, AnyFunction>()

  constructor(host: ScriptHost, options: ScriptRuntimeOptions) {
    super()
    this.host = host
    this.options = options
  }

  // --- pausing ---------------------------------------------------------------------------------------------------------------

  /** Runs a twin where no pause is possible. Only a callback that the job queue has called may pause; it then gives a promise. */
  run(body: Body): unknown {
    const result = next(body)
    return result.done ? result.value : this.runOn(body, result)
  }

  /** Goes on with a body that has paused where no pause is possible: the pause throws. */
  runOn(body: Body, first: IteratorResult<unknown, unknown>): unknown {
    let result = first
    while (!result.done) {
      const refusal = this.refusal(result.value as Pause)
      if (refusal === undefined) return goOnAlone(this, body, result)
      result = body.throw(refusal)
    }
    return result.value
  }

  /** The error for a pause of a plain form. Undefined when the job queue has called it: then only the VU must wait, and it can. */
  refusal(pause: Pause): CannotPauseError | undefined {
    const caller = nativeCaller(this.options.file ?? 'sockeye:program', this.options.positions)
    return caller && cannotPause(pause.call, caller)
  }

  /** For the plain form of a blocking function in a module: the error to throw. @param call as in Pause: `sleep()` */
  cannotPause(call: string): CannotPauseError {
    const caller = nativeCaller(this.options.file ?? 'sockeye:program', this.options.positions)
    return cannotPause(call, caller ?? { what: 'a callback of a promise', noun: 'callback', place: '' })
  }

  // --- functions -------------------------------------------------------------------------------------------------------------

  make(form: number, body: AnyFunction, name: string, length: number, self?: unknown): AnyFunction {
    const twin = form & ARROW ? boundArrow(form, body as BodyFunction, self) : (body as BodyFunction)
    if ((form & (ASYNC | GENERATOR | NEW_TARGET)) === 0) {
      if (form & ARROW && name === '') return this.attach(form, plainArrow(this, twin, length), twin)
      const make = form & (ARROW | METHOD) ? plainMethod : plainFunction
      return this.attach(form, make(this, twin, name, length), twin)
    }
    const plain = this.plainForm(form, twin)
    if (plain.name !== name) Object.defineProperty(plain, 'name', { value: name, configurable: true })
    if (length !== 0) Object.defineProperty(plain, 'length', { value: length, configurable: true })
    return plain
  }

  private plainForm(form: number, body: BodyFunction): AnyFunction {
    if (form & ARROW) {
      return this.attach(form, (...args: unknown[]) => asyncPlain(this, body, undefined, args), body)
    }
    if (form & NEW_TARGET) return this.newable(form, body as unknown as (target: unknown) => BodyFunction)
    const runtime = this
    // The method syntax makes a function without `prototype` that `new` refuses.
    const { plain } = {
      plain(this: unknown) {
        return runtime.invoke(form, body, this, arguments, plain)
      },
    }
    return this.attach(form, plain, body)
  }

  private newable(form: number, body: (target: unknown) => BodyFunction): AnyFunction {
    const runtime = this
    const twin: BodyFunction = function (...args) {
      return body(undefined).apply(this, args)
    }
    const plain = function (this: unknown, ...args: unknown[]): unknown {
      return runtime.invoke(form, body(new.target), this, args, plain)
    }
    return this.attach(form, plain, twin)
  }

  /** Calls the plain form of a function. */
  private invoke(
    form: number,
    body: BodyFunction,
    self: unknown,
    args: ArrayLike<unknown>,
    plain: AnyFunction,
  ): unknown {
    switch (form & (ASYNC | GENERATOR)) {
      case ASYNC:
        return asyncPlain(this, body, self, args)
      case GENERATOR:
      case ASYNC | GENERATOR:
        return this.generator(form, plain, this.begin(form, body.apply(self, args as unknown[])))
      default:
        return this.run(body.apply(self, args as unknown[]))
    }
  }

  private generator(form: number, plain: AnyFunction, body: Body): object {
    const make = form & ASYNC ? asyncGenerator : pausableGenerator
    return make(this, plain['prototype' as never], body)
  }

  /** Runs a generator function until its parameters have their values. A default value that pauses throws here. */
  private begin(form: number, body: Body): Body {
    if ((form & BEGINS) === 0) return body
    let { value } = next(body)
    while (value !== BEGUN) value = body.throw(this.cannotPause((value as Pause).call)).value
    return body
  }

  private *beginTwin(form: number, plain: AnyFunction, body: Body): Twin {
    let { value } = next(body)
    while (value !== BEGUN) value = (yield* passOn(body, value as Pause)).value
    return this.generator(form, plain, body)
  }

  private attach(form: number, plain: AnyFunction, body: BodyFunction): AnyFunction {
    const runtime = this
    const kind = KINDS[form & (ASYNC | GENERATOR)]
    // Libraries look at the prototype to tell an async function from others.
    if (kind !== undefined) Object.setPrototypeOf(plain, kind)
    if ((form & (ASYNC | GENERATOR)) === ASYNC) {
      ;(plain as any)[PAUSE] = function (this: unknown, ...args: unknown[]): Twin {
        return asyncTwin(runtime, body, this, args)
      }
    } else if (form & GENERATOR) {
      // The call only makes the generator. It may pause only in the default value of a parameter.
      if (form & BEGINS) {
        ;(plain as any)[PAUSE] = function (this: unknown, ...args: unknown[]): Twin {
          return runtime.beginTwin(form, plain, body.apply(this, args))
        }
      }
      if (!Object.hasOwn(plain, 'prototype')) {
        Object.defineProperty(plain, 'prototype', { value: generatorPrototype(form), writable: true })
      }
    } else (plain as any)[PAUSE] = body
    return plain
  }

  /** Methods of a class: replaces each generator method by the plain form. `entries`: form, key, length, for each. */
  methods(target: { prototype: object }, ...entries: (number | string | undefined)[]): void {
    this.replaceMethods(entries, (form) => (form & STATIC ? target : target.prototype), false)
  }

  /** The same for the methods of an object literal. */
  object(target: object, ...entries: (number | string | undefined)[]): object {
    this.replaceMethods(entries, () => target, true)
    return target
  }

  private replaceMethods(
    entries: (number | string | undefined)[],
    holder: (form: number) => object,
    enumerable: boolean,
  ): void {
    const made = new Set<unknown>()
    // From the last to the first: of two members with one key the last counts, and the other one finds its place taken.
    for (let i = entries.length - 3; i >= 0; i -= 3) {
      const form = entries[i] as number
      const key = (entries[i + 1] ?? this.keys.pop()) as PropertyKey
      const owner = holder(form)
      const body = Object.getOwnPropertyDescriptor(owner, key)?.value as BodyFunction
      if (made.has(body) || !isGeneratorFunction(body)) continue
      const plain = this.make(form, body, nameOf(key), entries[i + 2] as number)
      made.add(plain)
      Object.defineProperty(owner, key, { value: plain, writable: true, configurable: true, enumerable })
    }
  }

  /** Keeps a computed key until `methods`, `object` or `named` need it. */
  key(value: unknown): PropertyKey {
    const key = typeof value === 'symbol' ? value : `${value}`
    this.keys.push(key)
    return key
  }

  /** Gives a function the name of the computed key that was kept last. */
  named(fn: AnyFunction): AnyFunction {
    return Object.defineProperty(fn, 'name', { value: nameOf(this.keys.pop()!), configurable: true })
  }

  /** The plain form of a private method. It is made when it is first asked for, and kept: `this.#m === this.#m`. */
  privateMethod(form: number, twin: BodyFunction, name: string, length: number): AnyFunction {
    let plain = this.privateMethods.get(twin)
    if (plain === undefined) {
      plain = this.make(form, twin, name, length)
      this.privateMethods.set(twin, plain)
    }
    return plain
  }

  /** A method with its object, for a template that calls it as its tag. */
  bound(fn: AnyFunction, self: unknown): unknown {
    return Reflect.apply(Function.prototype.bind, fn, [self])
  }

  bind(fn: any, ...args: unknown[]): unknown {
    if (typeof fn !== 'function' || fn.bind !== Function.prototype.bind) return fn.bind(...args)
    return boundWithTwin(fn, args)
  }

  // --- errors that name what the user wrote (compiler/render.ts) --------------------------------------------------------------

  readonly uncallable = uncallable
  readonly callee = callee
  readonly holder = holder
  readonly constructible = constructible
  readonly iterable = iterable
  readonly asyncIterable = asyncIterable
  readonly destructible = destructible
  readonly spread = spread

  /** `super` of the method that an arrow function is in. */
  super(
    get: (key: PropertyKey) => unknown,
    set: (key: PropertyKey, value: unknown) => void,
  ): (key: PropertyKey) => object {
    return (key) => ({
      get value() {
        return get(key)
      },
      set value(value) {
        set(key, value)
      },
    })
  }

  // --- promises and iterators ------------------------------------------------------------------------------------------------

  wait(value: unknown): typeof AWAIT {
    return mark(AWAIT, value)
  }

  yielded(value: unknown): typeof YIELD {
    return mark(YIELD, value)
  }

  /** A callback for a promise: it waits while the VU is paused, and may pause the VU itself. */
  react(callback: unknown): unknown {
    if (typeof callback !== 'function') return callback
    return reaction(this, callback as AnyFunction)
  }

  /** A callback for the job queue itself. */
  job(callback: AnyFunction): () => void {
    return job(this, callback)
  }

  *newPromise(executor: any): Twin {
    if (!executor?.[PAUSE]) return new Promise(executor)
    let resolve: (value: unknown) => void
    let reject: (error: unknown) => void
    const promise = new Promise((yes, no) => {
      resolve = yes
      reject = no
    })
    try {
      yield* executor[PAUSE](resolve!, reject!)
    } catch (error) {
      reject!(error)
    }
    return promise
  }

  steps(iterable: unknown): Steps {
    return new Steps(iterable)
  }

  *collect(iterable: unknown): Twin {
    const steps = new Steps(iterable)
    if (!steps.pauses) return steps.source
    const items: unknown[] = []
    while (!(yield* steps.isOver(undefined))) items.push(steps.value)
    return items
  }

  delegate(iterable: unknown): Body {
    return delegate(iterable)
  }

  asyncSteps(iterable: unknown): AsyncSteps {
    return new AsyncSteps(this, iterable)
  }

  delegateAsync(iterable: unknown): Body {
    return delegateAsync(this, iterable)
  }

  // --- global names ----------------------------------------------------------------------------------------------------------

  readonly free = free
  readonly existing = existing
  readonly writable = writable
  readonly declared = declared
  readonly reexport = reexport

  /** `this` in code that is not strict, where nothing stands for the global object: Node's. */
  sloppyThis(value: unknown): unknown {
    return value === globalThis ? this.view : value
  }
}

function isGeneratorFunction(value: unknown): boolean {
  return typeof value === 'function' && Object.getPrototypeOf(value) === KINDS[GENERATOR]
}

function nameOf(key: PropertyKey): string {
  if (typeof key !== 'symbol') return String(key)
  return key.description === undefined ? '' : `[${key.description}]`
}

/** The twin of an arrow function, which takes its `this` from where it was made. */
function boundArrow(form: number, body: BodyFunction, self: unknown): BodyFunction {
  if (form & LAZY_THIS) return (...args) => body.apply((self as () => unknown)(), args)
  return self === undefined ? body : (...args) => body.apply(self, args)
}

/** Evaluates a compiled program: ends with its exports, or with a promise of them when the program is async. */
export function* evaluateProgram(
  program: AnyFunction,
  kind: ProgramKind,
  world: { readonly global: object },
  runtime: ScriptRuntime,
): Twin {
  runtime.view = world.global
  if (kind === 'plain' || kind === 'async') return program(world, runtime)
  if (kind === 'pausable') return yield* program(world, runtime) as Twin
  return yield* asyncTwin(runtime, program as BodyFunction, undefined, [world, runtime])
}
