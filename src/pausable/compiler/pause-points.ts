/** Where in a statement a pause may happen, and what is evaluated before it. */
import { eachChild, type Node } from './ast.js'
import { isBindCall } from './callee.js'
import type { PausePlan } from './flow.js'

export interface FirstValue {
  value: Node
  /** The calls whose value it may be. */
  calls: Node[]
}

export class PausePoints {
  private readonly plan: PausePlan
  private readonly known = new Map<Node, boolean>()

  constructor(plan: PausePlan) {
    this.plan = plan
  }

  /** Evaluating the node itself, without the functions in it, may pause. */
  in(node: Node): boolean {
    let pauses = this.known.get(node)
    if (pauses === undefined) {
      pauses = this.find(node)
      this.known.set(node, pauses)
    }
    return pauses
  }

  private find(node: Node): boolean {
    if (node.info) return isComputedField(node) && this.in(node.key)
    if (this.plan.sitePauses(node) && !isBindCall(node)) return true
    let found = false
    eachChild(node, (child) => {
      found ||= this.in(child)
    })
    return found
  }

  /** The node itself may pause, whatever is in it: a call, or a loop whose iterator may. */
  at(node: Node): boolean {
    return this.plan.sitePauses(node)
  }

  /** A call of a function that does nothing but block. */
  isBlocking(node: Node | null | undefined): boolean {
    return node?.type === 'CallExpression' && this.plan.blocks(node)
  }

  /** The calls that may pause and whose value is the value of the expression, when there are no other pause points in it. */
  tailCalls(node: Node | null): Node[] | undefined {
    if (!node || !this.in(node)) return []
    switch (node.type) {
      case 'CallExpression':
        return this.isPlainCall(node) ? [node] : undefined
      case 'ConditionalExpression':
        return this.in(node.test) ? undefined : joined(this.tailCalls(node.consequent), this.tailCalls(node.alternate))
      case 'LogicalExpression':
        return this.in(node.left) ? undefined : this.tailCalls(node.right)
      case 'SequenceExpression':
        return node.expressions.slice(0, -1).some((part: Node) => this.in(part))
          ? undefined
          : this.tailCalls(node.expressions.at(-1))
      default:
        return undefined
    }
  }

  /** A call without pause points in its parts. */
  private isPlainCall({ callee, arguments: args }: Node): boolean {
    return callee.type !== 'ChainExpression' && !this.in(callee) && !args.some((argument: Node) => this.in(argument))
  }

  /** The part of a statement that pauses, when nothing is evaluated before it and nothing else pauses (but branches may). */
  firstValue(statement: Node): FirstValue | undefined {
    switch (statement.type) {
      case 'ExpressionStatement':
        return this.first(statement.expression)
      case 'ReturnStatement':
      case 'ThrowStatement':
        return this.first(statement.argument)
      case 'IfStatement':
        return this.first(statement.test)
      case 'VariableDeclaration': {
        const [declarator] = statement.declarations
        const isSimple = statement.declarations.length === 1 && declarator.init && isSimplePattern(declarator.id)
        return isSimple ? this.first(declarator.init) : undefined
      }
      default:
        return undefined
    }
  }

  private first(node: Node): FirstValue | undefined {
    const calls = this.tailCalls(node)
    if (calls) return calls.length > 0 ? { value: node, calls } : undefined
    switch (node.type) {
      case 'UnaryExpression':
        return node.operator === 'delete' ? undefined : this.first(node.argument)
      case 'BinaryExpression':
      case 'LogicalExpression':
        return this.in(node.right) ? undefined : this.first(node.left)
      case 'ConditionalExpression':
        return this.in(node.consequent) || this.in(node.alternate) ? undefined : this.first(node.test)
      case 'MemberExpression':
        return node.computed && this.in(node.property) ? undefined : this.first(node.object)
      case 'CallExpression': {
        const { callee } = node
        const quiet = !this.plan.sitePauses(node) && !node.arguments.some((argument: Node) => this.in(argument))
        return quiet && callee.type === 'MemberExpression' ? this.first(callee) : undefined
      }
      case 'AssignmentExpression': {
        const isLocal = node.left.type === 'Identifier' && !['free', 'import'].includes(node.left.ref?.kind ?? 'free')
        return node.operator === '=' && isLocal ? this.first(node.right) : undefined
      }
      default:
        return undefined
    }
  }
}

/** The value of a field is a function of its own, but not the key. */
function isComputedField({ type, computed }: Node): boolean {
  return type === 'PropertyDefinition' && computed
}

function joined(a: Node[] | undefined, b: Node[] | undefined): Node[] | undefined {
  return a && b && [...a, ...b]
}

/** Nothing is evaluated in the pattern, and nothing in its text changes. */
function isSimplePattern(node: Node | null): boolean {
  switch (node?.type) {
    case undefined:
    case 'Identifier':
      return true
    case 'ObjectPattern':
      return node.properties.every((item: Node) =>
        item.type === 'RestElement' ? isSimplePattern(item.argument) : !item.computed && isSimplePattern(item.value),
      )
    case 'ArrayPattern':
      return node.elements.every(isSimplePattern)
    case 'RestElement':
      return isSimplePattern(node.argument)
    default:
      return false
  }
}
