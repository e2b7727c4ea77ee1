/**
 * Twins of functions that are made anew at each call of the function around them: `group('a', () => { … })`. V8 takes more than a
 * microsecond for the first generator of each new generator function. So a VU makes the generator function of such a text once, and the
 * twin of each function made from the text is a plain function that calls it and hands over the variables around it:
 *
 *   (a) => { n = f(a) }   →   $$rt.make(4, ($$p0) => ($$k0 ??= function* $$twin($$e, a) { $$e.n = f(a) })(new $$n0(() => n, ($$v) => { n = $$v }), $$p0), "", 1)
 *
 * The generator function itself sees the variables of the first call only. So each reference to a variable around it becomes a property of
 * what is handed over: `$$e.n` calls the first of the two functions, `$$e.n = 1` the second.
 */
import { eachChild, type Node } from './ast.js'
import { hasRest } from './callee.js'
import { NOWHERE } from './edits.js'
import type { Emitter } from './emit.js'
import { hasPausingParams, twinBody } from './emit-function.js'
import type { Binding, FunctionInfo } from './scope.js'

/** The variables to hand over, when the function's twin can be shared. */
export function hoistable(emitter: Emitter, info: FunctionInfo): ReadonlySet<Binding> | undefined {
  if (info.parent === undefined || info.parent.kind === 'module' || info.generator) return undefined
  if (info.usesArguments || info.usesSuper || info.usesNewTarget || hasPausingParams(emitter, info.node))
    return undefined
  const captured = new Set<Binding>()
  return collect(info.node, info.node, captured) ? captured : undefined
}

/** Adds the variables that `node` uses and that are declared outside of `fn`. False when one of them cannot be handed over. */
function collect(node: Node, fn: Node, captured: Set<Binding>): boolean {
  const { ref } = node
  // Code that eval() makes may use any variable.
  if (ref?.kind === 'free' && ref.name === 'eval') return false
  if (ref && !isReachable(ref) && !isOwn(ref, fn)) {
    // Each class has private names of its own.
    if (ref.kind === 'private') return false
    captured.add(ref)
  }
  let isPossible = true
  eachChild(node, (child) => {
    isPossible &&= collect(child, fn, captured)
  })
  return isPossible
}

function isReachable({ kind, isTopLevel }: Binding): boolean {
  return kind === 'free' || kind === 'import' || isTopLevel
}

function isOwn({ declarations }: Binding, fn: Node): boolean {
  // `arguments` of a function inside this one is not declared anywhere.
  if (declarations.length === 0) return true
  return declarations.some((node) => node !== fn.id && node.start >= fn.start && node.end <= fn.end)
}

/** Emits the twin of an expression; `before` is the text in front of it. */
export function sharedTwin(
  emitter: Emitter,
  node: Node,
  captured: ReadonlySet<Binding>,
  before: string,
  twin: string,
): void {
  const { prefix } = emitter.names
  const { usesThis, kind } = node.info!
  const params = node.params.map((_: Node, i: number) => `${prefix}p${i}`)
  if (hasRest(node)) params.push(`...${params.pop()}`)
  const args = [handedOver(emitter, [...captured]), ...params]
  const opening = kind === 'arrow' ? `(${params.join(', ')}) => (` : `function (${params.join(', ')}) { return (`
  twinBody(emitter, node, `${before}${opening}${emitter.once()} ??= function* ${twin}`, {}, captured)
  const call = usesThis ? `.call(this, ${args.join(', ')})` : `(${args.join(', ')})`
  emitter.edits.insert(node.end, `)${call}${kind === 'arrow' ? '' : ' }'}`, NOWHERE)
}

/** An object whose properties are the variables. */
function handedOver(emitter: Emitter, variables: readonly Binding[]): string {
  if (variables.length === 0) return 'void 0'
  const { prefix } = emitter.names
  const accessors = variables.flatMap((binding) => {
    const text = emitter.readText(binding)
    return binding.writes > 0 ? [`() => ${text}`, `(${prefix}v) => { ${text} = ${prefix}v }`] : [`() => ${text}`]
  })
  const fields = accessors.map((_, i) => `${prefix}${i}`)
  let field = 0
  let members = `constructor(${fields.join(', ')}) { ${fields.map((name) => `this.${name} = ${name}`).join('; ')} }`
  for (const { name, writes } of variables) {
    // A key in brackets, because a variable may be called `constructor`.
    members += ` get [${JSON.stringify(name)}]() { return this.${fields[field++]}() }`
    if (writes > 0) members += ` set [${JSON.stringify(name)}](v) { this.${fields[field++]}(v) }`
  }
  return `new ${emitter.shared(`class { ${members} }`)}(${accessors.join(', ')})`
}
