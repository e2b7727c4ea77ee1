/**
 * The constructors of functions and `eval` of a realm, for scripts: what they make sees the globals of the VU that calls them and not
 * those of Node (compiler/constructed.ts). This is about accidents, such as a library that looks for the global object: a script is
 * trusted like any program.
 */
import type { ConstructedCode } from '../compiler/constructed.js'
import type { AnyFunction } from './marks.js'

/** The VU whose script is running. */
export interface CodeOwner {
  /** Its view of the global object. */
  readonly view: object
}

/** Who makes code, and the compiler, which is loaded when it is first needed. Without an owner everything is the language's own. */
export interface CodeHost {
  owner(): CodeOwner | undefined
  compile(source: string): ConstructedCode | undefined
}

let host: CodeHost = { owner: () => undefined, compile: () => undefined }

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
  // It finds what is wrong with the text, and says it in the language's own words.
  const own = Reflect.construct(native, args, target) as object
  const source = `(${own})`
  const compiled = compiledFor(source)
  if (compiled === undefined) return own
  const result = run(compiled, () => own, source) as object
  return Object.setPrototypeOf(result, Object.getPrototypeOf(own) as object) as object
}

/** `eval` of the realm, which sees no variables of its caller. */
export function indirectEval(text: unknown): unknown {
  if (typeof text !== 'string') return text
  const compiled = compiledFor(text)
  return compiled === undefined ? nativeEval(text) : run(compiled, nativeEval, text)
}

function compiledFor(source: string): ConstructedCode | undefined {
  if (host.owner() === undefined) return undefined
  try {
    return host.compile(source)
  } catch {
    return undefined
  }
}

/** In strict code, as scripts are; what only sloppy code may do is left to the language. */
function run(
  { code, view, runtime }: ConstructedCode,
  otherwise: (source: string) => unknown,
  source: string,
): unknown {
  const owner = host.owner() as CodeOwner
  let evaluate: (view: object, runtime: object) => unknown
  try {
    evaluate = NativeFunction(view, runtime, `'use strict'; return eval(${JSON.stringify(code)})`) as typeof evaluate
    NativeFunction(`'use strict'; ${code}`)
  } catch {
    return otherwise(source)
  }
  return evaluate(owner.view, owner)
}
