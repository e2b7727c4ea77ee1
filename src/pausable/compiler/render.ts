/**
 * An expression as V8 names it in its errors: `login(...).json is not a function`. V8 names what the compiled text says, so where that is
 * not what the user wrote, the compiled program makes the error itself.
 */
import { eachChild, type Node } from './ast.js'

const INTERMEDIATE = '(intermediate value)'

export function render(node: Node): string {
  switch (node.type) {
    case 'Identifier':
      return node.name
    case 'ThisExpression':
      return 'this'
    case 'Literal':
      return typeof node.value === 'string' ? JSON.stringify(node.value) : String(node.raw)
    case 'ChainExpression':
      return render(node.expression)
    case 'CallExpression':
      return `${render(node.callee)}(...)`
    case 'TaggedTemplateExpression':
      return `${render(node.tag)}(...)`
    case 'MemberExpression':
      return renderMember(node)
    case 'UnaryExpression':
      return `(${node.operator}${/\w/.test(node.operator) ? ' ' : ''}${render(node.argument)})`
    case 'BinaryExpression':
    case 'LogicalExpression':
      return `(${render(node.left)} ${node.operator} ${render(node.right)})`
    case 'AssignmentExpression':
      return render(node.left)
    case 'SequenceExpression':
      return `(${node.expressions.map(render).join(' , ')})`
    case 'ConditionalExpression':
      return INTERMEDIATE.repeat(3)
    case 'ArrayExpression':
      return `[${node.elements.map((element: Node | null) => (element ? render(element) : '')).join(',')}]`
    default:
      return INTERMEDIATE
  }
}

function renderMember({ object, property, computed, optional }: Node): string {
  if (object.type === 'Super') return `${INTERMEDIATE}.${property.name}`
  const base = render(object)
  const dot = optional ? '?.' : computed ? '' : '.'
  if (!computed) return `${base}${dot}${property.type === 'PrivateIdentifier' ? '#' : ''}${property.name}`
  if (typeof property.value === 'string') return `${base}.${property.value}`
  return `${base}${dot}[${property.type === 'Literal' ? property.raw : render(property)}]`
}

/** What V8 says when a value is not iterable, up to those words. */
export function renderIterable(node: Node, isAsync: boolean): string {
  if (node.type !== 'CallExpression') return render(node)
  return `${render(isAsync ? node : node.callee)} is not a function or its return value`
}

/** What V8 says when a value without properties is taken apart, up to `as it is undefined.` */
export function renderDestructured(pattern: Node, value: Node): string {
  const [first] = pattern.properties
  const isNamed = first?.type === 'Property' && !first.computed
  const name = isNamed ? ` property '${first.key.name ?? first.key.value}' of` : ''
  return `Cannot destructure${name} '${render(value)}'`
}

/** Whether one of the parts of an expression that V8 would name is written differently in the compiled text. */
export function someNamedPart(node: Node, isChanged: (part: Node) => boolean): boolean {
  if (node.info) return false
  if (isChanged(node)) return true
  switch (node.type) {
    case 'CallExpression':
    case 'NewExpression':
      return someNamedPart(node.callee, isChanged)
    case 'TaggedTemplateExpression':
      return someNamedPart(node.tag, isChanged)
    case 'ObjectExpression':
    case 'ConditionalExpression':
      return false
    default: {
      let found = false
      eachChild(node, (child) => {
        if (child !== node.property || node.computed) found ||= someNamedPart(child, isChanged)
      })
      return found
    }
  }
}
