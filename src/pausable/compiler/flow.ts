/**
 * Which functions and calls may pause: an over-approximation, in time linear in the size of the program.
 *
 * Functions are followed as values through a graph (value-flow.ts). A call site is a node of it too: the callee flows to it, and it
 * flows to the function that it is in. The sources are the blocking functions of the built-in modules. A call that is wrongly
 * thought to pause costs a few nanoseconds; one that would be missed ends in the error that says where a pause was not possible,
 * never in a wrong result.
 */
import { eachChild, keyName, type Node } from './ast.js'
import {
  directFunction,
  hasRest,
  importedModule,
  importedName,
  isBindCall,
  isInvoke,
  isLanguageFunction,
  isNewPromise,
  isNewProxy,
  memberOf,
  methodName,
} from './callee.js'
import type { CompileOptions } from './compile.js'
import { type FunctionInfo, isFunction, type ScopeResult } from './scope.js'
import { type ModuleFunctions, ValueFlow } from './value-flow.js'

export interface PausePlan {
  /** True when something in the program may pause. Then async functions become coroutines, because they, too, must wait while the VU is paused. */
  readonly active: boolean
  /** The function gets a pausable form; for the module, the program itself is one. */
  pauses(info: FunctionInfo): boolean
  /** The call, tagged template, `new Promise`, spread or `for…of` may pause. */
  sitePauses(node: Node): boolean
  /** Evaluating the node, without the functions in it, may pause. */
  mayPauseIn(node: Node): boolean
  /** How many functions get a pausable form. */
  readonly pausable: number
}

export const NOTHING_PAUSES: PausePlan = {
  active: false,
  pauses: () => false,
  sitePauses: () => false,
  mayPauseIn: () => false,
  pausable: 0,
}

export function findPauses(program: Node, scopes: ScopeResult, options: CompileOptions): PausePlan {
  const blocking = toSets(options.blocking)
  const callers = toSets(options.callers)
  const required = requiredModules(scopes, blocking, options.required)
  if (required.length === 0 && !importsAny(program, blocking)) return NOTHING_PAUSES
  return new Flow(scopes, blocking, callers).analyse(program, required)
}

function toSets(lists: Readonly<Record<string, readonly string[]>> = {}): ModuleFunctions {
  return new Map(Object.entries(lists).map(([specifier, names]) => [specifier, new Set(names)]))
}

/** The compiler does not follow what `require` gives: each of these modules counts as escaped. */
function requiredModules(scopes: ScopeResult, blocking: ModuleFunctions, required?: readonly string[]): string[] {
  if (!scopes.free.has('require')) return []
  const all = [...blocking.keys()]
  return required === undefined ? all : all.filter((specifier) => required.includes(specifier))
}

function importsAny(program: Node, blocking: ModuleFunctions): boolean {
  return program.body.some((node: Node) => node.source && blocking.has(node.source.value))
}

/**
 * Methods with a pausable form that call what they are given, but do not keep it: built-in ones (runtime/native-twins.ts), and those of
 * a Selection of `k6/html`.
 */
const CALLBACK_METHODS = new Set(
  `forEach map filter some every find findIndex findLast findLastIndex reduce reduceRight flatMap from call apply each not is`.split(
    ' ',
  ),
)
/** Methods that keep a function to have it called by sockeye or by the language, never by the script itself. */
const KEEPING_METHODS = new Set(`on once addEventListener setTimeout setInterval then catch finally`.split(' '))

class Flow extends ValueFlow {
  private readonly sites = new Map<Node, number>()
  private readonly usedAsValue = new Set<FunctionInfo>()
  private readonly binds: Node[] = []
  /**
   * What is passed to these methods, with the method's name. When the script has a method of that name itself, it may pass the function
   * on to others.
   */
  private readonly kept: { argument: number; method: string }[] = []
  private fn: FunctionInfo
  private parametersOf: FunctionInfo | null = null
  private readonly visit = (node: Node): void => this.walk(node)

  constructor(scopes: ScopeResult, blocking: ModuleFunctions, callers: ModuleFunctions) {
    super(scopes, blocking, callers)
    this.fn = scopes.module
  }

  analyse(program: Node, required: readonly string[]): PausePlan {
    for (const specifier of required) this.moduleEscapes(specifier)
    for (const statement of program.body) if (statement.source) this.methodsOf(statement.source.value)
    eachChild(program, this.visit)
    if (this.defined.has('bind')) for (const call of this.binds) call.mayCallOwn = true
    for (const { argument, method } of this.kept) if (this.defined.has(method)) this.graph.edge(argument, this.escaped)
    this.graph.spread(this.root)
    return this.plan()
  }

  private plan(): PausePlan {
    const { graph } = this
    const marked = this.scopes.functions.map((info) => canPause(info) && graph.has(this.bodies[info.index]!))
    const active = marked.includes(true)
    if (!active) return NOTHING_PAUSES
    for (const info of this.scopes.functions) {
      if ((info.async && canPause(info)) || (info.kind === 'module' && info.hasAwait)) marked[info.index] = true
    }
    const sitePauses = (node: Node): boolean => {
      const site = this.sites.get(node)
      return site !== undefined && graph.has(site)
    }
    return {
      active,
      pauses: (info) => marked[info.index]!,
      sitePauses,
      mayPauseIn: (node) => mayPauseIn(node, sitePauses),
      pausable: marked.filter((pauses, index) => pauses && index > 0).length,
    }
  }

  private site(node: Node): number {
    const site = this.graph.node()
    this.sites.set(node, site)
    this.graph.edge(site, this.bodies[this.fn.index]!)
    if (this.parametersOf === this.fn) this.graph.edge(site, this.values[this.fn.index]!)
    return site
  }

  private walk(node: Node): void {
    switch (node.type) {
      case 'Identifier':
        if (node.ref?.holds) this.useAsValue(node.ref.holds)
        return
      case 'MemberExpression':
        this.walkMember(node)
        return
      case 'CallExpression':
        this.walkCall(node)
        return
      case 'TaggedTemplateExpression':
        this.walkCallee(node.tag)
        this.callSite(node, node.tag, node.quasi.expressions)
        eachChild(node.quasi, this.visit)
        return
      case 'NewExpression':
        this.walkNew(node)
        return
      case 'VariableDeclarator':
        this.walkDeclarator(node)
        return
      case 'AssignmentExpression':
        this.walkAssignment(node)
        return
      case 'FunctionDeclaration':
        this.walkFunction(node)
        return
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.useAsValue(node.info!)
        this.walkFunction(node)
        return
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.walkClass(node)
        return
      case 'Property':
        this.walkProperty(node)
        return
      case 'ArrayExpression':
      case 'SpreadElement':
        this.walkElements(node)
        return
      case 'ReturnStatement':
        if (node.argument) this.flow(node.argument, this.results[this.fn.index]!)
        break
      case 'ThrowStatement':
        this.flow(node.argument, this.escaped)
        break
      case 'YieldExpression':
        if (node.argument) this.flow(node.argument, this.escaped)
        if (node.delegate) this.graph.edge(this.iterators, this.site(node))
        break
      case 'CatchClause':
        if (node.param) this.walkEscaped(node.param)
        this.walk(node.body)
        return
      case 'ForOfStatement':
        this.graph.edge(this.iterators, this.site(node))
        this.walkEscaped(node.left.type === 'VariableDeclaration' ? node.left.declarations[0].id : node.left)
        this.walk(node.right)
        this.walk(node.body)
        return
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
        return
      case 'ExportNamedDeclaration':
        if (node.declaration) this.walk(node.declaration)
        return
    }
    eachChild(node, this.visit)
  }

  /** Unknown code may call the function: with any argument, and with its result it may do anything. */
  private useAsValue(info: FunctionInfo): void {
    if (this.usedAsValue.has(info)) return
    this.usedAsValue.add(info)
    for (const param of info.node.params) this.bind(param, this.escaped)
    this.graph.edge(this.results[info.index]!, this.escaped)
  }

  private walkFunction(node: Node): void {
    const outer = this.fn
    const info = node.info!
    this.fn = info
    if (info.binding) this.graph.edge(this.values[info.index]!, this.variable(info.binding))
    if (info.self) this.graph.edge(this.values[info.index]!, this.variable(info.self))
    if (info.async) this.graph.edge(this.results[info.index]!, this.escaped)
    // The parameters of a generator get their values when it is called.
    this.parametersOf = info
    for (const param of node.params) {
      // A call may leave the argument out: then the parameter holds its default value.
      if (param.type !== 'Identifier') this.bind(param, this.nothing)
      this.walkPattern(param)
    }
    this.parametersOf = null
    if (node.body.type !== 'BlockStatement') this.flow(node.body, this.results[info.index]!)
    this.walk(node.body)
    this.fn = outer
  }

  /** The expressions inside a pattern: defaults and computed keys. */
  private walkPattern(node: Node): void {
    if (node.type === 'Identifier') return
    if (node.type === 'AssignmentPattern') {
      this.walkPattern(node.left)
      this.walk(node.right)
    } else if (node.type === 'ObjectPattern') {
      for (const property of node.properties) {
        if (property.computed) this.walk(property.key)
        this.walkPattern(property.type === 'RestElement' ? property.argument : property.value)
      }
    } else if (node.type === 'MemberExpression') this.walk(node)
    else eachChild(node, (child) => this.walkPattern(child))
  }

  private walkDeclarator(node: Node): void {
    this.walkPattern(node.id)
    if (!node.init) return
    const imported = importedModule(node.init)
    if (imported !== undefined && node.id.type === 'ObjectPattern') {
      this.bindImport(node.id, imported)
      return
    }
    this.bind(node.id, this.valueNode(node.init))
    if (node.id.type === 'Identifier' && isFunction(node.init) && node.init.info!.binding === node.id.declares) {
      this.walkFunction(node.init)
    } else this.walk(node.init)
  }

  private walkEscaped(pattern: Node): void {
    this.bind(pattern, this.escaped)
    this.walkPattern(pattern)
  }

  private walkAssignment(node: Node): void {
    this.bind(node.left, this.valueNode(node.right))
    this.walkPattern(node.left)
    this.walk(node.right)
  }

  private walkMember(node: Node): void {
    if (importedModule(node.object) === undefined) this.walk(node.object)
    if (node.computed) this.walk(node.property)
  }

  /** The callee of a call: it is called and goes nowhere as a value. */
  private walkCallee(node: Node): void {
    if (node.type === 'Identifier') return
    if (isFunction(node)) this.walkFunction(node)
    else if (node.type === 'SequenceExpression') {
      for (const expression of node.expressions.slice(0, -1)) this.walk(expression)
      this.walkCallee(node.expressions.at(-1))
    } else this.walk(node)
  }

  private walkCall(node: Node): void {
    this.walkCallee(node.callee)
    this.callSite(node, node.callee, node.arguments)
    for (const argument of node.arguments) this.walk(argument)
  }

  private callSite(node: Node, callee: Node, args: Node[]): void {
    const site = this.site(node)
    const caller = this.callerModule(callee)
    if (!caller) this.flow(callee, site)
    const method = methodName(callee)
    if (method === 'call' || method === 'apply') this.flow(memberOf(callee)!.object, site)
    // `bind` does not call; the note says that what it returns may pause.
    if (method === 'bind') {
      this.flow(memberOf(callee)!.object, site)
      this.binds.push(node)
    }
    for (const [index, argument] of args.entries()) {
      if (caller || (method !== undefined && CALLBACK_METHODS.has(method))) this.flowCallback(argument, site)
      if (!caller) this.pass(callee, method, argument, index, args)
    }
  }

  /** The call is to a function like `group`, which pauses only when what it is given does. */
  private callerModule(callee: Node): boolean {
    const imported = importedName(callee)
    return imported !== undefined && this.callers.get(imported.specifier)?.has(imported.name) === true
  }

  /** The called function may call the argument, or a function inside it. */
  private flowCallback(node: Node, site: number): void {
    if (node.type === 'Literal' || node.type === 'TemplateLiteral') return
    if (node.type === 'ObjectExpression') {
      for (const property of node.properties) {
        this.flowCallback(property.type === 'SpreadElement' ? property.argument : property.value, site)
      }
      return
    }
    this.flow(node, site)
    if (!isFunction(node)) this.graph.edge(this.readable, site)
  }

  /** Where an argument goes. */
  private pass(callee: Node, method: string | undefined, argument: Node, index: number, args: Node[]): void {
    const direct = directFunction(callee)
    const spread = args.some((item) => item.type === 'SpreadElement')
    if (direct && !spread && !direct.usesArguments && index < direct.node.params.length && !hasRest(direct.node)) {
      this.bind(direct.node.params[index], this.valueNode(argument))
    } else if (direct && index >= direct.node.params.length && !direct.usesArguments && !hasRest(direct.node)) return
    else if (importedName(callee) || isLanguageFunction(callee)) return
    else if (
      method !== undefined &&
      (CALLBACK_METHODS.has(method) || KEEPING_METHODS.has(method)) &&
      !isInvoke(method)
    ) {
      this.kept.push({ argument: this.valueNode(argument), method })
    } else {
      this.flow(argument.type === 'SpreadElement' ? argument.argument : argument, this.escaped)
      if (direct) this.useAsValue(direct)
    }
  }

  private walkNew(node: Node): void {
    this.walk(node.callee)
    if (isNewPromise(node)) this.flowCallback(node.arguments[0], this.site(node))
    else if (isNewProxy(node)) this.walkTraps(node.arguments)
    else for (const argument of node.arguments) this.flow(argument, this.escaped)
    for (const argument of node.arguments) this.walk(argument)
  }

  /** A proxy may be called where its target or the trap `apply` is; its properties are what the trap `get` returns. */
  private walkTraps([target, handler]: Node[]): void {
    for (const argument of [target, handler]) if (argument) this.flow(argument, this.escaped)
    if (handler?.type !== 'ObjectExpression') return
    for (const { key, value, computed } of handler.properties) {
      const name = key && keyName(key, computed)
      if (name === 'apply') this.flow(value, this.escaped)
      if (name === 'get' && isFunction(value)) this.graph.edge(this.results[value.info!.index]!, this.written)
    }
  }

  private walkElements(node: Node): void {
    if (node.type === 'SpreadElement') {
      this.graph.edge(this.iterators, this.site(node))
      this.walk(node.argument)
      return
    }
    for (const element of node.elements) {
      if (!element) continue
      this.flow(element, this.escaped)
      this.walk(element)
    }
  }

  private walkProperty(node: Node): void {
    if (node.computed) this.walk(node.key)
    const name = keyName(node.key, node.computed)
    const field = name === undefined ? this.written : this.field(name)
    this.member(node.kind, name, node.value, field)
    // esbuild's `__export(ns, { name: () => name })` makes getters of such functions.
    const { value } = node
    if (value.type === 'ArrowFunctionExpression' && value.params.length === 0 && value.body.type === 'Identifier') {
      this.flow(value.body, field)
    }
    this.walk(value)
  }

  private member(kind: string, name: string | undefined, value: Node, field: number): void {
    if (name !== undefined && value.type !== 'Literal') this.defined.add(name)
    if (kind === 'get') this.graph.edge(this.results[value.info!.index]!, field)
    else if (kind === 'set') this.bind(value.params[0], field)
    else if (kind !== 'constructor') this.flow(value, field)
  }

  private walkClass(node: Node): void {
    if (node.superClass) this.walk(node.superClass)
    for (const member of node.body.body) {
      if (member.type === 'StaticBlock') this.walkInitializer(member, member.body)
      else this.walkClassMember(member)
    }
  }

  private walkClassMember(node: Node): void {
    if (node.computed) this.walk(node.key)
    if (!node.value) return
    const name = keyName(node.key, node.computed)
    this.member(node.kind ?? 'init', name, node.value, name === undefined ? this.written : this.field(name))
    if (node.type === 'PropertyDefinition') this.walkInitializer(node, [node.value])
    else this.walk(node.value)
  }

  private walkInitializer(node: Node, body: Node[]): void {
    const outer = this.fn
    this.fn = node.info!
    for (const item of body) this.walk(item)
    this.fn = outer
  }
}

function mayPauseIn(node: Node, sitePauses: (node: Node) => boolean): boolean {
  // The value of a field is a function of its own, but not the key.
  if (node.info) return node.type === 'PropertyDefinition' && node.computed && mayPauseIn(node.key, sitePauses)
  if (sitePauses(node) && !isBindCall(node)) return true
  let found = false
  eachChild(node, (child) => {
    found ||= mayPauseIn(child, sitePauses)
  })
  return found
}

/** Constructors (and what calls `super()` for them), accessors and initial values of fields run inside a step that cannot be stopped. */
function canPause({ kind, callsSuper }: FunctionInfo): boolean {
  return kind !== 'constructor' && kind !== 'accessor' && kind !== 'initializer' && !callsSuper
}
