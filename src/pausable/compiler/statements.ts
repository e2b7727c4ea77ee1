/** What a statement may run, and where the program goes after it. */
import { eachChild, type Node } from './ast.js'

/** The statements that one statement may run, once each at most. */
export function branchesOf(statement: Node): Node[] {
  if (statement.type === 'BlockStatement') return [statement]
  if (statement.type !== 'IfStatement') return []
  return statement.alternate ? [statement.consequent, statement.alternate] : [statement.consequent]
}

export function statementsOf(branch: Node): Node[] {
  return branch.type === 'BlockStatement' ? branch.body : [branch]
}

/** `while`, `do … while` and `for (…; …; …)`. */
export function isCountingLoop({ type }: Node): boolean {
  return type === 'WhileStatement' || type === 'DoWhileStatement' || type === 'ForStatement'
}

/** A loop whose body can become a function that is called for each turn. */
export function isLoop(statement: Node): boolean {
  return isCountingLoop(statement) || (statement.type === 'ForOfStatement' && !statement.await)
}

/** What follows the statement may run. */
export function endsNormally(statement: Node | undefined): boolean {
  switch (statement?.type) {
    case 'ReturnStatement':
    case 'ThrowStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return false
    case 'BlockStatement':
      return endsNormally(statement.body.at(-1))
    case 'IfStatement':
      return !statement.alternate || endsNormally(statement.consequent) || endsNormally(statement.alternate)
    default:
      return true
  }
}

/** `return`, and `break` and `continue` to somewhere outside of the statement. */
export function jumpsOf(statement: Node): Node[] {
  const found: Node[] = []
  collectJumps(statement, { breaks: false, continues: false, labels: [] }, found)
  return found
}

/** What can be jumped to within the statement. */
interface Targets {
  breaks: boolean
  continues: boolean
  labels: string[]
}

function collectJumps(node: Node, targets: Targets, found: Node[]): void {
  if (node.info) return
  let inner = targets
  switch (node.type) {
    case 'ReturnStatement':
      found.push(node)
      return
    case 'BreakStatement':
      if (node.label ? !targets.labels.includes(node.label.name) : !targets.breaks) found.push(node)
      return
    case 'ContinueStatement':
      if (node.label ? !targets.labels.includes(node.label.name) : !targets.continues) found.push(node)
      return
    case 'LabeledStatement':
      inner = { ...targets, labels: [...targets.labels, node.label.name] }
      break
    case 'SwitchStatement':
      inner = { ...targets, breaks: true }
      break
    case 'ForInStatement':
    case 'ForOfStatement':
      inner = { ...targets, breaks: true, continues: true }
      break
    default:
      if (isCountingLoop(node)) inner = { ...targets, breaks: true, continues: true }
  }
  eachChild(node, (child) => collectJumps(child, inner, found))
}
