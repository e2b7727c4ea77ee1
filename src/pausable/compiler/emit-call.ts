/**
 * Calls. In a function that may pause, a call that may pause runs the callee's twin, if it has one:
 *
 *   f(x)     →   ($0 = (f), $1 = $0?.[P], $0 = ($1 ?? callable)(x), result)
 *   o.m(x)   →   ($2 = (o), $0 = $2.m, $1 = $0?.[P], $0 = ($1 ?? callable).call($2, x), result)
 *
 * so that callee and arguments are evaluated once, in the order of the language, and a plain callee costs one property read. `result` is
 *
 *   $1 ? ($1 = next($0)).done ? $1.value : yield* $$rt.rest($0, $1) : $0
 *
 * which is `$1 ? yield* $0 : $0`, but cheaper for a twin that does not pause (runtime/pause.ts).
 *
 * `callable` is `$0` when that is a function. When it is not, `callable` is a function that throws the error of the call, so that the
 * arguments are evaluated first, as in JavaScript. When the function has a property `call` of its own, `callable` is a function around it.
 */
import { findToken, keyName, type Node } from './ast.js'
import { isBindCall, isNewPromise, looksLikeBindCall, methodName } from './callee.js'
import { type Emitter, property, type Use } from './emit.js'
import { isAnonymous } from './emit-function.js'
import { render, renderIterable } from './render.js'

const REACTIONS = new Set(['then', 'catch', 'finally'])

export function visitCall(emitter: Emitter, node: Node): void {
  const pauses = emitter.plan.sitePauses(node)
  const canPause = emitter.state.paused
  if (pauses && (canPause ? isBindCall(node) : looksLikeBindCall(node))) bindCall(emitter, node)
  else if (pauses && canPause && node.callee.type !== 'Super') pausingCall(emitter, node)
  else plainCall(emitter, node)
}

function plainCall(emitter: Emitter, node: Node): void {
  const { callee } = node
  if (isDirectEval(emitter, node)) {
    directEval(emitter, node)
    return
  }
  if (isNamedCall(emitter, node)) {
    namedCall(emitter, node)
    return
  }
  if (isMovedSuper(emitter, callee)) openSuperCall(emitter, node)
  else visitCallee(emitter, callee, node.optional ? 'optional' : 'called')
  visitArguments(emitter, node)
}

/** `super.m` in text that moved out of its method: visitSuperMember (emit.ts) makes a property of another object of it. */
function isMovedSuper({ state }: Emitter, { type, object }: Node): boolean {
  return type === 'MemberExpression' && object.type === 'Super' && state.renames.superGet !== undefined
}

/** `super.m(x)` → `$$rt.callee($$super("m").value, "…").call(this, x)`, `super.m?.(x)` → `$$super("m").value?.call(this, x)` */
function openSuperCall(emitter: Emitter, { start, callee, optional, arguments: { length } }: Node): void {
  const { edits, source } = emitter
  if (!optional) edits.insert(start, `${emitter.runtime('callee')}(`)
  emitter.visit(callee)
  const before = optional ? '?.' : `, ${JSON.stringify(render(callee))}).`
  const open = findToken(source, '(', callee.end)
  edits.replace(callee.end, open + 1, `${before}call(this${length > 0 ? ', ' : ''}`, callee.property.start)
}

function isDirectEval(emitter: Emitter, { callee, optional, arguments: [text] }: Node): boolean {
  return !optional && text !== undefined && text.type !== 'SpreadElement' && emitter.isEval(callee)
}

/**
 * Code that sees the variables around the call. What it names and nobody declares here are globals of the VU, so the runtime compiles
 * it first and is told what is declared:
 *
 *   eval(text)   →   eval($$rt.evaluated((text), '{"texts":{"text":"text","sleep":"$$m0.sleep"},"view":"$$g","runtime":"$$rt"}'))
 */
function directEval(emitter: Emitter, node: Node): void {
  const [text, ...others] = node.arguments as [Node, ...Node[]]
  emitter.edits.insert(text.start, `${emitter.runtime('evaluated')}((`)
  emitter.visit(text)
  emitter.edits.insert(text.end, `), ${JSON.stringify(JSON.stringify(emitter.surroundings(node.callee)))})`)
  visitAll(emitter, others)
}

/** V8 would name the callee wrongly. The parts of a chain `a?.b()` must stay together. */
function isNamedCall(emitter: Emitter, { callee, optional, inChain }: Node): boolean {
  if (optional || inChain || callee.type === 'Super' || callee.object?.type === 'Super') return false
  // What is called instead of an import that is not there says its name itself.
  if (callee.type === 'Identifier' && callee.ref?.kind === 'import') return false
  return emitter.isNamedWrongly(callee)
}

/**
 * A call that looks itself whether the callee is a function:
 *
 *   f()(x)      →   $$rt.callee((f()), "f(...)")(x)
 *   f().m(x)    →   ($0 = (f()), $$rt.callee($0.m, "f(...).m")).call($0, x)
 *   free.m(x)   →   $$rt.holder(free, "m", "free.m").m(x)                     where there are no variables of ours
 */
function namedCall(emitter: Emitter, node: Node): void {
  const { edits, source, state } = emitter
  const { callee } = node
  const text = JSON.stringify(render(callee))
  if (callee.type !== 'MemberExpression') {
    edits.replace(node.start, callee.start, `${emitter.runtime('callee')}((`, callee.start)
    emitter.visit(callee)
    const open = findToken(source, '(', callee.end)
    edits.replace(callee.end, open + 1, `), ${text})(`, callee.start)
  } else if (state.paused) {
    const [receiver] = emitter.claimTemps(1) as [string]
    edits.replace(node.start, callee.object.start, `(${receiver} = ${openValue(callee.object)}`)
    emitter.visit(callee.object)
    memberAccess(emitter, callee, callee.object.end, `), ${emitter.runtime('callee')}(${receiver}`)
    const open = findToken(source, '(', callee.end)
    const more = node.arguments.length > 0 ? ', ' : ''
    edits.replace(callee.end, open + 1, `, ${text})).call(${receiver}${more}`, positionOf(callee))
    visitArguments(emitter, node)
    emitter.releaseTemps(1)
    return
  } else {
    const key = keyName(callee.property, callee.computed)
    if (key !== undefined && callee.property.type !== 'PrivateIdentifier') {
      visitHolder(emitter, callee, key, text)
    } else visitCallee(emitter, callee, 'called')
  }
  visitArguments(emitter, node)
}

function visitArguments(emitter: Emitter, node: Node): void {
  const method = emitter.plan.active ? methodName(node.callee) : undefined
  if (method !== undefined && REACTIONS.has(method)) for (const argument of node.arguments) reaction(emitter, argument)
  else visitAll(emitter, node.arguments)
}

/** What a promise calls must wait while the VU is paused. */
function reaction(emitter: Emitter, node: Node): void {
  const wraps = node.type !== 'SpreadElement' && node.type !== 'Literal'
  if (wraps) emitter.edits.insert(node.start, `${emitter.runtime('react')}(`)
  emitter.visit(node)
  if (wraps) emitter.edits.insert(node.end, ')')
}

/** A bound function is a new function, which the runtime gives a twin too. */
function bindCall(emitter: Emitter, node: Node): void {
  const { edits, source } = emitter
  const { object } = node.callee
  edits.replace(node.start, object.start, `${emitter.runtime('bind')}((`)
  emitter.visit(object)
  const open = findToken(source, '(', node.callee.end)
  edits.replace(object.end, open + 1, node.arguments.length > 0 ? '), ' : ')')
  visitAll(emitter, node.arguments)
}

function visitCallee(emitter: Emitter, node: Node, use: Use): void {
  if (node.type === 'MemberExpression') baseObject(node).isReceiver = true
  if (node.type === 'Identifier') emitter.read(node, use)
  else if (node.type === 'MemberExpression' && use === 'called') visitMethod(emitter, node)
  else emitter.visit(node)
}

function baseObject(node: Node): Node {
  return node.type === 'MemberExpression' ? baseObject(node.object) : node
}

/** `ws.conect(…)`, where `ws` is a module: on an object that has a function to say that the module has none. */
function visitMethod(emitter: Emitter, node: Node): void {
  const missing = node.optional ? undefined : emitter.missing(node)
  if (missing === undefined) {
    emitter.visit(node)
    return
  }
  const { name } = node.object
  const key = keyName(node.property, node.computed)!
  const instead = `{ ${JSON.stringify(key)}: ${missing} }`
  emitter.edits.replace(node.object.start, node.object.end, `(${name}${property(key)} ? ${name} : ${instead})`)
  if (node.computed) emitter.visit(node.property)
}

function visitAll(emitter: Emitter, nodes: Node[]): void {
  for (const node of nodes) {
    if (node.type === 'SpreadElement') node.isArgument = true
    emitter.visit(node)
  }
}

function pausingCall(emitter: Emitter, node: Node): void {
  const { edits, source } = emitter
  const temps = emitter.claimTemps(node.callee.type === 'MemberExpression' ? 3 : 2)
  const at = positionOf(node.callee)
  const receiver = openCallee(emitter, node, node.callee, temps)
  const open = findToken(source, '(', node.callee.end)
  edits.replace(node.callee.end, open + 1, `, ${callOpening(emitter, node, node.callee, temps, receiver)}`, at)
  visitArguments(emitter, node)
  edits.insert(node.end, `, ${outcome(emitter, temps)})`, at)
  emitter.releaseTemps(temps.length)
}

/** Where V8 says that a call is: at the name of the method, or at the start. */
function positionOf(callee: Node): number {
  return callee.type === 'MemberExpression' ? callee.property.start : callee.start
}

/** Emits the callee into the first temporary variable. Returns the text of its `this`, if it has one. */
function openCallee(emitter: Emitter, node: Node, callee: Node, temps: string[]): string | undefined {
  const { edits } = emitter
  const [value, , receiver] = temps as [string, string, string]
  if (callee.type !== 'MemberExpression' || callee.object.type === 'Super') {
    edits.replace(node.start, callee.start, `(${value} = ${openValue(callee)}`)
    emitter.visit(callee)
    edits.insert(callee.end, ')')
    return callee.type === 'MemberExpression' ? 'this' : undefined
  }
  edits.replace(node.start, callee.object.start, `(${receiver} = ${openValue(callee.object)}`)
  emitter.visit(callee.object)
  memberAccess(emitter, callee, callee.object.end, `), ${value} = ${receiver}`)
  return receiver
}

/** The start of a value that is kept in a variable of ours. An anonymous class or function must not get the name of that variable. */
function openValue(node: Node): string {
  return isAnonymous(node) ? '(0, ' : '('
}

/** `.name` or `[key]` after the text `base`, which replaces everything since `from`. */
function memberAccess(emitter: Emitter, node: Node, from: number, base: string): void {
  const { edits, source } = emitter
  const { property } = node
  if (!node.computed) {
    edits.replace(from, node.end, `${base}.${source.slice(property.start, property.end)}`, property.start)
    return
  }
  edits.replace(from, property.start, `${base}[`, property.start)
  emitter.visit(property)
  edits.replace(property.end, node.end, ']')
}

/** Looks for the callee's twin, and calls that or the function itself: the text up to the arguments. */
function callOpening(
  emitter: Emitter,
  node: Node,
  callee: Node,
  temps: string[],
  receiver: string | undefined,
): string {
  const form = formToCall(emitter, callee, temps, receiver !== undefined)
  const separator = node.arguments.length > 0 ? ', ' : ''
  const opening = receiver === undefined ? `(${form})(` : `(${form}).call(${receiver}${separator}`
  return `${lookUp(emitter, temps)}, ${temps[0]} = ${opening}`
}

function lookUp(emitter: Emitter, [value, twin]: string[]): string {
  return `${twin} = ${value}?.[${emitter.names.pause}]`
}

/** The twin of the callee, or the function itself; with `isMethod` one whose `call` is the language's. */
function formToCall(emitter: Emitter, callee: Node, [value, twin]: string[], isMethod: boolean): string {
  const instead = emitter.missing(callee) ?? `${emitter.runtime('uncallable')}(${JSON.stringify(render(callee))})`
  const { call } = emitter.names
  const plain = isMethod ? `(${value}.call === ${call} ? ${value} : ${emitter.runtime('wrapped')}(${value}))` : value
  return `${twin} ?? (typeof ${value} === "function" ? ${plain} : ${instead})`
}

/** The value of a call: that of the generator, if the callee has given one. Only one that really pauses costs a `yield*`. */
function outcome(emitter: Emitter, [value, twin]: string[]): string {
  const first = `(${twin} = ${emitter.names.next}(${value})).done ? ${twin}.value`
  return `${twin} ? ${first} : yield* ${emitter.runtime('rest')}(${value}, ${twin}) : ${value}`
}

/**
 * `a?.b.c(x)` with a call that may pause: step by step, the value so far in a variable. Everything after a `?.` whose left
 * side is null or undefined is skipped.
 *
 * @param whole for `delete a?.b`, all of that: the last step deletes, and a chain that is skipped gives true
 */
export function visitChain(emitter: Emitter, node: Node, whole = node): void {
  const steps = spine(node.expression)
  const pauses = emitter.state.paused && steps.some((step) => emitter.plan.sitePauses(step))
  if (!pauses) {
    for (const step of steps) step.inChain = true
    emitter.visit(node.expression)
    return
  }
  const { edits } = emitter
  const isDelete = whole !== node
  const temps = emitter.claimTemps(3)
  const [value, , receiver] = temps as [string, string, string]
  const base = baseOf(steps[0]!)
  edits.replace(whole.start, base.start, `(${value} = ${openValue(base)}`)
  emitter.visit(base)
  let previous = base
  let before = ')'
  let skips = 0
  for (const step of steps) {
    if (step.optional) skips++
    before += step.optional ? `, ${value} == null ? ${isDelete ? 'true' : 'void 0'} : (` : ', '
    if (step.type === 'MemberExpression') {
      const object = isDelete && step === node.expression ? `delete ${receiver}` : receiver
      memberAccess(emitter, step, previous.end, `${before}${receiver} = ${value}, ${value} = ${object}`)
    } else chainCall(emitter, step, previous, before, temps)
    before = ''
    previous = step
  }
  edits.replace(previous.end, whole.end, `, ${value}${')'.repeat(skips + 1)}`)
  emitter.releaseTemps(3)
}

/** The member accesses and calls of a chain, first to last. `super.x` is where a chain begins. */
function spine(node: Node): Node[] {
  const steps: Node[] = []
  let current = node
  while (
    (current.type === 'MemberExpression' && current.object.type !== 'Super') ||
    current.type === 'CallExpression'
  ) {
    steps.unshift(current)
    current = baseOf(current)
  }
  return steps
}

function baseOf(step: Node): Node {
  return step.type === 'CallExpression' ? step.callee : step.object
}

/** @param callee what comes before the call in the chain */
function chainCall(emitter: Emitter, step: Node, callee: Node, before: string, temps: string[]): void {
  const { edits, source } = emitter
  const [value, , receiver] = temps as [string, string, string]
  const at = positionOf(step.callee)
  const open = findToken(source, '(', step.callee.end)
  const self = callee.type !== 'MemberExpression' ? undefined : callee.object.type === 'Super' ? 'this' : receiver
  edits.replace(callee.end, open + 1, `${before}${callOpening(emitter, step, step.callee, temps, self)}`, at)
  visitArguments(emitter, step)
  edits.insert(step.end, `, ${value} = ${outcome(emitter, temps)}`, at)
}

export function visitTagged(emitter: Emitter, node: Node): void {
  if (!emitter.state.paused || !emitter.plan.sitePauses(node)) {
    visitTag(emitter, node.tag)
    emitter.visit(node.quasi)
    return
  }
  const temps = emitter.claimTemps(3)
  const receiver = openCallee(emitter, node, node.tag, temps)
  const form = formToCall(emitter, node.tag, temps, false)
  const tag = receiver === undefined ? `(${form})` : `${emitter.runtime('bound')}(${form}, ${receiver})`
  const text = `, ${lookUp(emitter, temps)}, ${temps[0]} = ${tag}`
  emitter.edits.replace(node.tag.end, node.quasi.start, text, positionOf(node.tag))
  emitter.visit(node.quasi)
  const at = positionOf(node.tag)
  emitter.edits.insert(node.end, `, ${outcome(emitter, temps)})`, at)
  emitter.releaseTemps(3)
}

function visitTag(emitter: Emitter, tag: Node): void {
  const { edits } = emitter
  const text = JSON.stringify(render(tag))
  const key = tag.type === 'MemberExpression' ? keyName(tag.property, tag.computed) : undefined
  if (isMovedSuper(emitter, tag)) {
    edits.insert(tag.start, `${emitter.runtime('bound')}(${emitter.runtime('callee')}(`)
    emitter.visit(tag)
    edits.insert(tag.end, `, ${text}), this)`)
  } else if (!emitter.isNamedWrongly(tag) || tag.ref?.kind === 'import') visitCallee(emitter, tag, 'called')
  else if (tag.type !== 'MemberExpression') {
    edits.insert(tag.start, `${emitter.runtime('callee')}((`)
    emitter.visit(tag)
    edits.insert(tag.end, `), ${text})`)
  } else if (key !== undefined && tag.property.type !== 'PrivateIdentifier') {
    visitHolder(emitter, tag, key, text)
  } else visitCallee(emitter, tag, 'called')
}

/** An object and its method, which is called next. */
function visitHolder(emitter: Emitter, node: Node, key: string, text: string): void {
  emitter.edits.insert(node.object.start, `${emitter.runtime('holder')}((`)
  emitter.visit(node.object)
  emitter.edits.insert(node.object.end, `), ${JSON.stringify(key)}, ${text})`)
  if (node.computed) emitter.visit(node.property)
}

/** `new Promise(executor)` calls the executor at once; no other constructor may pause. */
export function visitNew(emitter: Emitter, node: Node): void {
  if (!emitter.state.paused || !isNewPromise(node) || !emitter.plan.sitePauses(node)) {
    const isNamed = emitter.missing(node.callee) === undefined && emitter.isNamedWrongly(node.callee)
    if (isNamed) emitter.edits.insert(node.callee.start, `(${emitter.runtime('constructible')}((`)
    visitCallee(emitter, node.callee, isNamed ? 'read' : 'called')
    if (isNamed) emitter.edits.insert(node.callee.end, `), ${JSON.stringify(render(node.callee))}))`)
    visitAll(emitter, node.arguments)
    return
  }
  const [executor] = node.arguments
  emitter.edits.replace(node.start, executor.start, `(yield* ${emitter.runtime('newPromise')}((`, node.start)
  emitter.visit(executor)
  emitter.edits.replace(executor.end, node.end, ')))')
}

/** `...items` of a generator that may pause: collected first. */
export function visitSpread(emitter: Emitter, node: Node): void {
  const { edits, plan, state } = emitter
  const pauses = state.paused && plan.sitePauses(node)
  if (pauses) edits.insert(node.argument.start, `(yield* ${emitter.runtime('collect')}(`)
  if (node.isCopied) emitter.visit(node.argument)
  else visitIterated(emitter, node.argument, node.isArgument ? 'spread' : 'iterable')
  if (pauses) edits.insert(node.argument.end, '))')
}

/** A value that is iterated over: V8 would name it wrongly if it cannot be. */
export function visitIterated(
  emitter: Emitter,
  node: Node,
  kind: 'iterable' | 'asyncIterable' | 'spread' = 'iterable',
  isNamed = emitter.isNamedWrongly(node),
): void {
  if (isNamed) emitter.edits.insert(node.start, `${emitter.runtime(kind)}((`)
  emitter.visit(node)
  if (isNamed)
    emitter.edits.insert(
      node.end,
      `), ${JSON.stringify(kind === 'spread' ? render(node) : renderIterable(node, kind === 'asyncIterable'))})`,
    )
}

/** `typeof name` of a name that nobody declares is 'undefined', not an error. */
export function visitUnary(emitter: Emitter, node: Node): void {
  const { argument } = node
  if (node.operator === 'typeof' && argument.type === 'Identifier') emitter.typeOf(argument)
  else if (node.operator === 'delete' && argument.type === 'ChainExpression') visitChain(emitter, argument, node)
  else emitter.visit(argument)
}
