/**
 * The bundler makes `var` of every `const`, `let` and `class` at the top level of a file, so that a name that is used before its
 * declaration is undefined instead of an error. Here the user's own keyword comes back, as the original text has it. Packages stay as
 * the bundler made them: they were tried with bundlers, and `var` is faster.
 *
 * The bundler also refuses a script that assigns to a constant, which in JavaScript is an error only when the assignment runs. Such a
 * script is bundled with `let` instead of `const` (script/written-constants.ts), and `isEverywhere` brings the keywords inside functions back, too.
 */
import { originalPositionFor, type TraceMap } from '@jridgewell/trace-mapping'
import { declaredIn, eachChild, type Node } from './ast.js'
import type { Edits } from './edits.js'
import type { TextLines } from './text-lines.js'

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
  // A `var a;` that the bundler added may have the position of the user's statement after it. Without a value it cannot be a const.
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
  private readonly lines: TextLines
  private readonly map: TraceMap
  private readonly linesBySource = new Map<string, readonly string[]>()

  constructor(lines: TextLines, map: TraceMap) {
    this.lines = lines
    this.map = map
  }

  /** From the place to the end of its line; empty where there is none, or in a package. */
  at(offset: number): string {
    const { line, column } = this.lines.position(offset)
    const found = originalPositionFor(this.map, { line: line + 1, column })
    if (found.source === null || /(^|\/)node_modules\//.test(found.source)) return ''
    return this.linesOf(found.source)[found.line - 1]?.slice(found.column) ?? ''
  }

  private linesOf(source: string): readonly string[] {
    let lines = this.linesBySource.get(source)
    if (lines === undefined) {
      lines = (this.map.sourcesContent?.[this.map.sources.indexOf(source)] ?? '').split('\n')
      this.linesBySource.set(source, lines)
    }
    return lines
  }
}
