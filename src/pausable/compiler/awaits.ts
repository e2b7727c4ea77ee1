/**
 * Where the promise of an exported function may wait: at an `await`, or where the function returns another promise. A promise that
 * never settles does not say where it waits, so messages about it name these places.
 *
 * Shape   by exported name, the places in the user's files, `file:line:column`; for an export that is no function, where it is declared
 */
import { originalPositionFor, type TraceMap } from '@jridgewell/trace-mapping'
import { eachChild, type Node } from './ast.js'
import type { ModuleLinks } from './emit-module.js'
import type { TextLines } from './text-lines.js'

export type AwaitPlaces = Readonly<Record<string, readonly string[]>>

export function awaitPlaces(
  program: Node,
  links: Pick<ModuleLinks, 'exports'>,
  placeOf: (offset: number) => string | undefined,
): AwaitPlaces {
  const functions = namedFunctions(program)
  const places: Record<string, string[]> = Object.create(null)
  for (const { name, text } of links.exports) {
    const node = functions.get(text) ?? (name === 'default' ? functions.get('default') : undefined)
    if (node !== undefined) places[name] = waitsOf(node).flatMap((offset) => placeOf(offset) ?? [])
  }
  return { ...places }
}

/** Leads from an offset in the text to `file:line:column` in the user's files. */
export function placeFinder(
  lines: TextLines,
  upstream: TraceMap | undefined,
  name: string,
): (offset: number) => string | undefined {
  return (offset) => {
    const { line, column } = lines.position(offset)
    if (upstream === undefined) return `${name}:${line + 1}:${column + 1}`
    const found = originalPositionFor(upstream, { line: line + 1, column })
    return found.source === null ? undefined : `${found.source}:${found.line}:${found.column + 1}`
  }
}

/** Functions that the module declares or assigns to a constant, by name; an exported expression is `default`. */
function namedFunctions({ body }: Node): Map<string, Node> {
  const functions = new Map<string, Node>()
  for (const statement of body as Node[]) {
    const node = statement.type.startsWith('Export') ? statement['declaration'] : statement
    if (node?.type === 'VariableDeclaration') {
      for (const { id, init } of node.declarations) if (id.type === 'Identifier' && init) functions.set(id.name, init)
    } else if (node?.id) functions.set(node.id.name, node)
    else if (statement.type === 'ExportDefaultDeclaration') functions.set('default', node)
  }
  return functions
}

function waitsOf(fn: Node): number[] {
  if (fn.info === undefined) return [fn.start]
  const found = fn['async'] ? [...awaitsIn(fn), ...promisesReturnedBy(fn)] : promisesReturnedBy(fn)
  return found.length > 0 ? found : [fn.start]
}

function awaitsIn(fn: Node): number[] {
  const offsets: number[] = []
  eachOwn(fn, (node) => {
    if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node['await'])) offsets.push(node.start)
  })
  return offsets
}

const MAY_BE_PROMISE = new Set([
  'CallExpression',
  'NewExpression',
  'Identifier',
  'MemberExpression',
  'ConditionalExpression',
  'LogicalExpression',
])

function promisesReturnedBy(fn: Node): number[] {
  if (fn.type === 'ArrowFunctionExpression' && fn['expression']) return maybePromise(fn['body'])
  const offsets: number[] = []
  eachOwn(fn, (node) => {
    if (node.type === 'ReturnStatement' && node['argument']) offsets.push(...maybePromise(node['argument']))
  })
  return offsets
}

function maybePromise(node: Node): number[] {
  return MAY_BE_PROMISE.has(node.type) && node['name'] !== 'undefined' ? [node.start] : []
}

/** All nodes of a function but those of functions inside. */
function eachOwn(fn: Node, take: (node: Node) => void): void {
  const visit = (node: Node): void => {
    if (node.info !== undefined && node !== fn) return
    take(node)
    eachChild(node, visit)
  }
  visit(fn)
}
