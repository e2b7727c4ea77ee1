/**
 * Code that a script makes while it runs: `new Function('return this')`, `(0, eval)('x')`. The language evaluates it in the realm, where
 * free names are Node's. Here they become the VU's, as in the script itself, and so does `this` of a call without an object.
 */
import { eachChild, type Node, parseScript } from './ast.js'
import { chooseNames } from './compile.js'
import { Edits } from './edits.js'
import { Emitter, visitStatements } from './emit.js'
import { NOTHING_PAUSES } from './flow.js'
import { languageNames } from './globals.js'
import { resolveScopes } from './scope.js'
import { addSloppy } from './sloppy.js'

export interface ConstructedCode {
  readonly code: string
  /** What it calls the VU's view of the global object, and the runtime. */
  readonly view: string
  readonly runtime: string
}

/**
 * @returns undefined when the language's own function does: the code names nothing but itself and the language, or has a `with`, in
 * which nobody knows what a name means
 * @throws SyntaxError
 */
export function compileConstructed(source: string): ConstructedCode | undefined {
  const program = parseScript(source)
  if (some(program, ({ type }) => type === 'WithStatement')) return undefined
  const scopes = resolveScopes(program)
  const isForeign = [...scopes.free.keys()].some((name) => !languageNames.has(name))
  if (!isForeign && !some(program, ({ type }) => type === 'ThisExpression')) return undefined
  const sloppy = new Set<Node>()
  addSloppy(program, sloppy)
  const edits = new Edits(source)
  const names = chooseNames(source)
  const emitter = new Emitter(edits, names, NOTHING_PAUSES, scopes.module, new Set())
  emitter.sloppy = sloppy
  visitStatements(emitter, program.body)
  return { code: edits.text(0, source.length), view: names.view, runtime: names.runtime }
}

function some(node: Node, test: (node: Node) => boolean): boolean {
  let found = test(node)
  eachChild(node, (child) => {
    found ||= some(child, test)
  })
  return found
}
