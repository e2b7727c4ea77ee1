/**
 * Classes whose methods may pause. A method becomes a generator method under its own key, so that `super` keeps working, and a
 * static block at the start of the class has the runtime put the plain method in its place:
 *
 *   class A { m() { … } }    →   class A { static { $$rt.methods(this, 8, "m", 0) } *m() { … } }
 *
 * Nothing can be put in the place of a private method, so it becomes a getter of its plain form:
 *
 *   class A { #m() { … } }   →   class A { *#m$$twin() { … } get #m() { return $$rt.privateMethod(8, this.#m$$twin, "#m", 0) } }
 */
import { STATIC } from '../contract.js'
import { findToken, keyName, type Node } from './ast.js'
import type { Emitter } from './emit.js'
import { formOf, lengthOf, methodEntry, methodKey, twinBody, visitInitializer, visitNamed } from './emit-function.js'

export function visitClass(emitter: Emitter, node: Node): void {
  if (node.superClass) emitter.visit(node.superClass)
  const slot = emitter.edits.reserve(node.body.start + 1)
  const methods: string[] = []
  for (const member of node.body.body) visitMember(emitter, member, methods)
  if (methods.length > 0) slot.text = ` static { ${emitter.runtime('methods')}(this, ${methods.join(', ')}) }`
}

/** @param methods what the static block is to tell the runtime of each method that may pause */
function visitMember(emitter: Emitter, node: Node, methods: string[]): void {
  if (node.type === 'StaticBlock') {
    emitter.visit(node)
    return
  }
  if (node.type === 'PropertyDefinition') {
    visitField(emitter, node)
    return
  }
  const pauses = emitter.plan.pauses(node.value.info!)
  if (!pauses) {
    if (node.computed) emitter.visit(node.key)
    emitter.visit(node.value)
  } else if (node.key.type === 'PrivateIdentifier') privateMethod(emitter, node)
  else {
    const flags = formOf(emitter, node.value.info)
    methodKey(emitter, node, node.static ? ';static *' : ';*')
    twinBody(emitter, node.value, '', { newTarget: 'void 0' })
    methods.push(methodEntry(node, flags | (node.static ? STATIC : 0)))
  }
}

function visitField(emitter: Emitter, node: Node): void {
  if (node.computed) emitter.visit(node.key)
  if (!node.value) return
  visitInitializer(emitter, node, () => visitNamed(emitter, node.value, keyName(node.key, node.computed) ?? ''))
}

function privateMethod(emitter: Emitter, node: Node): void {
  const { edits, names } = emitter
  const flags = formOf(emitter, node.value.info)
  const name = `#${node.key.name}`
  const twin = `${name}${names.prefix}twin`
  const keyword = node.static ? 'static ' : ''
  edits.replace(node.start, findToken(emitter.source, '(', node.key.end), `;${keyword}*${twin}`)
  twinBody(emitter, node.value, '', { newTarget: 'void 0' })
  const plain = `${emitter.runtime('privateMethod')}(${flags}, this.${twin}, "${name}", ${lengthOf(node.value)})`
  edits.insert(node.end, ` ${keyword}get ${name}() { return ${plain} }`)
}
