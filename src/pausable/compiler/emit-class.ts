/**
 * Classes whose methods may pause. A method becomes a generator method under its own key, so that `super` keeps working, and a
 * static block at the start of the class has the runtime put the plain method in its place:
 *
 *   class A { m() { … } }    →   class A { static { $$rt.methods(this, 8, "m", 0) } *m() { … } }
 *   class A { #m() { … } }   →   class A { #$$link = [$$rt.link(8, this.#m, this.#m$$twin)]; *#m$$twin() { … } #m() { return … } }
 */
import { STATIC } from '../contract.js'
import { findToken, keyName, type Node } from './ast.js'
import type { Emitter } from './emit.js'
import { formOf, lengthOf, methodEntry, methodKey, twinBody, visitInitializer, visitNamed } from './emit-function.js'

interface ClassParts {
  methods: string[]
  links: string[]
  staticLinks: string[]
}

export function visitClass(emitter: Emitter, node: Node): void {
  if (node.superClass) emitter.visit(node.superClass)
  const { prefix } = emitter.names
  const slot = emitter.edits.reserve(node.body.start + 1)
  const parts: ClassParts = { methods: [], links: [], staticLinks: [] }
  for (const member of node.body.body) visitMember(emitter, member, parts)
  const setup = parts.staticLinks
  if (parts.methods.length > 0) setup.unshift(`${emitter.runtime('methods')}(this, ${parts.methods.join(', ')})`)
  if (setup.length > 0) slot.text += ` static { ${setup.join('; ')} }`
  if (parts.links.length > 0) slot.text += ` #${prefix}link = [${parts.links.join(', ')}];`
}

function visitMember(emitter: Emitter, node: Node, parts: ClassParts): void {
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
  } else if (node.key.type === 'PrivateIdentifier') privateMethod(emitter, node, parts)
  else {
    const flags = formOf(emitter, node.value.info)
    methodKey(emitter, node, node.static ? ';static *' : ';*')
    twinBody(emitter, node.value, '', { newTarget: 'void 0' })
    parts.methods.push(methodEntry(node, flags | (node.static ? STATIC : 0)))
  }
}

function visitField(emitter: Emitter, node: Node): void {
  if (node.computed) emitter.visit(node.key)
  if (!node.value) return
  visitInitializer(emitter, node, () => visitNamed(emitter, node.value, keyName(node.key, node.computed) ?? ''))
}

function privateMethod(emitter: Emitter, node: Node, parts: ClassParts): void {
  const { edits, names } = emitter
  const flags = formOf(emitter, node.value.info)
  const name = `#${node.key.name}`
  const twin = `${name}${names.prefix}twin`
  const keyword = node.static ? 'static ' : ''
  edits.replace(node.start, findToken(emitter.source, '(', node.key.end), `;${keyword}*${twin}`)
  twinBody(emitter, node.value, '', { newTarget: 'void 0' })
  const params = Array.from({ length: lengthOf(node.value) }, (_, i) => `${names.prefix}${i}`).join(', ')
  const call = `${emitter.runtime('invoke')}(${flags}, this.${twin}, this, arguments)`
  edits.insert(node.end, ` ${keyword}${name}(${params}) { return ${call} }`)
  const link = `${emitter.runtime('link')}(${flags}, this.${name}, this.${twin})`
  if (node.static) parts.staticLinks.push(link)
  else parts.links.push(link)
}
