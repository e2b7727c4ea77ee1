/**
 * The bundler makes `var` of every `const`, `let` and `class` at the top level of a file, so that a name that is used before its
 * declaration is undefined instead of an error. Here the user's own keyword comes back, as the original text has it. Packages stay as
 * the bundler made them: they were tried with bundlers, and `var` is faster.
 *
 * It also refuses to bundle a constant that is assigned to, which in the language is an error of the moment (script/written-constants.ts):
 * with `isEverywhere` the keywords inside functions come back too.
 */
import { originalPositionFor, type TraceMap } from '@jridgewell/trace-mapping'
import { declaredIn, eachChild, type Node } from './ast.js'
import type { Edits } from './edits.js'

export interface Declarations {
  readonly program: Node
  readonly edits: Edits
  readonly original: OriginalText
  readonly isEverywhere: boolean
}

export function restoreDeclarations({ program, edits, original, isEverywhere }: Declarations): void {
  for (const statement of program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    if (declaration?.type === 'VariableDeclaration' && declaration.kind === 'var') restore(declaration, edits, original)
  }
  if (!isEverywhere) return
  const visit = (node: Node): void => {
    if (node.type === 'VariableDeclaration' && node.kind === 'let') restore(node, edits, original)
    eachChild(node, visit)
  }
  visit(program)
}

function restore(node: Node, edits: Edits, original: OriginalText): void {
  const keyword = keywordOf(node, original.at(node.start))
  if (keyword === undefined || keyword === node.kind) return
  if (node.kind === 'var' && !declaredIn(node).every(isDeclaredOnce)) return
  edits.replace(node.start, node.start + node.kind.length, keyword)
}

function keywordOf(node: Node, text: string): 'const' | 'let' | undefined {
  const [, found] =
    /^(?:export\s+|for\s*(?:await\s*)?\(\s*)?(const(?!\s+enum\b)|let|(?:abstract\s+)?class)\b/.exec(text) ?? []
  if (found === undefined || found === 'let') return found
  // What the bundler has added itself may have the position of the statement after it.
  const isComplete = node.declarations.every((declarator: Node) => declarator.init !== null)
  return found === 'const' && (isComplete || isHead(node)) ? 'const' : 'let'
}

/** `for (const x of …)`: no initial value. */
function isHead(node: Node): boolean {
  return node.kind === 'let' && node.declarations.length === 1
}

function isDeclaredOnce({ declares }: Node): boolean {
  return declares !== undefined && declares.declarations.length === 1
}

/** The text that a place in the bundle was made of. */
export class OriginalText {
  private readonly map: TraceMap
  private readonly lineStarts: number[] = [0]
  private readonly lines = new Map<string, readonly string[]>()

  constructor(source: string, map: TraceMap) {
    this.map = map
    for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) this.lineStarts.push(at + 1)
  }

  /** From the place to the end of its line; empty where there is none, or in a package. */
  at(offset: number): string {
    const line = lastAtOrBefore(this.lineStarts, offset)
    const found = originalPositionFor(this.map, { line: line + 1, column: offset - this.lineStarts[line]! })
    if (found.source === null || /(^|\/)node_modules\//.test(found.source)) return ''
    return this.linesOf(found.source)[found.line - 1]?.slice(found.column) ?? ''
  }

  private linesOf(source: string): readonly string[] {
    let lines = this.lines.get(source)
    if (lines === undefined) {
      lines = (this.map.sourcesContent?.[this.map.sources.indexOf(source)] ?? '').split('\n')
      this.lines.set(source, lines)
    }
    return lines
  }
}

/** Index of the last number at or before `value`; the first is 0. */
function lastAtOrBefore(numbers: readonly number[], value: number): number {
  let low = 0
  let high = numbers.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (numbers[middle]! <= value) low = middle
    else high = middle - 1
  }
  return low
}
