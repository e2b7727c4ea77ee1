/**
 * What is known of the names and functions of a program: bindings (one per variable), functions, and the scopes that names are looked up in.
 * resolve-scopes.ts finds them.
 */
import type { Node } from './ast.js'

export type BindingKind =
  | 'var'
  | 'let'
  | 'const'
  | 'function'
  | 'class'
  | 'param'
  | 'import'
  | 'catch'
  | 'self'
  | 'private'
  | 'free'

export interface Binding {
  readonly name: string
  kind: BindingKind
  /** How often it is assigned to after its declaration. `let a = 1; a = 2` has one write. */
  writes: number
  references: Node[]
  /** The identifiers that declare it. */
  declarations: Node[]
  /** Declared outside of all functions and blocks: there is one such variable per program. */
  isTopLevel: boolean
  /** For an import: which module, and which of its names ('*' for the namespace). */
  imported?: { specifier: string; name: string }
  /** The function that this variable always holds: `function f() {}`. Undefined when it may hold something else. */
  holds?: FunctionInfo
}

export type FunctionKind = 'module' | 'function' | 'arrow' | 'method' | 'constructor' | 'accessor' | 'initializer'

export interface FunctionInfo {
  readonly node: Node
  readonly kind: FunctionKind
  readonly parent: FunctionInfo | undefined
  readonly async: boolean
  readonly generator: boolean
  usesThis: boolean
  usesArguments: boolean
  usesNewTarget: boolean
  usesSuper: boolean
  /** It calls `super(…)`, which only a constructor and arrow functions in it may do. */
  callsSuper: boolean
  hasAwait: boolean
  /** A `var` or function of the body has the name of a parameter. */
  redeclaresParam: boolean
  /** Name of an expression's own function, visible only inside it. */
  self?: Binding
  /** Directly inside a class that has `extends`. */
  derived: boolean
  /** The variable that holds this function: its declaration's, or that of `const f = function…`. */
  binding?: Binding
  /** Position in the list of all functions. */
  readonly index: number
}

export interface ScopeResult {
  module: FunctionInfo
  functions: FunctionInfo[]
  free: Map<string, Binding>
  /** What the program itself declares, outside of all functions and blocks. */
  topLevel: ReadonlyMap<string, Binding>
}

export class Scope {
  readonly bindings = new Map<string, Binding>()
  readonly parent: Scope | undefined
  readonly isFunction: boolean

  constructor(parent: Scope | undefined, isFunction: boolean) {
    this.parent = parent
    this.isFunction = isFunction
  }
}

/** The variables that code in a scope can name. */
export function visibleFrom(innermost: Scope): Binding[] {
  const found = new Map<string, Binding>()
  for (let scope: Scope | undefined = innermost; scope; scope = scope.parent) {
    for (const [name, binding] of scope.bindings) if (!found.has(name)) found.set(name, binding)
  }
  return [...found.values()].filter(({ kind }) => kind !== 'private')
}

/** A private name keeps its `#`: `#a` and `a` are two names. */
export function nameOf({ type, name }: Node): string {
  return type === 'PrivateIdentifier' ? `#${name}` : name
}

export function newBinding(name: string, kind: BindingKind): Binding {
  return { name, kind, writes: 0, references: [], declarations: [], isTopLevel: false }
}

/** Notes that the variable is given a function. With a second one it has several values. */
export function hold(binding: Binding, info: FunctionInfo | undefined): void {
  if (info) info.binding ??= binding
  if (binding.holds && binding.holds !== info) binding.writes++
  else if (info) binding.holds = info
}

export function isFunction(node: Node): boolean {
  return (
    node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression' || node.type === 'FunctionDeclaration'
  )
}
