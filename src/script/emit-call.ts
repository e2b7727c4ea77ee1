import type { Node } from './ast.js'
import type { Emitter } from './emit.js'

export function visitCall(emitter: Emitter, node: Node): void {
  callee(emitter, node.callee)
  for (const argument of node.arguments) emitter.visit(argument)
}

export function visitTagged(emitter: Emitter, node: Node): void {
  callee(emitter, node.tag)
  emitter.visit(node.quasi)
}

function callee(emitter: Emitter, node: Node): void {
  if (node.type === 'Identifier') emitter.read(node, true)
  else emitter.visit(node)
}

/** `typeof name` of a name that nobody declares is 'undefined', not an error. */
export function visitUnary(emitter: Emitter, node: Node): void {
  const { argument } = node
  if (node.operator === 'typeof' && argument.type === 'Identifier') emitter.typeOf(argument)
  else emitter.visit(argument)
}
