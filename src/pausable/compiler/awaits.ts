/**
 * Where the exported functions of a program await: when a promise can never settle, the language does not say at which `await` a
 * function stands.
 *
 * Shape   by exported name, the places in the user's files, `file:line:column`
 */
import { originalPositionFor, type TraceMap } from '@jridgewell/trace-mapping'
import { eachChild, type Node } from './ast.js'
import type { ModuleLinks } from './emit-module.js'

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
    if (node?.async !== true) continue
    places[name] = awaitsIn(node).flatMap((offset) => placeOf(offset) ?? [])
  }
  return { ...places }
}

/** From an offset in the text to the user's file. */
export function placeFinder(
  source: string,
  upstream: TraceMap | undefined,
  name: string,
): (offset: number) => string | undefined {
  return (offset) => {
    const before = source.slice(0, offset)
    const line = before.split('\n').length
    const column = offset - (before.lastIndexOf('\n') + 1)
    if (upstream === undefined) return `${name}:${line}:${column + 1}`
    const found = originalPositionFor(upstream, { line, column })
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

/** Not those of functions inside. */
function awaitsIn(fn: Node): number[] {
  const offsets: number[] = []
  const visit = (node: Node): void => {
    if (node.info !== undefined && node !== fn) return
    if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node['await'])) offsets.push(node.start)
    eachChild(node, visit)
  }
  visit(fn)
  return offsets
}
