/**
 * Functions that may pause. The body stays where it is and becomes a generator, the twin; the runtime makes the plain function
 * around it (`make` of vu/coroutine.ts), with the name and length that the original has:
 *
 *   function f(a) { … }     →   function* f$$twin(a) { … }, and at the start of its block   var f = $$rt.make(0, f$$twin, "f", 1);
 *   (a) => this.x + a       →   $$rt.make(4, function* $$twin(a) { return (this.x + a) }, "", 1, this)
 *   { m() { … } }           →   { m: $$rt.make(8, function* m$$twin() { … }, "m", 0) }
 */
import { findToken, keyName, type Node } from './ast.js'
import { declared, type Emitter, type FunctionState, visitStatements } from './emit.js'
import { emitQuickList, visitCalls } from './emit-quick.js'
import { keptIn } from './emit-rest.js'
import * as form from './forms.js'
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
  visitNamed(emitter, node, target.type === 'Identifier' ? target.name : '')
}

function functionValue(emitter: Emitter, node: Node, name: string): void {
  const info = node.info!
  if (!emitter.plan.pauses(info)) {
    plainFunction(emitter, node)
    return
  }
  const ownName: string = node.id?.name ?? name
  const { edits, names } = emitter
  const wraps = captures(emitter, info)
  if (info.self?.references.length)
    wraps.push({ before: `(() => { const ${info.self.name} = `, after: `; return ${info.self.name} })()` })
  const factory = info.kind === 'function' && info.usesNewTarget
  const isQuick = emitter.quick.of(info) !== undefined
  const isQuickArrow = isQuick && info.kind === 'arrow'
  const flags = formOf(emitter, info) | (factory ? form.NEW_TARGET : 0) | (isLazyThis(info) ? form.LAZY_THIS : 0)
  const twin = twinName(emitter, ownName)
  const body = isQuickArrow ? `({ ${twin}: ` : `${keyword(isQuick)} ${twin}`
  const opening = `${names.runtime}.make(${flags}, ${factory ? `(${names.prefix}nt) => ` : ''}${body}`
  const header = wraps.map((wrap) => wrap.before).join('') + opening
  twinBody(emitter, node, header, renamesFor(emitter, info, wraps), twin)
  const outerThis = emitter.state.renames.self ?? 'this'
  const self =
    info.kind === 'arrow' && info.usesThis && !isQuick ? `, ${isLazyThis(info) ? '() => ' : ''}${outerThis}` : ''
  const closing = `${isQuickArrow ? ` }).${twin}` : ''}, ${JSON.stringify(ownName)}, ${lengthOf(node)}${self})`
  edits.insert(
    node.end,
    closing +
      wraps
        .map((wrap) => wrap.after)
        .reverse()
        .join(''),
  )
}

/** A quick form is a plain function, a twin is a generator. */
function keyword(isQuick: boolean): string {
  return isQuick ? 'function' : 'function*'
}

export function formOf(emitter: Emitter, info: FunctionInfo): number {
  const quick = emitter.quick.of(info) ? form.QUICK_FORM : 0
  const begins = info.generator && hasPausingParams(emitter, info.node) ? form.BEGINS : 0
  return form.ofInfo(info) | quick | begins | (quick && takesSelf(info) ? form.SELF : 0)
}

/** The quick form gets `this` as a parameter: calls of it with a receiver are faster then. */
function takesSelf(info: FunctionInfo): boolean {
  return info.kind !== 'arrow' && info.usesThis && !info.usesArguments && !info.usesSuper
}

export function twinName(emitter: Emitter, name: string): string {
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

/** A generator is no arrow function (but a quick form is one): what an arrow takes from around it is handed over by a function around the twin. */
function captures(emitter: Emitter, info: FunctionInfo): Wrap[] {
  if (info.kind !== 'arrow' || emitter.quick.of(info)) return []
  const { renames } = emitter.state
  const { prefix, runtime } = emitter.names
  const wraps: Wrap[] = []
  const capture = (key: keyof FunctionState['renames'], local: string, value: string): void => {
    if (renames[key] === undefined)
      wraps.push({ before: `((${local}) => `, after: `)(${value})`, renames: { [key]: local } })
  }
  if (info.usesArguments && hasArguments(info)) capture('arguments', `${prefix}args`, 'arguments')
  if (info.usesNewTarget) capture('newTarget', `${prefix}nt`, 'new.target')
  if (info.usesSuper)
    capture('superGet', `${prefix}super`, `${runtime}.super((k) => super[k], (k, v) => { super[k] = v })`)
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
  const newTarget = info.kind === 'function' && info.usesNewTarget ? { newTarget: `${emitter.names.prefix}nt` } : {}
  return Object.assign({}, inherited, newTarget, ...wraps.map((wrap) => wrap.renames))
}

/** A function that stays as it is, apart from what is inside it. */
export function plainFunction(emitter: Emitter, node: Node): void {
  const info = node.info!
  within(emitter, info, PLAIN, info.kind === 'arrow' ? emitter.state.renames : {}, () => {
    for (const param of node.params) declared(emitter, param)
    if (node.body.type === 'BlockStatement') blockBody(emitter, node.body, node.body.start + 1, 'var')
    else emitter.visit(node.body)
  })
}

/** Class field values and static blocks: no place to pause. */
export function visitInitializer(emitter: Emitter, node: Node, body: () => void): void {
  within(emitter, node.info!, PLAIN, {}, body)
}

type TextForm = Pick<FunctionState, 'paused' | 'quick' | 'twinName'>
const PLAIN: TextForm = { paused: false, quick: false, twinName: '' }

function within(
  emitter: Emitter,
  info: FunctionInfo,
  form: TextForm,
  renames: FunctionState['renames'],
  body: () => void,
): FunctionState {
  const outer = emitter.state
  const added = { quickCalls: 'bare', isWrapped: false, restName: '', temps: 0, maxTemps: 0 } as const
  const state: FunctionState = { info, ...form, ...added, outer, renames }
  emitter.state = state
  body()
  emitter.state = outer
  return state
}

/**
 * Parameters and body of a twin or a quick form; `header` replaces everything before the parameter list. Parameters that may pause
 * are taken apart in the body, because a generator's parameter list must not yield.
 */
export function twinBody(
  emitter: Emitter,
  node: Node,
  header: string,
  renames: FunctionState['renames'],
  twin: string,
): void {
  const { edits, source } = emitter
  const open = paramsStart(source, node)
  const bare = source[open] !== '('
  const moved = hasPausingParams(emitter, node)
  const args = `${emitter.names.prefix}a`
  const isExpression = node.body.type !== 'BlockStatement'
  let temps = { text: '' }
  const quick = emitter.quick.of(node.info!)
  const arrow = quick && node.type === 'ArrowFunctionExpression' ? ') => {' : ') {'
  const self = quick && takesSelf(node.info!) ? `${emitter.names.prefix}self` : ''
  const selfParam = self && node.params.length > 0 ? `${self}, ` : self
  const textForm = { paused: !quick, quick: quick !== undefined, twinName: twin }
  const state = within(emitter, node.info!, textForm, self ? { ...renames, self } : renames, () => {
    const declare = node.info!.redeclaresParam ? 'var' : 'let'
    edits.replace(node.start, bare ? open : open + 1, `${header}(${selfParam}${moved ? `...${args}) { ` : ''}`)
    if (moved) {
      temps = edits.reserve(open)
      edits.insert(open + (bare ? 0 : 1), `${declare} [`)
    }
    for (const param of node.params) declared(emitter, param)
    const last: number = node.params.at(-1)?.end ?? open + (bare ? 0 : 1)
    const bodyStart: number =
      node.type === 'ArrowFunctionExpression' ? findToken(source, '=>', last) + 2 : node.body.start
    const begun = node.info!.generator ? ` yield ${emitter.names.runtime}.begun;` : ''
    const close = moved ? `] = ${args};${begun}` : arrow
    if (!moved || isExpression || !bare) {
      // The text between the last parameter and the body: a trailing comma, `)`, `=>`, comments.
      edits.replace(last, isExpression ? bodyStart : node.body.start + 1, close)
    }
    if (!moved) temps = edits.reserve(isExpression ? bodyStart : node.body.start + 1)
    bodyText(emitter, node, isExpression, isExpression ? bodyStart : node.body.start + 1)
  })
  temps.text = emitter.declarations(state)
}

function bodyText(emitter: Emitter, node: Node, isExpression: boolean, start: number): void {
  const { edits } = emitter
  if (isExpression) {
    const quick = emitter.quick.of(node.info!)
    edits.insert(start, ' return (')
    if (quick?.step?.kind === 'result') visitCalls(emitter, node.body, quick.step.calls, 'result')
    else emitter.visit(node.body)
    edits.insert(node.end, ') }')
    return
  }
  const quick = emitter.quick.of(node.info!)
  if (quick) {
    edits.insert(start, hoistText(emitter, keptIn(quick), 'var'))
    emitQuickList(emitter, quick)
  } else {
    edits.insert(start, hoistText(emitter, node.body.body, 'var'))
    visitStatements(emitter, node.body.body)
  }
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

function hasPausingParams(emitter: Emitter, node: Node): boolean {
  return node.params.some((param: Node) => emitter.quick.points.in(param))
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
  const own = `${keyword(emitter.quick.of(info) !== undefined)} ${name}`
  const header = info.usesNewTarget ? `function ${name}(${names.prefix}nt) { return function* ` : own
  twinBody(emitter, node, header, renamesFor(emitter, info, []), name)
  if (info.usesNewTarget) edits.insert(node.end, ' }')
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
    const flags = formOf(emitter, node.info!) | (node.info!.usesNewTarget ? form.NEW_TARGET : 0)
    const make = `${emitter.names.runtime}.make(${flags}, ${twinName(emitter, name)}, "${name}", ${lengthOf(node)})`
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
      if (item.value.info.usesSuper) moved.push(superMethod(emitter, item))
      else objectMethod(emitter, item)
    } else emitter.visit(item)
  }
  if (moved.length === 0) return
  slot.text = `${emitter.names.runtime}.object(`
  emitter.edits.insert(node.end, `, ${moved.join(', ')})`)
}

function objectMethod(emitter: Emitter, node: Node): void {
  const { edits, names } = emitter
  const name = keyName(node.key, node.computed)
  const flags = formOf(emitter, node.value.info)
  const twin = twinName(emitter, name ?? '')
  const own = `${keyword(emitter.quick.of(node.value.info) !== undefined)} ${twin}`
  methodKey(emitter, node, '')
  const header = `: ${name === undefined ? `${names.runtime}.named(` : ''}${names.runtime}.make(${flags}, ${own}`
  twinBody(emitter, node.value, header, { newTarget: 'void 0' }, twin)
  edits.insert(node.end, `, ${JSON.stringify(name ?? '')}, ${lengthOf(node.value)})${name === undefined ? ')' : ''}`)
}

/** The key of a method without `async` and `*`, with `prefix` before it. A computed key is noted by the runtime. */
export function methodKey(emitter: Emitter, node: Node, prefix: string): void {
  const { edits, names } = emitter
  if (!node.computed) {
    edits.replace(node.start, node.key.start, prefix)
    return
  }
  edits.replace(node.start, node.key.start, `${prefix}[${names.runtime}.key(`)
  emitter.visit(node.key)
  edits.replace(node.key.end, node.value.start, ')]')
}

/** A method that uses `super` must stay a method; the runtime replaces it in the finished object. */
function superMethod(emitter: Emitter, node: Node): string {
  const flags = formOf(emitter, node.value.info)
  methodKey(emitter, node, star(flags))
  twinBody(emitter, node.value, '', { newTarget: 'void 0' }, methodTwin(emitter, node))
  return methodEntry(node, flags)
}

export function star(flags: number): string {
  return flags & form.QUICK_FORM ? '' : '*'
}

/** The name of the generators made of the text of a method, which is a method itself. */
export function methodTwin(emitter: Emitter, node: Node): string {
  return twinName(emitter, (keyName(node.key, node.computed) ?? '').replace('#', ''))
}

export function methodEntry(node: Node, flags: number): string {
  const name = keyName(node.key, node.computed)
  return `${flags}, ${name === undefined ? 'undefined' : JSON.stringify(name)}, ${lengthOf(node.value)}`
}
