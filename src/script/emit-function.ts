import type { Node } from './ast.js'
import { declared, type Emitter, visitStatements } from './emit.js'

export function visitBlock(emitter: Emitter, node: Node): void {
  visitStatements(emitter, node.body)
}

export function visitFunction(emitter: Emitter, node: Node): void {
  for (const param of node.params) declared(emitter, param)
  emitter.visit(node.body)
}
