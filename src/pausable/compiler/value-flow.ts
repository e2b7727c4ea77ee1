/**
 * Where functions go as values, as a graph (taint.ts) whose nodes are the variables, one node per property name (of all objects
 * together), the return values, and a few for places that are not told apart:
 *
 *   escaped    arguments of calls to unknown functions, array elements, what is thrown, yielded or returned to unknown callers;
 *              flows to the parameters of every function that is used as a value, and to the result of every unknown call
 *   written    values of computed properties: may be any property
 *   readable   any property or escaped value: what `object[key]` may be
 *   iterators  generators whose body may pause, so that `next()` may
 */
import { keyName, type Node } from './ast.js'
import { directFunction, importedModule, memberOf, methodName } from './callee.js'
import type { Binding, ScopeResult } from './scope.js'
import { TaintGraph } from './taint.js'

/** Names of functions of built-in modules, by specifier. */
export type ModuleFunctions = ReadonlyMap<string, ReadonlySet<string>>

export class ValueFlow {
  protected readonly graph = new TaintGraph()
  protected readonly root = this.graph.node()
  protected readonly escaped = this.graph.node()
  protected readonly written = this.graph.node()
  protected readonly readable = this.graph.node()
  protected readonly iterators = this.graph.node()
  /** Holds no function. */
  protected readonly nothing = this.graph.node()
  /** By the number of a function: the function itself, what it returns, what a pause in its body marks. */
  protected readonly values: number[]
  protected readonly results: number[]
  protected readonly bodies: number[]
  /** Names of the properties that the script gives values to. */
  protected readonly defined = new Set<string>()
  protected readonly scopes: ScopeResult
  protected readonly blocking: ModuleFunctions
  protected readonly callers: ModuleFunctions
  private readonly fields = new Map<string, number>()
  private readonly variables = new Map<Binding, number>()

  constructor(scopes: ScopeResult, blocking: ModuleFunctions, callers: ModuleFunctions) {
    this.scopes = scopes
    this.blocking = blocking
    this.callers = callers
    const { graph } = this
    this.values = scopes.functions.map(() => graph.node())
    this.results = scopes.functions.map(() => graph.node())
    // To call a generator function does not pause; to go on with its generator may.
    this.bodies = scopes.functions.map((info, i) => (info.generator ? graph.node() : this.values[i]!))
    graph.edge(this.escaped, this.readable)
    graph.edge(this.written, this.readable)
    for (const method of ['next', 'return', 'throw']) graph.edge(this.iterators, this.field(method))
    for (const method of ['next', 'return']) graph.edge(this.field(method), this.iterators)
    // Descriptors: `Object.defineProperty(object, name, { value: f })` writes a property of any name.
    graph.edge(this.field('value'), this.written)
    for (const info of scopes.functions) if (info.generator) graph.edge(this.bodies[info.index]!, this.iterators)
  }

  protected field(name: string): number {
    let node = this.fields.get(name)
    if (node === undefined) {
      node = this.graph.node()
      this.fields.set(name, node)
      this.graph.edge(this.written, node)
      this.graph.edge(node, this.readable)
    }
    return node
  }

  protected variable(binding: Binding): number {
    if (binding.kind === 'free') return this.field(binding.name)
    let node = this.variables.get(binding)
    if (node === undefined) {
      node = this.graph.node()
      this.variables.set(binding, node)
    }
    return node
  }

  /** `target` may hold what the expression's value may be. Does not walk the expression. */
  protected flow(node: Node, target: number): void {
    const { graph } = this
    switch (node.type) {
      case 'Identifier':
        if (node.ref?.imported) this.flowImport(node.ref.imported, target)
        else if (node.ref) graph.edge(this.variable(node.ref), target)
        return
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        graph.edge(this.values[node.info!.index]!, target)
        return
      case 'MemberExpression':
        this.flowMember(node, target)
        return
      case 'CallExpression':
        this.flowResult(node, target)
        return
      case 'NewExpression':
      case 'TaggedTemplateExpression':
      case 'YieldExpression':
        graph.edge(this.escaped, target)
        return
      case 'AwaitExpression':
        graph.edge(this.escaped, target)
        this.flow(node.argument, target)
        return
      case 'ChainExpression':
        this.flow(node.expression, target)
        return
      case 'ConditionalExpression':
        this.flow(node.consequent, target)
        this.flow(node.alternate, target)
        return
      case 'LogicalExpression':
        this.flow(node.left, target)
        this.flow(node.right, target)
        return
      case 'SequenceExpression':
        this.flow(node.expressions.at(-1), target)
        return
      case 'AssignmentExpression':
        this.flow(node.right, target)
        if (node.operator !== '=' && node.left.type !== 'Identifier') this.flow(node.left, target)
        return
    }
  }

  private flowImport({ specifier, name }: { specifier: string; name: string }, target: number): void {
    if (name === '*' || name === 'default') this.moduleEscapes(specifier)
    else if (this.isBlocking(specifier, name)) this.graph.edge(this.root, target)
  }

  protected isBlocking(specifier: string, name: string): boolean {
    return this.blocking.get(specifier)?.has(name) === true || this.callers.get(specifier)?.has(name) === true
  }

  private flowMember(node: Node, target: number): void {
    const imported = importedModule(node.object)
    const name = keyName(node.property, node.computed)
    if (imported !== undefined && name !== undefined && name !== 'default') {
      if (this.isBlocking(imported, name)) this.graph.edge(this.root, target)
      return
    }
    if (imported !== undefined) this.moduleEscapes(imported)
    this.graph.edge(name === undefined || /^\d+$/.test(name) ? this.readable : this.field(name), target)
  }

  private flowResult(node: Node, target: number): void {
    const direct = directFunction(node.callee)
    if (direct) this.graph.edge(this.results[direct.index]!, target)
    if (!direct || direct.async) this.graph.edge(this.escaped, target)
    if (methodName(node.callee) === 'bind') this.flow(memberOf(node.callee)!.object, target)
  }

  /** The module as a whole is used as a value: its functions may be called under their names from anywhere. */
  protected moduleEscapes(specifier: string): void {
    for (const names of [this.blocking.get(specifier), this.callers.get(specifier)]) {
      for (const name of names ?? []) this.graph.edge(this.root, this.field(name.slice(name.indexOf('.') + 1)))
    }
  }

  protected methodsOf(specifier: string): void {
    for (const name of this.blocking.get(specifier) ?? []) {
      if (name.includes('.')) this.graph.edge(this.root, this.field(name.slice(name.indexOf('.') + 1)))
    }
  }

  /** What `source` holds flows into the variables and properties of a pattern. */
  protected bind(node: Node, source: number): void {
    switch (node.type) {
      case 'Identifier': {
        const binding = node.declares ?? node.ref
        if (binding) this.graph.edge(source, this.variable(binding))
        return
      }
      case 'MemberExpression':
        this.writeMember(node, source)
        return
      case 'AssignmentPattern':
        this.bind(node.left, this.join(source, node.right))
        return
      case 'ArrayPattern':
        for (const element of node.elements) if (element) this.bind(element, this.readable)
        return
      case 'ObjectPattern':
        for (const property of node.properties) {
          if (property.type === 'RestElement') continue
          const name = keyName(property.key, property.computed)
          this.bind(property.value, name === undefined ? this.readable : this.field(name))
        }
    }
  }

  private join(source: number, other: Node): number {
    const node = this.graph.node()
    this.graph.edge(source, node)
    this.flow(other, node)
    return node
  }

  protected valueNode(node: Node): number {
    const value = this.graph.node()
    this.flow(node, value)
    return value
  }

  private writeMember(node: Node, source: number): void {
    const name = keyName(node.property, node.computed)
    if (name !== undefined) this.defined.add(name)
    this.graph.edge(source, name === undefined ? this.written : this.field(name))
  }

  /** `const { sleep } = k6`. */
  protected bindImport(pattern: Node, specifier: string): void {
    for (const property of pattern.properties) {
      const name = property.type === 'RestElement' ? undefined : keyName(property.key, property.computed)
      if (name === undefined) this.moduleEscapes(specifier)
      else if (this.isBlocking(specifier, name)) this.bind(property.value, this.root)
      else this.bind(property.value, this.nothing)
    }
  }
}
