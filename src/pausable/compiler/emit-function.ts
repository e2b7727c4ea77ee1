/**
 * Functions that may pause. The body stays where it is and becomes a generator, the twin; the runtime makes the plain function
 * around it (`make` of runtime/script-runtime.ts), with the name and length that the original has:
 *
 *   function f(a) { … }     →   function* f$$twin(a) { … }, and at the start of its block   var f = $$rt.make(0, f$$twin, "f", 1);
 *   (a) => this.x + a       →   $$rt.make(4, function* $$twin(a) { return (this.x + a) }, "", 1, this)
 *   { m() { … } }           →   { m: $$rt.make(8, function* m$$twin() { … }, "m", 0) }
 */
import { ARROW, ASYNC, BEGINS, GENERATOR, LAZY_THIS, METHOD, NEW_TARGET } from '../contract.js'
import { findToken, keyName, type Node } from './ast.js'
import { type Emitter, type FunctionState, visitStatements } from './emit.js'
import { visitIterated } from './emit-call.js'
import { declared } from './emit-pattern.js'
import { hoistable, sharedTwin } from './emit-shared.js'
import { render, renderDestructured } from './render.js'
import { type FunctionInfo, isFunction } from './scope.js'

export function visitFunction(emitter: Emitter, node: Node): void {
  functionValue(emitter, node, '')
}

/** An expression whose value gets a name when it is an anonymous function. */
export function visitNamed(emitter: Emitter, node: Node, name: string): void {
  if (isFunction(node)) functionValue(emitter, node, name)
  else emitter.visit(node)
}

/** An anonymous function gets the name of the variable that it is assigned to. */
export function visitAssigned(emitter: Emitter, node: Node, target: Node): void {
  const { name } = target
  if (target.type === 'ArrayPattern') visitIterated(emitter, node)
  else if (target.type === 'ObjectPattern' && emitter.isNamedWrongly(node)) {
    emitter.edits.insert(node.start, `${emitter.runtime('destructible')}((`)
    emitter.visit(node)
    emitter.edits.insert(node.end, `), ${JSON.stringify(renderDestructured(target, render(node)))})`)
  } else if (target.type !== 'Identifier') visitNamed(emitter, node, '')
  else if (target.ref && emitter.writeText(target.ref) !== name && isAnonymous(node)) {
    // A property that is assigned to gives no name, but one of a literal does.
    emitter.edits.insert(node.start, `({ ${name}: `)
    visitNamed(emitter, node, name)
    emitter.edits.insert(node.end, ` }).${name}`)
  } else visitNamed(emitter, node, name)
}

export function isAnonymous(node: Node): boolean {
  return (isFunction(node) || node.type === 'ClassExpression') && !node.id
}

function functionValue(emitter: Emitter, node: Node, name: string): void {
  const info = node.info!
  if (!emitter.plan.pauses(info)) {
    plainFunction(emitter, node)
    return
  }
  const ownName: string = node.id?.name ?? name
  const { edits, names } = emitter
  const shared = hoistable(emitter, info)
  const wraps = shared ? [] : captures(emitter, info)
  if (info.self?.references.length)
    wraps.push({ before: `(() => { const ${info.self.name} = `, after: `; return ${info.self.name} })()` })
  const factory = isNewable(info)
  const isLazy = !shared && isLazyThis(info)
  const flags = formOf(emitter, info) | (factory ? NEW_TARGET : 0) | (isLazy ? LAZY_THIS : 0)
  const twin = twinName(emitter, ownName)
  const opening = `${emitter.runtime('make')}(${flags}, `
  const outerThis = info.kind === 'arrow' && info.usesThis && !shared
  const self = outerThis ? `, ${isLazy ? '() => ' : ''}this` : ''
  const closing = `, ${JSON.stringify(ownName)}, ${lengthOf(node)}${self})`
  const before = wraps.map((wrap) => wrap.before).join('') + opening
  if (shared) sharedTwin(emitter, node, shared, before, twin)
  else {
    const header = `${before}${factory ? `(${names.prefix}nt) => ` : ''}function* ${twin}`
    twinBody(emitter, node, header, renamesFor(emitter, info, wraps))
  }
  const after = wraps.map((wrap) => wrap.after).reverse()
  edits.insert(node.end, closing + after.join(''))
}

/** A function that looks whether it was called with `new`. In async functions and generators `new.target` is always undefined. */
function isNewable({ kind, usesNewTarget, async, generator }: FunctionInfo): boolean {
  return kind === 'function' && usesNewTarget && !async && !generator
}

/** The number that says in the compiled program what sort of function a twin belongs to. */
export function formOf(emitter: Emitter, info: FunctionInfo): number {
  const shape = info.kind === 'arrow' ? ARROW : info.kind === 'method' ? METHOD : 0
  const begins = info.generator && hasPausingParams(emitter, info.node) ? BEGINS : 0
  return shape | (info.async ? ASYNC : 0) | (info.generator ? GENERATOR : 0) | begins
}

function twinName(emitter: Emitter, name: string): string {
  const safe = /^[A-Za-z_$][\w$]*$/.test(name) ? name : ''
  return `${safe}${emitter.names.prefix}twin`
}

/** Arrow functions of a derived constructor may be made before there is a `this`. */
function isLazyThis(info: FunctionInfo): boolean {
  if (info.kind !== 'arrow' || !info.usesThis) return false
  let outer = info.parent
  while (outer?.kind === 'arrow') outer = outer.parent
  return outer?.kind === 'constructor' && outer.derived
}

interface Wrap {
  before: string
  after: string
  renames?: FunctionState['renames']
}

/** A generator is no arrow function: what an arrow takes from around it is handed over by a function around the twin. */
function captures(emitter: Emitter, info: FunctionInfo): Wrap[] {
  if (info.kind !== 'arrow') return []
  const { renames } = emitter.state
  const { prefix } = emitter.names
  const wraps: Wrap[] = []
  const capture = (key: keyof FunctionState['renames'], local: string, value: string): void => {
    if (renames[key] === undefined)
      wraps.push({ before: `((${local}) => `, after: `)(${value})`, renames: { [key]: local } })
  }
  if (info.usesArguments && hasArguments(info)) capture('arguments', `${prefix}args`, 'arguments')
  if (info.usesNewTarget) capture('newTarget', `${prefix}nt`, 'new.target')
  if (info.usesSuper)
    capture('superGet', `${prefix}super`, `${emitter.runtime('super')}((k) => super[k], (k, v) => { super[k] = v })`)
  return wraps
}

/** Outside of functions, `arguments` is a global name like others. */
function hasArguments(info: FunctionInfo): boolean {
  let outer = info.parent
  while (outer?.kind === 'arrow') outer = outer.parent
  return outer !== undefined && outer.kind !== 'module' && outer.kind !== 'initializer'
}

function renamesFor(emitter: Emitter, info: FunctionInfo, wraps: Wrap[]): FunctionState['renames'] {
  const inherited = info.kind === 'arrow' ? emitter.state.renames : {}
  const newTarget =
    info.kind === 'function' ? { newTarget: isNewable(info) ? `${emitter.names.prefix}nt` : 'void 0' } : {}
  return Object.assign({}, inherited, newTarget, ...wraps.map((wrap) => wrap.renames))
}

/** A function that stays as it is, apart from what is inside it. */
function plainFunction(emitter: Emitter, node: Node): void {
  const info = node.info!
  within(emitter, info, false, info.kind === 'arrow' ? emitter.state.renames : {}, () => {
    for (const param of node.params) declared(emitter, param)
    if (node.body.type === 'BlockStatement') blockBody(emitter, node.body, node.body.start + 1, 'var')
    else emitter.visit(node.body)
  })
}

/** Class field values and static blocks: no place to pause. */
export function visitInitializer(emitter: Emitter, node: Node, body: () => void): void {
  within(emitter, node.info!, false, {}, body)
}

function within(
  emitter: Emitter,
  info: FunctionInfo,
  paused: boolean,
  renames: FunctionState['renames'],
  body: () => void,
  captured = emitter.state.captured,
): FunctionState {
  const outer = emitter.state
  const state: FunctionState = { info, paused, temps: 0, maxTemps: 0, renames, captured }
  emitter.state = state
  body()
  emitter.state = outer
  return state
}

/**
 * Parameters and body of a twin; `header` replaces everything before the parameter list. Parameters that may pause are taken apart
 * in the body, because a generator's parameter list must not yield. `captured`: see emit-shared.ts.
 */
export function twinBody(
  emitter: Emitter,
  node: Node,
  header: string,
  renames: FunctionState['renames'],
  captured?: FunctionState['captured'],
): void {
  const { edits, source, names } = emitter
  const open = paramsStart(source, node)
  const bare = source[open] !== '('
  const moved = hasPausingParams(emitter, node)
  const args = `${names.prefix}a`
  const isExpression = node.body.type !== 'BlockStatement'
  let temps = { text: '' }
  const first = captured ? `${names.captured}${node.params.length > 0 ? ', ' : ''}` : ''
  const body = (): void => {
    const declare = node.info!.redeclaresParam ? 'var' : 'let'
    edits.replace(node.start, bare ? open : open + 1, `${header}(${first}${moved ? `...${args}) { ` : ''}`)
    if (moved) {
      temps = edits.reserve(open)
      edits.insert(open + (bare ? 0 : 1), `${declare} [`)
    }
    const params = (): void => {
      for (const param of node.params) declared(emitter, param)
    }
    // Parameters that stay in their list are outside of the body, which declares the temporary variables.
    if (moved) params()
    else within(emitter, node.info!, false, renames, params, captured)
    const last: number = node.params.at(-1)?.end ?? open + (bare ? 0 : 1)
    const bodyStart: number =
      node.type === 'ArrowFunctionExpression' ? findToken(source, '=>', last) + 2 : node.body.start
    const begun = node.info!.generator ? ` yield ${emitter.runtime('begun')};` : ''
    const close = moved ? `] = ${args};${begun}` : ') {'
    if (!moved || isExpression || !bare) {
      // The text between the last parameter and the body: a trailing comma, `)`, `=>`, comments.
      edits.replace(last, isExpression ? bodyStart : node.body.start + 1, close)
    }
    if (!moved) temps = edits.reserve(isExpression ? bodyStart : node.body.start + 1)
    bodyText(emitter, node, isExpression, isExpression ? bodyStart : node.body.start + 1)
  }
  const state = within(emitter, node.info!, true, renames, body, captured)
  temps.text = emitter.declareTemps(state.maxTemps)
}

function bodyText(emitter: Emitter, node: Node, isExpression: boolean, start: number): void {
  const { edits } = emitter
  if (isExpression) {
    edits.insert(start, ' return (')
    emitter.visit(node.body)
    edits.insert(node.end, ') }')
    return
  }
  edits.insert(start, hoistText(emitter, node.body.body, 'var'))
  visitStatements(emitter, node.body.body)
}

/** Offset of the `(` before the parameters, or of the one parameter of an arrow function without parentheses. */
function paramsStart(source: string, node: Node): number {
  if (node.type !== 'ArrowFunctionExpression') return findToken(source, '(', node.id?.end ?? node.start)
  const first = node.params[0]
  if (first?.type !== 'Identifier') return findToken(source, '(', node.start)
  const before = source.slice(node.start, first.start)
  return before.includes('(') ? findToken(source, '(', node.start) : first.start
}

export function lengthOf(node: Node): number {
  const index = node.params.findIndex(
    (param: Node) => param.type === 'AssignmentPattern' || param.type === 'RestElement',
  )
  return index < 0 ? node.params.length : index
}

export function hasPausingParams(emitter: Emitter, node: Node): boolean {
  return node.params.some((param: Node) => emitter.plan.mayPauseIn(param))
}

export function visitFunctionDeclaration(emitter: Emitter, node: Node): void {
  const info = node.info!
  if (!emitter.plan.pauses(info)) {
    plainFunction(emitter, node)
    return
  }
  if (!node.id) {
    functionValue(emitter, node, 'default')
    return
  }
  const { edits, names } = emitter
  const name = twinName(emitter, node.id.name)
  const header = isNewable(info) ? `function ${name}(${names.prefix}nt) { return function* ` : `function* ${name}`
  twinBody(emitter, node, header, renamesFor(emitter, info, []))
  if (isNewable(info)) edits.insert(node.end, ' }')
}

/** Sets up the functions that a block declares, as hoisting would. */
export function hoistText(emitter: Emitter, statements: readonly Node[], keyword: 'var' | 'let'): string {
  let text = ''
  for (const statement of statements) {
    const node =
      statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration'
        ? statement.declaration
        : statement
    if (node?.type !== 'FunctionDeclaration' || !node.id || !emitter.plan.pauses(node.info!)) continue
    const { name } = node.id
    const flags = formOf(emitter, node.info!) | (isNewable(node.info!) ? NEW_TARGET : 0)
    const make = `${emitter.runtime('make')}(${flags}, ${twinName(emitter, name)}, "${name}", ${lengthOf(node)})`
    text += ` ${keyword} ${name} = ${make};`
  }
  return text
}

export function visitBlock(emitter: Emitter, node: Node): void {
  if (node.type === 'StaticBlock') {
    visitInitializer(emitter, node, () =>
      blockBody(emitter, node, findToken(emitter.source, '{', node.start) + 1, 'var'),
    )
  } else blockBody(emitter, node, node.start + 1, 'let')
}

function blockBody(emitter: Emitter, node: Node, start: number, keyword: 'var' | 'let'): void {
  const hoisted = hoistText(emitter, node.body, keyword)
  if (hoisted) emitter.edits.insert(start, hoisted)
  visitStatements(emitter, node.body)
}

export function visitObject(emitter: Emitter, node: Node): void {
  const moved: string[] = []
  const slot = emitter.edits.reserve(node.start)
  for (const item of node.properties) {
    if (item.type === 'Property' && item.method && emitter.plan.pauses(item.value.info!)) {
      if (item.value.info.usesSuper || keyName(item.key, item.computed) === '__proto__')
        moved.push(superMethod(emitter, item))
      else objectMethod(emitter, item)
    } else {
      if (item.type === 'SpreadElement') item.isCopied = true
      emitter.visit(item)
    }
  }
  if (moved.length === 0) return
  slot.text = `${emitter.runtime('object')}(`
  emitter.edits.insert(node.end, `, ${moved.join(', ')})`)
}

function objectMethod(emitter: Emitter, node: Node): void {
  const { edits } = emitter
  const name = keyName(node.key, node.computed)
  const flags = formOf(emitter, node.value.info)
  const twin = twinName(emitter, name ?? '')
  methodKey(emitter, node, '')
  const header = `: ${name === undefined ? `${emitter.runtime('named')}(` : ''}${emitter.runtime('make')}(${flags}, function* ${twin}`
  twinBody(emitter, node.value, header, { newTarget: 'void 0' })
  edits.insert(node.end, `, ${JSON.stringify(name ?? '')}, ${lengthOf(node.value)})${name === undefined ? ')' : ''}`)
}

/** The key of a method without `async` and `*`, with `prefix` before it. A key that the text does not tell is noted by the runtime. */
export function methodKey(emitter: Emitter, node: Node, prefix: string): void {
  const { edits } = emitter
  if (keyName(node.key, node.computed) !== undefined) {
    edits.replace(node.start, node.key.start, `${prefix}${node.computed ? '[' : ''}`)
    return
  }
  edits.replace(node.start, node.key.start, `${prefix}[${emitter.runtime('key')}(`)
  emitter.visit(node.key)
  edits.replace(node.key.end, node.value.start, ')]')
}

/** A method that uses `super` must stay a method, and so must `__proto__() {}`; the runtime replaces it in the finished object. */
function superMethod(emitter: Emitter, node: Node): string {
  const flags = formOf(emitter, node.value.info)
  methodKey(emitter, node, '*')
  twinBody(emitter, node.value, '', { newTarget: 'void 0' })
  return methodEntry(node, flags)
}

export function methodEntry(node: Node, flags: number): string {
  const name = keyName(node.key, node.computed)
  return `${flags}, ${name === undefined ? 'undefined' : JSON.stringify(name)}, ${lengthOf(node.value)}`
}
