/**
 * The constructors of functions and `eval` of a realm, for scripts: what they make sees the globals of the VU that calls them and not
 * those of Node (compiler/constructed.ts). This is about accidents, such as a library that looks for the global object: a script is
 * trusted like any program.
 */
import type { ConstructedCode } from '../compiler/constructed.js'
import type { Surroundings } from '../compiler/emit.js'
import type { AnyFunction } from './marks.js'

/** The VU whose script is running. */
export interface CodeOwner {
  /** Its view of the global object. */
  readonly view: object
}

/** The VU that makes code, and the compiler, which is loaded when it is first needed. Without a VU the language's own functions do it. */
export interface CodeHost {
  owner(): CodeOwner | undefined
  compile(source: string): ConstructedCode | undefined
  /** Code that sees the variables where `eval` is called. */
  compileEvaluated(source: string, surroundings: Surroundings): string
}

let host: CodeHost = {
  owner: () => undefined,
  compile: () => undefined,
  compileEvaluated: (source) => source,
}

export function setCodeHost(value: CodeHost): void {
  host = value
}

const NativeFunction = Function
const { eval: nativeEval } = globalThis

/** Replaces the constructors of a realm; each is found through the functions that it makes. */
export function replaceFunctionConstructors(realm: typeof globalThis): void {
  const samples = [() => {}, async () => {}, function* () {}, async function* () {}]
  for (const sample of samples) {
    const prototype = Object.getPrototypeOf(sample) as { constructor: FunctionConstructor }
    const native = prototype.constructor
    const replacement: FunctionConstructor = new Proxy(native, {
      apply: (_, __, args) => made(native, args, native as AnyFunction),
      construct: (_, args, target) => made(native, args, (target === replacement ? native : target) as AnyFunction),
    })
    Object.defineProperty(prototype, 'constructor', { value: replacement, writable: true, configurable: true })
    if (native === NativeFunction) {
      Object.defineProperty(realm, 'Function', { value: replacement, writable: true, configurable: true })
    }
  }
}

function made(native: FunctionConstructor, args: unknown[], target: AnyFunction): object {
  // The language's own constructor throws the error for a wrong text.
  const own = Reflect.construct(native, args, target) as object
  const source = `(${own})`
  const compiled = compiledFor(source)
  if (compiled === undefined) return own
  const result = run(compiled) as object
  return Object.setPrototypeOf(result, Object.getPrototypeOf(own) as object) as object
}

/** `eval` of the realm, which sees no variables of its caller. */
export function indirectEval(text: unknown): unknown {
  if (typeof text !== 'string') return text
  const compiled = compiledFor(text)
  return compiled === undefined ? nativeEval(text) : run(compiled)
}

function compiledFor(source: string): ConstructedCode | undefined {
  if (host.owner() === undefined) return undefined
  try {
    return host.compile(source)
  } catch {
    return undefined
  }
}

/** What a direct call of `eval` is to be given. @param surroundings JSON text of what the compiler knows about the place */
export function evaluatedText(text: unknown, surroundings: string): unknown {
  if (typeof text !== 'string' || host.owner() === undefined) return text
  try {
    return host.compileEvaluated(text, JSON.parse(surroundings) as Surroundings)
  } catch {
    return text
  }
}

type Evaluate = (view: object, runtime: object, globals: object) => unknown

/** In strict code, as scripts are, where that is possible. */
function run({ code, view, runtime, isSloppy }: ConstructedCode): unknown {
  const owner = host.owner() as CodeOwner
  const globals = `${view}s`
  const text = JSON.stringify(code)
  const body = isSloppy ? `with (${globals}) return eval(${text})` : `'use strict'; return eval(${text})`
  const evaluate = NativeFunction(view, runtime, globals, body) as Evaluate
  return evaluate(owner.view, owner, globalsFor(owner.view))
}

/** For `with`: the VU's globals, and nothing behind them. `eval` must be the language's own to see variables. */
function globalsFor(view: object): object {
  return new Proxy(view, { has: (_, name) => name !== 'eval' && (name in view || name in globalThis) })
}
