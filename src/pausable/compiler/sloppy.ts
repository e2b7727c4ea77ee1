/**
 * CommonJS files without `'use strict'`, in a program that is strict as a whole. Two things of sloppy code are kept, because old
 * libraries look for the global object with them: `this` of a call without an object is the VU's global object, and an assignment to a
 * name that nothing declares makes a global.
 */
import { eachChild, type Node } from './ast.js'
import type { OriginalText } from './declarations.js'

/** The sloppy functions of a bundle: all those in `__commonJS({ "file.js"(exports, module) { … } })`, as the bundler writes it. */
export function sloppyFunctions(program: Node): ReadonlySet<Node> {
  const found = new Set<Node>()
  for (const file of commonJsFiles(program)) addSloppy(file, found)
  return found
}

function commonJsFiles(program: Node): Node[] {
  return program.body.flatMap(({ type, declarations }: Node) => {
    const call = type === 'VariableDeclaration' ? declarations[0].init : undefined
    if (call?.type !== 'CallExpression' || !/^__commonJS/.test(call.callee.name)) return []
    return call.arguments[0]?.properties?.map((property: Node) => property.value) ?? []
  })
}

/** Adds the sloppy functions in `node`, and `node` itself when it is one. */
export function addSloppy(node: Node, found: Set<Node>): void {
  if (node.type === 'ClassDeclaration' || node.type === 'ClassExpression') return
  if (node.info && isStrict(node)) return
  if (node.info) found.add(node)
  eachChild(node, (child) => addSloppy(child, found))
}

/** It begins with 'use strict'. */
export function isStrict({ body }: Node): boolean {
  const statements = Array.isArray(body) ? body : body?.body
  return Array.isArray(statements) && statements.some(({ directive }: Node) => directive === 'use strict')
}

/**
 * Finds the `this` at the top of CommonJS files. The bundler writes `exports` for it, as in Node, and in packages it stays that. In the
 * user's own files it is the global object, as on k6.
 */
export function markGlobalThis(program: Node, original: OriginalText): void {
  for (const { params } of commonJsFiles(program)) {
    for (const reference of params?.[0]?.declares?.references ?? []) {
      if (/^this\b/.test(original.at(reference.start))) reference.isGlobalThis = true
    }
  }
}
