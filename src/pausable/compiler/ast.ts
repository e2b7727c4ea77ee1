/**
 * The syntax tree as the compiler uses it: acorn's ESTree nodes, loosely typed, plus the notes that the scope pass leaves on them:
 * `ref` and `declares` on identifiers, `info` on whatever runs as a function of its own.
 */
import { Parser as AcornParser, type Options } from 'acorn'
import type { Binding, FunctionInfo } from './scope.js'

export interface Node {
  type: string
  start: number
  end: number
  /** On an Identifier that reads or writes a variable (not on property names and declarations). */
  ref?: Binding
  /** On an Identifier that declares a variable in a pattern, or names a function or class declaration. */
  declares?: Binding
  /** On functions, class field values and static blocks. */
  info?: FunctionInfo
  /** On the Identifier `eval`: the variables that code made there sees. */
  visible?: Binding[]
  /** On an Identifier that stands for the global object. */
  isGlobalThis?: boolean
  /** On a member access or call inside `a?.b.c()`. */
  inChain?: boolean
  /** On a SpreadElement in arguments: `f(...a)`. */
  isArgument?: boolean
  /** On a SpreadElement in an object literal: `{ ...a }`. */
  isCopied?: boolean
  /** On the first part of a callee: `a` of `a.b.c()`. */
  isReceiver?: boolean
  /** On a call that looks like `f.bind(…)`: the script has methods of that name, so it may be a call of one of them. */
  mayCallOwn?: boolean
  [field: string]: any
}

/**
 * When the stack overflows, acorn tests the error with a regular expression. V8 must compile that expression first, and when there is no
 * stack left for it, V8 ends the process. So this parser passes the error on untested.
 */
class Parser extends AcornParser {
  catchStackOverflow<T>(parse: () => T): T {
    return parse()
  }

  static parseText(source: string, options: Omit<Options, 'ecmaVersion'>): Node {
    return Parser.parse(source, { ecmaVersion: 'latest', ...options }) as unknown as Node
  }
}

/**
 * @throws SyntaxError (acorn's, with `loc`) when the text is not an ES module
 * @throws RangeError when it is nested too deeply for the stack
 */
export function parseModule(source: string): Node {
  return Parser.parseText(source, { sourceType: 'module', allowHashBang: true })
}

/** A program that is no module, as eval() takes it. */
export function parseScript(source: string): Node {
  return Parser.parseText(source, { sourceType: 'script' })
}

/** Whether a program that {@link parseScript} takes is valid in strict mode, too. */
export function isValidStrict(source: string): boolean {
  try {
    parseScript(`'use strict';\n${source}`)
    return true
  } catch {
    return false
  }
}

/** Calls `visit` for each child in source order. */
export function eachChild(node: Node, visit: (child: Node) => void): void {
  for (const key in node) {
    if (key === 'ref' || key === 'declares' || key === 'info' || key === 'visible') continue
    const value = node[key]
    if (value === null || typeof value !== 'object') continue
    if (Array.isArray(value)) {
      for (const item of value) if (item !== null && typeof item === 'object' && item.type) visit(item)
    } else if (typeof value.type === 'string') visit(value)
  }
}

/** The identifiers that a declaration or a pattern declares. */
export function declaredIn(node: Node): Node[] {
  if (node.declares) return [node]
  const names: Node[] = []
  eachChild(node, (child) => {
    if (!child.info) names.push(...declaredIn(child))
  })
  return names
}

/** The static name of a property key: `a` of `.a`, `['a']`, `{ a: 1 }`, `{ 'a': 1 }`, `#a`; undefined when it is computed. */
export function keyName(key: Node, computed: boolean): string | undefined {
  if (key.type === 'PrivateIdentifier') return `#${key.name}`
  if (!computed && key.type === 'Identifier') return key.name
  if (key.type === 'Literal') return String(key.value)
  return undefined
}

/** Offset of the first `token` at or after `from` that is not inside a comment. */
export function findToken(source: string, token: string, from: number): number {
  for (let at = from; at < source.length; at++) {
    if (source.startsWith('//', at)) at = lineEnd(source, at)
    else if (source.startsWith('/*', at)) at = source.indexOf('*/', at) + 1
    else if (source.startsWith(token, at)) return at
  }
  throw new Error(`compiler: no ${token} after offset ${from}; this is a bug in sockeye`)
}

function lineEnd(source: string, at: number): number {
  const end = source.indexOf('\n', at)
  return end < 0 ? source.length : end
}
