/**
 * Changes the program's text in one walk, in source order. This file handles names: variables, imports and globals. `visitors` says which
 * function handles each other kind of node; those for calls, functions, patterns and loops are in the files emit-….ts.
 */
import type { RuntimeName, WorldName } from '../contract.js'
import { eachChild, keyName, type Node } from './ast.js'
import { importedName, languageNames } from './callee.js'
import { BEFORE_PROGRAM, type Edits, NOWHERE } from './edits.js'
import { visitAwait, visitForOf, visitLabeled, visitReturn, visitYield } from './emit-async.js'
import { visitCall, visitChain, visitNew, visitSpread, visitTagged, visitUnary } from './emit-call.js'
import { visitClass } from './emit-class.js'
import {
  hoistText,
  visitBlock,
  visitFunction,
  visitFunctionDeclaration,
  visitNamed,
  visitObject,
} from './emit-function.js'
import { assignTo, visitAssignment, visitCatch, visitDeclarator, visitForIn } from './emit-pattern.js'
import type { PausePlan } from './flow.js'
import { namedParts } from './render.js'
import type { Binding, FunctionInfo } from './scope.js'

/** Names that the compiler adds to the program; none of them occurs in the source. */
export interface Names {
  readonly world: string
  readonly runtime: string
  readonly view: string
  /** The key of pausable forms. */
  readonly pause: string
  /** `Function.prototype.call`. */
  readonly call: string
  /** `next` of generators. */
  readonly next: string
  /** The parameter of a shared twin that holds variables of the functions around it (emit-shared.ts). */
  readonly captured: string
  /** The other added names begin with it: `$$0`, `$$m1`. */
  readonly prefix: string
}

/** What a direct call of `eval` sees at its place: the text that stands for each variable, and the added names that it needs. */
export interface Surroundings {
  readonly texts: Readonly<Record<string, string>>
  readonly view: string
  readonly runtime: string
}

/** The function whose text is being emitted. */
export interface FunctionState {
  readonly info: FunctionInfo
  /** True when the function becomes a generator: then its text may use `yield`. */
  readonly paused: boolean
  /** How many temporary variables are in use at this point of the text, and the most that have been at any point. */
  temps: number
  maxTemps: number
  /** In a shared twin (emit-shared.ts): the variables that it reads from its parameter `captured`. */
  readonly captured: ReadonlySet<Binding> | undefined
  /** What `arguments`, `new.target` and `super` are called where the text moved into a function of another kind. */
  readonly renames: { arguments?: string; newTarget?: string; superGet?: string }
}

type Visitor = (emitter: Emitter, node: Node) => void

const visitors: Record<string, Visitor> = {
  Identifier: (emitter, node) => emitter.read(node),
  ThisExpression: visitThis,
  Property: visitProperty,
  AssignmentExpression: visitAssignment,
  UpdateExpression: (emitter, node) => assignTo(emitter, node.argument, true),
  UnaryExpression: visitUnary,
  VariableDeclarator: visitDeclarator,
  ForInStatement: visitForIn,
  ForOfStatement: visitForOf,
  LabeledStatement: visitLabeled,
  CatchClause: visitCatch,
  MetaProperty: visitMeta,
  MemberExpression: visitMember,
  CallExpression: visitCall,
  ChainExpression: visitChain,
  NewExpression: visitNew,
  TaggedTemplateExpression: visitTagged,
  SpreadElement: visitSpread,
  AwaitExpression: visitAwait,
  YieldExpression: visitYield,
  ReturnStatement: visitReturn,
  FunctionDeclaration: visitFunctionDeclaration,
  FunctionExpression: visitFunction,
  ArrowFunctionExpression: visitFunction,
  ObjectExpression: visitObject,
  ClassDeclaration: visitClass,
  ClassExpression: visitClass,
  BlockStatement: visitBlock,
  StaticBlock: visitBlock,
  SwitchCase: visitSwitchCase,
  ThrowStatement: visitThrow,
}

export class Emitter {
  /** The changes to the program's text. While a part that moves is visited (the head of a loop), these are the changes to that part. */
  edits: Edits
  private readonly program: Edits
  readonly source: string
  readonly names: Names
  readonly plan: PausePlan
  state: FunctionState
  /** The file of the user that has the `import.meta` at this offset; undefined for the entry file. */
  metaFile: (offset: number) => string | undefined = () => undefined
  /** Functions that are not strict: see sloppy.ts. */
  sloppy: ReadonlySet<Node> = new Set()
  /** For code of `eval`: the text that stands for each variable around the call. */
  texts: ReadonlyMap<string, string> = new Map()
  /** Variables that are properties of the global object, though the program declares them. */
  globals: ReadonlySet<Binding> = new Set()
  /** Names of the variables that hold generator functions made once per VU. */
  readonly onceNames: string[] = []
  private sharedCount = 0
  private readonly worldNames: ReadonlySet<string>
  private readonly modules = new Map<string, string>()
  private readonly namedWrongly = new Map<Node, boolean>()

  constructor(edits: Edits, names: Names, plan: PausePlan, module: FunctionInfo, worldNames: ReadonlySet<string>) {
    this.edits = edits
    this.program = edits
    this.source = edits.source
    this.names = names
    this.plan = plan
    this.worldNames = worldNames
    this.state = {
      info: module,
      paused: plan.pauses(module),
      temps: 0,
      maxTemps: 0,
      renames: {},
      captured: undefined,
    }
  }

  readonly visit = (node: Node): void => {
    const visitor = visitors[node.type]
    if (visitor) visitor(this, node)
    else eachChild(node, this.visit)
  }

  /** The variable that holds the module of a specifier; asking for it makes it known to `importedModules`. */
  moduleVariable(specifier: string): string {
    let name = this.modules.get(specifier)
    if (!name) {
      name = `${this.names.prefix}m${this.modules.size}`
      this.modules.set(specifier, name)
    }
    return name
  }

  get importedModules(): ReadonlyMap<string, string> {
    return this.modules
  }

  /** Text that means a name of the runtime. */
  runtime(name: RuntimeName): string {
    return `${this.names.runtime}.${name}`
  }

  /** Text that means a name of the VU's world. */
  world(name: WorldName): string {
    return `${this.names.world}.${name}`
  }

  /** Text that reads a variable. */
  readText(binding: Binding): string {
    if (binding.imported && !isWhole(binding.imported)) {
      return `${this.moduleVariable(binding.imported.specifier)}${property(binding.imported.name)}`
    }
    if (this.state.captured?.has(binding)) return `${this.names.captured}.${binding.name}`
    if (binding.kind !== 'free') return binding.name
    const known = this.texts.get(binding.name)
    if (known !== undefined) return known
    if (this.isLanguageGlobal(binding)) return binding.name
    const { view } = this.names
    const key = JSON.stringify(binding.name)
    if (this.isReplacedGlobal(binding)) return `(${key} in ${view} ? ${view}.${binding.name} : ${binding.name})`
    return `(${view}.${binding.name} ?? ${this.runtime('free')}(${view}, ${key}))`
  }

  /** An identifier whose value is used. `use` matters because `m.f()` would call an imported `f` with the module as `this`. */
  read(node: Node, use: Use = 'read'): void {
    const binding = node.ref
    if (!binding) return
    if (node.isGlobalThis) {
      this.edits.replace(node.start, node.end, this.names.view, node.start)
      return
    }
    if (use !== 'called' && this.isEval(node)) {
      // `const e = eval` and `[eval]` are indirect calls: they see no variables, and the globals of the VU.
      this.edits.replace(node.start, node.end, this.runtime('eval'), node.start)
      return
    }
    const renamed = node.name === 'arguments' && binding.kind !== 'free' ? this.state.renames.arguments : undefined
    const text = renamed ?? this.readText(binding)
    if (use === 'called' && binding.imported?.name === 'default') {
      const instead = `(typeof ${text} === "function" ? ${text} : ${this.missing(node)})`
      this.edits.replace(node.start, node.end, instead, node.start)
      return
    }
    if (text === node.name) return
    let wrapped = text
    if (use !== 'read' && this.state.captured?.has(binding)) wrapped = `(0, ${text})`
    if (binding.kind === 'import' && use === 'optional') wrapped = `(0, ${text})`
    if (binding.kind === 'import' && use === 'called') wrapped = `(${text} ?? ${this.missing(node)})`
    this.edits.replace(node.start, node.end, wrapped, node.start)
  }

  isEval({ type, name, ref }: Node): boolean {
    return type === 'Identifier' && name === 'eval' && ref?.kind === 'free' && this.isLanguageGlobal(ref)
  }

  /** What a direct call of `eval` at this node sees. */
  surroundings(node: Node): Surroundings {
    const { view, runtime } = this.names
    const texts: Record<string, string> = {}
    for (const binding of node.visible ?? []) texts[binding.name] = this.readText(binding)
    return { texts, view, runtime }
  }

  /** The text that is called when a module does not have the imported export: it throws. Undefined for other callees. */
  missing(callee: Node): string | undefined {
    const imported = importedName(callee)
    if (imported === undefined || imported.name === '*') return undefined
    const text = callee.type === 'Identifier' ? callee.name : `${callee.object.name}.${imported.name}`
    const args = [text, imported.specifier, imported.name].map((part) => JSON.stringify(part))
    return `${this.world('missing')}(${args.join(', ')})`
  }

  typeOf(node: Node): void {
    const binding = node.ref!
    if (binding.kind !== 'free' || this.isLanguageGlobal(binding)) {
      this.read(node)
      return
    }
    if (this.isReplacedGlobal(binding) || this.texts.has(binding.name)) {
      this.read(node)
      return
    }
    this.edits.replace(node.start, node.end, `${this.names.view}.${binding.name}`, node.start)
  }

  /** Claims `count` temporary variables of the function; give them back with `releaseTemps`. */
  claimTemps(count: number): string[] {
    const { state, names } = this
    const first = state.temps
    state.temps += count
    state.maxTemps = Math.max(state.maxTemps, state.temps)
    return Array.from({ length: count }, (_, i) => `${names.prefix}${first + i}`)
  }

  declareTemps(count: number): string {
    if (count === 0) return ''
    return ` let ${Array.from({ length: count }, (_, i) => `${this.names.prefix}${i}`).join(', ')};`
  }

  /** Adds a constant before the program, made once per thread, and gives its name. Its text must not use variables of the program. */
  shared(text: string): string {
    const name = `${this.names.prefix}n${this.sharedCount++}`
    this.program.insert(BEFORE_PROGRAM, `const ${name} = ${text}; `, NOWHERE)
    return name
  }

  /** Adds a variable that each VU has once, and gives its name. */
  once(): string {
    const name = `${this.names.prefix}k${this.onceNames.length}`
    this.onceNames.push(name)
    return name
  }

  releaseTemps(count: number): void {
    this.state.temps -= count
  }

  /** An identifier that is assigned to; `reads` when its old value is used, too: `x += 1`. */
  write(node: Node, reads: boolean): void {
    const binding = node.ref
    if (!binding) return
    if (binding.kind === 'import') throw assignedImport(binding.name)
    const text = this.writeText(binding, reads)
    if (text !== node.name) this.edits.replace(node.start, node.end, text, node.start)
  }

  /** The text of a variable on the left side of an assignment. */
  writeText(binding: Binding, reads = false): string {
    const { name, kind } = binding
    const { captured, view } = this.names
    if (this.state.captured?.has(binding)) return `${captured}.${name}`
    if (kind !== 'free') return name
    if (this.texts.has(name)) return this.texts.get(name) as string
    if (!reads && (this.isSloppy || languageNames.has(name))) return `${view}.${name}`
    return `${this.runtime(reads ? 'existing' : 'writable')}(${view}, ${JSON.stringify(name)}).${name}`
  }

  /** True when V8 would name the expression by its changed text: `$$0 is not a function` where the user wrote `f()()`. */
  isNamedWrongly(node: Node): boolean {
    let isWrong = this.namedWrongly.get(node)
    if (isWrong === undefined) {
      isWrong = !node.info && (this.isRewritten(node) || namedParts(node).some((part) => this.isNamedWrongly(part)))
      this.namedWrongly.set(node, isWrong)
    }
    return isWrong
  }

  private isRewritten(node: Node): boolean {
    switch (node.type) {
      case 'Identifier':
        return node.ref !== undefined && this.readText(node.ref) !== node.name
      case 'CallExpression':
      case 'TaggedTemplateExpression':
        return this.state.paused && this.plan.sitePauses(node)
      case 'AwaitExpression':
      case 'YieldExpression':
        return this.state.paused
      default:
        return false
    }
  }

  get isSloppy(): boolean {
    return this.sloppy.has(this.state.info.node)
  }

  isLanguageGlobal(binding: Binding): boolean {
    return languageNames.has(binding.name) && binding.writes === 0 && !this.worldNames.has(binding.name)
  }

  private isReplacedGlobal(binding: Binding): boolean {
    return languageNames.has(binding.name) && !this.worldNames.has(binding.name)
  }
}

/** A default import or a namespace keeps a variable with the user's name, so that errors of the language say that name. */
function isWhole({ name }: { name: string }): boolean {
  return name === '*' || name === 'default'
}

/** How the value of an identifier is used; `optional`: called if it is there, `f?.()`. */
export type Use = 'read' | 'called' | 'optional'

/** `.name` or `["any text"]`. */
export function property(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}

function assignedImport(name: string): SyntaxError {
  return new SyntaxError(`"${name}" is an import and cannot be assigned; copy it to a variable of your own first`)
}

export function visitMember(emitter: Emitter, node: Node): void {
  const { superGet } = emitter.state.renames
  if (node.object.type === 'Super' && superGet) {
    visitSuperMember(emitter, node, superGet)
    return
  }
  emitter.visit(node.object)
  if (node.computed) emitter.visit(node.property)
}

/** `super.name` in text that moved out of its method becomes `superGet('name').value`. */
function visitSuperMember(emitter: Emitter, node: Node, superGet: string): void {
  const { edits } = emitter
  if (!node.computed) {
    edits.replace(node.start, node.end, `${superGet}(${JSON.stringify(node.property.name)}).value`, node.start)
    return
  }
  edits.replace(node.start, node.property.start, `${superGet}(`, node.start)
  emitter.visit(node.property)
  edits.replace(node.property.end, node.end, ').value')
}

function visitProperty(emitter: Emitter, node: Node): void {
  const name = keyName(node.key, node.computed)
  if (name === undefined && node.value.info && !node.value.id && emitter.plan.pauses(node.value.info)) {
    visitComputedFunction(emitter, node)
    return
  }
  if (node.computed) emitter.visit(node.key)
  if (node.shorthand && node.value.ref && emitter.readText(node.value.ref) !== node.value.name) {
    emitter.edits.insert(node.start, `${node.key.name}: `)
  }
  visitNamed(emitter, node.value, name ?? '')
}

/** `[key]: function…` that may pause: the runtime names the function when the key is known. */
function visitComputedFunction(emitter: Emitter, node: Node): void {
  const { edits } = emitter
  edits.insert(node.key.start, `${emitter.runtime('key')}(`)
  emitter.visit(node.key)
  edits.insert(node.key.end, ')')
  edits.insert(node.value.start, `${emitter.runtime('named')}(`)
  emitter.visit(node.value)
  edits.insert(node.value.end, ')')
}

/** `throw 'text'`: a text has no stack, so the runtime notes where it was thrown. */
function visitThrow(emitter: Emitter, node: Node): void {
  const isError = node.argument.type === 'NewExpression'
  if (!isError) emitter.edits.insert(node.argument.start, `${emitter.runtime('thrown')}((`, node.start)
  emitter.visit(node.argument)
  // Two parentheses, because `throw a, b` throws b: `thrown((a, b))`.
  if (!isError) emitter.edits.insert(node.argument.end, '))')
}

function visitThis(emitter: Emitter, node: Node): void {
  // The receiver of a call stays as it is, because V8 shows it in errors: `this.f is not a function`.
  if (emitter.isSloppy && !node.isReceiver)
    emitter.edits.replace(node.start, node.end, `(this ?? ${emitter.names.view})`, node.start)
}

function visitMeta(emitter: Emitter, node: Node): void {
  if (node.meta.name === 'import') emitter.edits.replace(node.start, node.end, importMeta(emitter, node))
  else if (emitter.state.renames.newTarget) emitter.edits.replace(node.start, node.end, emitter.state.renames.newTarget)
}

function importMeta(emitter: Emitter, node: Node): string {
  const file = emitter.metaFile(node.start)
  return file === undefined ? emitter.world('meta') : `${emitter.world('metaOf')}(${JSON.stringify(file)})`
}

/** The statements of a block. A statement that now begins with a parenthesis gets a semicolon before it, in case the line above has none. */
export function visitStatements(emitter: Emitter, statements: Node[]): void {
  for (const statement of statements) {
    const before = emitter.edits.count
    emitter.visit(statement)
    emitter.edits.guardStatement(before, statement.start)
  }
}

/** A function declared in a `case` can only be called below its declaration when it may pause. */
function visitSwitchCase(emitter: Emitter, node: Node): void {
  if (node.test) emitter.visit(node.test)
  const first = node.consequent[0]
  if (first) emitter.edits.insert(first.start, hoistText(emitter, node.consequent, 'let'))
  visitStatements(emitter, node.consequent)
}
