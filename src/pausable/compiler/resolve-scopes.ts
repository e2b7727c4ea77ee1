/**
 * Which declaration each identifier means. One walk declares names and collects references, then each reference is looked up
 * from its scope outwards. A name that nothing declares gets a binding of kind 'free', one per name.
 *
 * The parameters and the body of a function are one scope here. In the language they are two, which matters only when a `var` of the body has
 * the name that a closure in a default value uses: `(f = () => x) => { var x }`. Both are local variables of one function then.
 *
 * Private names of classes are bindings too (`#name`), because a class that is evaluated again has others.
 */
import { eachChild, keyName, type Node } from './ast.js'
import {
  type Binding,
  type BindingKind,
  type FunctionInfo,
  type FunctionKind,
  hold,
  isFunction,
  nameOf,
  newBinding,
  Scope,
  type ScopeResult,
  visibleFrom,
} from './scope.js'

export function resolveScopes(program: Node): ScopeResult {
  return new ScopeResolver().run(program)
}

class ScopeResolver {
  private readonly functions: FunctionInfo[] = []
  private readonly pending: { node: Node; scope: Scope; write: boolean }[] = []
  private readonly free = new Map<string, Binding>()
  private scope = new Scope(undefined, true)
  private fn!: FunctionInfo
  private readonly visit = (node: Node): void => this.walk(node)

  run(program: Node): ScopeResult {
    const module = this.enter(program, 'module', false)
    this.fn = module
    eachChild(program, this.visit)
    for (const { node, scope, write } of this.pending) this.resolve(node, scope, write)
    return { module, functions: this.functions, free: this.free, topLevel: this.scope.bindings }
  }

  private enter(node: Node, kind: FunctionKind, derived: boolean): FunctionInfo {
    const info: FunctionInfo = {
      node,
      kind,
      parent: this.fn,
      async: node.async === true,
      generator: node.generator === true,
      usesThis: false,
      usesArguments: false,
      usesNewTarget: false,
      usesSuper: false,
      callsSuper: false,
      hasAwait: false,
      redeclaresParam: false,
      derived,
      index: this.functions.length,
    }
    this.functions.push(info)
    node.info = info
    return info
  }

  private resolve(node: Node, from: Scope, write: boolean): void {
    let binding: Binding | undefined
    for (let scope: Scope | undefined = from; scope && !binding; scope = scope.parent)
      binding = scope.bindings.get(nameOf(node))
    if (!binding) {
      binding = this.free.get(node.name) ?? newBinding(node.name, 'free')
      this.free.set(node.name, binding)
    }
    node.ref = binding
    if (node.name === 'eval') node.visible = visibleFrom(from)
    binding.references.push(node)
    if (write) binding.writes++
  }

  private declare(name: string, kind: BindingKind): Binding {
    let scope = this.scope
    if (kind === 'var') while (!scope.isFunction && scope.parent) scope = scope.parent
    const binding = this.declareIn(scope, name, kind)
    // `var e` in `catch (e)` declares a variable of the function, but what it assigns is the error.
    if (scope !== this.scope) binding.declarations.push(...(this.caught(name)?.declarations ?? []))
    return binding
  }

  /** The variable of a `catch` around this place, if it has that name. */
  private caught(name: string): Binding | undefined {
    let scope = this.scope
    while (!scope.isFunction && scope.parent && !scope.bindings.has(name)) scope = scope.parent
    const binding = scope.bindings.get(name)
    return binding?.kind === 'catch' ? binding : undefined
  }

  private declareIn(scope: Scope, name: string, kind: BindingKind): Binding {
    const existing = scope.bindings.get(name)
    if (existing) {
      // `var a` after a variable, parameter or function `a`: the same variable, which now has more than one value.
      existing.writes++
      if (existing.kind === 'param') this.fn.redeclaresParam = true
      return existing
    }
    const binding = newBinding(name, kind)
    binding.isTopLevel = scope.parent === undefined
    scope.bindings.set(name, binding)
    return binding
  }

  private declareAt(node: Node, kind: BindingKind): Binding {
    const binding = this.declare(nameOf(node), kind)
    binding.declarations.push(node)
    node.declares = binding
    return binding
  }

  private refer(node: Node, write = false): void {
    if (nameOf(node) === 'arguments') this.mark('usesArguments')
    this.pending.push({ node, scope: this.scope, write })
  }

  private mark(what: 'usesThis' | 'usesArguments' | 'usesNewTarget' | 'usesSuper' | 'callsSuper'): void {
    let fn: FunctionInfo | undefined = this.fn
    for (; fn; fn = fn.parent) {
      fn[what] = true
      if (fn.kind !== 'arrow') return
    }
  }

  private within(scope: Scope, body: () => void): void {
    const outer = this.scope
    this.scope = scope
    body()
    this.scope = outer
  }

  private block(node: Node): void {
    this.within(new Scope(this.scope, false), () => eachChild(node, this.visit))
  }

  private walk(node: Node): void {
    switch (node.type) {
      case 'Identifier':
      case 'PrivateIdentifier':
        this.refer(node)
        return
      case 'ThisExpression':
        this.mark('usesThis')
        return
      case 'Super':
        this.mark('usesThis')
        this.mark('usesSuper')
        return
      case 'CallExpression':
        if (node.callee.type === 'Super') this.mark('callsSuper')
        eachChild(node, this.visit)
        return
      case 'MetaProperty':
        if (node.meta.name === 'new') this.mark('usesNewTarget')
        return
      case 'AwaitExpression':
        this.fn.hasAwait = true
        this.walk(node.argument)
        return
      case 'MemberExpression':
        this.walk(node.object)
        if (node.computed || node.property.type === 'PrivateIdentifier') this.walk(node.property)
        return
      case 'Property':
        if (node.computed) this.walk(node.key)
        if (isFunction(node.value) && (node.method || node.kind !== 'init')) {
          this.functionBody(node.value, node.kind === 'init' ? 'method' : 'accessor', false)
          return
        }
        this.walk(node.value)
        return
      case 'BlockStatement':
      case 'ForStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
      case 'SwitchStatement':
        this.block(node)
        return
      case 'ForInStatement':
      case 'ForOfStatement':
        if (node.await) this.fn.hasAwait = true
        this.within(new Scope(this.scope, false), () => {
          if (node.left.type === 'VariableDeclaration') this.walk(node.left)
          else this.pattern(node.left, undefined)
          this.walk(node.right)
          this.walk(node.body)
        })
        return
      case 'CatchClause':
        this.within(new Scope(this.scope, false), () => {
          if (node.param) this.pattern(node.param, 'catch')
          this.walk(node.body)
        })
        return
      case 'LabeledStatement':
        this.walk(node.body)
        return
      case 'BreakStatement':
      case 'ContinueStatement':
        return
      case 'VariableDeclaration':
        for (const declarator of node.declarations) this.declarator(declarator, node.kind)
        return
      case 'AssignmentExpression':
        this.pattern(node.left, undefined)
        this.walk(node.right)
        return
      case 'UpdateExpression':
        this.pattern(node.argument, undefined)
        return
      case 'FunctionDeclaration':
        this.functionDeclaration(node)
        return
      case 'FunctionExpression':
        this.functionExpression(node)
        return
      case 'ArrowFunctionExpression':
        this.functionBody(node, 'arrow', false)
        return
      case 'ClassDeclaration':
        if (node.id) this.declareAt(node.id, 'class')
        this.classBody(node)
        return
      case 'ClassExpression':
        this.classExpression(node)
        return
      case 'ImportDeclaration':
        for (const specifier of node.specifiers) this.importSpecifier(specifier, node.source.value)
        return
      case 'ExportNamedDeclaration':
        if (node.declaration) {
          this.walk(node.declaration)
          return
        }
        if (!node.source) for (const specifier of node.specifiers) this.refer(specifier.local)
        return
      case 'ExportAllDeclaration':
        return
      default:
        eachChild(node, this.visit)
    }
  }

  private declarator(node: Node, kind: BindingKind): void {
    this.pattern(node.id, kind)
    if (!node.init) return
    this.walk(node.init)
    // `var f = function…` in a loop has several values; then `writes` is above 0, and nobody uses `holds`.
    if (node.id.type === 'Identifier' && isFunction(node.init)) hold(this.lookup(node.id.name), node.init.info)
    else if (node.id.type === 'Identifier' && kind === 'var') this.lookup(node.id.name).writes++
  }

  private lookup(name: string): Binding {
    for (let scope: Scope | undefined = this.scope; scope; scope = scope.parent) {
      const binding = scope.bindings.get(name)
      if (binding) return binding
    }
    throw new Error(`compiler: ${name} was not declared; this is a bug in sockeye`)
  }

  /** A binding or assignment pattern: declares its names (`kind`) or, without a kind, records writes to existing variables. */
  private pattern(node: Node, kind: BindingKind | undefined): void {
    switch (node.type) {
      case 'Identifier':
        if (kind) this.declareAt(node, kind)
        else this.refer(node, true)
        return
      case 'ObjectPattern':
        for (const property of node.properties) {
          if (property.type === 'RestElement') this.pattern(property.argument, kind)
          else {
            if (property.computed) this.walk(property.key)
            this.pattern(property.value, kind)
          }
        }
        return
      case 'ArrayPattern':
        for (const element of node.elements) if (element) this.pattern(element, kind)
        return
      case 'RestElement':
        this.pattern(node.argument, kind)
        return
      case 'AssignmentPattern':
        this.pattern(node.left, kind)
        this.walk(node.right)
        return
      default:
        this.walk(node)
    }
  }

  private functionDeclaration(node: Node): void {
    const binding = node.id ? this.declareAt(node.id, 'function') : undefined
    this.functionBody(node, 'function', false)
    if (binding) hold(binding, node.info)
  }

  private functionExpression(node: Node): void {
    if (!node.id) {
      this.functionBody(node, 'function', false)
      return
    }
    this.within(new Scope(this.scope, false), () => {
      const self = this.declareAt(node.id, 'self')
      this.functionBody(node, 'function', false)
      node.info!.self = self
      hold(self, node.info)
    })
  }

  private functionBody(node: Node, kind: FunctionKind, derived: boolean): void {
    const outer = this.fn
    const info = this.enter(node, kind, derived)
    this.within(new Scope(this.scope, true), () => {
      this.fn = info
      if (kind !== 'arrow') this.scope.bindings.set('arguments', newBinding('arguments', 'var'))
      for (const param of node.params) this.pattern(param, 'param')
      if (node.body.type === 'BlockStatement') eachChild(node.body, this.visit)
      else this.walk(node.body)
    })
    this.fn = outer
  }

  private classExpression(node: Node): void {
    const isTopLevel = this.scope.parent === undefined
    this.within(new Scope(this.scope, false), () => {
      if (node.id) this.declareAt(node.id, 'self')
      this.classBody(node, isTopLevel)
    })
  }

  private classBody(node: Node, isTopLevel = this.scope.parent === undefined): void {
    if (node.superClass) this.walk(node.superClass)
    const derived = node.superClass !== null
    this.within(new Scope(this.scope, false), () => {
      for (const { key } of node.body.body) {
        if (key?.type === 'PrivateIdentifier') this.declareAt(key, 'private').isTopLevel = isTopLevel
      }
      for (const member of node.body.body) this.member(member, derived)
    })
  }

  private member(node: Node, derived: boolean): void {
    if (node.type === 'StaticBlock') {
      this.initializer(node, () => this.block(node))
      return
    }
    if (node.computed) this.walk(node.key)
    if (node.type === 'MethodDefinition') {
      const kind = node.kind === 'constructor' ? 'constructor' : node.kind === 'method' ? 'method' : 'accessor'
      this.functionBody(node.value, kind, derived)
    } else if (node.value) this.initializer(node, () => this.walk(node.value))
  }

  private initializer(node: Node, body: () => void): void {
    const outer = this.fn
    this.fn = this.enter(node, 'initializer', false)
    this.within(new Scope(this.scope, true), body)
    this.fn = outer
  }

  private importSpecifier(node: Node, specifier: string): void {
    const binding = this.declare(node.local.name, 'import')
    const name =
      node.type === 'ImportNamespaceSpecifier'
        ? '*'
        : node.type === 'ImportDefaultSpecifier'
          ? 'default'
          : keyName(node.imported, false)!
    binding.imported = { specifier, name }
  }
}
