/** When statements may move into a function of their own: what they declare and use must not be missed or shared. */
import { eachChild, type Node } from './ast.js'
import type { Binding } from './scope.js'

/** What the statements declare is used nowhere but from `from` to `to`, so they may move into a function of their own. */
export function isClosed(statements: readonly Node[], from: number, to: number): boolean {
  const [first] = statements
  const within = (binding: Binding): boolean =>
    binding.references.every((node) => node.start >= from && node.end <= to) &&
    binding.declarations.every((node) => node.start >= first!.start && node.end <= to)
  return statements.every((statement) => declaredBy(statement, true).every(within))
}

/** The variables that a statement adds to the list that it is in (`own`), and those it adds to the function. */
function declaredBy(node: Node, own: boolean): Binding[] {
  if (node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') {
    return own && node.id?.declares ? [node.id.declares] : []
  }
  if (node.info || node.type === 'ClassExpression') return []
  const found: Binding[] = []
  if (node.type === 'VariableDeclaration' && (own || node.kind === 'var')) {
    for (const declarator of node.declarations) found.push(...patternBindings(declarator.id))
  }
  eachChild(node, (child) => {
    for (const binding of declaredBy(child, false)) found.push(binding)
  })
  return found
}

/** The statement declares a `var`. */
export function hasVar(statement: Node): boolean {
  return declaredBy(statement, false).length > 0
}

/** A variable that the head of a loop declares is used in a function inside the loop, and changes. */
export function hasCapturedVariable(head: Node, loop: Node): boolean {
  const closures = nestedFunctions(loop)
  return declaredBy(head, true).some((binding) => binding.kind === 'let' && isUsedIn(closures, binding))
}

/** A variable that the head of a loop declares is used in what the loop is over, where it has no value yet. */
export function isUsedEarly(head: Node, iterable: Node): boolean {
  return declaredBy(head, true).some((binding) => isUsedIn([iterable], binding))
}

function isUsedIn(places: readonly Node[], { references }: Binding): boolean {
  return references.some((node) => places.some(({ start, end }) => node.start >= start && node.end <= end))
}

function patternBindings(pattern: Node): Binding[] {
  if (pattern.declares) return [pattern.declares]
  const found: Binding[] = []
  eachChild(pattern, (child) => {
    if (!child.info) found.push(...patternBindings(child))
  })
  return found
}

/** The variables that a statement reads or writes, in the functions inside it too. */
function usedBy(node: Node, found = new Set<Binding>()): Set<Binding> {
  if (node.ref) found.add(node.ref)
  eachChild(node, (child) => {
    usedBy(child, found)
  })
  return found
}

function nestedFunctions(node: Node): Node[] {
  const found: Node[] = []
  eachChild(node, (child) => {
    if (child.info) found.push(child)
    else found.push(...nestedFunctions(child))
  })
  return found
}

/**
 * The names of the function's variables that statements use, when their values can be handed over: because the function that
 * the statements move into is made once per program, it must not see variables of any call. The statements are in no loop.
 */
export function captures(fn: Node, statements: readonly Node[]): string[] | undefined {
  const start = statements[0]!.start
  const to = statements.at(-1)!.end
  const isInside = (node: Node): boolean => node.start >= start && node.end <= to
  const outer = new Set<Binding>()
  for (const statement of statements) {
    for (const binding of usedBy(statement)) if (!binding.declarations.some(isInside)) outer.add(binding)
  }
  const names: string[] = []
  for (const binding of outer) {
    if (binding.kind === 'free' || binding.kind === 'import' || binding.isTopLevel) continue
    if (!canHandOver(fn, binding, isInside, start)) return undefined
    names.push(binding.name)
  }
  return names
}

/** A variable of the function itself, not a private name, whose changes, on either side, the other side does not have to see. */
function canHandOver(fn: Node, binding: Binding, isInside: (node: Node) => boolean, from: number): boolean {
  const { start, end } = fn
  const { kind, declarations } = binding
  const isOwn = declarations.length > 0 && declarations.every((node) => node.start >= start && node.end <= end)
  if (!isOwn || kind === 'private' || binding.name === 'arguments') return false
  // It has no value yet, which only the statements themselves may find out.
  if (kind !== 'var' && kind !== 'function' && declarations.some((node) => node.start > from)) return false
  if (binding.writes === 0) return true
  // The function's own name belongs to what is around the function.
  if (kind === 'const' || declarations.includes(fn.id)) return false
  if (binding.references.some((node) => !isInside(node) && node.end > from)) return false
  const closures = nestedFunctions(fn).filter((node) => !isInside(node))
  return !isUsedIn(closures, binding)
}
