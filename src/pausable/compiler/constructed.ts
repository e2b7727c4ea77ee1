/**
 * Code that a script makes while it runs: `new Function('return this')`, `(0, eval)('x')`, `eval('x')`. JavaScript would evaluate it with
 * the globals of Node. Here its global names mean those of the VU, as in the script itself, and so does `this` of a call without an object.
 *
 * Shape  the code and how it must be evaluated, see {@link ConstructedCode}
 * Errors SyntaxError; the caller then lets V8 evaluate the text, which says what is wrong with it
 */
import { eachChild, isValidStrict, type Node, parseScript } from './ast.js'
import { languageNames } from './callee.js'
import { chooseNames } from './compile.js'
import { BEFORE_PROGRAM, Edits } from './edits.js'
import { Emitter, type Names, type Surroundings, visitStatements } from './emit.js'
import { NOTHING_PAUSES } from './flow.js'
import { resolveScopes } from './resolve-scopes.js'
import type { Binding, ScopeResult } from './scope.js'
import { addSloppy, isStrict } from './sloppy.js'

export interface ConstructedCode {
  readonly code: string
  /** What it calls the VU's view of the global object, and the runtime. */
  readonly view: string
  readonly runtime: string
  /**
   * The code is not valid in strict mode. In a `with (object) { … }` nobody knows what a name means before the code runs, so its names are
   * not changed, and it must be evaluated inside a `with` of the VU's globals.
   */
  readonly isSloppy: boolean
}

/** Names of the language that a script may replace for its VU. */
const REPLACEABLE: ReadonlySet<string> = new Set(['Math'])

/** @returns undefined when V8 may evaluate the code as it is, because it uses only its own names and those of the language */
export function compileConstructed(source: string): ConstructedCode | undefined {
  const program = parseScript(source)
  const scopes = resolveScopes(program)
  const globals = isStrict(program) ? [] : declaredGlobals(scopes)
  // The code that `eval` is given may use any name.
  const isForeign = [...scopes.free.keys()].some(
    (name) => !languageNames.has(name) || REPLACEABLE.has(name) || name === 'eval',
  )
  if (!isForeign && globals.length === 0 && !some(program, ({ type }) => type === 'ThisExpression')) return undefined
  const names = chooseNames(source)
  const parts = { source, program, scopes, names, globals }
  const isSloppy = some(program, ({ type }) => type === 'WithStatement') || !isValidStrict(source)
  const code = isSloppy ? sloppyText(parts) : strictText(parts)
  return { code, view: names.view, runtime: names.runtime, isSloppy }
}

/** @returns the code for a direct call of `eval`, which sees the variables around it */
export function compileEvaluated(source: string, { texts, view, runtime }: Surroundings): string {
  if (source.includes(view) || source.includes(runtime)) return source
  const program = parseScript(source)
  const scopes = resolveScopes(program)
  const edits = new Edits(source)
  const names = { ...chooseNames(source), view, runtime }
  const emitter = new Emitter(edits, names, NOTHING_PAUSES, scopes.module, REPLACEABLE)
  emitter.texts = new Map(Object.entries(texts))
  visitStatements(emitter, program.body)
  return edits.text(0, source.length)
}

interface Parts {
  readonly source: string
  readonly program: Node
  readonly scopes: ScopeResult
  readonly names: Names
  readonly globals: readonly Binding[]
}

/** `var x` and `function f() {}` at the top of what `(0, eval)(…)` is given make globals. */
function declaredGlobals({ topLevel }: ScopeResult): Binding[] {
  return [...topLevel.values()].filter(({ kind }) => kind === 'var' || kind === 'function')
}

function strictText({ source, program, scopes, names, globals }: Parts): string {
  const sloppy = new Set<Node>()
  addSloppy(program, sloppy)
  const edits = new Edits(source)
  const emitter = new Emitter(edits, names, NOTHING_PAUSES, scopes.module, REPLACEABLE)
  emitter.sloppy = sloppy
  emitter.globals = new Set(globals)
  const functions = globals.filter(({ kind }) => kind === 'function')
  const values = functions.map(({ name }) => `${names.view}.${name} = ${name}`)
  edits.insert(BEFORE_PROGRAM, declarations(emitter, globals, values))
  for (const binding of globals) binding.kind = 'free'
  visitStatements(emitter, program.body)
  return edits.text(0, source.length)
}

/** Only `this` is replaced, because it would be Node's global object. Names that the code assigns to become globals of the VU first. */
function sloppyText({ source, program, scopes, names, globals }: Parts): string {
  const sloppy = new Set<Node>()
  addSloppy(program, sloppy)
  const emitter = new Emitter(new Edits(source), names, NOTHING_PAUSES, scopes.module, new Set())
  const assigned = [...scopes.free.values()].filter(({ writes }) => writes > 0)
  const textOf = (node: Node): string => textWithThis(node, source, sloppy, emitter.runtime('sloppyThis'))
  // The `with` finds globals before functions of the code: a function must have become a global before the code runs.
  const functions = program.body.filter(({ type }: Node) => type === 'FunctionDeclaration')
  const values = functions.map((node: Node) => `${names.view}.${node.id.name} = ${textOf(node)}`)
  return declarations(emitter, [...globals, ...assigned], values) + textOf(program)
}

function textWithThis(root: Node, source: string, sloppy: ReadonlySet<Node>, replacement: string): string {
  const edits = new Edits(source)
  const visit = (node: Node, isSloppy: boolean): void => {
    const isInside = node.info === undefined ? isSloppy : sloppy.has(node)
    if (node.type === 'ThisExpression' && isInside) edits.replace(node.start, node.end, `${replacement}(this)`)
    eachChild(node, (child) => visit(child, isInside))
  }
  visit(root, true)
  return edits.text(root.start, root.end)
}

/** Makes the globals before the code runs, as the language does. It is a declaration, because a declaration is not the result of `eval`. */
function declarations(emitter: Emitter, globals: readonly Binding[], values: readonly string[]): string {
  if (globals.length === 0) return ''
  const { view, prefix } = emitter.names
  const list = JSON.stringify(globals.map(({ name }) => name))
  const all = [`${emitter.runtime('declared')}(${view}, ${list})`, ...values]
  return `var ${all.map((value) => `${prefix}v = ${value}`).join(', ')}; `
}

function some(node: Node, test: (node: Node) => boolean): boolean {
  let found = test(node)
  eachChild(node, (child) => {
    found ||= some(child, test)
  })
  return found
}
