/**
 * An expression as V8 names it in its errors: `login(...).json is not a function`. V8 names what the compiled text says, so where that is
 * not what the user wrote, the compiled program makes the error itself.
 */
import { eachChild, type Node } from './ast.js'

const INTERMEDIATE = '(intermediate value)'

/** Levels of an expression that are named. Each link of a chain `a().b().c()` holds the name of all before it, so names must end somewhere. */
const MAX_DEPTH = 30

export function render(node: Node, depth = 0): string {
  if (depth > MAX_DEPTH) return INTERMEDIATE
  const part = (inner: Node): string => render(inner, depth + 1)
  switch (node.type) {
    case 'Identifier':
      return node.name
    case 'ThisExpression':
      return 'this'
    case 'Literal':
      return typeof node.value === 'string' ? JSON.stringify(node.value) : String(node.raw)
    case 'ChainExpression':
      return part(node.expression)
    case 'CallExpression':
      return `${part(node.callee)}(...)`
    case 'TaggedTemplateExpression':
      return `${part(node.tag)}(...)`
    case 'MemberExpression':
      return renderMember(node, part)
    case 'UnaryExpression':
      return `(${node.operator}${/\w/.test(node.operator) ? ' ' : ''}${part(node.argument)})`
    case 'BinaryExpression':
    case 'LogicalExpression':
      return `(${part(node.left)} ${node.operator} ${part(node.right)})`
    case 'AssignmentExpression':
      return part(node.left)
    case 'SequenceExpression':
      return `(${node.expressions.map(part).join(' , ')})`
    case 'ConditionalExpression':
      return INTERMEDIATE.repeat(3)
    case 'ArrayExpression':
      return `[${node.elements.map((element: Node | null) => (element ? part(element) : '')).join(',')}]`
    default:
      return INTERMEDIATE
  }
}

function renderMember({ object, property, computed, optional }: Node, part: (inner: Node) => string): string {
  if (object.type === 'Super') return `${INTERMEDIATE}.${property.name}`
  const base = part(object)
  const dot = optional ? '?.' : computed ? '' : '.'
  if (!computed) return `${base}${dot}${property.type === 'PrivateIdentifier' ? '#' : ''}${property.name}`
  if (typeof property.value === 'string') return `${base}.${property.value}`
  return `${base}${dot}[${property.type === 'Literal' ? property.raw : part(property)}]`
}

/** What V8 says when a value is not iterable, up to those words. */
export function renderIterable(node: Node, isAsync: boolean): string {
  if (node.type !== 'CallExpression') return render(node)
  return `${render(isAsync ? node : node.callee)} is not a function or its return value`
}

/** What V8 says when a value without properties is taken apart, up to `as it is undefined.` */
export function renderDestructured(pattern: Node, value: string): string {
  const [first] = pattern.properties
  const isNamed = first?.type === 'Property' && !first.computed
  const name = isNamed ? ` property '${first.key.name ?? first.key.value}' of` : ''
  return `Cannot destructure${name} '${value}'`
}

/** The parts of an expression that V8 would name with it. */
export function namedParts(node: Node): Node[] {
  switch (node.type) {
    case 'CallExpression':
    case 'NewExpression':
      return [node.callee]
    case 'TaggedTemplateExpression':
      return [node.tag]
    case 'ObjectExpression':
    case 'ConditionalExpression':
      return []
    default: {
      const parts: Node[] = []
      eachChild(node, (child) => {
        if (!child.info && (child !== node.property || node.computed)) parts.push(child)
      })
      return parts
    }
  }
}
