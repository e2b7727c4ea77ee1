/**
 * Patterns, which give variables their values: the left side of an assignment (`[a, b.c] = f()`), a declaration (`const { a } = f()`), the
 * heads of `for…in` and `for…of`, and what `catch` catches.
 *
 * A pattern that assigns has targets, whose text may have to change. A pattern that declares only has new names; in it the default values and
 * computed keys are the expressions.
 */
import { declaredIn, type Node } from './ast.js'
import { type Emitter, visitMember } from './emit.js'
import { visitAssigned } from './emit-function.js'

/** The left side of an assignment; `reads` when the old value is used too. */
export function assignTo(emitter: Emitter, node: Node, reads = false): void {
  switch (node.type) {
    case 'Identifier':
      emitter.write(node, reads)
      return
    case 'MemberExpression':
      visitMember(emitter, node)
      return
    case 'ArrayPattern':
      for (const element of node.elements) if (element) assignTo(emitter, element)
      return
    case 'ObjectPattern':
      for (const property of node.properties) assignToProperty(emitter, property)
      return
    case 'RestElement':
      assignTo(emitter, node.argument)
      return
    case 'AssignmentPattern':
      assignTo(emitter, node.left)
      visitAssigned(emitter, node.right, node.left)
      return
    default:
      emitter.visit(node)
  }
}

function assignToProperty(emitter: Emitter, node: Node): void {
  if (node.type === 'RestElement') {
    assignTo(emitter, node.argument)
    return
  }
  if (node.computed) emitter.visit(node.key)
  const inner = node.value.type === 'AssignmentPattern' ? node.value.left : node.value
  const isOurs = inner.ref && (emitter.state.captured?.has(inner.ref) || inner.ref.kind === 'free')
  if (node.shorthand && isOurs && !emitter.isLanguageGlobal(inner.ref)) {
    emitter.edits.insert(node.start, `${inner.name}: `)
  }
  assignTo(emitter, node.value)
}

export function visitAssignment(emitter: Emitter, node: Node): void {
  assignTo(emitter, node.left, node.operator !== '=')
  // When an array pattern cannot take the value, V8 names the value's type and not its text.
  if (node.left.type === 'ArrayPattern') emitter.visit(node.right)
  else visitAssigned(emitter, node.right, node.left)
}

export function visitDeclarator(emitter: Emitter, node: Node): void {
  if (declaresGlobal(emitter, node.id)) {
    globalDeclarator(emitter, node)
    return
  }
  declared(emitter, node.id)
  if (node.init) visitAssigned(emitter, node.init, node.id)
}

/** The pattern declares properties of the global object. */
function declaresGlobal(emitter: Emitter, pattern: Node): boolean {
  if (emitter.globals.size === 0) return false
  return declaredIn(pattern).some(({ declares }) => emitter.globals.has(declares!))
}

/** `var x = 1` at the top of code of `eval` assigns a global. It stays inside a `var` because a declaration is not the result of `eval`. */
function globalDeclarator(emitter: Emitter, { id, init }: Node): void {
  const variable = `${emitter.names.prefix}v`
  if (!init) {
    emitter.edits.replace(id.start, id.end, variable)
    return
  }
  emitter.edits.insert(id.start, `${variable} = (`)
  globalTarget(emitter, id)
  visitAssigned(emitter, init, id)
  emitter.edits.insert(init.end, ')')
}

function globalTarget(emitter: Emitter, pattern: Node): void {
  for (const node of declaredIn(pattern)) node.ref = node.declares
  assignTo(emitter, pattern)
}

/** A pattern that declares: only its default values and computed keys are expressions. */
export function declared(emitter: Emitter, node: Node): void {
  switch (node.type) {
    case 'ObjectPattern':
      for (const property of node.properties) {
        if (property.computed) emitter.visit(property.key)
        declared(emitter, property.type === 'RestElement' ? property : property.value)
      }
      return
    case 'ArrayPattern':
      for (const element of node.elements) if (element) declared(emitter, element)
      return
    case 'RestElement':
      declared(emitter, node.argument)
      return
    case 'AssignmentPattern':
      declared(emitter, node.left)
      visitAssigned(emitter, node.right, node.left)
      return
  }
}

export function visitForIn(emitter: Emitter, node: Node): void {
  visitLeft(emitter, node.left)
  emitter.visit(node.right)
  emitter.visit(node.body)
}

export function visitLeft(emitter: Emitter, left: Node): void {
  if (left.type !== 'VariableDeclaration') assignTo(emitter, left)
  else if (declaresGlobal(emitter, left.declarations[0].id)) {
    emitter.edits.replace(left.start, left.declarations[0].id.start, '')
    globalTarget(emitter, left.declarations[0].id)
  } else emitter.visit(left)
}

export function visitCatch(emitter: Emitter, node: Node): void {
  if (node.param) declared(emitter, node.param)
  emitter.visit(node.body)
}
